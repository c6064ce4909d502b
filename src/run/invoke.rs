//! One call, start to finish: judged, confirmed where that is asked for, written down, sent, written down, told.

use tokio_util::sync::CancellationToken;

use super::apart::apart;
use super::judge::{Call, Denied, Facts, Judged, To, UNKNOWN};
use super::served::Served;
use crate::enforce::arguments::MISFIT;
use crate::enforce::audit::record::{Confirmation, Decision, Intent, Outcome, Validation, What};
use crate::enforce::audit::redact::masked;
use crate::enforce::budget::Limit;
use crate::enforce::envelope::{self, Reply};
use crate::enforce::fingerprint;
use crate::enforce::reason::{ReasonCode, Refusal, Sent};
use crate::io::audit_log::Durability;
use crate::io::clock;
use crate::io::confirmations::trouble::Trouble;
use crate::io::credentials::credential::Credential;
use crate::io::credentials::provider::TokenProvider;
use crate::io::net::guarded::Vetted;
use crate::model::policy::AuditLevel;

/// How a call ended.
pub struct Ended {
    /// What agents are told.
    pub reply: Reply,
    /// The reason for it: of what was decided, or of what went wrong after that.
    pub code: ReasonCode,
    /// The same in words.
    pub reason: String,
    /// What is known of the call.
    pub facts: Facts,
    /// The token to repeat it with, where a person has to grant it first.
    pub token: Option<String>,
    /// Whether the server answered, whatever it said.
    pub is_answered: bool,
    /// Status of its answer; none of those of MCP servers.
    pub status: Option<u16>,
    /// Whether the call had left, where there is no answer.
    pub sent: Sent,
}

impl Served {
    /// Makes a call, or says why not. `stop` is cancelled when nobody waits for the answer any more.
    pub async fn call(&self, call: Call, stop: CancellationToken) -> Ended {
        let call_id = new_id("call_");
        let facts =
            || Facts { call_id: call_id.clone(), tool_id: Some(call.name.clone()), ..Facts::default() };
        let Ok(place) = self.queue.try_acquire() else {
            let refusal = Refusal::new(ReasonCode::RateLimited, "too many calls wait for their turn already");
            return self.refuse(&call, Denied { refusal, facts: facts(), is_shown: true });
        };
        let turn = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            turn = self.slots.acquire() => turn.ok(),
        };
        drop(place);
        let Some(_turn) = turn else {
            return self.refuse(&call, Denied { refusal: cancelled(), facts: facts(), is_shown: true });
        };
        match self.judge(&call, &call_id) {
            Ok(judged) => self.carry_out(&call, judged, &stop).await,
            Err(denied) => self.refuse(&call, *denied),
        }
    }

    /// What a call would come to, if nobody had confirmed it: nothing is charged, asked, used or sent.
    pub fn evaluate(&self, call: &Call) -> Result<(Judged, Option<u64>), Box<Denied>> {
        let judged = self.judge(call, &new_id("call_"))?;
        let left = millis().and_then(|now| {
            self.spending.peek(&judged.weighed.limits, now).map_err(|trouble| self.told(trouble))
        });
        match left {
            Ok(left) => {
                let (word, code) = match judged.weighed.confirm {
                    Some(_) => ("confirm", ReasonCode::ConfirmationRequired),
                    None => ("allow", ReasonCode::AllowedPolicy),
                };
                let decision = self.decision(word, code, Some("evaluated only"), &judged);
                self.trail.note(What::Decision(Box::new(decision)), Durability::Written);
                Ok((judged, left))
            }
            Err(refusal) => Err(Box::new(Denied { refusal, facts: judged.facts, is_shown: true })),
        }
    }

    async fn carry_out(&self, call: &Call, mut judged: Judged, stop: &CancellationToken) -> Ended {
        match self.through(&mut judged, stop).await {
            Ok(ended) => ended,
            Err(refusal) => self.refuse(call, Denied { refusal, facts: judged.facts, is_shown: true }),
        }
    }

    /// What happens to a call that was judged. An error means that nothing was sent.
    async fn through(&self, judged: &mut Judged, stop: &CancellationToken) -> Result<Ended, Refusal> {
        if judged.weighed.confirm.is_some() && (judged.arguments.token.is_none() || self.how.dry_run) {
            return apart(|| self.ask(judged));
        }
        let way = match &judged.to {
            To::Api(api) => Some(unless(stop, judged.ready.net.vet(&api.url)).await??),
            To::Server(..) => None,
        };
        let limits = judged.weighed.limits.clone();
        if self.how.dry_run {
            let now = millis()?;
            apart(|| self.spending.peek(&limits, now)).map_err(|t| self.told(t))?;
            let decision = self.decision("allow", ReasonCode::AllowedPolicy, Some("dry run"), judged);
            self.trail.write(What::Decision(Box::new(decision)), Durability::Written)?;
            return Ok(dry_run(judged, ReasonCode::AllowedPolicy));
        }
        let credential = match &judged.to {
            To::Api(api) => unless(stop, self.credentials.get(&api.origin, &judged.tool().name)).await??,
            To::Server(..) => None,
        };
        self.commit(judged, way.as_ref(), credential.as_ref(), &limits)?;
        let came = match (&judged.to, way) {
            (To::Api(api), Some(vetted)) => self.send(judged, api, vetted, credential, stop).await,
            (To::Api(_), None) => Err(Refusal::new(ReasonCode::Internal, "the call was not vetted")),
            (To::Server(server, tool), _) => self.relay(judged, server, tool, stop).await,
        };
        Ok(self.concluded(judged, came))
    }

    /// The last steps before something is sent, in an order in which a later one that fails spoils nothing: limits are
    /// looked at, the token is used, limits are charged, all is written down.
    fn commit(
        &self,
        judged: &Judged,
        vetted: Option<&Vetted>,
        credential: Option<&Credential>,
        limits: &[Limit],
    ) -> Result<(), Refusal> {
        let now = millis()?;
        let used = match (&judged.weighed.confirm, &judged.arguments.token) {
            (Some(_), Some(token)) => {
                // A token is not spent on a call that no limit lets through.
                Some(apart(|| {
                    self.spending.peek(limits, now).map_err(|trouble| self.told(trouble))?;
                    self.consume(judged, token, now)
                })?)
            }
            _ => None,
        };
        let is_spent = used.is_some();
        self.record(judged, vetted, credential, limits, used, now)
            .map_err(|refusal| if is_spent { spent(refusal) } else { refusal })
    }

    /// The steps that are left once a token is used.
    fn record(
        &self,
        judged: &Judged,
        vetted: Option<&Vetted>,
        credential: Option<&Credential>,
        limits: &[Limit],
        used: Option<Confirmation>,
        now: i64,
    ) -> Result<(), Refusal> {
        let mut code = ReasonCode::AllowedPolicy;
        let (mut issuer, mut confirmation_id) = (None, None);
        if let Some(used) = used {
            code = ReasonCode::AllowedConfirmationGranted;
            issuer = used.issuer.clone();
            confirmation_id = Some(used.confirmation_id.clone());
            self.trail.write(What::Confirmation(used), Durability::Synced)?;
        }
        let charged = self.spending.charge_at_once(limits, now);
        charged
            .unwrap_or_else(|| apart(|| self.spending.charge(limits, now)))
            .map_err(|trouble| self.told(trouble))?;
        let mut decision = self.decision("allow", code, None, judged);
        decision.confirmation_issuer = issuer;
        decision.confirmation_id = confirmation_id;
        self.trail.write(What::Decision(Box::new(decision)), Durability::Written)?;
        let detailed = judged.weighed.audit == Some(AuditLevel::Detailed);
        let template = judged.facts.template.clone().unwrap_or_default();
        let intent = Intent {
            call_id: judged.facts.call_id.clone(),
            tool_id: judged.facts.tool_id.clone(),
            method: judged.to.method().to_owned(),
            path: if detailed { self.shown_path(judged) } else { masked(&template) },
            origin: judged.to.origin(),
            address: vetted.and_then(|vetted| vetted.addresses().first()).map(ToString::to_string),
            credential: credential.map(|credential| credential.name().to_owned()),
        };
        // What changes something outlives the machine; a read outlives this process.
        let durability = match judged.weighed.changes_state {
            true => Durability::Synced,
            false => Durability::Written,
        };
        self.trail.write(What::Intent(intent), durability)
    }

    /// Writes down what came of a call, and tells it.
    fn concluded(&self, judged: &Judged, came: Result<Came, Refusal>) -> Ended {
        let (call_id, tool_id) = (judged.facts.call_id.clone(), judged.facts.tool_id.clone());
        match came {
            Ok(Came { reply, outcome }) => {
                if let Some(misfit) = &reply.drift {
                    let misfit = Some((misfit.pointer.as_str(), misfit.keyword.as_str()));
                    self.trail.note(validation(&judged.facts, "output", misfit), Durability::Written);
                }
                let status = outcome.status;
                let (drift, truncated) = (reply.drift.is_some(), reply.truncated);
                let outcome = Outcome { call_id, tool_id, drift, truncated, ..outcome };
                self.trail.note(What::Outcome(outcome), Durability::Written);
                let (code, reason) = match judged.weighed.confirm {
                    Some(_) => (ReasonCode::AllowedConfirmationGranted, "a person granted it"),
                    None => (ReasonCode::AllowedPolicy, "the policy allows it"),
                };
                Ended { is_answered: true, status, ..ended(reply, code, reason, &judged.facts) }
            }
            Err(refusal) => {
                let (error_code, reason) = (Some(refusal.code), Some(refusal.message.clone()));
                let outcome = Outcome { call_id, tool_id, error_code, reason, ..Outcome::default() };
                self.trail.note(What::Outcome(outcome), Durability::Written);
                stopped(judged, refusal)
            }
        }
    }

    /// Refuses a call: written down with its true reason, told as far as agents are told.
    pub(super) fn refuse(&self, call: &Call, denied: Denied) -> Ended {
        let Denied { refusal, facts, is_shown } = denied;
        if refusal.code == ReasonCode::ParamValidation {
            let misfit = refusal.message.split_once(MISFIT);
            self.trail.note(validation(&facts, "arguments", misfit), Durability::Written);
        }
        let decision = self.decided("deny", refusal.code, Some(&refusal.message), &facts);
        self.trail.note(What::Decision(Box::new(decision)), Durability::Written);
        let is_told = is_shown || self.how.tell_unapproved && refusal.code != ReasonCode::UnknownAction;
        if !is_told {
            // That a tool is there and not approved is nothing to whoever may not call it.
            let known =
                Facts { call_id: facts.call_id, tool_id: Some(call.name.clone()), ..Facts::default() };
            let unknown = envelope::unknown(&call.name);
            return ended(unknown, ReasonCode::UnknownAction, UNKNOWN, &known);
        }
        let reply = match refusal.code {
            ReasonCode::Internal => envelope::internal(&call.name, &facts.call_id),
            _ => envelope::denied(&call.name, &refusal),
        };
        ended(reply, refusal.code, &refusal.message, &facts)
    }

    pub(super) fn decision(
        &self,
        word: &'static str,
        code: ReasonCode,
        why: Option<&str>,
        judged: &Judged,
    ) -> Decision {
        self.decided(word, code, why, &judged.facts)
    }

    fn decided(&self, word: &'static str, code: ReasonCode, why: Option<&str>, facts: &Facts) -> Decision {
        let keyed = facts.digest.as_deref().map(|digest| self.store.key().request_hmac(digest));
        Decision {
            tool_id: facts.tool_id.clone(),
            scope_id: self.how.toolset.clone(),
            request_fingerprint: facts.digest.clone().filter(|_| !self.trail.private),
            request_hmac: keyed,
            reason: why.map(str::to_owned),
            lockfile_digest: facts.lock_digest.clone(),
            policy_digest: facts.policy_digest.clone(),
            surface: self.trail.surface.to_owned(),
            method: facts.method.clone(),
            path_template: facts.template.clone(),
            origin: facts.origin.clone(),
            rule_id: (!facts.rules.is_empty()).then(|| facts.rules.join(", ")),
            risk_tier: facts.tier.map(|tier| tier.word().to_owned()),
            call_id: Some(facts.call_id.clone()),
            ..Decision::new(word, code)
        }
    }

    /// What a caller is told of trouble with what is kept; whoever runs the server is told the rest.
    pub(super) fn told(&self, trouble: Trouble) -> Refusal {
        if let Trouble::Failed(failure) = &trouble {
            self.trail.tell(&format!("what is kept of calls can't be used: {}", failure.message));
        }
        trouble.refusal()
    }
}

/// What a call that was sent came to: what is told, and what is written down of it.
pub(super) struct Came {
    /// What agents are told.
    pub(super) reply: Reply,
    /// Size, kind and digest of the answer, and how long it took.
    pub(super) outcome: Outcome,
}

/// That a call was given up after it had left.
pub(super) fn given_up() -> Refusal {
    let message = "the call was given up; the server may have acted on it";
    Refusal::new(ReasonCode::Cancelled, message).after(Sent::Perhaps)
}

fn cancelled() -> Refusal {
    Refusal::new(ReasonCode::Cancelled, "nobody waits for the answer any more")
}

/// What a step comes to, unless nobody waits for it any more: nothing was sent then.
async fn unless<T>(stop: &CancellationToken, step: impl Future<Output = T>) -> Result<T, Refusal> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(cancelled()),
        done = step => Ok(done),
    }
}

pub(super) fn millis() -> Result<i64, Refusal> {
    clock::millis().map_err(|_| Refusal::new(ReasonCode::Internal, "the clock can't be read"))
}

/// What did not fit a schema: the pointer to it and the keyword that it breaks, where they are known.
fn validation(facts: &Facts, side: &'static str, misfit: Option<(&str, &str)>) -> What {
    What::Validation(Validation {
        tool_id: facts.tool_id.clone(),
        side,
        pointer: misfit.map(|(pointer, _)| pointer.to_owned()),
        keyword: misfit.map(|(_, keyword)| keyword.to_owned()),
        call_id: Some(facts.call_id.clone()),
    })
}

pub(super) fn ended(reply: Reply, code: ReasonCode, reason: &str, facts: &Facts) -> Ended {
    let (reason, facts) = (reason.to_owned(), facts.clone());
    Ended { reply, code, reason, facts, token: None, is_answered: false, status: None, sent: Sent::No }
}

/// What would be sent.
pub(super) fn dry_run(judged: &Judged, code: ReasonCode) -> Ended {
    let arguments = fingerprint::node(&judged.arguments.values.clone().into());
    let (method, path) = (judged.to.method(), judged.to.path());
    let reply = envelope::dry_run(&judged.tool().name, method, path, arguments, code);
    ended(reply, code, "dry run", &judged.facts)
}

/// A refusal after a token was used.
fn spent(mut refusal: Refusal) -> Refusal {
    refusal.message += "; the confirmation is spent: ask for another one";
    refusal
}

/// A call that was begun and that gives no answer.
fn stopped(judged: &Judged, mut refusal: Refusal) -> Ended {
    if judged.weighed.confirm.is_some() {
        refusal = spent(refusal);
    }
    let reply = match refusal.code {
        ReasonCode::Internal => envelope::internal(&judged.tool().name, &judged.facts.call_id),
        _ => envelope::denied(&judged.tool().name, &refusal),
    };
    Ended { sent: refusal.sent, ..ended(reply, refusal.code, &refusal.message, &judged.facts) }
}

/// A new id: a prefix and twelve random hex digits.
pub fn new_id(prefix: &str) -> String {
    let mut random = [0; 6];
    getrandom::fill(&mut random).expect("the system gives random bytes");
    random.iter().fold(prefix.to_owned(), |id, byte| id + &format!("{byte:02x}"))
}
