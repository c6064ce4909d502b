//! Free text in, the same without what no file may carry out: known shapes of credentials, what the policy's patterns
//! match, who logs in by a URL, and the values of its query.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

use crate::compare::risk_words::is_secret;
use crate::compare::secrets;
use crate::model::policy::compile;

/// What stands in place of what a pattern matched.
pub const REMOVED: &str = "[redacted]";
/// The longest text that is looked at, in bytes; the rest is cut off before.
const MAX_TEXT: usize = 64 << 10;
/// Bytes of the shown form of arguments.
pub const MAX_ARGUMENTS: usize = 8 << 10;
/// How deep arguments are shown.
const MAX_DEPTH: usize = 16;
/// Patterns of one policy.
const MAX_PATTERNS: usize = 100;

static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b([a-z][a-z0-9+.\-]{0,20}://)([^\s"'<>/?#]*@)?([^\s"'<>?#]*)"#).expect("it is tested")
});
/// A query in a URL or behind a path: `?` to the end of the word. A question mark that ends a sentence has no word behind.
static QUERY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"([^\s"'<>?#]*/[^\s"'<>?#]*)([?#][^\s"'<>]+)"#).expect("it is tested"));

/// What is taken out of texts, beside what is always.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    patterns: Vec<Regex>,
}

impl Redactor {
    /// With the patterns of a policy.
    ///
    /// # Errors
    /// A pattern that can't be compiled, or more than a hundred: a server must not start with rules that it can't keep.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Redactor, String> {
        let mut compiled = Vec::new();
        for pattern in patterns {
            if compiled.len() == MAX_PATTERNS {
                return Err(format!("more than {MAX_PATTERNS} patterns"));
            }
            compiled.push(
                compile(pattern).map_err(|_| format!("{pattern:?} is not a pattern that can be kept"))?,
            );
        }
        Ok(Redactor { patterns: compiled })
    }

    /// The text without what must not be written down.
    pub fn text(&self, text: &str) -> String {
        let text = head(text, MAX_TEXT);
        let mut out = secrets::redact(text).unwrap_or_else(|| text.to_owned());
        for pattern in &self.patterns {
            out = pattern.replace_all(&out, REMOVED).into_owned();
        }
        if out.contains("://") {
            out = URL.replace_all(&out, |c: &Captures| format!("{}{}", &c[1], &c[3])).into_owned();
        }
        if out.contains(['?', '#']) {
            out = QUERY.replace_all(&out, |c: &Captures| format!("{}{}", &c[1], query(&c[2]))).into_owned();
        }
        out
    }

    /// Arguments of a call as one line of JSON for the person who grants it: values of secret names and of `fields`
    /// taken out, all other texts redacted, bounded. Nothing in it is trusted: whoever shows it escapes it.
    pub fn arguments(&self, arguments: &Map<String, Value>, fields: &[String]) -> String {
        let shown = self.members(arguments, fields, 0);
        let text = Value::Object(shown).to_string();
        match text.len() > MAX_ARGUMENTS {
            true => format!("{}… ({} bytes in all)", head(&text, MAX_ARGUMENTS), text.len()),
            false => text,
        }
    }

    fn members(&self, map: &Map<String, Value>, fields: &[String], depth: usize) -> Map<String, Value> {
        let hidden = |name: &str| is_secret(name) || fields.iter().any(|f| f.eq_ignore_ascii_case(name));
        let value = |name: &str, value: &Value| match hidden(name) && !value.is_null() {
            true => REMOVED.into(),
            false => self.value(value, fields, depth + 1),
        };
        map.iter().map(|(name, v)| (self.text(name), value(name, v))).collect()
    }

    fn value(&self, value: &Value, fields: &[String], depth: usize) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(_) | Value::Object(_) if depth > MAX_DEPTH => "…".into(),
            Value::Array(items) => items.iter().map(|item| self.value(item, fields, depth + 1)).collect(),
            Value::Object(map) => Value::Object(self.members(map, fields, depth)),
            other => other.clone(),
        }
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

    fn plain(text: &str) -> String {
        Redactor::default().text(text)
    }

    #[test]
    fn a_redirect_message_does_not_carry_the_query_of_its_url() {
        assert_eq!(
            plain("redirect to https://alice:pw@api.example/login?token=abc123&next=/x#frag is not followed"),
            "redirect to https://api.example/login?token=*&next=*#* is not followed"
        );
        assert_eq!(plain("GET /orders?customer=77 failed"), "GET /orders?customer=* failed");
        assert_eq!(plain("at https://api.example/a?rawsecret"), "at https://api.example/a?*");
        assert_eq!(plain("who? me/you? yes"), "who? me/you? yes");
    }

    #[test]
    fn secrets_and_the_patterns_of_the_policy_are_taken_out() {
        let token = ["ghp_", "0123456789abcdefghijklmnopqrstuvwxyzAB"].concat();
        assert!(!plain(&format!("got {token}")).contains(&token));
        let own = Redactor::new([r"\d{3}-\d{2}-\d{4}", r"basic\s+\S+"]).unwrap();
        assert_eq!(own.text("ssn 078-05-1120!"), "ssn [redacted]!");
        assert_eq!(own.text("got Basic eDp5"), "got [redacted]", "in any case, as in answers");
        assert!(Redactor::new(["("]).unwrap_err().contains("is not a pattern"));
        assert!(Redactor::new([r"\w{5000}{5000}"]).is_err());
    }

    #[test]
    fn arguments_are_shown_without_secrets_and_bounded() {
        let Value::Object(map) = serde_json::json!({
            "name": "Ann", "password": "hunter2", "card": {"number": 4111, "api_key": "k", "note": "see http://u:p@h/x?y=1"},
            "list": ["a", {"token": "t"}], "none": null
        }) else {
            unreachable!()
        };
        let shown = Redactor::default().arguments(&map, &["NUMBER".to_owned()]);
        assert_eq!(
            shown,
            r#"{"name":"Ann","password":"[redacted]","card":{"number":"[redacted]","api_key":"[redacted]","note":"see http://h/x?y=*"},"list":["a",{"token":"[redacted]"}],"none":null}"#
        );
        let long: Map<String, Value> = [("x".to_owned(), "ä".repeat(20_000).into())].into_iter().collect();
        let shown = Redactor::default().arguments(&long, &[]);
        assert!(shown.len() < MAX_ARGUMENTS + 40 && shown.ends_with("bytes in all)"), "{}", shown.len());
    }

    #[test]
    fn values_of_a_path_are_stars() {
        assert_eq!(masked("/users/{id}/posts/{post}"), "/users/*/posts/*");
        assert_eq!(masked("/users/{id"), "/users/{id");
        assert_eq!(masked("/plain"), "/plain");
    }
}
