//! What a policy withholds in, whether a name, a text or a number is part of it out. One answer for what agents are
//! given, for what a person is shown and for what is written down.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::canon::text::words;
use crate::compare::secrets::secrets;
use crate::model::policy::Policy;

/// Patterns of one policy.
const MOST: usize = 100;

/// Names of fields, by their last step: what is written in another case or with other signs is the same name.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    by_last: BTreeMap<String, Vec<(Vec<String>, &'a str)>>,
}

impl<'a> Fields<'a> {
    /// Of the names as policies write them: `a.b` is a `b` right below an `a`.
    pub fn of(fields: &'a BTreeSet<String>) -> Fields<'a> {
        let mut by_last: BTreeMap<String, Vec<(Vec<String>, &str)>> = BTreeMap::new();
        for field in fields {
            let mut steps: Vec<String> =
                field.split('.').map(plain).filter(|step| !step.is_empty()).collect();
            if let Some(last) = steps.pop() {
                by_last.entry(last).or_default().push((steps, field));
            }
        }
        Fields { by_last }
    }

    /// The field that a name below a way is; both [`plain`].
    pub fn named(&self, way: &[String], name: &str) -> Option<&'a str> {
        let mut with = self.by_last.get(name)?.iter();
        with.find(|(steps, _)| way.ends_with(steps)).map(|(_, field)| *field)
    }
}

/// The one spelling in which names are compared.
pub fn plain(name: &str) -> String {
    words(name).concat()
}

/// Whether a text that is no tree speaks of a field: where it is in it, nobody can tell.
pub fn mentions(text: &str, fields: &BTreeSet<String>) -> bool {
    if fields.is_empty() {
        return false;
    }
    let text: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let last = |field: &String| plain(field.rsplit('.').next().unwrap_or_default());
    fields.iter().map(last).any(|name| !name.is_empty() && text.contains(&name))
}

/// The patterns of a policy, compiled once.
#[derive(Debug, Clone, Default)]
pub struct Patterns(Vec<Regex>);

impl Patterns {
    /// Those of a policy.
    ///
    /// # Errors
    /// More than a hundred: a server must not start with rules that it can't keep.
    pub fn of(policy: &Policy) -> Result<Patterns, String> {
        match policy.redact_patterns.len() > MOST {
            true => Err(format!("more than {MOST} patterns")),
            false => Ok(Patterns(policy.redact_patterns.values().cloned().collect())),
        }
    }

    /// A text with a mark in place of each match; none where nothing matches. An empty match takes nothing away.
    pub fn marked(&self, text: &str, mark: &str) -> Option<String> {
        let mut out: Option<String> = None;
        for pattern in &self.0 {
            let now = out.as_deref().unwrap_or(text);
            if is_in(pattern, now) {
                let marked = |found: &regex::Captures| if found[0].is_empty() { "" } else { mark };
                out = Some(pattern.replace_all(now, marked).into_owned());
            }
        }
        out
    }

    /// Whether one of them matches the digits of a number.
    pub fn takes(&self, digits: &str) -> bool {
        self.0.iter().any(|pattern| is_in(pattern, digits))
    }

    /// Whether the digits of a number are one that a pattern takes away, or look like a credential.
    pub fn hides(&self, digits: &str) -> bool {
        self.takes(digits) || !secrets(digits).is_empty()
    }
}

fn is_in(pattern: &Regex, text: &str) -> bool {
    pattern.find_iter(text).any(|found| !found.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::policy_redacting;

    fn set(fields: &[&str]) -> BTreeSet<String> {
        fields.iter().map(|field| (*field).to_owned()).collect()
    }

    #[test]
    fn a_field_is_found_by_its_way_in_any_spelling() {
        let fields = set(&["card.number", "e_mail", "..."]);
        let fields = Fields::of(&fields);
        let named = |way: &[&str], name: &str| {
            let way: Vec<String> = way.iter().map(|step| plain(step)).collect();
            fields.named(&way, &plain(name)).map(str::to_owned)
        };
        assert_eq!(named(&["a", "Card"], "NUMBER").as_deref(), Some("card.number"));
        assert_eq!(named(&[], "e-Mail").as_deref(), Some("e_mail"));
        for (way, name) in [(&["a"][..], "number"), (&["card", "a"], "number"), (&[], "mail"), (&[], "")] {
            assert_eq!(named(way, name), None, "{way:?} {name}");
        }
    }

    #[test]
    fn patterns_take_what_they_match_and_an_empty_match_takes_nothing() {
        let patterns = Patterns::of(&policy_redacting(&["[0-9]{4}", "x*", "b"])).unwrap();
        assert_eq!(patterns.marked("a1234xb", "#").as_deref(), Some("a###"));
        assert_eq!(patterns.marked("a", "#"), None);
        assert!(patterns.hides("12345") && !patterns.hides("123"));
        let many: Vec<String> = (0..=MOST).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(Patterns::of(&policy_redacting(&many)).unwrap_err().contains("more than"));
        assert!(Patterns::of(&policy_redacting(&many[1..])).is_ok());
    }
}
