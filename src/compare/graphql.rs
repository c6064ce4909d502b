//! A GraphQL operation before and after in, every way in which it differs out: what it does, which document the
//! server runs, what it asks for. Its variables and its answer are schemas, and compared as such.
//!
//! One cause is told once. A document that can be read tells what it means; where only hashes are known, another
//! hash is another operation.

use std::collections::BTreeSet;

use super::graphql_document::{Document, Kind, Relation, plain, read, relate};
use super::schema::is_sensitive;
use super::surface::Change;
use crate::canon::Node;
use crate::canon::digest::sha256_hex;
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::GraphqlOperation;
use crate::model::surface::Locked;
use crate::model::tool::Tool;
use crate::rules::{Rule, Severity, gql, req};

/// Most fields that are named one by one.
const SHOWN: usize = 8;

/// Every rule that [`compare`] can emit.
pub const EMITS: &[&Rule] = &[
    gql::KIND_ESCALATED,
    gql::DOCUMENT_HASH_CHANGED,
    gql::FALLBACK_GENERIC,
    gql::SELECTION_WIDENED,
    gql::INTROSPECTION_ENABLED,
];

/// What is known of an operation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spoken<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// What the action says that it does, and what the locked entry says.
    pub kinds: [Option<&'a str>; 2],
    /// The document that is sent.
    pub document: Option<&'a str>,
    /// The hash that is sent for it, that of the locked document, and that by which the server knows it.
    pub hashes: [Option<&'a str>; 3],
    /// Fields that the locked entry asks for.
    pub selection: Option<&'a Node>,
}

/// Where a difference stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The document that the action sends.
    Document,
    /// The hash that the action sends.
    Sent,
    /// What the action says that it does.
    Kind,
    /// The members of the locked entry.
    Locked(&'static str),
    /// The action as a whole.
    Action,
}

/// A difference.
#[derive(Debug, Clone)]
pub struct Told {
    /// The rule.
    pub rule: &'static Rule,
    /// How grave it is, where that is not the rule's own.
    pub severity: Option<Severity>,
    /// Where it stands.
    pub at: At,
    /// What it was.
    pub before: Option<Node>,
    /// What it is.
    pub after: Option<Node>,
    /// What changed.
    pub change: Phrase,
    /// What it means.
    pub here: Phrase,
}

impl<'a> Spoken<'a> {
    /// Of a locked entry.
    pub fn of_entry(name: &'a str, entry: &'a GraphqlOperation) -> Spoken<'a> {
        Spoken {
            name: Some(name),
            kinds: [None, entry.kind.as_deref()],
            document: None,
            hashes: [None, entry.document_sha256.as_deref(), entry.persisted_sha256.as_deref()],
            selection: entry.selection.as_ref(),
        }
    }

    /// Of a tool and the entry that it stands on.
    pub fn of_tool(tool: &'a Tool, entry: Option<(&'a str, &'a GraphqlOperation)>) -> Spoken<'a> {
        let text = |pointer: &str| tool.raw.at(pointer).and_then(Node::as_text);
        let locked = entry.map(|(name, entry)| Spoken::of_entry(name, entry)).unwrap_or_default();
        Spoken {
            name: tool.graphql.as_deref().or(locked.name),
            kinds: [tool.graphql_type.as_deref(), locked.kinds[1]],
            document: text("/fixed_body/query"),
            hashes: [
                text("/fixed_body/extensions/persistedQuery/sha256Hash"),
                locked.hashes[1],
                locked.hashes[2],
            ],
            selection: locked.selection,
        }
    }

    /// Whether the caller cannot choose what is run.
    pub fn is_pinned(&self) -> bool {
        self.document.is_some() || self.hashes[0].is_some()
    }

    /// Whether the hash that is sent is that of the very document that is sent.
    pub fn is_own_hash(&self) -> bool {
        let own = |(document, hash): (&str, &str)| sha256_hex(document.as_bytes()).eq_ignore_ascii_case(hash);
        self.document.zip(self.hashes[0]).is_some_and(own)
    }

    /// What the document says that it does; without one, the graver of what is said of it.
    pub fn kind(&self) -> Option<Kind> {
        self.kind_with(self.read().as_ref())
    }

    fn kind_with(&self, document: Option<&Document>) -> Option<Kind> {
        match document {
            Some(document) => Some(document.kind),
            None => self.kinds.iter().flatten().filter_map(|word| Kind::of(word)).max(),
        }
    }

    fn read(&self) -> Option<Document> {
        read(self.document?, self.name)
    }

    fn paths(&self) -> BTreeSet<&'a str> {
        self.selection.map(Node::items).unwrap_or_default().iter().filter_map(Node::as_text).collect()
    }
}

/// The rule of a new operation.
pub fn rule_of_added(kind: Kind) -> &'static Rule {
    match kind {
        Kind::Query => gql::OPERATION_ADDED_QUERY,
        Kind::Mutation => gql::OPERATION_ADDED_MUTATION,
        Kind::Subscription => gql::OPERATION_ADDED_SUBSCRIPTION,
    }
}

/// Every way in which an operation differs. An operation does not differ from itself.
pub fn compare(old: &Spoken, new: &Spoken) -> Vec<Told> {
    let (before, after) = (old.read(), new.read());
    if let (Some(was), Some(is)) = (old.kind_with(before.as_ref()), new.kind_with(after.as_ref()))
        && was < Kind::Mutation
        && is == Kind::Mutation
    {
        let (at, before, after) = match (old.document, new.document) {
            (Some(b), Some(h)) if plain(b) != plain(h) => (At::Document, b, h),
            _ => (
                if old.kinds[0] == new.kinds[0] { At::Locked("type") } else { At::Kind },
                was.word(),
                is.word(),
            ),
        };
        return vec![Told {
            rule: gql::KIND_ESCALATED,
            severity: None,
            at,
            before: Some(Node::text(before)),
            after: Some(Node::text(after)),
            change: Phrase::say(format!("{} → {}", was.word(), is.word())),
            here: "what read now changes, under the same name".into(),
        }];
    }
    let told = document(old, new, before.as_ref(), after.as_ref());
    // A hash of another text than the one beside it is a cause of its own: which of both is run is the server's
    // affair.
    let foreign = told.as_ref().filter(|_| !(old.is_own_hash() && new.is_own_hash()));
    let foreign = foreign.and_then(|_| hash(old, new)).filter(|told| told.at == At::Sent);
    told.or_else(|| hash(old, new)).or_else(|| selection(old, new)).into_iter().chain(foreign).collect()
}

/// A variable that every call must send, or had to: told as one of GraphQL.
pub fn variable(change: &mut Change, old: &Locked) {
    let Some(name) = change.wire.strip_prefix("body variables.").filter(|name| !name.contains(['.', '[']))
    else {
        return;
    };
    let was_required = || {
        let body = old.content.request.as_ref()?.content.values().next()?;
        let required = body.at("/properties/variables/required")?.items();
        Some(required.iter().any(|node| node.as_text() == Some(name)))
    };
    change.rule = match change.rule {
        rule if rule == req::FIELD_REQUIRED_ADDED => gql::VARIABLE_REQUIRED_ADDED,
        rule if rule == req::FIELD_REMOVED && was_required() == Some(true) => gql::VARIABLE_REQUIRED_REMOVED,
        rule => rule,
    };
}

/// The text that is sent.
fn document(old: &Spoken, new: &Spoken, before: Option<&Document>, after: Option<&Document>) -> Option<Told> {
    let (was, is) = (old.document?, new.document?);
    if plain(was) == plain(is) {
        return None;
    }
    let told = |rule, severity, change: Phrase, here: &'static str| {
        Some(Told {
            rule,
            severity,
            at: At::Document,
            before: Some(Node::text(was)),
            after: Some(Node::text(is)),
            change,
            here: here.into(),
        })
    };
    let other = |here| told(gql::DOCUMENT_HASH_CHANGED, None, "another document is sent".into(), here);
    let (Some(before), Some(after)) = (before, after) else {
        return other("what the new one does could not be read from it");
    };
    match relate(before, after) {
        Relation::Same => None,
        Relation::Wider(fields) => widened(&fields).and_then(|(severity, change)| {
            told(gql::SELECTION_WIDENED, severity, change, "an agent learns more than was approved")
        }),
        Relation::Introspects(fields) => told(
            gql::INTROSPECTION_ENABLED,
            None,
            Phrase::say("reads ").and(named(&fields)),
            "the names of everything that could be called come back",
        ),
        Relation::Narrower(fields) => told(
            gql::DOCUMENT_HASH_CHANGED,
            Some(Severity::Medium),
            Phrase::say("no longer asks for ").and(named(&fields)),
            "it asks for less, and for nothing else",
        ),
        Relation::Other => other("the same call can now do something else"),
    }
}

/// The hashes that stand for the text.
fn hash(old: &Spoken, new: &Spoken) -> Option<Told> {
    // Where the text itself is known on both sides, it has said all there is to say.
    let texts = old.document.is_some() && new.document.is_some();
    let at = [At::Sent, At::Locked("document_sha256"), At::Locked("persisted_sha256")];
    at.into_iter().enumerate().filter(|(i, _)| !texts || *i != 1).find_map(|(i, at)| {
        let (was, is) = (old.hashes[i]?, new.hashes[i]?);
        (!was.eq_ignore_ascii_case(is)).then(|| Told {
            rule: gql::DOCUMENT_HASH_CHANGED,
            severity: None,
            at,
            before: Some(Node::text(was)),
            after: Some(Node::text(is)),
            change: Phrase::quote(short(was)).and_say(" → ").and_quote(short(is)),
            here: "the server runs another document under the same name".into(),
        })
    })
}

/// Fields that the locked entry asks for, where the document is the same or not known.
fn selection(old: &Spoken, new: &Spoken) -> Option<Told> {
    old.selection?;
    let come: Vec<String> = new.paths().difference(&old.paths()).map(|path| (*path).to_owned()).collect();
    let schema =
        |path: &String| path.starts_with("__schema") || path.starts_with("__type.") || path == "__type";
    let (rule, severity, change, here): (_, _, Phrase, &'static str) = match come.iter().all(schema) {
        true if !come.is_empty() => (
            gql::INTROSPECTION_ENABLED,
            None,
            Phrase::say("reads ").and(named(&come)),
            "the names of everything that could be called come back",
        ),
        _ => {
            let (severity, change) = widened(&come)?;
            (gql::SELECTION_WIDENED, severity, change, "an agent learns more than was approved")
        }
    };
    Some(Told {
        rule,
        severity,
        at: At::Locked("selection"),
        before: old.selection.cloned(),
        after: new.selection.cloned(),
        change,
        here: here.into(),
    })
}

/// How grave new fields are, and what is said of them; nothing where there are none.
fn widened(fields: &[String]) -> Option<(Option<Severity>, Phrase)> {
    let secret = fields.iter().any(|path| is_sensitive(path, &[]));
    let change = Phrase::say("also asks for ").and(named(fields));
    (!fields.is_empty()).then(|| (secret.then_some(Severity::High), change))
}

fn named(fields: &[String]) -> Phrase {
    let shown = Phrase::list(fields.iter().take(SHOWN).cloned());
    match fields.len().saturating_sub(SHOWN) {
        0 => shown,
        more => shown.and_say(format!(" and {more} more")),
    }
}

fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(old: &Spoken, new: &Spoken) -> Vec<(&'static str, Option<Severity>)> {
        let told = compare(old, new);
        for one in &told {
            assert!(EMITS.contains(&one.rule), "{}", one.rule.id);
        }
        told.into_iter().map(|t| (t.rule.id, t.severity)).collect()
    }

    fn sends(document: &str) -> Spoken<'_> {
        Spoken {
            name: Some("A"),
            document: Some(document),
            kinds: [Some("query"), Some("query")],
            ..Spoken::default()
        }
    }

    #[test]
    fn one_cause_is_told_once_and_by_what_it_means() {
        let base = "query A { user { name } }";
        let tell = |new: &str| rules(&sends(base), &sends(new));
        assert_eq!(tell(base), []);
        assert_eq!(tell("query A {\n user { name } }"), []);
        assert_eq!(tell("query A { user { name city } }"), [("gql.selection-widened", None)]);
        assert_eq!(
            tell("query A { user { name password } }"),
            [("gql.selection-widened", Some(Severity::High))]
        );
        assert_eq!(
            tell("query A { user { name } __schema { types { name } } }"),
            [("gql.introspection-enabled", None)]
        );
        assert_eq!(tell("query A { user { id } }"), [("gql.document-hash-changed", None)]);
        assert_eq!(tell("query A { user { name }"), [("gql.document-hash-changed", None)]);
        assert_eq!(
            rules(&sends("query A { user { name city } }"), &sends(base)),
            [("gql.document-hash-changed", Some(Severity::Medium))]
        );
        // Whatever the label says.
        assert_eq!(tell("mutation A { user { name } }"), [("gql.kind-escalated", None)]);
        assert_eq!(
            rules(&sends("mutation A { a }"), &sends("query A { a }")),
            [("gql.document-hash-changed", None)]
        );
    }

    #[test]
    fn a_hash_of_another_text_than_the_one_beside_it_is_told_too() {
        let (few, more) = ("query A { user { name } }", "query A { user { name city } }");
        let (of_few, of_more, other) =
            (sha256_hex(few.as_bytes()), sha256_hex(more.as_bytes()), "0".repeat(64));
        let with = |document, hash| Spoken { hashes: [Some(hash), None, None], ..sends(document) };
        let wider = ("gql.selection-widened", None);
        assert_eq!(rules(&with(few, &of_few), &with(more, &of_more)), [wider]);
        assert_eq!(
            rules(&with(few, &of_few), &with(more, &other)),
            [wider, ("gql.document-hash-changed", None)]
        );
        assert_eq!(rules(&with(few, &of_few), &with(few, &other)), [("gql.document-hash-changed", None)]);
    }

    #[test]
    fn where_only_hashes_are_known_another_hash_is_another_operation() {
        let list = |paths: &[&str]| Node::texts(paths.iter().copied());
        let (few, more) = (list(&["user.name"]), list(&["user.name", "user.city", "__schema.types"]));
        let hash = |hash, selection| Spoken {
            kinds: [None, Some("query")],
            hashes: [None, Some(hash), None],
            selection: Some(selection),
            ..Spoken::default()
        };
        assert_eq!(rules(&hash("aa", &few), &hash("AA", &few)), []);
        assert_eq!(rules(&hash("aa", &few), &hash("bb", &more)), [("gql.document-hash-changed", None)]);
        assert_eq!(rules(&hash("aa", &few), &hash("aa", &more)), [("gql.selection-widened", None)]);
        assert_eq!(rules(&hash("aa", &more), &hash("aa", &few)), []);
        let schema = list(&["user.name", "__schema.types.name"]);
        assert_eq!(rules(&hash("aa", &few), &hash("aa", &schema)), [("gql.introspection-enabled", None)]);
        let unknown = Spoken { selection: None, ..hash("aa", &few) };
        assert_eq!(rules(&unknown, &hash("aa", &more)), [], "unknown is not absent");
        let now = Spoken { kinds: [None, Some("mutation")], ..hash("bb", &few) };
        assert_eq!(rules(&hash("aa", &few), &now), [("gql.kind-escalated", None)]);
    }
}
