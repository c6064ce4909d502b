//! The digest that version 1 keeps of a toolpack's artifacts: policy, tools and toolsets, each with its lists in
//! an order of their content. Version 2 has none; here it proves that what the readers give is what was written.

use cask::canon::{Node, Value, digest};

/// The digest; an absent file is `None`.
pub fn artifacts_digest(tools: Option<&Node>, toolsets: Option<&Node>, policy: Option<&Node>) -> String {
    digest::canonical_hex(&tree(tools, toolsets, policy))
}

/// What the digest is over.
pub fn tree(tools: Option<&Node>, toolsets: Option<&Node>, policy: Option<&Node>) -> Node {
    let empty = || Node::map::<String>([]);
    let or_empty = |part: Option<&Node>| part.cloned().unwrap_or_else(empty);
    Node::map([
        ("policy", rules(or_empty(policy))),
        ("tools", actions(or_empty(tools))),
        ("toolsets", members(or_empty(toolsets))),
    ])
}

fn list(nodes: Vec<Node>) -> Node {
    Node::new(Value::List(nodes))
}

/// As Python's `str()` writes it; what is not there is empty.
fn text(node: Option<&Node>) -> String {
    match node.map(|n| &n.value) {
        None => String::new(),
        Some(Value::Null) => "None".into(),
        Some(Value::Bool(true)) => "True".into(),
        Some(Value::Bool(false)) => "False".into(),
        Some(Value::Int(digits)) => digits.clone(),
        Some(Value::Text(text)) => text.clone(),
        Some(other) => panic!("no sort field holds {other:?}"),
    }
}

fn sorted<K: Ord>(manifest: &Node, member: &str, key: impl Fn(&Node) -> K) -> Node {
    let mut items = manifest.get(member).map(Node::items).unwrap_or_default().to_vec();
    items.sort_by_key(|item| key(item));
    list(items)
}

fn actions(mut manifest: Node) -> Node {
    let key = |a: &Node| {
        let field = |name: &str| text(a.get(name));
        [
            field("tool_id"),
            field("host"),
            field("method").to_uppercase(),
            field("path"),
            field("signature_id"),
            field("name"),
        ]
    };
    manifest.set("actions", sorted(&manifest, "actions", key));
    manifest
}

fn members(mut manifest: Node) -> Node {
    let sets = manifest.get("toolsets").map(Node::members).unwrap_or_default().to_vec();
    let sets = sets.into_iter().map(|(name, mut set)| {
        let mut names: Vec<String> =
            set.get("actions").map(Node::items).unwrap_or_default().iter().map(|n| text(Some(n))).collect();
        names.sort();
        set.set("actions", Node::texts(names));
        (name, set)
    });
    let sets = Node::map(sets.collect::<Vec<_>>());
    manifest.set("toolsets", sets);
    manifest
}

fn rules(mut policy: Node) -> Node {
    let field = |node: &Node, name: &str| text(node.get(name));
    let by_rule = |r: &Node| {
        (field(r, "id"), field(r, "type"), r.get("priority").and_then(Node::as_int).unwrap_or_default())
    };
    let by_call = |o: &Node| {
        [field(o, "tool_id"), field(o, "method").to_uppercase(), field(o, "host"), field(o, "path")]
    };
    policy.set("rules", sorted(&policy, "rules", by_rule));
    policy.set("state_changing_overrides", sorted(&policy, "state_changing_overrides", by_call));
    policy
}
