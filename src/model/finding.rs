//! A finding: a rule, the subject that it is about, where it stands, and what it was before and is now.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::phrase::{Phrase, own_label};
use super::risk::RiskTier;
use super::toolpack::Toolpack;
use super::verdict::Verdict;
use crate::canon::time::Timestamp;
use crate::canon::{Node, digest, json};
use crate::rules::{Axis, Level, Rule, Severity};

/// What kind of thing a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// A tool.
    Tool,
    /// An operation that no tool stands on.
    Operation,
    /// A toolset.
    Toolset,
    /// The policy.
    Policy,
    /// The surface as a whole.
    Surface,
    /// A host of the toolpack.
    Host,
    /// An MCP server.
    Server,
    /// A prompt of one.
    Prompt,
    /// A resource of one.
    Resource,
    /// A template of addresses of one.
    Template,
    /// The toolpack as a whole.
    Toolpack,
    /// Its lockfile.
    Lockfile,
    /// The trust file.
    Trust,
    /// gate.yaml.
    GateConfig,
    /// A client's configuration, or a server in it.
    Client,
    /// What runs the gate: a workflow, a hook.
    Workflow,
    /// A file that belongs to none of these.
    Source,
}

impl SubjectKind {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            SubjectKind::Tool => "tool",
            SubjectKind::Operation => "operation",
            SubjectKind::Toolset => "toolset",
            SubjectKind::Policy => "policy",
            SubjectKind::Surface => "surface",
            SubjectKind::Host => "host",
            SubjectKind::Server => "server",
            SubjectKind::Prompt => "prompt",
            SubjectKind::Resource => "resource",
            SubjectKind::Template => "template",
            SubjectKind::Toolpack => "toolpack",
            SubjectKind::Lockfile => "lockfile",
            SubjectKind::Trust => "trust",
            SubjectKind::GateConfig => "gate-config",
            SubjectKind::Client => "client",
            SubjectKind::Workflow => "workflow",
            SubjectKind::Source => "source",
        }
    }
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Folder of the toolpack; empty for what belongs to the repository.
    pub path: String,
    /// Id of the toolpack; empty for what belongs to the repository.
    pub toolpack: String,
    /// What kind of thing.
    pub kind: SubjectKind,
    /// Tool id, set name, host …
    pub id: String,
    /// What people call it. A stranger's word.
    pub name: String,
}

impl Subject {
    /// Something of a toolpack.
    pub fn of(pack: &Toolpack, kind: SubjectKind, id: &str, name: &str) -> Subject {
        Subject {
            path: pack.dir.clone(),
            toolpack: pack.header.toolpack_id.clone(),
            kind,
            id: id.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The text that fingerprints are made over.
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.toolpack, self.kind.word(), self.id)
    }
}

/// Which of the two states a place is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The state under review.
    Head,
    /// The state that it is compared with: for what the head lacks.
    Base,
}

/// Where a finding stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Repository-relative file.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// JSON pointer in the file.
    pub pointer: String,
    /// In which state.
    pub side: Side,
}

/// Whose signatures a finding waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Covers {
    /// Nobody's: it is not a change of a signed subject.
    Nothing,
    /// Those of its tool.
    Tool,
    /// Those of the toolpack's surface.
    Surface,
    /// Those of a signed withdrawal of its tool.
    Withdrawal,
    /// Those of the owners, on a trust file or gate.yaml.
    Owners,
}

/// Whether enough people have signed the state that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalState {
    /// Nothing here is to be signed.
    NotNeeded,
    /// Enough have signed this very state.
    Acknowledged,
    /// Too few have.
    Missing,
    /// Somebody refused it.
    Rejected,
}

impl ApprovalState {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            ApprovalState::NotNeeded => "not-needed",
            ApprovalState::Acknowledged => "acknowledged",
            ApprovalState::Missing => "missing",
            ApprovalState::Rejected => "rejected",
        }
    }
}

/// Why an approval does not count, or what else is to be known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The rule that says so.
    #[serde(with = "rule_id")]
    #[schemars(with = "String")]
    pub rule: &'static Rule,
    /// What it means here.
    pub here: Phrase,
    /// Where the approval stands.
    pub place: Place,
}

/// How a finding's subject stands with those who may sign it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Whether enough have signed.
    pub state: ApprovalState,
    /// Distinct people whose signatures count.
    pub have: u32,
    /// How many it takes.
    pub need: u32,
    /// Who they are.
    pub signers: Vec<String>,
    /// Why others do not count.
    pub reasons: Vec<Reason>,
}

impl Approval {
    /// Whether it still waits for signatures, or was refused.
    pub fn waits(&self) -> bool {
        matches!(self.state, ApprovalState::Missing | ApprovalState::Rejected)
    }

    /// For what nobody has to sign.
    pub fn not_needed() -> Approval {
        Approval {
            state: ApprovalState::NotNeeded,
            have: 0,
            need: 0,
            signers: Vec::new(),
            reasons: Vec::new(),
        }
    }
}

/// A suppression that covers a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Until when.
    pub expires: String,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The rule.
    #[serde(with = "rule_id")]
    #[schemars(with = "String")]
    pub rule: &'static Rule,
    /// How grave it is here, after risk scaling and gate.yaml's levels.
    pub severity: Severity,
    /// The tier of the tool, where it is about one.
    pub risk: Option<RiskTier>,
    /// What it is about.
    pub subject: Subject,
    /// Where it stands.
    pub place: Place,
    /// Where else the same cause stands: an action repeats the inputs of its operation.
    pub also: Vec<Place>,
    /// What it was.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "Node::present")]
    pub before: Option<Node>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "Node::present")]
    pub after: Option<Node>,
    /// The part of the subject that changed, one or two words of ours: `host`, `description`, `new tool`.
    #[serde(deserialize_with = "own_label")]
    pub aspect: Cow<'static, str>,
    /// What changed, for the table: `api.a → api.b`. Without the aspect.
    pub change: Phrase,
    /// What it means here, beside the rule id.
    pub here: Phrase,
    /// Evidence, one sentence each.
    pub why: Vec<Phrase>,
    /// For something new: its facts, label and value, shown as a block.
    pub facts: Vec<(String, String)>,
    /// Whose signatures acknowledge it.
    pub covers: Covers,
    /// How that stands.
    pub approval: Approval,
    /// Whether the base has the very same finding: shown folded, does not fail (trust axis from high apart).
    pub known: bool,
    /// The suppression that covers it.
    #[serde(skip)]
    pub suppressed: Option<Suppressed>,
    /// When something ends, for findings about time.
    pub ends: Option<Timestamp>,
    /// What it is recognised by, once [`Finding::fix_prints`] has fixed it.
    #[serde(skip)]
    pub prints: Option<(String, String)>,
    /// What it comes to alone; only judgement sets it, and until then it comes to nothing.
    #[serde(skip)]
    pub weighs: Verdict,
}

impl Finding {
    /// A finding of a rule, with the rule's own severity and texts.
    pub fn new(rule: &'static Rule, subject: Subject, place: Place) -> Finding {
        Finding {
            rule,
            severity: match rule.level {
                Level::Fixed(severity) => severity,
                Level::ByRisk => Severity::Medium,
                Level::Unjudged => Severity::Critical,
            },
            risk: None,
            subject,
            place,
            also: Vec::new(),
            before: None,
            after: None,
            aspect: Cow::Borrowed(""),
            change: Phrase::say(rule.title),
            here: Phrase::say(rule.title),
            why: Vec::new(),
            facts: Vec::new(),
            covers: Covers::Nothing,
            approval: Approval::not_needed(),
            known: false,
            suppressed: None,
            ends: None,
            prints: None,
            weighs: Verdict::Pass,
        }
    }

    /// With the tool's tier; a rule whose severity follows the tier takes it from here.
    pub fn risk(mut self, tier: RiskTier) -> Finding {
        self.risk = Some(tier);
        if self.rule.level == Level::ByRisk {
            self.severity = match tier {
                RiskTier::Safe | RiskTier::Low => Severity::Low,
                RiskTier::Medium => Severity::Medium,
                RiskTier::High => Severity::High,
                RiskTier::Critical => Severity::Critical,
            };
        }
        self
    }

    /// With another severity than the rule's own.
    pub fn severity(mut self, severity: Severity) -> Finding {
        self.severity = severity;
        self
    }

    /// With the values before and after.
    pub fn values(mut self, before: Option<Node>, after: Option<Node>) -> Finding {
        self.before = before;
        self.after = after;
        self
    }

    /// With the part that changed and what changed there.
    pub fn says(mut self, aspect: &'static str, change: Phrase) -> Finding {
        self.aspect = Cow::Borrowed(aspect);
        self.change = change;
        self
    }

    /// With what it means here.
    pub fn here(mut self, here: Phrase) -> Finding {
        self.here = here;
        self
    }

    /// With one more piece of evidence.
    pub fn why(mut self, why: Phrase) -> Finding {
        self.why.push(why);
        self
    }

    /// With whose signatures acknowledge it.
    pub fn covered_by(mut self, covers: Covers) -> Finding {
        self.covers = covers;
        self
    }

    /// The axis by which it is sorted: the first of its rule's in the order of reports.
    pub fn axis(&self) -> Axis {
        self.rule.axes.iter().copied().min().unwrap_or(Axis::Hygiene)
    }

    /// Fixes fingerprint and tracking as they are: what it shows may be shortened from here on, and it stays the
    /// same finding.
    pub fn fix_prints(&mut self) {
        self.prints = Some((self.fingerprint(), self.tracking_hex()));
    }

    /// First 16 hex digits of SHA-256 over rule, subject, pointer, before and after: the same finding has the
    /// same fingerprint whatever the wording and the lines.
    pub fn fingerprint(&self) -> String {
        if let Some((fingerprint, _)) = &self.prints {
            return fingerprint.clone();
        }
        let canon = |node: &Option<Node>| node.as_ref().map(json::canonical).unwrap_or_default();
        digest::id16(&[
            self.rule.id,
            &self.subject.key(),
            &self.place.pointer,
            &canon(&self.before),
            &canon(&self.after),
        ])
    }

    /// First 16 hex digits of SHA-256 over rule, subject and pointer without array indexes: survives changed
    /// values.
    pub fn tracking(&self) -> String {
        let mut id = self.tracking_hex();
        id.truncate(16);
        id
    }

    /// The whole digest that [`Finding::tracking`] begins.
    pub fn tracking_hex(&self) -> String {
        if let Some((_, tracking)) = &self.prints {
            return tracking.clone();
        }
        let pointer: String = self
            .place
            .pointer
            .split('/')
            .filter(|step| step.is_empty() || !step.bytes().all(|b| b.is_ascii_digit()))
            .collect::<Vec<_>>()
            .join("/");
        digest::sha256_hex([self.rule.id, &self.subject.key(), &pointer].join("\0").as_bytes())
    }

    /// One sentence: subject and change.
    pub fn message(&self) -> Phrase {
        let subject = if self.subject.name.is_empty() {
            Phrase::say(self.subject.kind.word())
        } else {
            Phrase::quote(&self.subject.name)
        };
        subject.and_say(": ").and_say(self.rule.title)
    }
}

/// A rule by its id, in files that hand findings over.
mod rule_id {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::rules::{Rule, find};

    pub fn serialize<S: Serializer>(rule: &&'static Rule, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(rule.id)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static Rule, D::Error> {
        let id = String::deserialize(deserializer)?;
        find(&id).ok_or_else(|| de::Error::custom(format!("no rule has the id {id:?}")))
    }
}
