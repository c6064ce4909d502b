//! The hosts that the toolpack may reach at all: its list of allowed hosts, entry by entry.
//!
//! The list is signed with the surface. A new host that a re-pointed tool brings along is told here and at
//! the tool, since both have to be signed.

use std::collections::BTreeMap;

use super::check::{Check, DiffContext, Sink, place, subject};
use super::pair::Pair;
use crate::canon::Node;
use crate::compare::host_rules::{alone, told};
use crate::compare::hosts::{HostChange, compare, parse};
use crate::model::finding::{Covers, Finding, Side, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::toolpack::{HEADER, Toolpack};
use crate::rules::host;

/// The check.
pub const CHECK: Check = Check {
    name: "reach",
    emits: &[&[
        host::ADDED,
        host::CHANGED,
        host::REMOVED,
        host::LOOKALIKE,
        host::PRIVATE_TARGET,
        host::WILDCARDED,
        host::SCHEME_DOWNGRADED,
        host::TEMPLATE_VARIABLE_ADDED,
        host::PORT_CHANGED,
    ]],
    run,
};

fn run(pair: &Pair, _: &DiffContext, out: &mut Sink) {
    if let Some(head) = pair.head {
        allowed(pair.base, head, out);
    }
}

/// One entry of a list of allowed hosts.
struct Entry<'a> {
    text: &'a str,
    name: String,
    file: &'a str,
    root: &'a Node,
    pointer: String,
}

/// The entries of toolpack.yaml and of a v1 manifest, by what they mean.
fn entries(pack: &Toolpack) -> BTreeMap<String, Entry<'_>> {
    let mut out = BTreeMap::new();
    for (file, root) in [(HEADER, &pack.header.raw), (pack.header.tools.as_str(), &pack.manifest.rest)] {
        for (at, node) in root.get("allowed_hosts").map(Node::items).unwrap_or_default().iter().enumerate() {
            let Some(text) = node.as_text() else { continue };
            let (key, name) = match parse(text) {
                Ok(spec) => (format!("{spec:?}"), spec.name),
                Err(_) => (text.to_lowercase(), text.to_lowercase()),
            };
            let pointer = format!("/allowed_hosts/{at}");
            out.entry(key).or_insert(Entry { text, name, file, root, pointer });
        }
    }
    out
}

/// The lists of allowed hosts of both sides.
fn allowed(base: Option<&Toolpack>, head: &Toolpack, out: &mut Sink) {
    let was = base.map(entries).unwrap_or_default();
    let is = entries(head);
    let mut gone: BTreeMap<&str, &Entry> =
        was.iter().filter(|(key, _)| !is.contains_key(*key)).map(|(key, e)| (key.as_str(), e)).collect();
    let mut others: Vec<&str> = was.values().map(|e| e.text).collect();
    for entry in is.iter().filter(|(key, _)| !was.contains_key(*key)).map(|(_, e)| e) {
        let replaced = gone.iter().find(|(_, e)| e.name == entry.name).map(|(key, _)| *key);
        let old = replaced.and_then(|key| gone.remove(key));
        let beside = was.values().find(|e| e.name == entry.name);
        let found = match (old, beside) {
            (Some(old), _) => compare(old.text, entry.text).iter().map(told).collect(),
            // Another form of a host that stays: only what is worse about it is new.
            (None, Some(beside)) if compare(beside.text, entry.text) == [HostChange::SchemeDowngraded] => {
                vec![told(&HostChange::SchemeDowngraded)]
            }
            _ => alone(entry.text, &others),
        };
        let change = match old {
            Some(old) => Phrase::quote(old.text).and_say(" → ").and_quote(entry.text),
            None => Phrase::quote(entry.text).and_say(" can be reached"),
        };
        for (rule, here) in found {
            out.push(
                Finding::new(
                    rule,
                    subject(head, SubjectKind::Host, &entry.text.to_lowercase(), entry.text),
                    place(head, entry.file, entry.root, entry.pointer.clone(), Side::Head),
                )
                .values(old.map(|o| Node::text(o.text)), Some(Node::text(entry.text)))
                .says("host", change.clone())
                .here(here)
                .covered_by(Covers::Surface),
            );
        }
        others.push(entry.text);
    }
    let Some(base) = base else { return };
    for entry in gone.into_values() {
        out.push(
            Finding::new(
                host::REMOVED,
                subject(head, SubjectKind::Host, &entry.text.to_lowercase(), entry.text),
                place(base, entry.file, entry.root, entry.pointer.clone(), Side::Base),
            )
            .values(Some(Node::text(entry.text)), None)
            .says("host", Phrase::quote(entry.text).and_say(" can no longer be reached"))
            .here("calls of tools there are refused".into())
            .covered_by(Covers::Surface),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::diff::testing::{found, only, rules};
    use crate::model::finding::{Covers, Side, SubjectKind};
    use crate::model::testing_pack::PackText;
    use crate::rules::{Severity, host};
    use serde_json::json;

    fn reaching(hosts: &[&str]) -> PackText {
        PackText::shop().edit(|p| p.header["allowed_hosts"] = json!(hosts))
    }

    #[test]
    fn the_list_of_allowed_hosts_is_told_entry_by_entry() {
        const OLD: &str = "api.shop.example";
        for (new, rule) in [
            ("cdn.shop.example", host::ADDED),
            ("api.sh0p.example", host::LOOKALIKE),
            ("127.0.0.1", host::PRIVATE_TARGET),
            ("*.shop.example", host::WILDCARDED),
            ("{region}.shop.example", host::TEMPLATE_VARIABLE_ADDED),
            ("http://api.shop.example", host::SCHEME_DOWNGRADED),
            ("api.shop.example:8443", host::ADDED),
        ] {
            let head = reaching(&[OLD, new]);
            let told = only(&PackText::shop(), &head, rule);
            assert_eq!((told.subject.kind, told.covers), (SubjectKind::Host, Covers::Surface), "{new}");
            assert_eq!(told.place.pointer, "/allowed_hosts/1");
            assert_eq!(found(&PackText::shop(), &head).len(), 1, "{new}");
        }
        let gone = only(&reaching(&[OLD, "cdn.shop.example"]), &PackText::shop(), host::REMOVED);
        assert_eq!((gone.place.side, gone.severity), (Side::Base, Severity::Low));
        assert!(rules(&reaching(&["B.example.", OLD]), &reaching(&[OLD, "b.example:443"])).is_empty());
    }

    #[test]
    fn an_entry_in_another_form_replaces_itself() {
        let plain = reaching(&["http://api.shop.example"]);
        assert_eq!(rules(&PackText::shop(), &plain), [host::SCHEME_DOWNGRADED.id]);
        assert!(rules(&plain, &PackText::shop()).is_empty());
        assert_eq!(rules(&PackText::shop(), &reaching(&["api.shop.example:8443"])), [host::PORT_CHANGED.id]);
        // The wildcard never covered the name behind it: that host is another one.
        assert_eq!(rules(&reaching(&["*.shop.example"]), &reaching(&["shop.example"])), [host::CHANGED.id]);
    }
}
