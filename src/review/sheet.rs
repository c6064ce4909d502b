//! What a review is about, as it was read once: the subjects of a toolpack, what changed about each, how each
//! stands, and who is about to sign.
//!
//! Everything that a stranger may have written is raw here; the screens put it through the terminal's escaper.

use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::model::command::Here;
use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::model::risk::{Effect, RiskTier};
use crate::report::escape::paste::paste;
use crate::rules::Severity;

/// Longest name that somebody is asked to type.
const TYPED: usize = 48;

/// A toolpack under review.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// Its folder.
    pub pack: String,
    /// Where who decides stands, and types commands.
    pub here: Here,
    /// What its state is compared with.
    pub between: Phrase,
    /// Who signs; nobody where the sheet is only shown.
    pub signer: Option<Signer>,
    /// Its subjects, in the order of the list.
    pub items: Vec<Item>,
    /// Subjects that wait and are not among them, since less grave ones were not asked for.
    pub left_out: usize,
    /// Path of the lockfile.
    pub lock_path: String,
    /// Whether the lockfile is one of the old format, and is one of the new after it was written.
    pub from_v1: bool,
    /// Which trust file judges.
    pub trust: Phrase,
    /// When it was read.
    pub now: Option<Timestamp>,
    /// How many high and critical tools one act may approve before the report says so.
    pub bulk_max: usize,
}

/// Who signs.
#[derive(Debug, Clone, Default)]
pub struct Signer {
    /// Id in the trust file.
    pub id: String,
    /// What they may, in words of ours: `owner and approver, up to critical`.
    pub may: String,
    /// The key.
    pub key_id: String,
    /// Its kind, and how it is reached.
    pub key_kind: String,
    /// Whether its passphrase is to be asked for.
    pub locked: bool,
}

/// What a row of the list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A tool.
    Tool,
    /// Policy, toolsets, hosts and baseline together.
    Surface,
    /// What is decided by another command.
    Elsewhere,
}

/// How a subject stands with this signer, in the order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// It waits for a decision.
    Open,
    /// Another command decides it.
    Elsewhere,
    /// This signer has signed it; others are missing.
    Waits,
    /// Somebody refused it.
    Refused,
    /// An owner let it in for a while.
    Exempted,
    /// Enough people signed it.
    Approved,
}

impl Stand {
    /// The word in the list, before anything is decided.
    pub fn word(self) -> &'static str {
        match self {
            Stand::Open => "undecided",
            Stand::Elsewhere => "not here",
            Stand::Waits => "signed",
            Stand::Refused => "refused",
            Stand::Exempted => "exempted",
            Stand::Approved => "approved",
        }
    }
}

/// A subject.
#[derive(Debug, Clone)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// How it stands.
    pub stand: Stand,
    /// Its id.
    pub id: String,
    /// Its name: a stranger's word, unless it is the surface.
    pub name: String,
    /// Its tier.
    pub tier: RiskTier,
    /// How grave its change is.
    pub severity: Severity,
    /// How many people have signed this state.
    pub have: u32,
    /// How many it takes.
    pub need: u32,
    /// Who they are.
    pub signers: Vec<String>,
    /// What changes, in a few words.
    pub what: Phrase,
    /// What is called: method, host and path.
    pub target: String,
    /// Its digest now.
    pub digest: String,
    /// Its digest on the base.
    pub was: Option<String>,
    /// Against what the differences are.
    pub since: Phrase,
    /// Every place that differs in what is signed; of something new, the whole of it.
    pub changes: Vec<Change>,
    /// What was found about the change.
    pub findings: Vec<Finding>,
    /// Whether it is looked at alone whatever its tier: it changed where no finding speaks, or since a state that
    /// nobody approved.
    pub alone: bool,
    /// Whether something of what is signed is not shown, since it looks like a secret: then it can't be approved here.
    pub hides: bool,
    /// Why it has its tier.
    pub reasons: Vec<Phrase>,
    /// What a tool does.
    pub facts: Option<Facts>,
    /// Who signed what about it, the newest first.
    pub said: Vec<Phrase>,
    /// Why this signer's approval would not count.
    pub against: Option<Phrase>,
    /// When its exemption ends, if it is exempted.
    pub lapses: Option<Timestamp>,
    /// When an approval of today ends by the rules of the trust file.
    pub ends: Option<Timestamp>,
    /// The latest end that gate.yaml lets an approval have.
    pub longest: Option<Timestamp>,
    /// Whether gate.yaml asks for a reason.
    pub asks_reason: bool,
    /// Where it stands: file and line.
    pub place: String,
    /// The commands that decide it, where another command does.
    pub commands: Vec<String>,
}

/// A place in what is signed, before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its pointer, or a word of ours.
    pub at: String,
    /// What it was; nothing where it is new.
    pub before: Option<Node>,
    /// What it is; nothing where it is gone.
    pub after: Option<Node>,
}

/// What a tool does, for the page and for what several tools allow together.
#[derive(Debug, Clone)]
pub struct Facts {
    /// What a call does.
    pub effect: Effect,
    /// Method.
    pub method: String,
    /// Host, or server.
    pub host: String,
    /// Path, or the tool's own name there.
    pub path: String,
    /// What the model is told.
    pub description: String,
    /// Toolsets that it is in.
    pub toolsets: Vec<String>,
    /// When a person is asked before a call; a word of ours.
    pub confirmation: &'static str,
    /// Whether a person is asked by the manifest's own word.
    pub confirms: bool,
    /// Whether its answers hold personal data.
    pub personal: bool,
    /// Inputs: name, and what may be given.
    pub inputs: Vec<(String, String)>,
    /// Inputs that take text without a limit.
    pub free: Vec<String>,
    /// A call as an agent could make it.
    pub call: String,
}

impl Item {
    /// Whether it is looked at alone, and its name typed.
    pub fn is_grave(&self) -> bool {
        self.tier >= RiskTier::High || self.severity >= Severity::High
    }

    /// What is to be typed before it is approved: its name, where that is a plain word; else its id.
    pub fn typed(&self) -> &str {
        match self.kind {
            Kind::Surface => "surface",
            _ => paste(&self.name).filter(|name| name.len() <= TYPED).unwrap_or(&self.id),
        }
    }

    /// Whether a signature more is enough.
    pub fn is_enough_with_one(&self) -> bool {
        self.have.saturating_add(1) >= self.need
    }
}

impl Sheet {
    /// Puts the items in the order of the list: what waits first, gravest first.
    pub fn sorted(mut self) -> Sheet {
        self.items.sort_by(|a, b| {
            let key = |i: &Item| (i.stand, std::cmp::Reverse((i.severity, i.tier)));
            key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name)).then_with(|| a.id.cmp(&b.id))
        });
        self
    }

    /// How many subjects wait for a decision, those that are not listed too.
    pub fn waiting(&self) -> usize {
        self.open() + self.left_out
    }

    /// How many subjects that are listed wait for a decision of this signer, or of somebody.
    pub fn open(&self) -> usize {
        self.items.iter().filter(|item| item.stand == Stand::Open).count()
    }
}
