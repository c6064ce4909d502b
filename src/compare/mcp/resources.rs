//! What can be read from a server: resources by address, and templates of addresses.

use std::collections::BTreeSet;

use super::both::{About, Around, Item, Lists, Told, below, id, part, word};
use super::template::{is_broader, scheme};
use crate::canon::Node;
use crate::compare::keyed::{Keyed, keyed};
use crate::compare::members::same;
use crate::compare::said::{Texts, hear};
use crate::compare::surface::Change;
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::rules::{Rule, mcpr};

/// What this can emit beyond the rules of texts.
pub const EMITS: &[&Rule] = &[
    mcpr::RESOURCE_ADDED,
    mcpr::RESOURCE_REMOVED,
    mcpr::TEMPLATE_ADDED,
    mcpr::TEMPLATE_REMOVED,
    mcpr::TEMPLATE_BROADENED,
    mcpr::SCHEME_FILE_ADDED,
    mcpr::MIME_CHANGED,
];

/// A list, and how its items are called and told.
struct Kind {
    list: &'static str,
    added: &'static Rule,
    removed: &'static Rule,
    aspect: &'static str,
    new: &'static str,
    about: fn(String, String) -> About,
}

const RESOURCES: Kind = Kind {
    list: "resources",
    added: mcpr::RESOURCE_ADDED,
    removed: mcpr::RESOURCE_REMOVED,
    aspect: "resource",
    new: "new resource",
    about: About::Resource,
};
const TEMPLATES: Kind = Kind {
    list: "resource_templates",
    added: mcpr::TEMPLATE_ADDED,
    removed: mcpr::TEMPLATE_REMOVED,
    aspect: "template",
    new: "new template",
    about: About::Template,
};

/// What differs.
pub fn changes(old: &Lists, new: &Lists, around: &Around, out: &mut Vec<Told>) {
    let schemes = |lists: &Lists| -> BTreeSet<String> {
        let all = [RESOURCES, TEMPLATES].iter().flat_map(|k| lists.items(k.list)).map(|(uri, _)| scheme(uri));
        all.collect()
    };
    let files = reaches_files(&schemes(old));
    for kind in [RESOURCES, TEMPLATES] {
        let (was, is) = (old.items(kind.list), new.items(kind.list));
        let whole = was.is_empty() != is.is_empty();
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        let mut tell = |item: &Item, found: Vec<Change>, beside: Option<String>| {
            for mut change in found.into_iter().map(|c| below(c, kind.list, item.0)) {
                change.also.extend(beside.clone());
                if whole {
                    change.also.push(format!("/{}", kind.list));
                }
                let about = (kind.about)(id(item), item.0.to_owned());
                out.push(Told { about, change });
            }
        };
        for entry in keyed(&was, &is, |(key, _)| *key) {
            match entry {
                Keyed::Both(was, is) => tell(is, both(was.1, is.1, around), None),
                Keyed::Removed(item) => gone.push(item),
                Keyed::Added(item) => come.push(item),
            }
        }
        for item in come {
            // One of its name that is gone, whose addresses it holds too.
            let name = |i: &Item| i.1.at("/raw/name").and_then(Node::as_text).map(str::to_owned);
            let narrower = gone.iter().position(|g| name(g) == name(item) && is_broader(g.0, item.0));
            // The narrower one is gone by the same cause.
            let narrower = narrower.map(|at| gone.remove(at));
            let mut found = match narrower {
                Some(was) => vec![broadened(was, item, &kind)],
                None => vec![added(item, &kind, files)],
            };
            if let Some(raw) = item.1.get("raw") {
                found.extend(hear(None, &Texts::of_raw(raw), &around.of_no_tool(), "/raw", aspect).changes);
            }
            tell(item, found, narrower.map(|was| part(kind.list, was.0)));
        }
        for item in gone {
            let change = Change::new(kind.removed, "", "")
                .on(Side::Base)
                .values(Some(item.1.clone()), None)
                .says(kind.aspect, "gone".into())
                .here("who reads it fails");
            tell(item, vec![change], None);
        }
    }
}

fn aspect(_: &str) -> &'static str {
    "text"
}

/// Whether one of the schemes is that of files, or is left to the caller.
fn reaches_files(schemes: &BTreeSet<String>) -> bool {
    schemes.iter().any(|s| s == "file" || s.starts_with('{'))
}

fn added(item: &Item, kind: &Kind, files: bool) -> Change {
    let file = !files && reaches_files(&BTreeSet::from([scheme(item.0)]));
    let (rule, here) = match (file, kind.list == TEMPLATES.list) {
        (true, _) => (mcpr::SCHEME_FILE_ADDED, "files of the host that it runs on can be read"),
        (false, true) => (kind.added, "whatever its variables reach can be read"),
        (false, false) => (kind.added, "its text goes to the model"),
    };
    Change::new(rule, "", "")
        .values(None, Some(item.1.clone()))
        .says(kind.new, Phrase::quote(item.0))
        .here(here)
}

fn broadened(was: &Item, is: &Item, kind: &Kind) -> Change {
    Change::new(mcpr::TEMPLATE_BROADENED, "", "")
        .values(Some(Node::text(was.0)), Some(Node::text(is.0)))
        .says(kind.aspect, Phrase::quote(was.0).and_say(" → ").and_quote(is.0))
        .here("more can be read than before")
}

fn both(old: &Node, new: &Node, around: &Around) -> Vec<Change> {
    let (Some(was), Some(is)) = (old.get("raw"), new.get("raw")) else { return Vec::new() };
    if same(Some(was), Some(is)) {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mime = |raw: &Node| raw.get("mimeType").and_then(Node::as_text).map(str::to_lowercase);
    let (before, after) = (mime(was), mime(is));
    if before != after {
        let active = after
            .as_deref()
            .is_some_and(|m| ["html", "script", "svg", "xml"].iter().any(|word| m.contains(word)));
        let here = match active {
            true => "a client that shows it may run what is in it",
            false => "it is read in another way",
        };
        let (b, a) = (was.get("mimeType"), is.get("mimeType"));
        out.push(
            Change::new(mcpr::MIME_CHANGED, "/raw/mimeType", "mime")
                .on(if a.is_none() { Side::Base } else { Side::Head })
                .values(b.cloned(), a.cloned())
                .says("type", Phrase::quote(word(b)).and_say(" → ").and_quote(word(a)))
                .here(here),
        );
    }
    let (texts, now) = (Texts::of_raw(was), Texts::of_raw(is));
    out.extend(hear(Some(&texts), &now, &around.of_no_tool(), "/raw", aspect).changes);
    out
}
