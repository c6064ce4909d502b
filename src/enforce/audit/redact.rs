//! Free text in, the same without what no file may carry out: known shapes of credentials, what the policy's patterns
//! match, who logs in by a URL, and the values of its query; of arguments, the fields too that the policy takes away.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Number, Value};

use crate::canon::json;
use crate::compare::risk_words::is_secret;
use crate::compare::secrets;
use crate::enforce::withheld::{Fields, Patterns, plain};
use crate::model::policy::Policy;

/// What stands in place of what a pattern matched.
pub const REMOVED: &str = "[redacted]";
/// The longest text that is looked at, in bytes; the rest is cut off before.
const MAX_TEXT: usize = 64 << 10;
/// Bytes of the shown form of arguments.
pub const MAX_ARGUMENTS: usize = 8 << 10;
/// How deep arguments are shown.
const MAX_DEPTH: usize = 16;

static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b([a-z][a-z0-9+.\-]{0,20}://)([^\s"'<>/?#]*@)?([^\s"'<>?#]*)"#).expect("it is tested")
});
/// A query in a URL or behind a path: `?` to the end of the word. A question mark that ends a sentence has no word behind.
static QUERY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"([^\s"'<>?#]*/[^\s"'<>?#]*)([?#][^\s"'<>]+)"#).expect("it is tested"));

/// What is taken out of texts, beside what is always.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    patterns: Patterns,
}

impl Redactor {
    /// With the patterns of a policy.
    ///
    /// # Errors
    /// More patterns than a server can keep.
    pub fn of(policy: &Policy) -> Result<Redactor, String> {
        Ok(Redactor { patterns: Patterns::of(policy)? })
    }

    /// The text without what must not be written down.
    pub fn text(&self, text: &str) -> String {
        let text = head(text, MAX_TEXT);
        let mut out = secrets::redact(text).unwrap_or_else(|| text.to_owned());
        if let Some(clean) = self.patterns.marked(&out, REMOVED) {
            out = clean;
        }
        if out.contains("://") {
            out = URL.replace_all(&out, |c: &Captures| format!("{}{}", &c[1], &c[3])).into_owned();
        }
        if out.contains(['?', '#']) {
            out = QUERY.replace_all(&out, |c: &Captures| format!("{}{}", &c[1], query(&c[2]))).into_owned();
        }
        out
    }

    /// Arguments of a call as one line of JSON for the person who grants it: [`Redactor::shown`], bounded. Nothing in it
    /// is trusted: whoever shows it escapes it.
    pub fn arguments(&self, arguments: &Map<String, Value>, fields: &BTreeSet<String>) -> String {
        let text = Value::Object(self.shown(arguments, fields)).to_string();
        match text.len() > MAX_ARGUMENTS {
            true => format!("{}… ({} bytes in all)", head(&text, MAX_ARGUMENTS), text.len()),
            false => text,
        }
    }

    /// Arguments as people are shown them: values of secret names and of `fields` are taken out, found as they are in
    /// answers, all other texts and numbers redacted.
    pub fn shown(&self, arguments: &Map<String, Value>, fields: &BTreeSet<String>) -> Map<String, Value> {
        let fields = Fields::of(fields);
        Walk { redactor: self, fields: &fields, way: Vec::new() }.members(arguments, 0)
    }
}

/// A walk through arguments.
struct Walk<'a> {
    redactor: &'a Redactor,
    fields: &'a Fields<'a>,
    /// Names of the members that it is below, plain.
    way: Vec<String>,
}

impl Walk<'_> {
    fn members(&mut self, map: &Map<String, Value>, depth: usize) -> Map<String, Value> {
        let mut out = Map::new();
        for (name, value) in map {
            let step = plain(name);
            let is_taken = is_secret(name) || self.fields.named(&self.way, &step).is_some();
            let shown = match is_taken && !value.is_null() {
                true => REMOVED.into(),
                false => {
                    self.way.push(step);
                    let shown = self.value(value, depth + 1);
                    self.way.pop();
                    shown
                }
            };
            out.insert(self.redactor.text(name), shown);
        }
        out
    }

    fn value(&mut self, value: &Value, depth: usize) -> Value {
        match value {
            Value::String(text) => self.redactor.text(text).into(),
            Value::Number(number) if self.redactor.patterns.hides(&digits(number)) => REMOVED.into(),
            Value::Array(_) | Value::Object(_) if depth > MAX_DEPTH => "…".into(),
            Value::Array(items) => items.iter().map(|item| self.value(item, depth + 1)).collect(),
            Value::Object(map) => Value::Object(self.members(map, depth)),
            other => other.clone(),
        }
    }
}

/// A number as it is looked at in answers too.
fn digits(number: &Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) => json::float(float),
        None => number.to_string(),
    }
}

/// A query or fragment with its names and without its values.
fn query(text: &str) -> String {
    let mut out = String::new();
    for (n, part) in text.split_inclusive(['?', '#', '&', ';']).enumerate() {
        let (body, end) = match part.char_indices().last() {
            Some((at, '?' | '#' | '&' | ';')) => part.split_at(at),
            _ => (part, ""),
        };
        match body.split_once('=') {
            Some((name, _)) => out.push_str(&format!("{name}=*")),
            None if n == 0 || body.is_empty() => {}
            None => out.push('*'),
        }
        out.push_str(end);
    }
    out
}

/// The beginning of a text, at most so many bytes.
pub fn head(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A path template with a star for each value: what is written where the policy does not ask for details.
pub fn masked(template: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, after)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push('*');
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::policy_redacting;

    fn clean(text: &str) -> String {
        Redactor::default().text(text)
    }

    fn fields(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_redirect_message_does_not_carry_the_query_of_its_url() {
        assert_eq!(
            clean("redirect to https://alice:pw@api.example/login?token=abc123&next=/x#frag is not followed"),
            "redirect to https://api.example/login?token=*&next=*#* is not followed"
        );
        assert_eq!(clean("GET /orders?customer=77 failed"), "GET /orders?customer=* failed");
        assert_eq!(clean("at https://api.example/a?rawsecret"), "at https://api.example/a?*");
        assert_eq!(clean("who? me/you? yes"), "who? me/you? yes");
    }

    #[test]
    fn secrets_and_the_patterns_of_the_policy_are_taken_out() {
        let token = ["ghp_", "0123456789abcdefghijklmnopqrstuvwxyzAB"].concat();
        assert!(!clean(&format!("got {token}")).contains(&token));
        let own = Redactor::of(&policy_redacting(&[r"\d{3}-\d{2}-\d{4}", r"basic\s+\S+"])).unwrap();
        assert_eq!(own.text("ssn 078-05-1120!"), "ssn [redacted]!");
        assert_eq!(own.text("got Basic eDp5"), "got [redacted]", "in any case, as in answers");
    }

    #[test]
    fn arguments_are_shown_without_secrets_and_bounded() {
        let Value::Object(map) = serde_json::json!({
            "name": "Ann", "password": "hunter2", "card": {"number": 4111, "api_key": "k", "note": "see http://u:p@h/x?y=1"},
            "list": ["a", {"token": "t"}], "none": null
        }) else {
            unreachable!()
        };
        let shown = Redactor::default().arguments(&map, &fields(&["NUMBER"]));
        assert_eq!(
            shown,
            r#"{"name":"Ann","password":"[redacted]","card":{"number":"[redacted]","api_key":"[redacted]","note":"see http://h/x?y=*"},"list":["a",{"token":"[redacted]"}],"none":null}"#
        );
        let long: Map<String, Value> = [("x".to_owned(), "ä".repeat(20_000).into())].into_iter().collect();
        let shown = Redactor::default().arguments(&long, &fields(&[]));
        assert!(shown.len() < MAX_ARGUMENTS + 40 && shown.ends_with("bytes in all)"), "{}", shown.len());
    }

    /// A field was found by its literal last name alone, and no pattern was looked for in numbers.
    #[test]
    fn arguments_lose_what_answers_lose() {
        let Value::Object(map) = serde_json::json!({
            "e-mail": "a@b.example", "card": {"Number": 4111, "note": 4111_1111_1111_1111_u64},
            "number": 7, "list": [{"card": [{"number": 8}]}], "x": 4111_1111_1111_1111_u64
        }) else {
            unreachable!()
        };
        let redactor = Redactor::of(&policy_redacting(&["[0-9]{16}", "y*"])).unwrap();
        assert_eq!(
            redactor.arguments(&map, &fields(&["eMail", "card.number"])),
            r#"{"e-mail":"[redacted]","card":{"Number":"[redacted]","note":"[redacted]"},"number":7,"list":[{"card":[{"number":"[redacted]"}]}],"x":"[redacted]"}"#
        );
    }

    #[test]
    fn values_of_a_path_are_stars() {
        assert_eq!(masked("/users/{id}/posts/{post}"), "/users/*/posts/*");
        assert_eq!(masked("/users/{id"), "/users/{id");
        assert_eq!(masked("/plain"), "/plain");
    }
}
