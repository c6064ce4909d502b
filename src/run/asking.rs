//! A call for which a person is asked: the challenge that stands for it, and its use. What a grant is good for is said
//! here, for both.

use super::invoke::{Ended, dry_run, ended, millis};
use super::judge::{Judged, To};
use super::served::Served;
use crate::enforce::audit::record::{Confirmation, Event, What};
use crate::enforce::challenge::{Bindings, Shown};
use crate::enforce::envelope;
use crate::enforce::grant::Judge;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::io::audit_log::Durability;
use crate::io::confirmations::store::{Asked, Confirmations, Issued};

impl Served {
    /// Asks a person: nothing is sent.
    pub(super) fn ask(&self, judged: &Judged) -> Result<Ended, Refusal> {
        let why = judged.weighed.confirm.as_deref().unwrap_or_default();
        if self.how.dry_run {
            let decision =
                self.decision("confirm", ReasonCode::ConfirmationRequired, Some("dry run"), judged);
            self.trail.write(What::Decision(Box::new(decision)), Durability::Written)?;
            return Ok(dry_run(judged, ReasonCode::ConfirmationRequired));
        }
        let state = &judged.ready.state;
        let fields = &judged.weighed.redactions;
        let asked = Asked {
            bindings: self.bindings(judged),
            shown: Shown {
                toolpack: state.pack.dir.clone(),
                tool: judged.tool().name.clone(),
                method: judged.to.method().to_owned(),
                path: self.shown_path(judged),
                arguments: judged.ready.shown.arguments(&judged.arguments.values, fields),
                origin: judged.to.origin(),
                tier: judged.tier(),
                run_id: self.trail.run_id.clone(),
            },
            // The shorter counts: of who wrote the policy, and of who runs the server.
            ttl: judged.weighed.ttl.map_or(self.how.confirm_ttl, |ttl| ttl.min(self.how.confirm_ttl)),
            handle_only: self.how.handle_only,
        };
        let written = |issued: &Issued| {
            let event = Confirmation {
                event: Event::Challenge,
                confirmation_id: issued.short.clone(),
                tool_id: judged.facts.tool_id.clone(),
                call_id: Some(judged.facts.call_id.clone()),
                ..Confirmation::default()
            };
            self.trail.write(What::Confirmation(event), Durability::Synced)
        };
        let issued =
            self.store.challenge(&asked, millis()?, written).map_err(|trouble| self.told(trouble))?;
        let mut decision = self.decision("confirm", ReasonCode::ConfirmationRequired, Some(why), judged);
        decision.confirmation_id = Some(issued.short.clone());
        self.trail.write(What::Decision(Box::new(decision)), Durability::Written)?;
        let command = format!("{}{}", issued.command(), self.how.grant_options);
        self.trail.tell(&format!("{} has to be confirmed: {command}", judged.tool().name));
        let grant = match self.how.handle_only {
            true => "a person grants it where the server runs",
            false => command.as_str(),
        };
        let reply = envelope::confirm(&judged.tool().name, why, &issued.token, grant);
        let ended = ended(reply, ReasonCode::ConfirmationRequired, why, &judged.facts);
        Ok(Ended { token: Some(issued.token), ..ended })
    }

    /// Uses the token of a call.
    pub(super) fn consume(&self, judged: &Judged, token: &str, now: i64) -> Result<Confirmation, Refusal> {
        let state = &judged.ready.state;
        let keyring = state.keyring();
        let judge =
            Judge { keyring: keyring.as_ref(), unsafe_unsigned_grant: self.how.unsafe_unsigned_grant };
        let bindings = self.bindings(judged);
        let used = self.store.consume(token, &bindings, &judge, now).map_err(|trouble| self.told(trouble))?;
        let issuers: Vec<&str> = used.issuers.iter().map(|issuer| issuer.signer.as_str()).collect();
        Ok(Confirmation {
            event: Event::Consume,
            confirmation_id: used.short,
            tool_id: judged.facts.tool_id.clone(),
            issuer: Some(issuers.join(", ")),
            key_ids: used.issuers.iter().filter_map(|issuer| issuer.key_id.clone()).collect(),
            reason: None,
            call_id: Some(judged.facts.call_id.clone()),
        })
    }

    /// Everything that a grant is good for.
    fn bindings(&self, judged: &Judged) -> Bindings {
        let state = &judged.ready.state;
        Bindings {
            tool_id: judged.tool().id.clone(),
            action_digest: state.subject(judged.tool()).digest.clone(),
            request_digest: judged.facts.digest.clone().unwrap_or_default(),
            toolset: self.how.toolset.clone(),
            artifacts_digest: state.surface_digest().to_owned(),
            lockfile_digest: state.lock_digest().map(str::to_owned),
            origin: self.server_of(judged),
            credential: self.credential_of(judged),
            mode: self.how.mode().to_owned(),
        }
    }

    /// The server of a call, with the part of its path that stands in front of every call: two of one host may be the
    /// one to try things out and the one that counts.
    fn server_of(&self, judged: &Judged) -> String {
        match &judged.to {
            To::Api(api) => format!("{}{}", api.origin, self.how.before()),
            To::Server(..) => judged.to.origin(),
        }
    }

    /// The path of a call, whole, without what is not shown.
    pub(super) fn shown_path(&self, judged: &Judged) -> String {
        if let To::Server(_, tool) = &judged.to {
            return tool.clone();
        }
        let fields = &judged.weighed.redactions;
        let own = judged.ready.shown_path(judged.tool(), &judged.arguments, fields);
        format!("{}{own}", self.how.before())
    }

    /// What the credential of a call is called.
    fn credential_of(&self, judged: &Judged) -> Option<String> {
        let To::Api(api) = &judged.to else { return None };
        let mut named = self.credentials.named();
        named.find(|(origin, _)| **origin == api.origin).map(|(_, name)| name.to_owned())
    }
}
