//! What can be read from a server: resources by address, and templates of addresses.

use std::collections::{BTreeMap, BTreeSet};

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
        let mut narrower = Narrower::of(&gone, &kind);
        let mut replaced = BTreeSet::new();
        for item in come {
            // The narrower one is gone by the same cause.
            let was = narrower.take(item);
            replaced.extend(was.map(|was| was.0));
            let mut found = match was {
                Some(was) => vec![broadened(was, item, &kind)],
                None => vec![added(item, &kind, files)],
            };
            found.extend(cues(item.1, around));
            tell(item, found, was.map(|was| part(kind.list, was.0)));
        }
        for item in gone.into_iter().filter(|item| !replaced.contains(item.0)) {
            let change = Change::new(kind.removed, "", "")
                .on(Side::Base)
                .values(Some(item.1.clone()), None)
                .says(kind.aspect, "gone".into())
                .here("who reads it fails");
            tell(item, vec![change], None);
        }
    }
}

/// Templates that are gone, by their names: one that came under the same name may hold their addresses too.
struct Narrower<'i, 'a> {
    by_name: BTreeMap<Option<&'a str>, Vec<&'i Item<'a>>>,
}

impl<'i, 'a> Narrower<'i, 'a> {
    /// Templates of one name that are looked at for one that came. Past that they are told as gone, and it as new.
    const MOST: usize = 16;
    /// The longest template that is looked at; one that is longer is no other one's successor.
    const LONGEST: usize = 2_048;

    /// Of what is gone. Only templates reach more than themselves.
    fn of(gone: &[&'i Item<'a>], kind: &Kind) -> Narrower<'i, 'a> {
        let mut by_name: BTreeMap<Option<&str>, Vec<&Item>> = BTreeMap::new();
        let short = |item: &&&'i Item<'a>| kind.list == TEMPLATES.list && item.0.len() <= Self::LONGEST;
        for item in gone.iter().filter(short) {
            by_name.entry(name(item)).or_default().push(item);
        }
        Narrower { by_name }
    }

    /// One that an item broadens, once.
    fn take(&mut self, item: &Item<'a>) -> Option<&'i Item<'a>> {
        let all = self.by_name.get_mut(&name(item)).filter(|_| item.0.len() <= Self::LONGEST)?;
        let at = all.iter().take(Self::MOST).position(|was| is_broader(was.0, item.0))?;
        Some(all.remove(at))
    }
}

fn name<'a>(item: &Item<'a>) -> Option<&'a str> {
    item.1.at("/raw/name").and_then(Node::as_text)
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

/// The cues in the texts of an item that nobody approved before.
fn cues(item: &Node, around: &Around) -> Vec<Change> {
    let Some(raw) = item.get("raw") else { return Vec::new() };
    hear(None, &Texts::of_raw(raw), &around.of_no_tool(), "/raw", aspect).changes
}

fn both(old: &Node, new: &Node, around: &Around) -> Vec<Change> {
    let (Some(was), Some(is)) = (old.get("raw"), new.get("raw")) else {
        return if old.get("raw").is_none() { cues(new, around) } else { Vec::new() };
    };
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

#[cfg(test)]
mod tests {
    use super::super::known::Titles;
    use super::*;
    use crate::compare::text::{NameSet, Names};
    use crate::model::testing::node;

    /// The rules that are told between two states of a list.
    fn told(list: &str, old: &[String], new: &[String]) -> Vec<&'static str> {
        let server = |all: &[String]| {
            let entry = |uri: &String| format!(r#"{uri:?}: {{"raw": {{"name": "n"}}}}"#);
            node(&format!(r#"{{"{list}": {{{}}}}}"#, all.iter().map(entry).collect::<Vec<_>>().join(",")))
        };
        let (old, new) = (server(old), server(new));
        let (none, titles) = (NameSet::default(), Titles::default());
        let around = Around { names: Names { own: &none, other: &none, this: "" }, titles: &titles };
        let mut out = Vec::new();
        changes(&Lists::of(Some(&old)), &Lists::of(Some(&new)), &around, &mut out);
        out.iter().map(|told| told.change.rule.id).collect()
    }

    #[test]
    fn a_template_has_one_successor_and_a_resource_none() {
        let one = |uri: &str| vec![uri.to_owned()];
        let (old, new) = (one("x://a/{id}"), one("x://{+path}"));
        assert_eq!(told("resource_templates", &old, &new), ["mcpr.template-broadened"]);
        assert_eq!(told("resources", &old, &new), ["mcpr.resource-added", "mcpr.resource-removed"]);
        let two = ["x://a/{id}", "x://b/{id}"].map(str::to_owned);
        assert_eq!(
            told("resource_templates", &two, &new),
            ["mcpr.template-broadened", "mcpr.template-removed"]
        );
    }

    #[test]
    fn many_of_one_name_are_told_in_time() {
        let all = |host: &str| (0..4_000).map(|n| format!("x://{host}/{n}/{{id}}")).collect::<Vec<_>>();
        let start = std::time::Instant::now();
        let told = told("resource_templates", &all("a"), &all("b"));
        assert_eq!(told.len(), 8_000, "each is told");
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}
