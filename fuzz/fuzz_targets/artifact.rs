//! The first byte says which file of a toolpack the others are: header, tools, toolsets, policy, baseline, the
//! digests of a snapshot, detached approvals, contracts, a playbook, assertions about pages. What is accepted keeps what its types promise.
#![no_main]

use std::collections::BTreeSet;

use cask::canon::Node;
use cask::canon::encode::encode;
use cask::compare::policy::{Request, decide};
use cask::gate::detached;
use cask::model::baseline::Baseline;
use cask::model::bytes;
use cask::model::contracts::{AssertionKind, Contracts, Operator};
use cask::model::page_assertions::{PageAssertions, playbook};
use cask::model::policy::Policy;
use cask::model::risk::RiskTier;
use cask::model::snapshot::Digests;
use cask::model::tool::Manifest;
use cask::model::toolpack::{Header, is_plain_path};
use cask::model::toolset::Toolsets;
use cask::sign::defs::DefDigests;
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 64 << 10;

fuzz_target!(|data: &[u8]| {
    let Some((which, data)) = data.split_first() else { return };
    let json = || bytes::json("fuzz", data, LIMIT);
    let yaml = || bytes::yaml("fuzz", data, LIMIT);
    match which {
        b'h' => drop(yaml().map(header)),
        b't' => drop(json().map(tools)),
        b's' => drop(yaml().map(toolsets)),
        b'p' => drop(yaml().map(policy)),
        b'b' => drop(json().map(baseline)),
        b'd' => drop(json().map(digests)),
        b'a' => drop(json().map(approvals)),
        b'c' => drop(yaml().map(contracts)),
        b'k' => drop(bytes::described("fuzz", data, LIMIT).map(|node| playbook("fuzz", &node))),
        b'u' => drop(bytes::described("fuzz", data, LIMIT).map(pages)),
        _ => {}
    }
});

fn header(node: Node) {
    let Ok(header) = Header::read("fuzz", node) else { return };
    let own = [&header.tools, &header.toolsets, &header.policy, &header.baseline];
    let named = header.named.iter().map(|(path, _)| path);
    for path in own.into_iter().chain(&header.lockfiles).chain(named) {
        let steps = path.split('/').all(|step| !step.is_empty() && step != "." && step != "..");
        assert!(is_plain_path(path) && steps, "{path:?}");
    }
    assert!(!header.toolpack_id.is_empty());
}

fn tools(node: Node) {
    let Ok(manifest) = Manifest::read("fuzz", node) else { return };
    let ids: BTreeSet<&str> = manifest.tools.iter().map(|t| t.id.as_str()).collect();
    assert_eq!(ids.len(), manifest.tools.len(), "two tools under one id");
    assert!(manifest.rest.get("actions").is_none());
    for (at, tool) in manifest.tools.iter().enumerate() {
        assert!(tool.index == at && !tool.id.is_empty() && tool.line("name") > 0);
        assert!(tool.shape().len() <= tool.full_path().len() + 1);
    }
}

fn toolsets(node: Node) {
    let Ok(sets) = Toolsets::read("fuzz", &node) else { return };
    for (name, set) in &sets.toolsets {
        for action in &set.actions {
            assert!(sets.of(action).any(|n| n == name), "{action} is not in its set {name}");
            assert!(set.line_of(action).is_none_or(|line| line > 0));
        }
    }
}

fn policy(node: Node) {
    let Ok(policy) = Policy::read("fuzz", &node) else { return };
    let ids: BTreeSet<&str> = policy.rules.iter().map(|r| r.id.as_str()).collect();
    for id in ids {
        assert!(policy.rule(id).is_some());
    }
    for (method, path, scope) in [
        ("GET", "/v1/orders/{id}", None),
        ("DELETE", "/v1/orders/{id}", Some("operator")),
        ("mcp", "x", None),
    ] {
        let request = Request {
            tool_id: "0123456789abcdef",
            method,
            host: "api.shop.example",
            path,
            tier: RiskTier::High,
            scope,
            headers: &[],
            state_changing: method != "GET",
        };
        assert_eq!(format!("{:?}", decide(&policy, &request)), format!("{:?}", decide(&policy, &request)));
    }
}

fn baseline(node: Node) {
    let Ok(baseline) = Baseline::read("fuzz", node) else { return };
    for entry in &baseline.entries {
        let node = baseline.node(entry).expect("an entry stands somewhere");
        assert_eq!(baseline.raw.at(&entry.pointer), Some(node), "{}", entry.pointer);
        assert!(baseline.entry(&entry.id).is_some());
    }
    if let Ok(defs) = DefDigests::of("fuzz", &baseline.raw) {
        let bound = defs.bind(&baseline.raw);
        for name in defs.used_by(&baseline.raw) {
            assert!(baseline.raw.get("$defs").is_some_and(|d| d.get(name).is_some()), "{name}");
        }
        drop(bound);
    }
}

fn contracts(node: Node) {
    let Ok(read) = Contracts::read("fuzz", &node) else { return };
    for contract in &read.contracts {
        assert!(!contract.id.is_empty() && node.at(&contract.pointer).is_some(), "{}", contract.pointer);
        for own in &contract.assertions {
            assert!(node.at(&own.pointer).is_some(), "{}", own.pointer);
            assert_eq!(own.pattern.is_some(), own.op == Operator::MatchesRegex);
            assert!(own.endpoint.is_some() || own.kind == AssertionKind::FieldMatch);
        }
    }
}

fn pages(node: Node) {
    let Ok(read) = PageAssertions::read("fuzz", &node) else { return };
    for own in &read.all {
        assert!(node.at(&own.pointer).is_some(), "{}", own.pointer);
    }
}

fn digests(node: Node) {
    let Ok(digests) = Digests::read("fuzz", &node) else { return };
    assert_eq!(Digests::read("again", &encode(&digests)).expect("reads back"), digests);
}

fn approvals(node: Node) {
    let Ok(signed) = detached::read("fuzz", &node) else { return };
    let again = encode(&signed);
    let pairs = again.items().iter().map(|s| {
        let signature = s.get("signature").and_then(Node::as_text).expect("text").to_owned();
        (s.get("statement").expect("a statement").clone(), signature)
    });
    let text = detached::text(pairs);
    let read = bytes::json("again", text.as_bytes(), LIMIT * 8).expect("what is written is read");
    assert_eq!(detached::read("again", &read).expect("it is such a file"), signed, "{text}");
}
