//! A scope file in, the scope out. What is not known is refused: a misspelt field would take in nothing, or
//! everything.

use regex::{Regex, RegexBuilder};

use super::filter::{FIELDS, Field, Filter, Operator, Pattern, Value};
use super::rule::{Scope, ScopeRule};
use crate::canon::{Fault, Node, Value as Tree};
use crate::model::at::At;
use crate::model::risk::RiskTier;

const TOP: &[&str] = &[
    "name",
    "type",
    "description",
    "first_party_hosts",
    "rules",
    "tags",
    "default_risk_tier",
    "confirmation_required",
    "rate_limit_per_minute",
];
const RULE: &[&str] = &["name", "description", "include", "filters"];
const OPERATORS: &[&str] = &["equals", "not_equals", "contains", "not_contains", "matches", "in", "not_in"];
/// Most rules, and most conditions of one.
const MAX_RULES: usize = 500;
/// Longest pattern, in bytes, and largest compiled one.
const MAX_PATTERN: usize = 4_096;
const MAX_COMPILED: usize = 1 << 20;

/// Reads a scope file.
///
/// # Errors
/// What is missing, of a wrong type, or not known, with its place.
pub fn read(file: &str, node: &Node) -> Result<Scope, Fault> {
    let root = At::root(file, node);
    root.map()?;
    known(&root, TOP)?;
    let name = root.required("name")?;
    let text = name.text()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    if text.is_empty() || text.len() > 64 || !text.bytes().all(plain) {
        return Err(name.fault("the name of a scope is 1 to 64 of A-Z a-z 0-9 . _ -"));
    }
    if let Some(tier) = root.optional("default_risk_tier") {
        let said = tier.text()?;
        said.parse::<RiskTier>().map_err(|why| tier.fault(format!("{said:?} is {why}")))?;
    }
    let mut rules = of_tags(&root)?;
    let only_excludes = !rules.is_empty() && rules.iter().all(|rule| !rule.include);
    let listed = root.optional("rules").map(|list| list.items()).transpose()?.unwrap_or_default();
    if listed.len() > MAX_RULES {
        return Err(root.fault_at("rules", format!("more than {MAX_RULES} rules")));
    }
    let has_rules = !listed.is_empty();
    for rule in &listed {
        rules.push(one(rule)?);
    }
    // Who only names what to leave out means all the rest.
    if only_excludes && !has_rules {
        rules.push(ScopeRule { include: true, filters: Vec::new() });
    }
    if rules.is_empty() {
        return Err(root
            .fault("it has neither rules nor tags, so it takes in nothing")
            .hint("rules: [{filters: [{field: method, operator: in, value: [GET, HEAD]}]}]"));
    }
    Ok(Scope {
        name: text.to_owned(),
        first_party_hosts: root
            .texts_of("first_party_hosts")?
            .iter()
            .map(|h| h.to_ascii_lowercase())
            .collect(),
        rules,
        confirmation_required: root
            .optional("confirmation_required")
            .map(|at| at.bool())
            .transpose()?
            .unwrap_or(false),
        rate_limit_per_minute: root.optional("rate_limit_per_minute").map(|at| at.count()).transpose()?,
    })
}

fn known(at: &At, members: &[&str]) -> Result<(), Fault> {
    for (key, _) in at.node.members() {
        if !members.contains(&key.as_str()) && !key.starts_with("x-") {
            return Err(at
                .fault_at(key, format!("a scope knows no `{key}` here"))
                .hint(format!("it knows {}", members.join(", "))));
        }
    }
    Ok(())
}

/// The short form, `tags: {include: […], exclude: […]}`: what is excluded is out whatever else it is.
fn of_tags(root: &At) -> Result<Vec<ScopeRule>, Fault> {
    let Some(tags) = root.optional("tags") else { return Ok(Vec::new()) };
    tags.map()?;
    known(&tags, &["include", "exclude"])?;
    let rules = |key: &str, include: bool| -> Result<Vec<ScopeRule>, Fault> {
        let tag = |tag: String| Filter { field: Field::Tags, operator: Operator::Contains(tag) };
        Ok(tags.texts_of(key)?.into_iter().map(|t| ScopeRule { include, filters: vec![tag(t)] }).collect())
    };
    Ok([rules("exclude", false)?, rules("include", true)?].concat())
}

fn one(at: &At) -> Result<ScopeRule, Fault> {
    at.map()?;
    known(at, RULE)?;
    let include = at.optional("include").map(|at| at.bool()).transpose()?.unwrap_or(true);
    let list = at.optional("filters").map(|list| list.items()).transpose()?.unwrap_or_default();
    if list.len() > MAX_RULES {
        return Err(at.fault_at("filters", format!("more than {MAX_RULES} conditions")));
    }
    Ok(ScopeRule { include, filters: list.iter().map(filter).collect::<Result<_, _>>()? })
}

fn filter(at: &At) -> Result<Filter, Fault> {
    at.map()?;
    known(at, &["field", "operator", "value"])?;
    let field = at.required("field")?;
    let name = field.text()?;
    let found = FIELDS.iter().find(|(known, _)| *known == name).map(|(_, field)| *field);
    let Some(found) = found else {
        let names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
        return Err(field
            .fault(format!("an operation has no field {name:?}"))
            .hint(format!("it has {}", names.join(", "))));
    };
    let operator = at.optional("operator");
    let word = operator.as_ref().map(|at| at.text()).transpose()?.unwrap_or("equals");
    let value = at.required("value")?;
    let text = || value.text().map(str::to_owned);
    let list =
        || value.items()?.iter().map(|item| single(item, found)).collect::<Result<Vec<Value>, Fault>>();
    let operator = match word {
        "equals" => Operator::Equals(single(&value, found)?),
        "not_equals" => Operator::NotEquals(single(&value, found)?),
        "contains" => Operator::Contains(text()?),
        "not_contains" => Operator::NotContains(text()?),
        "matches" => Operator::Matches(Pattern(pattern(&value)?)),
        "in" => Operator::In(list()?),
        "not_in" => Operator::NotIn(list()?),
        other => {
            let at = operator.as_ref().unwrap_or(at);
            return Err(at
                .fault(format!("there is no operator {other:?}"))
                .hint(format!("there are {}", OPERATORS.join(", "))));
        }
    };
    Ok(Filter { field: found, operator })
}

/// A value of the kind that its field has: another would never be equal to it.
fn single(at: &At, field: Field) -> Result<Value, Fault> {
    let value = match &at.node.value {
        Tree::Text(text) => Value::Text(text.clone()),
        Tree::Bool(is) => Value::Bool(*is),
        Tree::Int(_) => match at.node.as_int() {
            Some(number) => Value::Int(number),
            None => return Err(at.fault("the number is too large")),
        },
        _ => {
            return Err(at.fault(format!("expected text, a number, true or false, found {}", at.node.kind())));
        }
    };
    let fits = match (field, &value) {
        (Field::IsFirstParty | Field::IsStateChanging | Field::IsAuthRelated | Field::HasPii, v) => {
            matches!(v, Value::Bool(_))
        }
        (Field::ObservationCount, v) => matches!(v, Value::Int(_)),
        (Field::Tags, _) => false,
        (_, v) => matches!(v, Value::Text(_)),
    };
    match (fits, field) {
        (true, _) => Ok(value),
        (false, Field::Tags) => Err(at.fault("tags are a list").hint("operator: contains")),
        (false, _) => Err(at.fault("the field has values of another kind, so this would never hold")),
    }
}

fn pattern(at: &At) -> Result<Regex, Fault> {
    let text = at.text()?;
    if text.len() > MAX_PATTERN {
        return Err(at.fault(format!("a pattern has at most {MAX_PATTERN} bytes")));
    }
    let whole = format!("^(?:{text})");
    RegexBuilder::new(&whole)
        .case_insensitive(true)
        .size_limit(MAX_COMPILED)
        .build()
        .map_err(|_| at.fault("this is no regular expression that matches in linear time"))
}
