//! Where calls go: the host of each tool, and the hosts that the toolpack may reach at all.
//!
//! The list of allowed hosts is signed with the surface, a tool's own host with the tool. A new host that a
//! re-pointed tool brings along is told at both, since both have to be signed.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Check, DiffContext, Sink, place, scaled, subject, tool_place, tool_subject};
use super::pair::Pair;
use super::words;
use crate::canon::Node;
use crate::compare::hosts::{HostChange, compare, is_private, lookalike, parse};
use crate::compare::keyed::Keyed;
use crate::compare::tier::{allows, of_tool, operation};
use crate::model::finding::{Covers, Finding, Side, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::risk::ToolKind;
use crate::model::tool::Tool;
use crate::model::toolpack::{HEADER, Toolpack};
use crate::rules::{Rule, host};

/// The check.
pub const CHECK: Check = Check {
    name: "hosts",
    emits: &[&[
        host::CHANGED,
        host::REGISTRABLE_DOMAIN_CHANGED,
        host::LOOKALIKE,
        host::PRIVATE_TARGET,
        host::WILDCARDED,
        host::SCHEME_DOWNGRADED,
        host::TEMPLATE_VARIABLE_ADDED,
        host::ADDED,
        host::BASE_PATH_CHANGED,
        host::PORT_CHANGED,
        host::REMOVED,
    ]],
    run,
};

fn run(pair: &Pair, _: &DiffContext, out: &mut Sink) {
    let Some(head) = pair.head else { return };
    let mut beyond = BTreeSet::new();
    for keyed in pair.changed() {
        match (keyed, pair.base) {
            (Keyed::Both(b, h), Some(base)) => {
                if !moved(base, b, head, h, out) {
                    base_path(b, head, h, out);
                }
            }
            (Keyed::Added(tool), base) => unlisted(base, head, tool, &mut beyond, out),
            _ => {}
        }
    }
    allowed(pair.base, head, out);
}

/// The rule of a change, and what it means.
fn told(change: &HostChange) -> (&'static Rule, Phrase) {
    match change {
        HostChange::SchemeDowngraded => {
            (host::SCHEME_DOWNGRADED, "whoever is on the way reads and changes what is sent".into())
        }
        HostChange::Wildcarded => {
            (host::WILDCARDED, "any host under the domain, also one made tomorrow".into())
        }
        HostChange::PrivateTarget(class) => (
            host::PRIVATE_TARGET,
            Phrase::say(format!("{class}: reachable from the machine that runs the agent, not from outside")),
        ),
        HostChange::Lookalike(why) => (host::LOOKALIKE, Phrase::say(why.clone())),
        HostChange::RegistrableDomainChanged { from, to } => (
            host::REGISTRABLE_DOMAIN_CHANGED,
            Phrase::quote(from).and_say(" and ").and_quote(to).and_say(" can have different owners"),
        ),
        HostChange::TemplateVariableAdded(name) => (
            host::TEMPLATE_VARIABLE_ADDED,
            Phrase::say("who fills in ").and_quote(name).and_say(" chooses where the call goes"),
        ),
        HostChange::PortChanged => (host::PORT_CHANGED, "another port is another service".into()),
        HostChange::Changed => (host::CHANGED, "another machine of the same domain".into()),
    }
}

/// A host as calls of the tool use it: with `http://` where the tool's own definition says so.
fn own_host(pack: &Toolpack, tool: &Tool) -> String {
    let says = |node: Option<&Node>| node.and_then(|n| n.get("scheme")?.as_text()) == Some("http");
    let plain =
        tool.kind == ToolKind::Http && (says(operation(&pack.baseline, tool)) || says(Some(&tool.raw)));
    if plain && !tool.host.contains("://") { format!("http://{}", tool.host) } else { tool.host.clone() }
}

fn member(kind: ToolKind) -> &'static str {
    match kind {
        ToolKind::Http => "host",
        ToolKind::Mcp => "server",
        ToolKind::WebMcp => "origin",
    }
}

/// Tells how the host of a tool moved. Whether it is another machine now.
fn moved(base: &Toolpack, b: &Tool, head: &Toolpack, h: &Tool, out: &mut Sink) -> bool {
    let (was, is) = (own_host(base, b), own_host(head, h));
    // Names of servers are no hosts: nothing is to be read out of them.
    let changes = match b.kind == h.kind && h.kind != ToolKind::Mcp {
        true => compare(&was, &is),
        false if was != is || b.kind != h.kind => vec![HostChange::Changed],
        false => Vec::new(),
    };
    let elsewhere = was.trim_start_matches("http://") != is.trim_start_matches("http://");
    let carried = words::credential(head, h);
    for change in &changes {
        let (rule, here) = told(change);
        let mut words = Phrase::quote(&was).and_say(" → ").and_quote(&is);
        let mut finding =
            Finding::new(rule, tool_subject(head, h), tool_place(head, h, member(h.kind), Side::Head))
                .values(Some(Node::text(&was)), Some(Node::text(&is)))
                .here(here)
                .covered_by(Covers::Tool);
        if let Some(credential) = carried {
            let sent = match elsewhere {
                true => format!("its {credential} would be sent to the new host"),
                false => format!("its {credential} goes with every call"),
            };
            if elsewhere {
                words = words.and_say(format!("; {sent}"));
            }
            finding = finding.why(Phrase::say(sent));
        }
        out.push(scaled(finding.says("host", words), h, &of_tool(head, h)));
    }
    elsewhere && !changes.is_empty()
}

/// The server's base path, on the same host. What the caller can fill in is told before that it differs.
fn base_path(b: &Tool, head: &Toolpack, h: &Tool, out: &mut Sink) {
    if b.base_path == h.base_path || b.full_path() == h.full_path() {
        return;
    }
    let known: Vec<&str> = variables(&b.base_path);
    let new: Vec<&str> = variables(&h.base_path).into_iter().filter(|v| !known.contains(v)).collect();
    let words = Phrase::quote(&b.base_path).and_say(" → ").and_quote(&h.base_path);
    let (rule, here) = match new.first() {
        Some(name) => told(&HostChange::TemplateVariableAdded((*name).to_owned())),
        None => (host::BASE_PATH_CHANGED, "every call goes to another place on the same host".into()),
    };
    let finding = Finding::new(rule, tool_subject(head, h), tool_place(head, h, "base_path", Side::Head))
        .values(Some(Node::text(&b.base_path)), Some(Node::text(&h.base_path)))
        .says("base path", words)
        .here(here)
        .covered_by(Covers::Tool);
    out.push(scaled(finding, h, &of_tool(head, h)));
}

/// The placeholders of a path.
fn variables(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// The host of a new tool, where neither the list of the head nor any tool of the base has it: then nothing
/// but the tool speaks of it.
fn unlisted(
    base: Option<&Toolpack>,
    head: &Toolpack,
    tool: &Tool,
    told_hosts: &mut BTreeSet<String>,
    out: &mut Sink,
) {
    let text = own_host(head, tool);
    let known = |pack: &Toolpack| {
        allows(&pack.header.allowed_hosts, &tool.host)
            || pack.manifest.tools.iter().any(|t| t.host == tool.host)
    };
    if tool.kind != ToolKind::Http
        || allows(&head.header.allowed_hosts, &tool.host)
        || base.is_some_and(known)
        || !told_hosts.insert(text.clone())
    {
        return;
    }
    for (rule, here) in alone(&text, &[]) {
        let finding =
            Finding::new(rule, tool_subject(head, tool), tool_place(head, tool, "host", Side::Head))
                .values(None, Some(Node::text(&text)))
                .says("host", Phrase::quote(&text).and_say(" is not among the allowed hosts"))
                .here(here)
                .covered_by(Covers::Tool);
        out.push(scaled(finding, tool, &of_tool(head, tool)));
    }
}

/// What a host that was not there before is by itself, the general rule only where no other speaks.
fn alone(text: &str, others: &[&str]) -> Vec<(&'static Rule, Phrase)> {
    let name = parse(text).map_or_else(|_| text.to_lowercase(), |spec| spec.name);
    let mut found = Vec::new();
    if let Some(class) = is_private(text) {
        found.push(told(&HostChange::PrivateTarget(class)));
    }
    if text.contains('*') {
        found.push(told(&HostChange::Wildcarded));
    }
    if let Some(variable) = variables(text).first() {
        found.push(told(&HostChange::TemplateVariableAdded((*variable).to_owned())));
    }
    let imitated = others.iter().find_map(|other| {
        let other = parse(other).map_or_else(|_| other.to_lowercase(), |spec| spec.name);
        lookalike(&other, &name).map(|why| (other, why))
    });
    if let Some((other, why)) = imitated {
        let (rule, here) = told(&HostChange::Lookalike(why));
        found.push((rule, here.and_say(": ").and_quote(other)));
    }
    if found.is_empty() {
        let plain = text.to_lowercase().starts_with("http://");
        let here = if plain {
            "could not be reached before; calls are not encrypted"
        } else {
            "could not be reached before"
        };
        found.push((host::ADDED, here.into()));
    }
    found
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

    fn at(host: &str) -> PackText {
        PackText::shop().edit(|p| p.action("list_products")["host"] = json!(host))
    }

    fn reaching(hosts: &[&str]) -> PackText {
        PackText::shop().edit(|p| p.header["allowed_hosts"] = json!(hosts))
    }

    /// Rules of the family alone: a tool that leaves the first party may also change its tier.
    fn hosts(base: &PackText, head: &PackText) -> Vec<&'static str> {
        rules(base, head).into_iter().filter(|r| r.starts_with("host.")).collect()
    }

    #[test]
    fn a_re_pointed_tool_is_told_by_the_most_specific_rule() {
        for (to, rule) in [
            ("api2.shop.example", host::CHANGED),
            ("api.shop-pay.example", host::REGISTRABLE_DOMAIN_CHANGED),
            ("api.sh0p.example", host::LOOKALIKE),
            ("10.0.0.1", host::PRIVATE_TARGET),
            ("*.api.shop.example", host::WILDCARDED),
            ("{tenant}.shop.example", host::TEMPLATE_VARIABLE_ADDED),
            ("api.shop.example:8443", host::PORT_CHANGED),
        ] {
            assert_eq!(hosts(&PackText::shop(), &at(to)), [rule.id], "{to}");
        }
        assert!(hosts(&PackText::shop(), &at("API.shop.example:443")).is_empty());
        let found = only(&PackText::shop(), &at("api.shop-pay.example"), host::REGISTRABLE_DOMAIN_CHANGED);
        assert_eq!(
            found.change.plain(),
            "api.shop.example → api.shop-pay.example; its bearer token would be sent to the new host"
        );
        assert_eq!(found.here.plain(), "shop.example and shop-pay.example can have different owners");
        assert_eq!((found.covers, found.place.pointer.as_str()), (Covers::Tool, "/actions/1/host"));
    }

    #[test]
    fn an_operation_over_plain_text_is_a_downgrade() {
        let plain = PackText::shop().edit(|p| p.operation("list_products")["scheme"] = json!("http"));
        assert_eq!(hosts(&PackText::shop(), &plain), [host::SCHEME_DOWNGRADED.id]);
        assert!(hosts(&plain, &PackText::shop()).is_empty());
    }

    #[test]
    fn base_paths_are_compared_on_one_host() {
        let with =
            |path: &str| PackText::shop().edit(|p| p.action("list_products")["base_path"] = json!(path));
        assert_eq!(hosts(&PackText::shop(), &with("/v2")), [host::BASE_PATH_CHANGED.id]);
        assert_eq!(hosts(&PackText::shop(), &with("/{tenant}")), [host::TEMPLATE_VARIABLE_ADDED.id]);
        let split = PackText::shop().edit(|p| {
            p.action("list_products")["base_path"] = json!("");
            p.action("list_products")["path"] = json!("/v1/products");
        });
        assert!(hosts(&PackText::shop(), &split).is_empty(), "the same address, split otherwise");
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
        assert_eq!(hosts(&PackText::shop(), &plain), [host::SCHEME_DOWNGRADED.id]);
        assert!(hosts(&plain, &PackText::shop()).is_empty());
        assert_eq!(hosts(&PackText::shop(), &reaching(&["api.shop.example:8443"])), [host::PORT_CHANGED.id]);
    }

    #[test]
    fn a_new_tool_beyond_the_list_speaks_for_itself() {
        let with = |host: &str| {
            PackText::shop().edit(|p| {
                p.add("get_more", "GET", "/more");
                p.action("get_more")["host"] = json!(host);
            })
        };
        assert_eq!(hosts(&PackText::shop(), &with("other.example")), [host::ADDED.id]);
        assert_eq!(only(&PackText::shop(), &with("other.example"), host::ADDED).covers, Covers::Tool);
        assert_eq!(hosts(&PackText::shop(), &with("169.254.169.254")), [host::PRIVATE_TARGET.id]);
        assert!(hosts(&PackText::shop(), &with("api.shop.example")).is_empty());
        let listed = with("cdn.example")
            .edit(|p| p.header["allowed_hosts"] = json!(["api.shop.example", "cdn.example"]));
        assert_eq!(only(&PackText::shop(), &listed, host::ADDED).covers, Covers::Surface);
    }
}
