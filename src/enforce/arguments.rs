//! What a caller gave in, the arguments of the call out: the token of a confirmation taken out, nothing that the tool
//! does not declare, what is fixed put in, and all of it valid (runtime.md §6).

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::places::properties;
use super::reason::{ReasonCode, Refusal};
use super::validator::{Bounds, Validator, fits};
use crate::canon::Node;

/// Names under which the token of a confirmation comes; no tool has an argument of one of them.
pub const TOKENS: [&str; 2] = ["confirmation_token_id", "_confirmation_token_id"];
/// What stands between the place and the keyword in the refusal of an argument that its schema does not take.
pub const MISFIT: &str = ": does not fit ";
/// Bytes of a token.
const MAX_TOKEN: usize = 1024;
/// How large the arguments of one call may be.
const BOUNDS: Bounds = Bounds { depth: 32, values: 50_000, bytes: 1 << 20 };

/// The arguments of a call.
#[derive(Clone, PartialEq)]
pub struct Arguments {
    /// Those of the tool, and what is fixed where no argument has its name: what a confirmation is bound to.
    pub values: Map<String, Value>,
    /// The token of a confirmation.
    pub token: Option<String>,
}

/// Values may be secrets, and the token is one.
impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.values.keys().collect();
        f.debug_struct("Arguments").field("names", &names).field("token", &self.token.is_some()).finish()
    }
}

/// What a tool takes, made once.
#[derive(Debug, Clone)]
pub struct Intake {
    declared: BTreeSet<String>,
    /// Whether the schema says itself that it takes other names.
    open: bool,
    /// What is fixed, by its name.
    fixed: Map<String, Value>,
    /// Those of `fixed` that the schema describes: they are looked at like arguments.
    described: BTreeSet<String>,
    validator: Validator,
}

impl Intake {
    /// Of a schema, names that count beside its own, and what is fixed. `shared` says that arguments and what is fixed
    /// have their names in common, as in version 1; else a fixed member may be called as an argument is.
    ///
    /// # Errors
    /// Why its arguments cannot be taken, in words.
    pub fn of<'a>(
        schema: Option<&Node>,
        beside: impl IntoIterator<Item = &'a str>,
        fixed: Map<String, Value>,
        shared: bool,
    ) -> Result<Intake, String> {
        let mut declared: BTreeSet<String> = properties(schema).map(str::to_owned).collect();
        declared.extend(beside.into_iter().map(str::to_owned));
        if let Some(name) = TOKENS.iter().find(|name| declared.contains(**name)) {
            return Err(format!("it has an argument {name}, which is the token of a confirmation"));
        }
        let own: BTreeSet<&str> = properties(schema).collect();
        let described = fixed.keys().filter(|key| shared && own.contains(key.as_str())).cloned().collect();
        // Where names are shared, what is fixed is no argument.
        if shared {
            declared.retain(|name| !fixed.contains_key(name));
        }
        let none = Node::map([("type", Node::text("object"))]);
        let validator = Validator::of(schema.unwrap_or(&none))?;
        let open = schema
            .and_then(|s| s.get("additionalProperties"))
            .is_some_and(|more| more.as_bool() != Some(false))
            || schema.is_some_and(|s| s.get("patternProperties").is_some());
        Ok(Intake { declared, open, fixed, described, validator })
    }

    /// Takes no name that is not declared, whatever the schema says.
    pub fn only_declared(self) -> Intake {
        Intake { open: false, ..self }
    }

    /// Every declared name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().map(String::as_str)
    }

    /// What is fixed.
    pub fn fixed(&self) -> &Map<String, Value> {
        &self.fixed
    }

    /// Takes what a caller gave.
    ///
    /// # Errors
    /// `ParamValidation` naming place and keyword, never a value; `ConfirmationInvalid` for a token that is none.
    pub fn take(&self, given: &Map<String, Value>) -> Result<Arguments, Refusal> {
        let refused = |message: String| Refusal::new(ReasonCode::ParamValidation, message);
        if given.len() > BOUNDS.values || !given.values().all(|value| fits(value, BOUNDS)) {
            return Err(refused("arguments are too large or too deep".to_owned()));
        }
        let mut values = given.clone();
        let token = take_token(&mut values)?;
        for (name, value) in &values {
            match self.fixed.get(name) {
                _ if self.declared.contains(name) => {}
                Some(fixed) if fixed == value => {}
                Some(_) => return Err(refused(format!("argument {} is fixed", shown(name)))),
                None if self.open => {}
                None => return Err(refused(format!("argument {} is not declared", shown(name)))),
            }
        }
        let is_own = |name: &String| self.declared.contains(name) || !self.fixed.contains_key(name);
        values.retain(|name, _| is_own(name));
        let described = self.fixed.iter().filter(|(key, _)| self.described.contains(*key));
        values.extend(described.map(|(key, value)| (key.clone(), value.clone())));
        let whole = Value::Object(values);
        if !fits(&whole, BOUNDS) {
            return Err(refused("arguments are too large or too deep".to_owned()));
        }
        if let Some(misfit) = self.validator.misfit(&whole) {
            let place = if misfit.pointer.is_empty() { "arguments" } else { &misfit.pointer };
            return Err(refused(format!("{place}{MISFIT}{}", misfit.keyword)));
        }
        let Value::Object(mut values) = whole else {
            return Err(refused("arguments are no object".to_owned()));
        };
        for (key, fixed) in self.fixed.iter().filter(|(key, _)| !self.declared.contains(*key)) {
            values.insert(key.clone(), fixed.clone());
        }
        Ok(Arguments { values, token })
    }
}

/// Takes the token out; null and empty are none.
fn take_token(values: &mut Map<String, Value>) -> Result<Option<String>, Refusal> {
    let invalid = || Refusal::new(ReasonCode::ConfirmationInvalid, "the confirmation token is none");
    let mut token: Option<String> = None;
    for name in TOKENS {
        let given = match values.shift_remove(name) {
            None | Some(Value::Null) => continue,
            Some(Value::String(given)) => given,
            Some(_) => return Err(invalid()),
        };
        let plain = given.len() <= MAX_TOKEN && given.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || token.as_ref().is_some_and(|other| *other != given) {
            return Err(invalid());
        }
        token = (!given.is_empty()).then_some(given).or(token);
    }
    Ok(token)
}

/// A name that a caller made up, as far as it is one.
fn shown(name: &str) -> &str {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    if !name.is_empty() && name.len() <= 64 && name.bytes().all(plain) { name } else { "with no usual name" }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::model::testing::node;

    const SCHEMA: &str = r#"{"type": "object", "properties": {"id": {"type": "integer", "minimum": 1},
        "note": {"type": "string"}}, "required": ["id"], "additionalProperties": false}"#;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn intake(schema: &str, fixed: Value, shared: bool) -> Intake {
        Intake::of(Some(&node(schema)), [], map(fixed), shared).unwrap().only_declared()
    }

    fn taken(intake: &Intake, given: Value) -> Result<Value, String> {
        intake.take(&map(given)).map(|a| Value::Object(a.values)).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn the_token_is_taken_out_of_a_closed_schema() {
        let intake = intake(SCHEMA, json!({}), false);
        for (given, token) in [
            (json!({"id": 1, "confirmation_token_id": "cfr_1.a"}), Some("cfr_1.a")),
            (json!({"id": 1, "_confirmation_token_id": "x"}), Some("x")),
            (json!({"id": 1, "confirmation_token_id": "x", "_confirmation_token_id": "x"}), Some("x")),
            (json!({"id": 1, "confirmation_token_id": null}), None),
            (json!({"id": 1, "confirmation_token_id": ""}), None),
        ] {
            let taken = intake.take(&map(given.clone())).unwrap();
            assert_eq!(taken.token.as_deref(), token, "{given}");
            assert_eq!(Value::Object(taken.values), json!({"id": 1}));
        }
        for token in [json!(3), json!(["x"]), json!("a\nb"), json!("x".repeat(2000))] {
            let refused = intake.take(&map(json!({"id": 1, "confirmation_token_id": token}))).unwrap_err();
            assert_eq!(refused.code, ReasonCode::ConfirmationInvalid);
        }
        assert!(
            intake.take(&map(json!({"confirmation_token_id": "x", "_confirmation_token_id": "y"}))).is_err()
        );
    }

    #[test]
    fn an_undeclared_argument_is_not_forwarded() {
        let open = r#"{"type": "object", "properties": {}, "additionalProperties": true}"#;
        for schema in [SCHEMA, open, "{}"] {
            let refused =
                taken(&intake(schema, json!({}), true), json!({"undeclared": "secret"})).unwrap_err();
            assert_eq!(refused, "denied_param_validation: argument undeclared is not declared");
        }
        let theirs = Intake::of(Some(&node(open)), [], Map::new(), false).unwrap();
        assert!(theirs.take(&map(json!({"more": 1}))).is_ok());
    }

    #[test]
    fn a_misfit_names_place_and_keyword_and_no_value() {
        let intake = intake(SCHEMA, json!({}), false);
        for (given, message) in [
            (json!({"id": 0}), "/id: does not fit minimum"),
            (json!({"id": "s3cret"}), "/id: does not fit type"),
            (json!({"note": "s3cret"}), "/id: does not fit required"),
        ] {
            let refused = taken(&intake, given).unwrap_err();
            assert_eq!(refused, format!("denied_param_validation: {message}"));
        }
        assert!(
            taken(&intake, json!({"id": 1, "s3cret value": 1}))
                .unwrap_err()
                .ends_with("with no usual name is not declared")
        );
    }

    #[test]
    fn what_is_fixed_wins_and_cannot_be_set() {
        let fixed = json!({"operationName": "GetUser", "query": "query GetUser { a }"});
        let v1 = r#"{"type": "object", "properties": {"operationName": {"enum": ["GetUser"], "default": "GetUser"},
            "variables": {"type": "object"}}, "required": ["operationName"]}"#;
        let shared = intake(v1, fixed.clone(), true);
        let expected =
            json!({"variables": {"id": 1}, "operationName": "GetUser", "query": "query GetUser { a }"});
        assert_eq!(taken(&shared, json!({"variables": {"id": 1}})).unwrap(), expected);
        assert_eq!(
            taken(&shared, json!({"variables": {"id": 1}, "operationName": "GetUser"})).unwrap(),
            expected
        );
        assert!(taken(&shared, json!({"operationName": "DropAll"})).unwrap_err().ends_with("is fixed"));
        // A variable that is called like a member of the body is an argument of its own.
        let v2 = r#"{"type": "object", "properties": {"query": {"type": "string"}}, "additionalProperties": false}"#;
        let apart = intake(v2, fixed, false);
        assert_eq!(
            taken(&apart, json!({"query": "shoes"})).unwrap(),
            json!({"query": "shoes", "operationName": "GetUser"})
        );
        assert!(taken(&apart, json!({"operationName": "DropAll"})).unwrap_err().ends_with("is fixed"));
    }

    #[test]
    fn arguments_are_bounded_before_they_are_looked_at() {
        let open = r#"{"type": "object", "properties": {"a": {}}}"#;
        let intake = intake(open, json!({}), false);
        let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
        for value in [deep, json!("x".repeat(2 << 20)), json!(vec![0; 60_000])] {
            assert!(taken(&intake, json!({"a": value})).unwrap_err().contains("too large or too deep"));
        }
        let reserved = r#"{"properties": {"confirmation_token_id": {}}}"#;
        assert!(Intake::of(Some(&node(reserved)), [], Map::new(), false).is_err());
    }

    proptest! {
        #[test]
        fn only_declared_names_come_out(names in prop::collection::vec("[a-z]{1,4}|id|note", 0..6)) {
            let intake = intake(SCHEMA, json!({"fixed": 1}), false);
            let given: Map<String, Value> = names.iter().map(|n| (n.clone(), json!(1))).collect();
            if let Ok(taken) = intake.take(&given) {
                prop_assert!(taken.values.keys().all(|n| ["id", "note", "fixed"].contains(&n.as_str())));
            }
        }
    }
}
