//! Both states of one of the toolpacks that are looked at together, and a tool of one as it is told of: where it
//! stands, without the toolpack, since parts of them are judged on several machines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::{tool_place, tool_subject};
use crate::compare::tier::{effective_tier, of_tool};
use crate::model::finding::{Covers, Finding, Place, Side, Subject};
use crate::model::risk::RiskTier;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::Rule;

/// Both states of a toolpack.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// What it was.
    pub base: Option<&'a Toolpack>,
    /// What it is.
    pub head: Option<&'a Toolpack>,
    /// Whether anything of it differs.
    pub touched: bool,
}

/// A tool of the head, and where its name stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spot {
    /// What it is.
    pub subject: Subject,
    /// The place of its name.
    pub place: Place,
    /// Its tier.
    pub tier: RiskTier,
}

impl Spot {
    /// Of a tool.
    pub fn of(pack: &Toolpack, tool: &Tool) -> Spot {
        Spot {
            subject: tool_subject(pack, tool),
            place: tool_place(pack, tool, "name", Side::Head),
            tier: effective_tier(tool, &of_tool(pack, tool)),
        }
    }

    /// A finding there, which the approval of the tool covers.
    pub fn finding(&self, rule: &'static Rule) -> Finding {
        Finding::new(rule, self.subject.clone(), self.place.clone()).risk(self.tier).covered_by(Covers::Tool)
    }
}
