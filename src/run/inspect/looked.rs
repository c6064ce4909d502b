//! A toolpack as it was read and the moment in; how each of its tools stands, and why, out. The word that the lockfile
//! writes beside an entry is never believed.

use crate::canon::time::Timestamp;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::model::lockfile::{Approval, Lockfile, Status};
use crate::model::tool::Tool;
use crate::rules::{Rule, gate, sig};
use crate::run::state::{Judged, State};
use crate::sign::verify::Verdict;

/// A toolpack that was read.
pub struct Looked {
    /// The toolpack; it asks for approvals where they can be judged.
    pub state: State,
    /// What is known of its approvals.
    pub approvals: Approvals,
}

/// What is known of a toolpack's approvals.
pub enum Approvals {
    /// There is a lockfile and a trust file: `state` judges.
    Judged,
    /// There is no lockfile.
    Missing,
    /// The lockfile is the reference system's, whose approvals do not cover what a tool does.
    Old,
    /// There is a lockfile, and nothing to judge it by: nobody can have approved anything.
    Unjudged {
        /// The lockfile.
        lock: Box<Lockfile>,
        /// Why it can't be judged.
        why: &'static str,
    },
}

/// What the signatures of an entry are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// They hold, and they count.
    Valid,
    /// One does not hold over what is here.
    Invalid,
    /// Nothing is signed.
    Missing,
    /// They may hold; whoever made them is not trusted with it, or not any more.
    Untrusted,
}

impl Signature {
    /// The word in answers.
    pub fn word(self) -> &'static str {
        match self {
            Signature::Valid => "valid",
            Signature::Invalid => "invalid",
            Signature::Missing => "missing",
            Signature::Untrusted => "untrusted",
        }
    }
}

/// An approval that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule.
    pub rule: &'static str,
    /// Who is said to have signed. A stranger's word.
    pub signer: String,
    /// What it means here. Strangers' words are in it.
    pub here: String,
}

/// How a tool stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands; none where no lockfile can say so.
    pub status: Option<Status>,
    /// Whether it has an entry.
    pub listed: bool,
    /// What its signatures are worth.
    pub signature: Signature,
    /// People whose approvals count, and how many it takes. None where nothing can be counted.
    pub quorum: Option<(u32, u32)>,
    /// Who they are, with their keys.
    pub signers: Vec<(String, Vec<String>)>,
    /// Toolsets that they named.
    pub toolsets: Vec<String>,
    /// When the last of them signed.
    pub signed_at: Option<Timestamp>,
    /// When it stops standing so.
    pub until: Option<Timestamp>,
    /// Why it was refused.
    pub rejection: Option<String>,
    /// What does not count.
    pub problems: Vec<Problem>,
    /// What happened since the lockfile was written: `new`, `modified`, or nothing.
    pub change: Option<&'static str>,
}

impl Standing {
    /// The word in answers: `unknown` where no lockfile can say it.
    pub fn word(&self) -> &'static str {
        self.status.map_or("unknown", Status::word)
    }

    /// Whether somebody has to look at it still.
    pub fn waits(&self) -> bool {
        self.status == Some(Status::Pending)
    }

    fn of(status: Option<Status>) -> Standing {
        Standing {
            status,
            listed: false,
            signature: Signature::Missing,
            quorum: None,
            signers: Vec::new(),
            toolsets: Vec::new(),
            signed_at: None,
            until: None,
            rejection: None,
            problems: Vec::new(),
            change: None,
        }
    }
}

/// Most approvals of one entry that are told not to count.
const PROBLEMS: usize = 32;

impl Looked {
    /// A tool, by what agents call it or by its id.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.state.tool(name).or_else(|| self.state.pack.manifest.tool(name))
    }

    /// Why approvals can't be judged, if they can't.
    pub fn unjudged(&self) -> Option<&'static str> {
        match &self.approvals {
            Approvals::Judged => None,
            Approvals::Missing => Some("there is no lockfile: nothing of this toolpack is approved"),
            Approvals::Old => Some("approvals of version 1 do not count: they do not cover what a tool does"),
            Approvals::Unjudged { why, .. } => Some(why),
        }
    }

    /// Whether a tool would be served now, as the governed server asks it.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&self, tool: &Tool, toolset: Option<&str>, now: Timestamp) -> Result<(), Refusal> {
        self.state.admit(tool, toolset, now)?;
        // Where approvals can't be judged the state does not ask for them. Nothing is served without.
        match self.unjudged() {
            None => Ok(()),
            Some(why) => Err(Refusal::new(ReasonCode::NotApproved, why)),
        }
    }

    /// How a tool stands.
    pub fn standing(&self, tool: &Tool, now: Timestamp) -> Standing {
        match &self.approvals {
            Approvals::Judged => self.state.judged(tool, now).map_or_else(|| Standing::of(None), stands),
            Approvals::Missing | Approvals::Old => Standing::of(None),
            Approvals::Unjudged { lock, .. } => {
                let entry = lock.tools.get(&tool.id);
                let signed = entry.is_some_and(|entry| !entry.approvals.is_empty());
                Standing {
                    listed: entry.is_some(),
                    signature: if signed { Signature::Untrusted } else { Signature::Missing },
                    change: entry.is_none().then_some("new"),
                    ..Standing::of(Some(Status::Pending))
                }
            }
        }
    }

    /// The toolset that is asked about: the named one, else the toolpack's own default, else `readonly`; all tools only
    /// where a toolpack has no toolsets, as it is served.
    ///
    /// # Errors
    /// It has none of this name, or several and no default.
    pub fn toolset(&self, named: Option<&str>) -> Result<Option<&str>, String> {
        let sets = &self.state.pack.toolsets;
        let known = |name: &str| sets.toolsets.get_key_value(name).map(|(name, _)| name.as_str());
        match named {
            Some(name) => known(name).map(Some).ok_or_else(|| format!("there is no toolset {name:?}")),
            None => match sets.default_toolset.as_deref().or_else(|| known("readonly")) {
                None if !sets.toolsets.is_empty() => {
                    Err("the toolpack has several toolsets and no default: name one".to_owned())
                }
                default => Ok(default),
            },
        }
    }
}

fn stands(judged: Judged) -> Standing {
    let Judged { entry, digest, verdict } = judged;
    let approvals = entry.map(|entry| entry.approvals.as_slice()).unwrap_or_default();
    let problems = verdict.refusals.iter().take(PROBLEMS).map(|refusal| Problem {
        rule: refusal.rule.id,
        signer: approvals.get(refusal.index).map(|a| a.signer.clone()).unwrap_or_default(),
        here: refusal.here.plain(),
    });
    let keys = |keys: &std::collections::BTreeSet<String>| keys.iter().cloned().collect();
    Standing {
        status: Some(verdict.status),
        listed: entry.is_some(),
        signature: worth(approvals, &verdict),
        quorum: Some((verdict.have, verdict.need)),
        signers: verdict.signers.iter().map(|(who, with)| (who.clone(), keys(with))).collect(),
        toolsets: verdict.toolsets.iter().cloned().collect(),
        signed_at: signed_at(approvals, &verdict),
        until: verdict.until,
        rejection: verdict.rejection.clone(),
        problems: problems.collect(),
        change: match entry {
            None => Some("new"),
            Some(entry) if entry.digest != digest => Some("modified"),
            Some(_) => None,
        },
    }
}

/// When the last of those signed whose approvals count.
fn signed_at(approvals: &[Approval], verdict: &Verdict) -> Option<Timestamp> {
    let counts = |a: &&Approval| verdict.signers.get(&a.signer).is_some_and(|keys| keys.contains(&a.key_id));
    approvals.iter().filter(counts).map(|a| a.signed_at).max()
}

/// Rules by which a signature does not hold over what is here, whoever made it.
const BROKEN: [&Rule; 6] = [
    sig::INVALID,
    sig::MALFORMED,
    sig::NAMESPACE_MISMATCH,
    sig::REPLAYED,
    sig::WRONG_SIGNER,
    gate::DEFINITION_MISMATCH,
];

/// What the signatures of an entry are worth, the gravest first. What is beside enough valid ones changes nothing.
fn worth(approvals: &[Approval], verdict: &Verdict) -> Signature {
    match () {
        () if approvals.is_empty() => Signature::Missing,
        () if verdict.status.serves() || verdict.rejection.is_some() => Signature::Valid,
        () if verdict.refusals.iter().any(|refusal| BROKEN.contains(&refusal.rule)) => Signature::Invalid,
        () if !verdict.refusals.is_empty() => Signature::Untrusted,
        () if !verdict.genuine.is_empty() => Signature::Valid,
        () => Signature::Missing,
    }
}
