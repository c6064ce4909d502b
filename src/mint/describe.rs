//! An operation in, what an agent is told of it out: a title, and a text that says when to use the tool. What the
//! source says of itself is preferred and stays as it is; only what it does not say is made here.

use super::names::{Kind, Segment, is_action, segments};
use super::operation::placeholders;
use super::tags::Domain;
use crate::compare::inflect::{is_many, singular};

/// Longest title and text (formats-v2 §6).
pub(super) const MAX_TITLE: usize = 80;
pub(super) const MAX_TEXT: usize = 1_024;
/// Most fields of the answer that are named.
const SHOWN: usize = 5;

/// What is described.
#[derive(Debug, Clone)]
pub(super) struct Described<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// Name and type of a GraphQL operation.
    pub(super) graphql: Option<(&'a str, Option<&'a str>)>,
    /// What the source says in short.
    pub(super) summary: Option<&'a str>,
    /// What it says at length.
    pub(super) description: Option<&'a str>,
    /// Names of the members of the answer, in their order.
    pub(super) returns: Vec<&'a str>,
    /// What it is about.
    pub(super) domain: Option<&'static Domain>,
}

/// The title: what the source says in short, else what a call does.
pub(super) fn title(described: &Described) -> String {
    let said = described.summary.map(str::trim).filter(|text| !text.is_empty());
    let said = said.and_then(|text| text.lines().next()).map(str::to_owned);
    cut(&said.unwrap_or_else(|| clause(described)), MAX_TITLE)
}

/// The text: what the source says at length, else what it says in short or what a call does, with what comes
/// back.
pub(super) fn text(described: &Described) -> String {
    let said = |text: Option<&'_ str>| text.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    if let Some(text) = said(described.description) {
        return cut(&text, MAX_TEXT);
    }
    let mut made = String::new();
    match said(described.summary) {
        Some(text) => made.push_str(text.trim_end_matches('.')),
        None => {
            if let Some(use_to) = described.domain.and_then(|domain| domain.use_to) {
                made.push_str(&format!("Use this to {use_to}. "));
            }
            made.push_str(&clause(described));
        }
    }
    let shown: Vec<&str> = described.returns.iter().take(SHOWN).copied().collect();
    if !shown.is_empty() {
        made.push_str(&format!(". Returns: {}", shown.join(", ")));
    }
    cut(&made, MAX_TEXT)
}

/// At most so many characters, ended between words where a word ends near.
fn cut(text: &str, max: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(max) else { return text.to_owned() };
    let room = text.char_indices().nth(max - 1).map_or(end, |(at, _)| at);
    let head = &text[..room];
    let head = match head.rfind(char::is_whitespace) {
        Some(at) if at * 2 > room => &head[..at],
        _ => head,
    };
    format!("{}…", head.trim_end())
}

/// What a call does, from its method and path.
fn clause(described: &Described) -> String {
    if let Some((name, kind)) = described.graphql {
        return match kind {
            Some(kind) => format!("Run GraphQL {kind} {name}"),
            None => format!("Run GraphQL operation {name}"),
        };
    }
    let path = Path::of(described.path);
    match described.method {
        "GET" => path.read(),
        "POST" => path.post(),
        "PUT" => path.change("Update"),
        "PATCH" => path.change("Partially update"),
        "DELETE" => path.change("Delete"),
        method => format!("{method} {}", path.resource),
    }
}

/// Segments that tell how a service is.
const STATES: &[&str] = &["health", "status", "ping", "ready", "alive", "version", "info"];
/// Segments that stand for who calls.
const CALLER: &[&str] = &["me", "self", "whoami"];
/// Segments that look something up with what is sent.
const LOOKS: &[&str] = &["search", "query", "graphql", "filter", "lookup", "find"];
/// Segments that are done, with what is done.
const DONE: &[(&str, &str)] = &[
    ("login", "Log in"),
    ("signin", "Sign in"),
    ("logout", "Log out"),
    ("signout", "Sign out"),
    ("signup", "Sign up"),
    ("register", "Register"),
    ("refresh", "Refresh"),
    ("verify", "Verify"),
    ("validate", "Validate"),
    ("upload", "Upload"),
    ("import", "Import"),
    ("export", "Export"),
];

/// The parts of a path that its clause is made of.
struct Path<'a> {
    /// The last literal segment in words.
    resource: String,
    last: String,
    /// One of it.
    one: String,
    /// The segment before the resource, in singular, and whether a value stands between.
    parent: Option<String>,
    /// The last placeholder.
    by: Option<&'a str>,
    /// Whether the path ends in a placeholder.
    picks: bool,
}

impl<'a> Path<'a> {
    fn of(path: &'a str) -> Path<'a> {
        let segments = segments(path);
        let literal: Vec<&Segment> = segments.iter().filter(|s| s.kind != Kind::Placeholder).collect();
        let words: Vec<&Segment> = literal.iter().copied().filter(|s| s.kind == Kind::Word).collect();
        let last = words.last().or(literal.last());
        let resource = last.map_or_else(|| "resource".to_owned(), |segment| segment.words.join(" "));
        let picks = segments.last().is_some_and(|segment| segment.kind == Kind::Placeholder);
        let before = segments.iter().rposition(|s| s.kind == Kind::Placeholder);
        let parent = before.filter(|at| !picks && *at > 0).map(|at| &segments[at - 1]);
        let parent = parent.filter(|s| s.kind == Kind::Word).map(|s| one_of(&s.words.join(" ")));
        Path {
            last: last.map(|segment| segment.words.concat()).unwrap_or_default(),
            one: one_of(&resource),
            resource,
            parent,
            by: placeholders(path).last().copied(),
            picks,
        }
    }

    fn read(&self) -> String {
        if self.picks {
            return format!("Retrieve {} by {{{}}}", with_article(&self.one), self.by.unwrap_or("id"));
        }
        if let Some((_, done)) = DONE.iter().find(|(word, _)| *word == self.last) {
            return (*done).to_owned();
        }
        match (&self.parent, self.last.as_str()) {
            (_, last) if LOOKS.contains(&last) => format!("Search via {}", self.resource),
            (_, last) if CALLER.contains(&last) => "Retrieve the caller".to_owned(),
            (None, "status") => "Check status".to_owned(),
            (None, last) if STATES.contains(&last) => format!("Check {} status", self.resource),
            (parent, _) => {
                let many = self.resource.rsplit(' ').next().is_some_and(is_many);
                match (parent, many) {
                    (Some(parent), true) => format!("List {} for {}", self.resource, with_article(parent)),
                    (None, true) => format!("List all {}", self.resource),
                    (Some(parent), false) => {
                        format!("Retrieve {} of {}", self.resource, with_article(parent))
                    }
                    (None, false) => format!("Retrieve {}", self.resource),
                }
            }
        }
    }

    fn post(&self) -> String {
        if LOOKS.contains(&self.last.as_str()) {
            return format!("Search via {}", self.resource);
        }
        if let Some((_, done)) = DONE.iter().find(|(word, _)| *word == self.last) {
            return (*done).to_owned();
        }
        if let Some(parent) = self.parent.as_ref().filter(|_| is_action(&self.last)) {
            return format!(
                "{} {} by {{{}}}",
                capital(&self.resource),
                with_article(parent),
                self.by.unwrap_or("id")
            );
        }
        format!("Create a new {}", self.one)
    }

    fn change(&self, verb: &str) -> String {
        match (self.by, self.picks, &self.parent) {
            (Some(by), true, _) => format!("{verb} {} by {{{by}}}", with_article(&self.one)),
            (Some(_), false, Some(parent)) => format!("{verb} {} of {}", self.resource, with_article(parent)),
            _ => format!("{verb} {}", self.one),
        }
    }
}

/// The last word in singular.
fn one_of(words: &str) -> String {
    match words.rsplit_once(' ') {
        Some((head, last)) => format!("{head} {}", singular(last)),
        None => singular(words),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// `a` or `an` before a noun, by its sound.
fn with_article(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u']);
    let as_you = ["uni", "use", "usa", "util", "uran", "eu"].iter().any(|start| noun.starts_with(start));
    format!("{} {noun}", if vowel && !as_you { "an" } else { "a" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint::names::deviations::deviates_as_told;
    use crate::mint::tags::domains;

    fn made<'a>(method: &'a str, path: &'a str, returns: Vec<&'a str>) -> Described<'a> {
        let fields = returns.iter().map(|field| (*field).to_owned()).collect();
        let domain = domains(path, &fields).first().copied();
        Described { method, path, graphql: None, summary: None, description: None, returns, domain }
    }

    #[test]
    fn texts_are_those_of_the_reference_but_for_its_mistakes() {
        let table = include_str!("../../fixtures/mint/descriptions.tsv");
        let rows = table.lines().skip(1).map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let fields: Option<Vec<&str>> = serde_json::from_str(cells[2]).unwrap();
            // Marks of risk and hints are rendered when a tool is served.
            let marks = [" (Risk: high)", " (Risk: critical)", " [Auth]"];
            let reference = marks.iter().fold(cells[3].to_owned(), |text, mark| text.replace(mark, ""));
            let input = format!("{} {} {}", cells[0], cells[1], cells[2]);
            (input, reference, text(&made(cells[0], cells[1], fields.unwrap_or_default())))
        });
        deviates_as_told("descriptions", rows);
    }

    #[test]
    fn what_the_source_says_is_preferred_and_kept_as_it_is() {
        let plain = made("GET", "/users/{id}", vec!["email", "id"]);
        assert_eq!(title(&plain), "Retrieve a user by {id}");
        let said = Described { summary: Some(" Get a user. "), ..plain.clone() };
        assert_eq!(
            (title(&said), text(&said)),
            ("Get a user.".into(), "Get a user. Returns: email, id".into())
        );
        let long = Described { description: Some("Use this\nonce a day. \u{202e}x"), ..said };
        assert_eq!(text(&long), "Use this\nonce a day. \u{202e}x");
        let words = "word ".repeat(300);
        let cut = Described { summary: Some(&words), description: Some(&words), ..plain };
        assert!(title(&cut).chars().count() <= 80 && text(&cut).chars().count() <= 1_024);
        assert!(text(&cut).ends_with("word…"));
        let solid = "x".repeat(3_000);
        let cut = Described { description: Some(&solid), ..cut };
        assert_eq!(text(&cut).chars().count(), 1_024);
    }
}
