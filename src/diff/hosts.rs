//! Where the calls of each tool go: its host, how it is reached, and the base path there.

use std::collections::BTreeSet;

use super::check::{Check, DiffContext, Sink, scaled, tool_place, tool_subject};
use super::pair::Pair;
use super::words;
use crate::canon::Node;
use crate::compare::host_rules::{alone, told};
use crate::compare::hosts::{HostChange, compare, variables};
use crate::compare::keyed::Keyed;
use crate::compare::tier::{allows, of_tool};
use crate::model::finding::{Covers, Finding, Side};
use crate::model::phrase::Phrase;
use crate::model::risk::ToolKind;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::{auth, host};

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
        auth::CROSS_HOST_CREDENTIAL,
    ]],
    run,
};

fn run(pair: &Pair, _: &DiffContext, out: &mut Sink) {
    let Some(head) = pair.head else { return };
    let mut beyond = BTreeSet::new();
    for keyed in pair.changed() {
        match (keyed, pair.base) {
            (Keyed::Both(b, h), Some(base)) => {
                let elsewhere = moved(base, b, head, h, out);
                if !elsewhere {
                    base_path(b, head, h, out);
                }
            }
            (Keyed::Added(tool), base) => unlisted(base, head, tool, &mut beyond, out),
            _ => {}
        }
    }
}

/// A host as calls of the tool use it: with `http://` where the tool's own definition says so.
fn own_host(pack: &Toolpack, tool: &Tool) -> String {
    let plain = tool.kind == ToolKind::Http && words::says_http(pack, tool);
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
        let words = Phrase::quote(&was).and_say(" → ").and_quote(&is);
        let mut finding =
            Finding::new(rule, tool_subject(head, h), tool_place(head, h, member(h.kind), Side::Head))
                .values(Some(Node::text(&was)), Some(Node::text(&is)))
                .here(here)
                .covered_by(Covers::Tool);
        if let (Some(credential), false) = (carried, elsewhere) {
            finding = finding.why(Phrase::say(format!("its {credential} goes with every call")));
        }
        out.push(scaled(finding.says("host", words), h, &of_tool(head, h)));
    }
    let elsewhere = elsewhere && !changes.is_empty();
    if let (Some(credential), true) = (carried, elsewhere) {
        let sent = format!("its {credential} would be sent to the new host");
        let finding = Finding::new(
            auth::CROSS_HOST_CREDENTIAL,
            tool_subject(head, h),
            tool_place(head, h, member(h.kind), Side::Head),
        )
        .values(Some(Node::text(&was)), Some(Node::text(&is)))
        .says("credential", Phrase::say(sent))
        .here(
            Phrase::say(format!("the {credential} for "))
                .and_quote(&was)
                .and_say(" would be sent to the new host"),
        )
        .covered_by(Covers::Tool);
        out.push(scaled(finding, h, &of_tool(head, h)));
    }
    elsewhere
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

#[cfg(test)]
mod tests {
    use crate::diff::testing::{only, rules};
    use crate::model::finding::Covers;
    use crate::model::testing_pack::PackText;
    use crate::rules::{auth, host};
    use serde_json::json;

    fn at(host: &str) -> PackText {
        PackText::shop().edit(|p| p.action("list_products")["host"] = json!(host))
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
        assert_eq!(found.change.plain(), "api.shop.example → api.shop-pay.example");
        let sent = only(&PackText::shop(), &at("api.shop-pay.example"), auth::CROSS_HOST_CREDENTIAL);
        assert_eq!(sent.change.plain(), "its bearer token would be sent to the new host");
        assert!(
            !rules(&PackText::shop(), &at("api.shop.example:8443")).contains(&auth::HEADER_NAME_CHANGED.id)
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
