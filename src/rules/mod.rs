//! GROUND: what can be found, as data. Every report, page and help text about a rule is made from its row;
//! a rule that no check emits does not stand here (`tests/house/rules.rs`).

pub mod auth;
pub mod def;
pub mod flow;
pub mod gate;
pub mod gql;
pub mod host;
pub mod lock;
pub mod mcp;
pub mod mcpp;
pub mod mcpr;
pub mod mcpt;
pub mod obs;
pub mod op;
pub mod pack;
pub mod page;
pub mod par;
pub mod policy;
pub mod req;
pub mod res;
pub mod sig;
pub mod sup;
pub mod text;
pub mod tool;
pub mod toolset;
pub mod trust;
pub mod val;
pub mod verify;

pub use def::{Axis, Family, Level, Rule, Severity};

/// The families in the order of the catalogue.
const FAMILIES: &[&[&Rule]] = &[
    op::ALL,
    host::ALL,
    par::ALL,
    val::ALL,
    req::ALL,
    res::ALL,
    auth::ALL,
    gql::ALL,
    tool::ALL,
    toolset::ALL,
    policy::ALL,
    pack::ALL,
    flow::ALL,
    mcp::ALL,
    mcpt::ALL,
    mcpp::ALL,
    mcpr::ALL,
    text::ALL,
    gate::ALL,
    sig::ALL,
    trust::ALL,
    lock::ALL,
    sup::ALL,
    obs::ALL,
    verify::ALL,
];

/// Every rule, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|family| family.iter().copied())
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// Where a rule stands in the catalogue: the last key by which findings are sorted.
pub fn order(rule: &Rule) -> usize {
    all().position(|r| r == rule).unwrap_or(usize::MAX)
}
