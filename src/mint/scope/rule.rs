//! Rules in order and an operation in, whether it is taken in out.

use super::filter::{Facts, Filter};

/// A scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Its name: a preset's, or that of a file.
    pub name: String,
    /// Hosts that belong to the first party; empty: those that are allowed.
    pub first_party_hosts: Vec<String>,
    /// Its rules, in order.
    pub rules: Vec<ScopeRule>,
    /// Whether a person is asked before each call of its tools.
    pub confirmation_required: bool,
    /// Most calls a minute of each of its tools.
    pub rate_limit_per_minute: Option<u64>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeRule {
    /// Whether what it matches is taken in.
    pub include: bool,
    /// Conditions that must all hold; none matches everything.
    pub filters: Vec<Filter>,
}

impl Scope {
    /// Whether an operation is taken in.
    pub fn admits(&self, facts: &Facts) -> bool {
        let decides = self.rules.iter().find(|rule| rule.filters.iter().all(|filter| filter.holds(facts)));
        decides.is_some_and(|rule| rule.include)
    }
}
