//! What a server answered in, the same without what is not handed on out: fields that the policy takes away, matches
//! of its patterns, and texts with the shape of a credential.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use super::reason::{ReasonCode, Refusal};
use super::withheld::{Fields, Patterns, plain};
use crate::canon::{Node, Value};
use crate::compare::secrets;
use crate::model::policy::Policy;

/// What stands in place of a match of a pattern.
const MARK: &str = "\u{27e8}redacted\u{27e9}";
/// Whether a text has a mark that stands in place of what was taken away.
pub fn is_marked(text: &str) -> bool {
    text.contains(MARK) || secrets::is_marked(text)
}

/// What a pattern that took something away is called among what was.
const PATTERN: &str = "(pattern)";
/// The same for a credential.
const SECRET: &str = "(secret)";
/// Bytes of the shortest credential of ours that is looked for: a shorter one stands in too many words.
const MIN_HELD: usize = 6;

/// The patterns of a policy, compiled once.
#[derive(Clone, Default)]
pub struct Redactor {
    patterns: Patterns,
    /// Credentials that calls are sent with: a server may answer with what it was asked.
    held: Vec<String>,
}

/// It holds credentials.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("patterns", &self.patterns).field("held", &self.held.len()).finish()
    }
}

/// What was taken away of one answer: names of fields, and words for patterns and credentials.
pub type Taken = BTreeSet<String>;

impl Redactor {
    /// Of a policy.
    ///
    /// # Errors
    /// `Internal` for a pattern that reading the policy would have refused.
    pub fn of(policy: &Policy) -> Result<Redactor, Refusal> {
        Patterns::of(policy)
            .map(|patterns| Redactor { patterns, held: Vec::new() })
            .map_err(|_| Refusal::new(ReasonCode::Internal, "a pattern of the policy cannot be used"))
    }

    /// The same, hiding credentials that calls are sent with, whole and word by word (`Bearer x`).
    pub fn hiding<'v>(mut self, values: impl IntoIterator<Item = &'v str>) -> Redactor {
        for value in values {
            let parts = std::iter::once(value.trim()).chain(value.split_whitespace());
            self.held.extend(parts.filter(|part| part.len() >= MIN_HELD).map(str::to_owned));
        }
        // The longest first: a part of it must not break it up.
        self.held.sort_by_key(|part| (std::cmp::Reverse(part.len()), part.clone()));
        self.held.dedup();
        // No credential is called so, and every challenge of a server is.
        self.held.retain(|part| !["bearer", "digest"].contains(&part.to_ascii_lowercase().as_str()));
        self
    }

    /// A text without credentials and matches.
    pub fn text<'t>(&self, text: &'t str, taken: &mut Taken) -> Cow<'t, str> {
        let mut out = Cow::Borrowed(text);
        for held in self.held.iter() {
            if out.contains(held.as_str()) {
                taken.insert(SECRET.to_owned());
                out = Cow::Owned(out.replace(held.as_str(), MARK));
            }
        }
        if let Some(clean) = secrets::redact(&out) {
            taken.insert(SECRET.to_owned());
            out = Cow::Owned(clean);
        }
        if let Some(clean) = self.patterns.marked(&out, MARK) {
            taken.insert(PATTERN.to_owned());
            out = Cow::Owned(clean);
        }
        out
    }

    /// A tree without them and without `fields`: a member of such a name is taken out, at any depth. `a.b` is a `b`
    /// right below an `a`.
    pub fn tree(&self, node: Node, fields: &BTreeSet<String>, taken: &mut Taken) -> Node {
        let fields = Fields::of(fields);
        Walk { redactor: self, fields: &fields, way: Vec::new() }.node(node, taken)
    }
}

struct Walk<'a> {
    redactor: &'a Redactor,
    fields: &'a Fields<'a>,
    way: Vec<String>,
}

impl Walk<'_> {
    fn node(&mut self, node: Node, taken: &mut Taken) -> Node {
        let value = match node.value {
            Value::Text(text) => match self.redactor.text(&text, taken) {
                Cow::Owned(clean) => Value::Text(clean),
                Cow::Borrowed(_) => Value::Text(text),
            },
            Value::List(items) => {
                let mut clean = |item: Node| match self.is_taken(&item, taken) {
                    true => Node::null(),
                    false => self.node(item, taken),
                };
                Value::List(items.into_iter().map(&mut clean).collect())
            }
            Value::Map(members) => Value::Map(self.members(members, taken)),
            other => other,
        };
        Node { value, line: node.line }
    }

    fn members(&mut self, members: Vec<(String, Node)>, taken: &mut Taken) -> Vec<(String, Node)> {
        let mut out: Vec<(String, Node)> = Vec::with_capacity(members.len());
        let mut renamed = false;
        for (key, member) in members {
            let name = plain(&key);
            if let Some(field) = self.fields.named(&self.way, &name) {
                taken.insert(field.to_owned());
                continue;
            }
            if self.is_taken(&member, taken) {
                continue;
            }
            self.way.push(name);
            let member = self.node(member, taken);
            self.way.pop();
            let clean = self.redactor.text(&key, taken);
            renamed |= clean != key;
            out.push((clean.into_owned(), member));
        }
        if renamed {
            // Two names may have become one, and no object has two members of one name.
            let mut seen = BTreeSet::new();
            out.retain(|(key, _)| seen.insert(key.clone()));
        }
        out
    }

    /// Whether a number is what a pattern or a shape takes away. It is left out: no text may stand for it.
    fn is_taken(&self, node: &Node, taken: &mut Taken) -> bool {
        let digits = match &node.value {
            Value::Int(digits) => Cow::Borrowed(digits.as_str()),
            Value::Float(number) => Cow::Owned(crate::canon::json::float(*number)),
            _ => return false,
        };
        if self.redactor.patterns.takes(&digits) {
            taken.insert(PATTERN.to_owned());
        }
        let held = self.redactor.held.iter().any(|held| digits.contains(held.as_str()));
        if held {
            taken.insert(SECRET.to_owned());
        }
        held || self.redactor.patterns.hides(&digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::json::compact;
    use crate::model::testing::{node, policy_redacting};

    fn redacted(patterns: &[&str], fields: &[&str], data: &str) -> (String, Vec<String>) {
        let policy = policy_redacting(patterns);
        let fields = fields.iter().map(|f| (*f).to_owned()).collect();
        let mut taken = Taken::new();
        let clean = Redactor::of(&policy).unwrap().tree(node(data), &fields, &mut taken);
        (compact(&clean), taken.into_iter().collect())
    }

    #[test]
    fn fields_are_taken_out_at_any_depth_however_they_are_written() {
        let data = r#"{"users": [{"id": 1, "e-mail": "a", "eMail": "b", "name": {"ssn": 3}}], "ssn": 4, "mail": "c"}"#;
        let (clean, taken) = redacted(&[], &["e_mail", "name.ssn", "absent"], data);
        assert_eq!(clean, r#"{"users": [{"id": 1, "name": {}}], "ssn": 4, "mail": "c"}"#);
        assert_eq!(taken, ["e_mail", "name.ssn"]);
    }

    #[test]
    fn a_bearer_token_in_a_body_is_not_returned_as_it_is() {
        let token = format!("Bearer {}", "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z");
        let data = format!(r#"{{"auth": "{token}", "{token}": 1, "list": ["x", "{token}"]}}"#);
        let (clean, taken) = redacted(&[], &[], &data);
        assert!(!clean.contains("aB3dE5") && clean.matches("secret: bearer token").count() == 3, "{clean}");
        assert_eq!(taken, ["(secret)"]);
    }

    #[test]
    fn patterns_count_in_texts_names_and_numbers() {
        let data = r#"{"a": "card 4111111111111111.", "b": 4111111111111111, "c": [4111111111111111, 5], "k4111111111111111": 1}"#;
        let (clean, taken) = redacted(&["[0-9]{16}", "x*"], &[], data);
        assert_eq!(clean, r#"{"a": "card ⟨redacted⟩.", "c": [null, 5], "k⟨redacted⟩": 1}"#);
        assert_eq!(taken, ["(pattern)"]);
    }

    #[test]
    fn a_credential_that_a_server_echoes_is_not_handed_on() {
        let redactor = Redactor::default().hiding(["Bearer short-secret", "12345678"]);
        let mut taken = Taken::new();
        let data = node(
            r#"{"got": "Bearer short-secret", "or": "short-secret!", "no": "Bearer", "n": 12345678, "short-secret": 1}"#,
        );
        let clean = compact(&redactor.tree(data, &BTreeSet::new(), &mut taken));
        assert_eq!(clean, r#"{"got": "⟨redacted⟩", "or": "⟨redacted⟩!", "no": "Bearer", "⟨redacted⟩": 1}"#);
        assert!(taken.contains("(secret)") && !format!("{redactor:?}").contains("short"));
    }

    #[test]
    fn whatever_stands_in_place_of_something_is_known() {
        let mut taken = Taken::new();
        let redactor = Redactor::default().hiding(["held-by-us"]);
        let own = ["ghp", "0123456789abcdefghijABCDEFGHIJ012345"].join("_");
        for text in ["it is held-by-us", &own] {
            let clean = redactor.text(text, &mut taken);
            assert!(clean != text && is_marked(&clean), "{clean}");
        }
        assert!(!is_marked("redacted") && !is_marked("a secret: none"));
    }

    #[test]
    fn names_that_become_one_stay_one() {
        let (clean, _) = redacted(&["[0-9]+"], &[], r#"{"a1": "x", "a2": "y"}"#);
        assert_eq!(clean, r#"{"a⟨redacted⟩": "x"}"#);
    }
}
