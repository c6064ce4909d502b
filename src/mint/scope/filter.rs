//! One condition of a scope and what is known of an operation in, whether it holds out.

use std::collections::BTreeSet;

use regex::Regex;

use crate::model::risk::RiskTier;

/// What is known of an operation: the fields that conditions name.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Lower-case, with a port if it is not the scheme's; a server's name for MCP.
    pub host: &'a str,
    /// Upper-case; `mcp` for a tool of a server.
    pub method: &'a str,
    /// Base path and path; the tool's own name for MCP.
    pub path: &'a str,
    /// Whether its host belongs to the first party.
    pub is_first_party: bool,
    /// Whether a call changes anything.
    pub is_state_changing: bool,
    /// Whether it is about signing in.
    pub is_auth_related: bool,
    /// Whether it takes or gives personal data.
    pub has_pii: bool,
    /// Its tier.
    pub risk_tier: RiskTier,
    /// How one signs in: the names of the schemes, between commas, or `none`.
    pub auth_type: &'a str,
    /// Its labels.
    pub tags: &'a BTreeSet<String>,
    /// How often it was seen; 0 if it was not.
    pub observation_count: i64,
}

/// A field of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names of the fields of `Facts`")]
pub enum Field {
    Host,
    Method,
    Path,
    IsFirstParty,
    IsStateChanging,
    IsAuthRelated,
    HasPii,
    RiskTier,
    AuthType,
    Tags,
    ObservationCount,
}

/// Every field by the name that scope files use.
pub(super) const FIELDS: &[(&str, Field)] = &[
    ("host", Field::Host),
    ("method", Field::Method),
    ("path", Field::Path),
    ("is_first_party", Field::IsFirstParty),
    ("is_state_changing", Field::IsStateChanging),
    ("is_auth_related", Field::IsAuthRelated),
    ("has_pii", Field::HasPii),
    ("risk_tier", Field::RiskTier),
    ("auth_type", Field::AuthType),
    ("tags", Field::Tags),
    ("observation_count", Field::ObservationCount),
];

/// How a field is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operator {
    /// The same value.
    Equals(Value),
    /// Another value.
    NotEquals(Value),
    /// A list that has the text, or a text that has it inside.
    Contains(String),
    /// The opposite.
    NotContains(String),
    /// A text that a pattern matches from its start, whatever the case.
    Matches(Pattern),
    /// One of these values.
    In(Vec<Value>),
    /// None of these values.
    NotIn(Vec<Value>),
}

/// A pattern; two are the same where they are written alike.
#[derive(Debug, Clone)]
pub struct Pattern(pub Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

/// A value in a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Several texts: labels.
    List(Vec<String>),
}

impl Value {
    /// Text.
    pub fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// What is looked at.
    pub field: Field,
    /// What it must be.
    pub operator: Operator,
}

impl Filter {
    /// Whether it holds for an operation.
    pub fn holds(&self, facts: &Facts) -> bool {
        let value = value_of(self.field, facts);
        match &self.operator {
            Operator::Equals(other) => value == *other,
            Operator::NotEquals(other) => value != *other,
            Operator::Contains(part) => contains(&value, part),
            Operator::NotContains(part) => !contains(&value, part),
            Operator::Matches(pattern) => matches!(&value, Value::Text(text) if pattern.0.is_match(text)),
            Operator::In(values) => values.contains(&value),
            Operator::NotIn(values) => !values.contains(&value),
        }
    }
}

fn contains(value: &Value, part: &str) -> bool {
    match value {
        Value::List(list) => list.iter().any(|item| item == part),
        Value::Text(text) => text.contains(part),
        Value::Bool(_) | Value::Int(_) => false,
    }
}

fn value_of(field: Field, facts: &Facts) -> Value {
    match field {
        Field::Host => Value::text(facts.host),
        Field::Method => Value::text(facts.method),
        Field::Path => Value::text(facts.path),
        Field::IsFirstParty => Value::Bool(facts.is_first_party),
        Field::IsStateChanging => Value::Bool(facts.is_state_changing),
        Field::IsAuthRelated => Value::Bool(facts.is_auth_related),
        Field::HasPii => Value::Bool(facts.has_pii),
        Field::RiskTier => Value::text(facts.risk_tier.word()),
        Field::AuthType => Value::text(facts.auth_type),
        Field::Tags => Value::List(facts.tags.iter().cloned().collect()),
        Field::ObservationCount => Value::Int(facts.observation_count),
    }
}
