//! What a check of the diff engine is, what it may look at, and where it puts what it finds.

use super::pair::Pair;
use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::compare::risk::Assessed;
use crate::compare::tier;
use crate::model::finding::{Finding, Place, Side, Subject, SubjectKind};
use crate::model::gate_config::Budgets;
use crate::model::risk::RiskTier;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::{Axis, Rule, val};

/// What lies around the pair.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiffContext<'a> {
    /// Names of the tools of the other toolpacks of the head.
    pub other_tool_names: &'a [&'a str],
    /// Whether an announced day has come; without it no day has.
    pub now: Option<Timestamp>,
    /// How large sets may be and how much may be added at once; without them, what gate.yaml has by default.
    pub limits: Option<&'a Budgets>,
}

/// One check: a row of the table of checks.
pub struct Check {
    /// Its name in messages of tests.
    pub name: &'static str,
    /// Every rule that it can emit.
    pub emits: &'static [&'static [&'static Rule]],
    /// Looks at the pair.
    pub run: fn(&Pair, &DiffContext, &mut Sink),
}

impl Check {
    /// Whether the check says that it can emit a rule.
    pub fn can_emit(&self, rule: &Rule) -> bool {
        self.emits.iter().any(|rows| rows.contains(&rule))
    }
}

/// Collects findings, and holds a check to the rules that it names.
pub struct Sink<'c> {
    check: &'c Check,
    earlier: &'c [Finding],
    findings: Vec<Finding>,
}

impl<'c> Sink<'c> {
    /// An empty one for a check, with what the checks before it found.
    pub fn new(check: &'c Check, earlier: &'c [Finding]) -> Sink<'c> {
        Sink { check, earlier, findings: Vec::new() }
    }

    /// What the checks before this one found: for the last one, which tells what nobody told.
    pub fn earlier(&self) -> &'c [Finding] {
        self.earlier
    }

    /// Takes a finding.
    pub fn push(&mut self, finding: Finding) {
        debug_assert!(
            self.check.can_emit(finding.rule),
            "check {} does not name {}",
            self.check.name,
            finding.rule.id
        );
        self.findings.push(finding);
    }

    /// What was found.
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// The subject that is a tool of a toolpack.
pub fn tool_subject(pack: &Toolpack, tool: &Tool) -> Subject {
    subject(pack, SubjectKind::Tool, &tool.id, &tool.name)
}

/// A subject of a toolpack.
pub fn subject(pack: &Toolpack, kind: SubjectKind, id: &str, name: &str) -> Subject {
    Subject::of(pack, kind, id, name)
}

/// The place of a tool, or of a member of its action, in the tools.json of its side.
pub fn tool_place(pack: &Toolpack, tool: &Tool, member: &str, side: Side) -> Place {
    let pointer = match tool.raw.get(member) {
        Some(_) => tool.pointer(member),
        None => tool.pointer(""),
    };
    Place { file: pack.tools_path(), line: tool.line(member), pointer, side }
}

/// A place in a file of a toolpack, with the line of the value there.
pub fn place(pack: &Toolpack, file: &str, root: &Node, pointer: String, side: Side) -> Place {
    let line = root.at(&pointer).map_or(root.line, |n| n.line);
    Place { file: pack.path(file), line, pointer, side }
}

/// Rules of bounds that widen: on a harmless read they weigh one step less.
const BOUNDS: &[&Rule] = &[val::MAX_RAISED, val::MIN_LOWERED, val::BOUND_REMOVED];

/// The finding with the tool's tier, and with its severity one step up if the rule widens what a tool of
/// high tier or one that changes state can do, one step down for a bound of a harmless read (rules.md, "risk
/// scaling").
pub fn scaled(finding: Finding, tool: &Tool, assessed: &Assessed) -> Finding {
    let tier = tier::effective_tier(tool, assessed);
    let grave = tier >= RiskTier::High || assessed.effect.changes_state();
    let finding = finding.risk(tier);
    let severity = match finding.rule.is_on(Axis::Capability) {
        true if grave => finding.severity.up(),
        true if tier <= RiskTier::Low && BOUNDS.contains(&finding.rule) => finding.severity.down(),
        _ => finding.severity,
    };
    finding.severity(severity)
}
