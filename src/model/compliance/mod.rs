//! What a compliance report says: claims with their evidence, and the facts that they rest on. The members of
//! `cask.compliance/1` in their order; only ever added to.

pub mod claim;
pub mod facts;

use schemars::JsonSchema;
use serde::Serialize;

use self::claim::{Article, Claim, State};
use self::facts::{Accuracy, Inventory, Oversight, Risks, Trail};
use crate::canon::time::Timestamp;

/// What the whole is worth, said in every format.
pub const NATURE: &str = "technical evidence, not legal certification";

/// A compliance report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Compliance {
    /// `cask.compliance/1`.
    #[schemars(extend("const" = "cask.compliance/1"))]
    pub schema: &'static str,
    /// `technical evidence, not legal certification`.
    #[schemars(extend("const" = NATURE))]
    pub nature: &'static str,
    /// Version of the program.
    pub tool_version: &'static str,
    /// The toolpack.
    pub toolpack: Pack,
    /// The time that it is judged at, where one was given; null: that of the machine, which is not written down.
    pub at: Option<Timestamp>,
    /// How many claims stand how.
    pub summary: Summary,
    /// Claims that do not hold, then those that nothing is known of.
    pub gaps: Vec<Gap>,
    /// The articles of Regulation (EU) 2024/1689 that claims are evidence for.
    pub articles: Vec<Article>,
    /// Who approved what.
    pub human_oversight: Section<Oversight>,
    /// What can be called.
    pub tool_inventory: Section<Inventory>,
    /// What holds calls back.
    pub risk_management: Section<Risks>,
    /// How the tools are held against what they stand on.
    pub accuracy_monitoring: Section<Accuracy>,
    /// What is written down of calls.
    pub audit_trail: Section<Trail>,
    /// What no claim is about.
    pub not_looked_at: Vec<&'static str>,
}

/// The toolpack that a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pack {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its folder.
    pub path: String,
}

/// How many claims stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// Those that hold.
    pub holds: usize,
    /// Those that do not.
    pub does_not_hold: usize,
    /// Those that nothing is known of.
    pub not_known: usize,
}

/// A claim that does not hold, or that nothing is known of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Gap {
    /// Id of the claim.
    pub claim: &'static str,
    /// How it stands.
    pub state: State,
}

/// Claims, and the facts that they rest on.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Section<T> {
    /// The claims.
    pub claims: Vec<Claim>,
    /// The facts.
    pub facts: T,
}

impl Compliance {
    /// Every claim with the name of its section, in the order of the report.
    pub fn claims(&self) -> impl Iterator<Item = (&'static str, &Claim)> {
        self.sections().into_iter().flat_map(|(title, claims)| claims.iter().map(move |claim| (title, claim)))
    }

    /// Names and claims of the sections, in the order of the report.
    pub fn sections(&self) -> [(&'static str, &[Claim]); 5] {
        [
            ("Human oversight", &self.human_oversight.claims),
            ("Tool inventory", &self.tool_inventory.claims),
            ("Risk management", &self.risk_management.claims),
            ("Accuracy monitoring", &self.accuracy_monitoring.claims),
            ("Audit trail", &self.audit_trail.claims),
        ]
    }

    /// The claim with this id.
    pub fn claim(&self, id: &str) -> Option<&Claim> {
        self.claims().map(|(_, claim)| claim).find(|claim| claim.id == id)
    }
}
