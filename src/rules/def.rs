//! What a row of the catalogue is, and the macro that writes one.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How grave a finding is. The order is the derive order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Told, never counted.
    Info,
    /// Worth a look some day.
    Low,
    /// A person must look.
    Medium,
    /// Stops a merge unless it is signed.
    High,
    /// Stops a merge unless it is signed; the usual shape of an attack.
    Critical,
}

impl Severity {
    /// All, gravest first: the order of reports.
    pub const GRAVEST_FIRST: [Severity; 5] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

    /// The word in every format.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// The severity of that word.
    pub fn of(word: &str) -> Option<Severity> {
        Severity::GRAVEST_FIRST.into_iter().find(|s| s.word() == word)
    }

    /// One step graver, at most critical.
    pub fn up(self) -> Severity {
        match self {
            Severity::Info => Severity::Low,
            Severity::Low => Severity::Medium,
            Severity::Medium => Severity::High,
            _ => Severity::Critical,
        }
    }

    /// One step milder, at least info.
    pub fn down(self) -> Severity {
        match self {
            Severity::Critical => Severity::High,
            Severity::High => Severity::Medium,
            Severity::Medium => Severity::Low,
            _ => Severity::Info,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a finding puts at stake. The order is the one in which reports sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// Who may approve, and whether an approval is genuine. Can't be suppressed.
    Trust,
    /// An agent can do more, reach further or learn more.
    Capability,
    /// An agent's call may now fail.
    Contract,
    /// Neither, but it should be put right.
    Hygiene,
}

impl Axis {
    /// All, in the order of reports.
    pub const ALL: [Axis; 4] = [Axis::Trust, Axis::Capability, Axis::Contract, Axis::Hygiene];

    /// The word in every format.
    pub fn word(self) -> &'static str {
        match self {
            Axis::Trust => "trust",
            Axis::Capability => "capability",
            Axis::Contract => "contract",
            Axis::Hygiene => "hygiene",
        }
    }
}

/// How a rule's severity comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Always this one, before gate.yaml changes levels.
    Fixed(Severity),
    /// From the tool's risk tier: safe and low are low, then one to one.
    ByRisk,
    /// Nothing can be judged: the run ends with exit 3.
    Unjudged,
}

/// A family of the catalogue: the word before the dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Operations.
    Op,
    /// Hosts, transport, egress.
    Host,
    /// Parameters and top-level inputs.
    Par,
    /// What values may be.
    Val,
    /// Request bodies and deeper inputs.
    Req,
    /// Responses.
    Res,
    /// Credentials.
    Auth,
    /// GraphQL operations.
    Gql,
    /// Tools of a toolpack.
    Tool,
    /// Toolsets.
    Toolset,
    /// The policy.
    Policy,
    /// The toolpack as a whole.
    Pack,
    /// What tools come to together.
    Flow,
    /// MCP servers and their clients: how they are started, what they answer, what goes unasked.
    Mcp,
    /// Tools of MCP servers.
    Mcpt,
    /// Prompts of MCP servers.
    Mcpp,
    /// Resources of MCP servers.
    Mcpr,
    /// Cues in texts that a model reads.
    Text,
    /// Approvals.
    Gate,
    /// Signatures.
    Sig,
    /// The trust file and gate.yaml.
    Trust,
    /// Suppressions.
    Sup,
    /// The lockfile.
    Lock,
    /// Recorded calls against a surface.
    Obs,
    /// A toolpack against its contracts, its own surface and recorded calls.
    Verify,
}

impl Family {
    /// The heading of the family in docs/rules.md.
    pub fn heading(self) -> &'static str {
        match self {
            Family::Op => "Operations",
            Family::Host => "Hosts, transport, egress",
            Family::Par => "Parameters",
            Family::Val => "Values",
            Family::Req => "Request bodies",
            Family::Res => "Responses",
            Family::Auth => "Credentials",
            Family::Gql => "GraphQL",
            Family::Tool => "Tools",
            Family::Toolset => "Toolsets",
            Family::Policy => "Policy",
            Family::Pack => "Toolpack",
            Family::Flow => "Flows across tools",
            Family::Mcp => "MCP servers and clients",
            Family::Mcpt => "MCP tools",
            Family::Mcpp => "MCP prompts",
            Family::Mcpr => "MCP resources",
            Family::Text => "Text cues",
            Family::Gate => "Approvals",
            Family::Sig => "Signatures",
            Family::Trust => "Trust",
            Family::Sup => "Suppressions",
            Family::Lock => "Lockfile",
            Family::Obs => "Recorded calls",
            Family::Verify => "Verification",
        }
    }
}

/// One row of the catalogue. Ids are never reused or renamed.
#[derive(Debug)]
pub struct Rule {
    /// `family.what-happened`, kebab-case.
    pub id: &'static str,
    /// The word before the dot.
    pub family: Family,
    /// How grave it is.
    pub level: Level,
    /// What it puts at stake.
    pub axes: &'static [Axis],
    /// What changed or is wrong, in a few words; needs no quoting in any format.
    pub title: &'static str,
    /// A whole clause for the sentence under the verdict.
    pub clause: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// Why it matters: the doc comment above the row.
    pub why: &'static str,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
impl Eq for Rule {}

impl Rule {
    /// Whether the rule lies on an axis.
    pub fn is_on(&self, axis: Axis) -> bool {
        self.axes.contains(&axis)
    }
}

/// Writes a family's rows: a constant each, and the list of them all.
///
/// ```text
/// rules! { Host =>
///     /// Why it matters.
///     CHANGED = "host.changed", Critical, [Contract, Capability],
///         "another host",
///         "a tool now calls another host",
///         fix: "check who owns the host, then sign or take it back";
/// }
/// ```
macro_rules! rules {
    ($family:ident => $( $(#[doc = $why:literal])+ $name:ident = $id:literal, $level:ident, [$($axis:ident),+],
        $title:literal, $clause:literal, fix: $fix:literal; )+) => {
        use crate::rules::def::{Axis, Family, Level, Rule};
        $(
            $(#[doc = $why])+
            pub const $name: &Rule = &Rule {
                id: $id,
                family: Family::$family,
                level: rules!(@level $level),
                axes: &[$(Axis::$axis),+],
                title: $title,
                clause: $clause,
                fix: $fix,
                why: concat!($($why, "\n"),+),
            };
        )+
        /// Every row of this family, in the order of reports.
        pub const ALL: &[&Rule] = &[$($name),+];
    };
    (@level ByRisk) => { Level::ByRisk };
    (@level Unjudged) => { Level::Unjudged };
    (@level $severity:ident) => { Level::Fixed(crate::rules::def::Severity::$severity) };
}
pub(in crate::rules) use rules;
