//! The scopes that have a name.

use super::filter::{Field, Filter, Operator, Value};
use super::rule::{Scope, ScopeRule};

/// The scope that holds if none is asked for.
pub const DEFAULT: &str = "first_party_only";

/// A row: its name, what it takes in, its rules, and what it asks for.
#[derive(Debug)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// What it takes in.
    pub about: &'static str,
    rules: fn() -> Vec<ScopeRule>,
    confirm: bool,
    rate: Option<u64>,
}

/// Every preset.
#[rustfmt::skip]
pub const PRESETS: &[Preset] = &[
    Preset { name: DEFAULT, about: "everything on the hosts that are allowed", confirm: false, rate: None,
        rules: || vec![take(vec![is(Field::IsFirstParty)])] },
    Preset { name: "auth_surface", about: "signing in and proving who one is", confirm: true, rate: None,
        rules: || vec![take(vec![is(Field::IsAuthRelated)]), take(vec![has_tag("auth")])] },
    Preset { name: "state_changing", about: "whatever changes something", confirm: true, rate: Some(10),
        rules: || vec![take(vec![is(Field::IsStateChanging)])] },
    Preset { name: "pii_surface", about: "whatever takes or gives personal data", confirm: true, rate: None,
        rules: || vec![take(vec![is(Field::HasPii)]), take(vec![has_tag("users")])] },
    Preset { name: "agent_safe_readonly", about: "reads of tier safe or low, nothing about signing in or people",
        confirm: false, rate: Some(60),
        rules: || vec![
            leave(vec![is_not(Field::IsFirstParty)]),
            leave(vec![is(Field::IsStateChanging)]),
            leave(vec![is(Field::IsAuthRelated)]),
            leave(vec![is(Field::HasPii)]),
            leave(vec![has_tag("auth")]),
            leave(vec![has_tag("admin")]),
            take(vec![Filter { field: Field::RiskTier,
                operator: Operator::In(vec![Value::text("safe"), Value::text("low")]) }]),
        ] },
];

/// The preset of a name.
pub fn preset(name: &str) -> Option<Scope> {
    PRESETS.iter().find(|preset| preset.name == name).map(|preset| Scope {
        name: name.to_owned(),
        first_party_hosts: Vec::new(),
        rules: (preset.rules)(),
        confirmation_required: preset.confirm,
        rate_limit_per_minute: preset.rate,
    })
}

fn take(filters: Vec<Filter>) -> ScopeRule {
    ScopeRule { include: true, filters }
}

fn leave(filters: Vec<Filter>) -> ScopeRule {
    ScopeRule { include: false, filters }
}

fn is(field: Field) -> Filter {
    Filter { field, operator: Operator::Equals(Value::Bool(true)) }
}

fn is_not(field: Field) -> Filter {
    Filter { field, operator: Operator::Equals(Value::Bool(false)) }
}

fn has_tag(tag: &str) -> Filter {
    Filter { field: Field::Tags, operator: Operator::Contains(tag.to_owned()) }
}
