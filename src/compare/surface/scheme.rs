//! One scheme of a security requirement: what it is, how it is called, and how hard it is to steal.

use crate::canon::{Node, Value};
use crate::model::baseline::UNRESOLVED;
use crate::model::phrase::Phrase;

/// A scheme as an operation asks for it.
#[derive(Debug, Clone)]
pub struct Scheme<'a> {
    name: &'a str,
    /// Scopes that a call needs.
    pub scopes: &'a [String],
    definition: Option<&'a Node>,
}

/// Equal if a caller proves the same in the same way, whatever the scheme is called.
impl PartialEq for Scheme<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.kind() == other.kind()
            && self.scopes == other.scopes
            && crate::compare::members::same(self.definition, other.definition)
    }
}

impl<'a> Scheme<'a> {
    /// A scheme by its name in the file, with its definition there.
    pub fn new(name: &'a str, scopes: &'a [String], definition: Option<&'a Node>) -> Scheme<'a> {
        Scheme { name, scopes, definition }
    }

    /// A member of its definition, empty if it has none.
    pub fn text(&self, key: &str) -> &'a str {
        self.definition.and_then(|d| d.get(key)?.as_text()).unwrap_or_default()
    }

    /// The reference that its definition is, if it leads nowhere.
    pub fn lost(&self) -> Option<&'a str> {
        Some(self.text(UNRESOLVED)).filter(|reference| !reference.is_empty())
    }

    /// The kind without where a key travels. A scheme without a definition is known by its name alone.
    pub fn family(&self) -> String {
        match (self.text("type"), self.text("scheme")) {
            ("", _) => format!("named {}", self.name),
            ("http", scheme) => format!("http {}", scheme.to_ascii_lowercase()),
            (other, _) => other.to_owned(),
        }
    }

    /// What a caller must carry: the kind, and for a key where and under which name.
    pub fn kind(&self) -> String {
        match self.family() {
            family if family == "apiKey" => {
                let name = self.text("name");
                let place = self.text("in");
                // Headers are told apart without regard to case.
                let name = if place == "header" { name.to_ascii_lowercase() } else { name.to_owned() };
                format!("apiKey {place} {name}")
            }
            family => family,
        }
    }

    /// Addresses under any of these members, at any depth of the definition (`flows` has one level more).
    pub fn urls(&self, keys: &[&str]) -> Vec<&'a str> {
        let mut found = Vec::new();
        if let Some(definition) = self.definition {
            collect(definition, keys, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// In words for people.
    pub fn told(&self) -> Phrase {
        match (self.text("type"), self.text("scheme").to_ascii_lowercase().as_str(), self.text("in")) {
            ("http", "bearer", _) => Phrase::say("bearer token"),
            ("http", "basic", _) => Phrase::say("name and password"),
            ("apiKey", _, place @ ("header" | "query" | "cookie")) => {
                Phrase::say(format!("API key in the {place} ")).and_quote(self.text("name"))
            }
            ("apiKey", ..) => Phrase::say("API key"),
            ("oauth2", ..) => Phrase::say("OAuth token"),
            ("openIdConnect", ..) => Phrase::say("OpenID token"),
            ("mutualTLS", ..) => Phrase::say("client certificate"),
            _ => Phrase::say("credential ").and_quote(self.name),
        }
    }
}

fn collect<'a>(node: &'a Node, keys: &[&str], found: &mut Vec<&'a str>) {
    for (key, value) in node.members() {
        match &value.value {
            Value::Text(text) if keys.contains(&key.as_str()) => found.push(text),
            _ => collect(value, keys, found),
        }
    }
}

impl Scheme<'_> {
    /// Whether what it carries is a password, or lies open in the URL.
    pub fn is_weak(&self) -> bool {
        let scheme = self.text("scheme");
        matches!((self.text("type"), self.text("in")), ("apiKey", "query"))
            || self.text("type") == "http" && scheme.eq_ignore_ascii_case("basic")
    }
}
