//! Tools whose written tier is below what they do.

use rayon::prelude::*;

use super::check::{Check, place};
use crate::canon::Node;
use crate::compare::tier::of_tool;
use crate::model::finding::{Finding, Subject, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::risk::ToolKind;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::gate;

/// The check.
pub const CHECK: Check = Check { emits: &[gate::RISK_UNDERSTATED], run };

fn run(pack: &Toolpack) -> Vec<Finding> {
    pack.manifest.tools.par_iter().filter_map(|tool| understated(pack, tool)).collect()
}

fn understated(pack: &Toolpack, tool: &Tool) -> Option<Finding> {
    // Without what a server said of it, it is not known what the tool does.
    if tool.kind != ToolKind::Http && pack.baseline.entry(&tool.identity).is_none() {
        return None;
    }
    let assessed = of_tool(pack, tool);
    if assessed.tier <= tool.tier {
        return None;
    }
    let here = Phrase::say(format!("tools.json says {}, the rules compute {}", tool.tier, assessed.tier));
    let mut spot = place(pack, &pack.header.tools, &tool.raw, "");
    (spot.pointer, spot.line) = (tool.pointer("risk_tier"), tool.line("risk_tier"));
    let finding = Finding::new(
        gate::RISK_UNDERSTATED,
        Subject::of(pack, SubjectKind::Tool, &tool.id, &tool.name),
        spot,
    )
    .risk(assessed.tier)
    .values(Some(Node::text(assessed.tier.word())), Some(Node::text(tool.tier.word())))
    .says("risk", here.clone())
    .here(here);
    let reasons = assessed.reasons.iter().filter(|r| r.tier > tool.tier);
    Some(reasons.fold(finding, |finding, r| finding.why(Phrase::quote(&r.because))))
}
