//! Whether answers may send calls on to other hosts, past the list of approved ones.

use std::collections::BTreeMap;

use super::check::{Check, DiffContext, Sink, place, subject};
use super::pair::Pair;
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::model::finding::{Covers, Finding, Side, SubjectKind};
use crate::model::lockfile::SURFACE;
use crate::model::phrase::Phrase;
use crate::model::toolpack::{HEADER, Toolpack};
use crate::rules::host;

/// The check.
pub const CHECK: Check = Check { name: "redirects", emits: &[&[host::REDIRECT_POLICY_RELAXED]], run };

/// The variable by which a container's caller turns redirects on.
const VARIABLE: &str = "CASKMCP_ALLOW_REDIRECTS";
/// Members that turn them on in a file.
const MEMBERS: [&str; 4] = ["allow_redirects", "x-allow-redirects", "follow_redirects", "x-follow-redirects"];

/// Where redirects are allowed: file, root of the file and pointer, by what stays when rules move.
type Allowed<'a> = BTreeMap<String, (&'a str, &'a Node, String)>;

fn run(pair: &Pair, _: &DiffContext, out: &mut Sink) {
    let Some(head) = pair.head else { return };
    let known = pair.base.map(allowed).unwrap_or_default();
    for (key, (file, root, pointer)) in allowed(head) {
        if known.contains_key(&key) || is_new_container(pair, &pointer) {
            continue;
        }
        let name = if file == HEADER { "toolpack.yaml" } else { "policy.yaml" };
        let change = match key.ends_with(VARIABLE) {
            true => Phrase::say("the container's caller can turn redirects on"),
            false => Phrase::say("redirects are followed"),
        };
        out.push(
            Finding::new(
                host::REDIRECT_POLICY_RELAXED,
                subject(head, SubjectKind::Surface, SURFACE, name),
                place(head, file, root, pointer.clone(), Side::Head),
            )
            .values(None, root.at(&pointer).cloned())
            .says("redirects", change)
            .here("an answer could send a call, with what it carries, to any host".into())
            .covered_by(Covers::Surface),
        );
    }
}

/// The reference system lists the variable for every container. A container that is new as a whole is told
/// by the tier of the surface; without one the variable was free to be set all along.
fn is_new_container(pair: &Pair, pointer: &str) -> bool {
    let had = |pack: &Toolpack| pack.header.raw.at("/runtime/container").is_some_and(|c| !c.is_null());
    pointer.starts_with("/runtime/container/env_allowlist") && !pair.base.is_some_and(had)
}

/// Whether a switch is on. Only what says off in so many words is off: another reader may take "yes", 1 or a
/// list of hosts for on.
fn is_on(value: &Node) -> bool {
    !value.is_null() && value.as_bool() != Some(false)
}

fn allowed(pack: &Toolpack) -> Allowed<'_> {
    let mut out = BTreeMap::new();
    let header = &pack.header.raw;
    let variables = header.at("/runtime/container/env_allowlist").map(Node::items).unwrap_or_default();
    if let Some(at) = variables.iter().position(|v| v.as_text() == Some(VARIABLE)) {
        let pointer = format!("/runtime/container/env_allowlist/{at}");
        out.insert(format!("env {VARIABLE}"), (HEADER, header, pointer));
    }
    let mut note = |label: &str, file, root, pointer: &str, node: &Node| {
        for (key, value) in node.members() {
            if MEMBERS.contains(&key.as_str()) && is_on(value) {
                out.insert(
                    format!("{label} {key}"),
                    (file, root, format!("{pointer}/{}", pointer_step(key))),
                );
            }
        }
    };
    note("header", HEADER, header, "", header);
    for pointer in ["/runtime", "/runtime/container"] {
        if let Some(node) = header.at(pointer) {
            note(pointer, HEADER, header, pointer, node);
        }
    }
    let (file, policy) = (pack.header.policy.as_str(), &pack.policy.raw);
    note("policy", file, policy, "", policy);
    for rule in &pack.policy.rules {
        note(&format!("rule {}", rule.id), file, policy, &rule.pointer(), &rule.raw);
        if let Some(settings) = rule.raw.get("settings") {
            let label = format!("settings of {}", rule.id);
            note(&label, file, policy, &format!("{}/settings", rule.pointer()), settings);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::diff::testing::{only, rules};
    use crate::model::testing_pack::PackText;
    use crate::rules::host::REDIRECT_POLICY_RELAXED;
    use serde_json::json;

    fn container(variables: &[&str]) -> PackText {
        PackText::shop().edit(|p| {
            p.header["runtime"] =
                json!({"mode": "container", "container": {"image": "shop", "env_allowlist": variables}});
        })
    }

    #[test]
    fn the_variable_counts_when_it_is_new_to_a_container() {
        let (without, with) = (container(&["CASKMCP_TOOLSET"]), container(&["CASKMCP_ALLOW_REDIRECTS"]));
        let found = only(&without, &with, REDIRECT_POLICY_RELAXED);
        assert_eq!(found.place.pointer, "/runtime/container/env_allowlist/0");
        for (base, head) in [(&with, &without), (&with, &with), (&PackText::shop(), &with)] {
            assert!(!rules(base, head).contains(&REDIRECT_POLICY_RELAXED.id));
        }
    }

    #[test]
    fn a_member_counts_when_it_is_not_off_and_new() {
        let runtime = |value| PackText::shop().edit(|p| p.header["runtime"]["x-allow-redirects"] = value);
        for on in [json!(true), json!("true"), json!("yes"), json!(1), json!(["evil.test"]), json!({})] {
            assert_eq!(rules(&PackText::shop(), &runtime(on)), [REDIRECT_POLICY_RELAXED.id]);
        }
        for off in [json!(false), json!(null)] {
            assert!(rules(&PackText::shop(), &runtime(off)).is_empty());
        }
        let policy = PackText::shop().edit(|p| p.policy["x-allow-redirects"] = json!(true));
        assert_eq!(
            only(&PackText::shop(), &policy, REDIRECT_POLICY_RELAXED).place.file,
            "packs/shop/artifact/policy.yaml"
        );
        let moved = policy.clone().edit(|p| p.policy["rules"].as_array_mut().unwrap().reverse());
        assert!(rules(&policy, &moved).is_empty());
    }
}
