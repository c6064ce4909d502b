//! Two states of a toolpack in, which tool of the base is which tool of the head out (formats-v2 §5).
//!
//! Indexed once; every check reads pairs from here, so that a renamed, re-pointed or re-parametrised tool is
//! told as such by all of them, and never as one tool gone and another one come.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::{Fault, Node, digest};
use crate::compare::keyed::Keyed;
use crate::compare::members::same;
use crate::compare::rounds::Rounds;
use crate::compare::tier::operation;
use crate::model::finding::Side;
use crate::model::risk::ToolKind;
use crate::model::surface::Locked;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// A tool on one side, with the operation that it stands on.
#[derive(Clone, Copy)]
pub struct Stand<'p, 'a> {
    /// The tool.
    pub tool: &'a Tool,
    /// Its operation; `None` for what is no HTTP operation, and where the baseline lacks it.
    pub locked: Option<&'p Locked<'a>>,
}

/// Operations of a tool: in the base, in the head.
type Operations<'a> = (Option<Locked<'a>>, Option<Locked<'a>>);

/// A base and a head, with their tools paired.
pub struct Pair<'a> {
    /// The state that it is compared with; `None` if everything is new.
    pub base: Option<&'a Toolpack>,
    /// The state under review; `None` if the toolpack is gone.
    pub head: Option<&'a Toolpack>,
    tools: Vec<Keyed<'a, Tool>>,
    /// Indexes in `tools` of pairs that mean the same on both sides.
    unchanged: BTreeSet<usize>,
    /// Operations of the others, by the same index.
    operations: BTreeMap<usize, Operations<'a>>,
}

impl<'a> Pair<'a> {
    /// Pairs the tools of two states, and reads the operations of those that differ: what checks need.
    ///
    /// # Errors
    /// A fault with file, line and pointer for an operation that cannot be read.
    pub fn new(base: Option<&'a Toolpack>, head: Option<&'a Toolpack>) -> Result<Pair<'a>, Fault> {
        let mut pair = Pair::of_tools(base, head);
        for at in (0..pair.tools.len()).filter(|at| !pair.unchanged.contains(at)) {
            let (b, h) = match pair.tools[at] {
                Keyed::Both(b, h) => (Some(b), Some(h)),
                Keyed::Added(h) => (None, Some(h)),
                Keyed::Removed(b) => (Some(b), None),
            };
            pair.operations.insert(at, (locked(base, b)?, locked(head, h)?));
        }
        Ok(pair)
    }

    /// Pairs the tools of two states: for who counts them, and runs no check.
    pub fn of_tools(base: Option<&'a Toolpack>, head: Option<&'a Toolpack>) -> Pair<'a> {
        let mut tools = paired(base, head);
        tools.sort_by_key(|keyed| {
            let (tool, side) = match keyed {
                Keyed::Both(_, tool) => (*tool, 0),
                Keyed::Added(tool) => (*tool, 1),
                Keyed::Removed(tool) => (*tool, 2),
            };
            (tool.name.as_str(), side, tool.id.as_str(), tool.index)
        });
        let alike = |member: &str| match (base, head) {
            (Some(b), Some(h)) => same(b.baseline.raw.get(member), h.baseline.raw.get(member)),
            _ => true,
        };
        let shared = Shared { definitions: alike("$defs"), schemes: alike("security_schemes") };
        let mut pair = Pair { base, head, tools, unchanged: BTreeSet::new(), operations: BTreeMap::new() };
        pair.unchanged = (0..pair.tools.len())
            .filter(|at| match pair.tools[*at] {
                Keyed::Both(b, h) => pair.means_the_same(b, h, &shared),
                _ => false,
            })
            .collect();
        pair
    }

    /// Every tool of both sides, once: by the name in the head, else in the base, then by id.
    pub fn tools(&self) -> &[Keyed<'a, Tool>] {
        &self.tools
    }

    /// The same, each with whether anything differs in it.
    pub fn told_apart(&self) -> impl Iterator<Item = (&Keyed<'a, Tool>, bool)> {
        self.tools.iter().enumerate().map(|(at, keyed)| (keyed, !self.unchanged.contains(&at)))
    }

    /// The same without pairs in which nothing differs.
    pub fn changed(&self) -> impl Iterator<Item = &Keyed<'a, Tool>> {
        self.told_apart().filter(|(_, differs)| *differs).map(|(keyed, _)| keyed)
    }

    /// Tools of both sides in which something differs, with their operations: (base, head).
    pub fn changed_pairs(&self) -> impl Iterator<Item = (Stand<'_, 'a>, Stand<'_, 'a>)> {
        self.operations.iter().filter_map(|(at, (was, is))| match self.tools[*at] {
            Keyed::Both(b, h) => {
                Some((Stand { tool: b, locked: was.as_ref() }, Stand { tool: h, locked: is.as_ref() }))
            }
            _ => None,
        })
    }

    /// Tools of the base that the head lacks, with their operations.
    pub fn gone(&self) -> impl Iterator<Item = Stand<'_, 'a>> {
        self.operations.iter().filter_map(|(at, (was, _))| match self.tools[*at] {
            Keyed::Removed(tool) => Some(Stand { tool, locked: was.as_ref() }),
            _ => None,
        })
    }

    /// Tools of the head that the base lacks, with their operations.
    pub fn come(&self) -> impl Iterator<Item = Stand<'_, 'a>> {
        self.operations.iter().filter_map(|(at, (_, is))| match self.tools[*at] {
            Keyed::Added(tool) => Some(Stand { tool, locked: is.as_ref() }),
            _ => None,
        })
    }

    /// Pairs whose names differ, as (base, head).
    pub fn renamed(&self) -> impl Iterator<Item = (&'a Tool, &'a Tool)> {
        self.tools.iter().filter_map(|keyed| match keyed {
            Keyed::Both(base, head) if base.name != head.name => Some((*base, *head)),
            _ => None,
        })
    }

    /// Both sides, for checks that compare what exists twice.
    pub fn both(&self) -> Option<(&'a Toolpack, &'a Toolpack)> {
        Some((self.base?, self.head?))
    }

    fn means_the_same(&self, b: &Tool, h: &Tool, shared: &Shared) -> bool {
        let Some((base, head)) = self.both() else { return false };
        let (was, is) = (operation(&base.baseline, b), operation(&head.baseline, h));
        let asks = |node: &Node| node.get("security").is_some_and(|s| !s.items().is_empty());
        same(Some(&b.raw), Some(&h.raw))
            && same(was, is)
            && (shared.definitions || !is.is_some_and(refers))
            && (shared.schemes || ![Some(&h.raw), is].into_iter().flatten().any(asks))
    }
}

/// Whether what operations refer to by name is the same on both sides.
struct Shared {
    definitions: bool,
    schemes: bool,
}

/// The operation that a tool stands on.
fn locked<'a>(pack: Option<&'a Toolpack>, tool: Option<&'a Tool>) -> Result<Option<Locked<'a>>, Fault> {
    let (Some(pack), Some(tool)) = (pack, tool) else { return Ok(None) };
    match pack.baseline.entry(&tool.identity).filter(|_| tool.kind == ToolKind::Http) {
        Some(entry) => crate::model::surface::read(&pack.path(&pack.header.baseline), &pack.baseline, entry),
        None => Ok(None),
    }
}

/// Whether a value refers to a definition.
fn refers(node: &Node) -> bool {
    node.get("$ref").is_some()
        || node.members().iter().any(|(_, n)| refers(n))
        || node.items().iter().any(refers)
}

fn paired<'a>(base: Option<&'a Toolpack>, head: Option<&'a Toolpack>) -> Vec<Keyed<'a, Tool>> {
    let tools = |pack: Option<&'a Toolpack>| pack.map_or(&[][..], |p| &p.manifest.tools).iter().collect();
    let mut rounds = Rounds::new(tools(base), tools(head));
    rounds.pair(|t, _| vec![t.identity.clone()]);
    rounds.pair(|t, _| {
        let own = [&t.identity, &t.id].into_iter().cloned();
        t.aliases.iter().cloned().chain(own).collect::<BTreeSet<_>>().into_iter().collect()
    });
    rounds.pair(|t, _| vec![format!("{}\0{}\0{}", t.method, t.host, t.shape())]);
    rounds.pair(|t, _| vec![t.name.clone()]);
    rounds.pair(|t, side| {
        let pack = if side == Side::Base { base } else { head };
        unnamed(pack, t).into_iter().collect()
    });
    rounds.finish()
}

/// Round 5: an MCP tool without its name.
fn unnamed(pack: Option<&Toolpack>, tool: &Tool) -> Option<String> {
    let raw = operation(&pack?.baseline, tool)?.get("raw").filter(|_| tool.kind == ToolKind::Mcp)?;
    Some(format!("{}\0{}", tool.host, digest::of(&raw.without(&["name"]))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing_pack::PackText;
    use serde_json::json;

    /// `base=head` for pairs, `-name` and `+name` for the rest.
    fn told(base: &PackText, head: &PackText) -> Vec<String> {
        let (base, head) = (base.build(), head.build());
        let pair = Pair::new(Some(&base), Some(&head)).unwrap();
        pair.tools()
            .iter()
            .map(|keyed| match keyed {
                Keyed::Both(b, h) => format!("{}={}", b.name, h.name),
                Keyed::Added(t) => format!("+{}", t.name),
                Keyed::Removed(t) => format!("-{}", t.name),
            })
            .collect()
    }

    fn rename(text: &mut PackText, from: &str, to: &str) {
        text.action(from)["name"] = json!(to);
        for set in ["readonly", "operator"] {
            for action in text.toolsets["toolsets"][set]["actions"].as_array_mut().unwrap() {
                if action == from {
                    *action = json!(to);
                }
            }
        }
    }

    #[test]
    fn an_id_pairs_whatever_else_changed() {
        let base = PackText::shop();
        let head = base.clone().edit(|p| {
            p.action("create_order")["host"] = json!("evil.example");
            p.action("create_order")["path"] = json!("/else");
            rename(p, "create_order", "make_order");
        });
        assert_eq!(told(&base, &head), ["list_products=list_products", "create_order=make_order"]);
        let (b, h) = (base.build(), head.build());
        let pair = Pair::new(Some(&b), Some(&h)).unwrap();
        assert_eq!(
            pair.renamed().map(|(b, h)| (&b.name[..], &h.name[..])).collect::<Vec<_>>(),
            [("create_order", "make_order")]
        );
        assert_eq!(pair.changed().count(), 1);
    }

    #[test]
    fn later_rounds_pair_what_earlier_ones_left() {
        let base = PackText::shop();
        let other_id = |p: &mut PackText| p.action("create_order")["tool_id"] = json!("new-id");
        let alias = base.clone().edit(|p| {
            other_id(p);
            p.action("create_order")["aliases"] = json!(["id-create_order"]);
            p.action("create_order")["path"] = json!("/else");
            rename(p, "create_order", "a");
        });
        assert_eq!(told(&base, &alias)[0], "create_order=a");
        let shape = base.clone().edit(|p| {
            other_id(p);
            rename(p, "create_order", "a");
        });
        assert_eq!(told(&base, &shape)[0], "create_order=a");
        let name = base.clone().edit(|p| {
            other_id(p);
            p.action("create_order")["path"] = json!("/else");
        });
        assert_eq!(told(&base, &name)[0], "create_order=create_order");
        let nothing = base.clone().edit(|p| {
            other_id(p);
            p.action("create_order")["path"] = json!("/else");
            rename(p, "create_order", "a");
        });
        assert_eq!(told(&base, &nothing), ["+a", "-create_order", "list_products=list_products"]);
    }

    #[test]
    fn a_key_that_stands_twice_pairs_nothing() {
        let base = PackText::shop();
        let head = base.clone().edit(|p| {
            p.action("create_order")["tool_id"] = json!("id-x");
            p.action("create_order")["aliases"] = json!(["id-create_order"]);
            p.add("order", "POST", "/y");
            p.action("order")["aliases"] = json!(["id-create_order"]);
        });
        // Neither alias is trusted; the shape decides.
        assert_eq!(
            told(&base, &head),
            ["create_order=create_order", "list_products=list_products", "+order"]
        );
    }

    #[test]
    fn parameters_may_be_renamed_in_the_path() {
        let base = PackText::shop().edit(|p| p.add("get", "GET", "/x/{id}"));
        let head = PackText::shop().edit(|p| {
            p.add("fetch", "GET", "/x/{order_id}");
        });
        assert_eq!(told(&base, &head)[1], "get=fetch");
    }

    #[test]
    fn mcp_tools_pair_by_all_but_their_name() {
        let server = |name: &str, text: &str| {
            PackText::shop().edit(|p| {
                let id = format!("id-{name}");
                p.tools["actions"].as_array_mut().unwrap().push(
                    json!({"name": name, "tool_id": id, "kind": "mcp",
                    "server": "files", "tool": name, "effect": "read", "risk_tier": "medium",
                    "confirmation_required": "never"}),
                );
                p.baseline["mcp"] = json!({"files": {"tools": {name: {"stable_id": id,
                    "raw": {"name": name, "description": text, "inputSchema": {}}}}}});
            })
        };
        let told = |a: &str, b: &str| told(&server("read_file", a), &server("read_text", b));
        assert!(told("x", "x").contains(&"read_file=read_text".to_owned()));
        assert!(told("x", "y").contains(&"+read_text".to_owned()));
    }

    #[test]
    fn v1_and_v2_pair_by_what_migration_keeps() {
        let base = PackText::shop().edit(|p| {
            p.tools = json!({"schema_version": "1.0", "actions": [{"name": "list_products", "tool_id": "sig",
                "signature_id": "sig", "endpoint_id": "id-list_products", "method": "GET", "path": "/v1/products",
                "host": "api.shop.example", "risk_tier": "safe", "confirmation_required": "never"}]});
            p.toolsets["toolsets"] = json!({});
            p.toolsets["default_toolset"] = json!(null);
        });
        assert_eq!(told(&base, &PackText::shop()), ["+create_order", "list_products=list_products"]);
    }

    #[test]
    fn one_side_alone_is_all_new_or_all_gone() {
        let pack = PackText::shop().build();
        let new = Pair::new(None, Some(&pack)).unwrap();
        assert!(new.tools().len() == 2 && new.tools().iter().all(|k| matches!(k, Keyed::Added(_))));
        let gone = Pair::new(Some(&pack), None).unwrap();
        assert!(gone.tools().len() == 2 && gone.tools().iter().all(|k| matches!(k, Keyed::Removed(_))));
    }

    #[test]
    fn a_definition_counts_where_it_is_used() {
        let with = |kind: &str| {
            PackText::shop().edit(|p| {
                p.baseline["$defs"] = json!({"Page": {"type": kind}});
                p.operation("list_products")["responses"]["200"] =
                    json!({"content": {"application/json": {"$ref": "#/$defs/Page"}}});
            })
        };
        let (a, b) = (with("object").build(), with("array").build());
        let pair = Pair::new(Some(&a), Some(&b)).unwrap();
        let names: Vec<_> =
            pair.changed().map(|k| matches!(k, Keyed::Both(_, t) if t.name == "list_products")).collect();
        assert_eq!(names, [true]);
    }
}
