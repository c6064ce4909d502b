//! What is signed and differs, and no other check has told: the trees that the digests are over, place by
//! place, beside the places of what was found.
//!
//! So a change that needs a signature never goes without a finding. It says that something differs and where,
//! not what that means.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Check, DiffContext, Sink, subject, tool_subject};
use super::pair::Pair;
use super::servers::Servers;
use super::words::short;
use crate::canon::node::pointer_step;
use crate::canon::{Node, digest};
use crate::compare::keyed::Keyed;
use crate::compare::leaves::{Leaf, around, leaves};
use crate::compare::restate::is_extension;
use crate::compare::said::{Spot, Texts};
use crate::compare::tier::{effective_tier, of_tool, operation};
use crate::model::finding::{Covers, Finding, Place, Side, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::risk::ToolKind;
use crate::model::tool::Tool;
use crate::model::toolpack::{HEADER, Toolpack};
use crate::rules::{Family, Severity, mcpt, tool};
use crate::sign::subject::Trees;

/// The check.
pub const CHECK: Check =
    Check { name: "rest", emits: &[&[tool::DEFINITION_CHANGED, tool::SURFACE_CHANGED]], run };

/// Places of one tool or of the surface that are compared with what was found.
const MOST: usize = 10_000;
/// Families of the comparison of operations.
const OF_OPERATIONS: [Family; 8] =
    [Family::Op, Family::Host, Family::Par, Family::Val, Family::Req, Family::Res, Family::Auth, Family::Gql];
/// Places that are listed one by one.
const SHOWN: usize = 20;
/// Members of an action in which a difference lets nobody do more, where no other check spoke of it.
const MILD: [&str; 4] = [
    "/action/confirmation_required",
    "/action/rate_limit_per_minute",
    "/action/risk_reasons",
    "/action/tags",
];

fn run(pair: &Pair, _: &DiffContext, out: &mut Sink) {
    let Some((base, head)) = pair.both() else { return };
    let (was, is) = match (Trees::of(base), Trees::of(head)) {
        (Ok(was), Ok(is)) => (was, is),
        (Err(fault), _) | (_, Err(fault)) => {
            let place = at(head, file_of(head, "baseline"), String::new(), Side::Head);
            let finding = surface_finding(head, place, "baseline.json").severity(Severity::High);
            let why = Phrase::quote(fault.to_string());
            out.push(finding.says("surface", "what is signed can't be told".into()).here(why));
            return;
        }
    };
    let told = Told::of(out.earlier());
    let same_definitions = base.baseline.raw.get("$defs") == head.baseline.raw.get("$defs");
    for keyed in pair.tools() {
        let Keyed::Both(b, h) = keyed else { continue };
        if same_definitions && is_identical(base, b, head, h) {
            continue;
        }
        let (old, new) = (was.tool(b).to_node(), is.tool(h).to_node());
        of_a_tool(&Two { base, b, head, h }, &old, &new, &told, out);
    }
    let renamed = renamed(pair);
    of_the_surface(
        (base, head),
        (&under_new_names(was.surface(), &renamed), &is.surface()),
        &renamed,
        &told,
        out,
    );
}

/// Most tools are the same to the letter, and need no tree of their own.
fn is_identical(base: &Toolpack, b: &Tool, head: &Toolpack, h: &Tool) -> bool {
    let place = |pack: &Toolpack, t: &Tool| pack.baseline.entry(&t.identity).map(|e| e.pointer.clone());
    b.raw == h.raw
        && operation(&base.baseline, b) == operation(&head.baseline, h)
        && place(base, b) == place(head, h)
}

/// The places of what was found, and what was found there.
struct Told<'f> {
    places: BTreeSet<(&'f str, Side, &'f str)>,
    by_subject: BTreeMap<&'f str, Vec<&'f Finding>>,
}

impl<'f> Told<'f> {
    fn of(findings: &'f [Finding]) -> Told<'f> {
        let mut told = Told { places: BTreeSet::new(), by_subject: BTreeMap::new() };
        for finding in findings {
            for Place { file, side, pointer, .. } in finding.also.iter().chain([&finding.place]) {
                told.places.insert((file.as_str(), *side, pointer.as_str()));
            }
            told.by_subject.entry(finding.subject.id.as_str()).or_default().push(finding);
        }
        told
    }

    /// Whether something was found at a place or around it, below `root`.
    fn speaks_at(&self, place: &Place, root: &str) -> bool {
        let mut inside = around(&place.pointer).take_while(|pointer| pointer.len() > root.len());
        inside.any(|pointer| self.places.contains(&(place.file.as_str(), place.side, pointer)))
    }

    /// Whether the comparison of operations found something about a tool.
    fn judges(&self, id: &str) -> bool {
        let found = self.by_subject.get(id).map(Vec::as_slice).unwrap_or_default();
        found.iter().any(|f| OF_OPERATIONS.contains(&f.rule.family))
    }

    /// Whether a difference is the new name of a tool of a server, which was told as that.
    fn renames(&self, tool: &Tool, leaf: &Leaf) -> bool {
        let found = self.by_subject.get(tool.id.as_str()).map(Vec::as_slice).unwrap_or_default();
        let after = leaf.after.and_then(Node::as_text).unwrap_or_default();
        found.iter().any(|f| f.rule == mcpt::RENAMED)
            && match leaf.pointer.as_str() {
                "/action/tool" | "/operation/raw/name" => after == tool.name,
                "/place" => after.rsplit('/').next() == Some(&pointer_step(&tool.name)),
                _ => false,
            }
    }

    /// Whether something was found about a subject that shows this very difference.
    fn shows(&self, id: &str, leaf: &Leaf) -> bool {
        let found = self.by_subject.get(id).map(Vec::as_slice).unwrap_or_default();
        found.iter().any(|f| (f.before.as_ref(), f.after.as_ref()) == (leaf.before, leaf.after))
    }
}

/// A tool on both sides.
struct Two<'a> {
    base: &'a Toolpack,
    b: &'a Tool,
    head: &'a Toolpack,
    h: &'a Tool,
}

impl Two<'_> {
    /// The place of a leaf of a tool's tree, on a side, and the pointer of the whole that it is part of.
    fn place(&self, leaf: &Leaf, side: Side) -> (Place, String) {
        let (pack, tool) = if side == Side::Base { (self.base, self.b) } else { (self.head, self.h) };
        let entry = || pack.baseline.entry(&tool.identity).map(|e| e.pointer.clone()).unwrap_or_default();
        let (file, root, rest) = match leaf.pointer.strip_prefix("/action") {
            Some(rest) => (&pack.header.tools, tool.pointer(""), rest),
            None => {
                let rest = leaf.pointer.strip_prefix("/operation").unwrap_or_default();
                (&pack.header.baseline, entry(), rest)
            }
        };
        (at(pack, file, format!("{root}{rest}"), side), root)
    }
}

fn of_a_tool(two: &Two, old: &Node, new: &Node, told: &Told, out: &mut Sink) {
    let all = leaves(old, new, MOST);
    let mut read: Option<(Texts, Texts)> = None;
    let ours = [two.b, two.h].iter().all(|tool| tool.kind == ToolKind::Http);
    // That a text of our own was reworded is told of all its kind at once; of a server's texts each has its place.
    let mut is_read = |leaf: &Leaf| {
        let (Some(_), Some(_)) = (leaf.before.and_then(Node::as_text), leaf.after.and_then(Node::as_text))
        else {
            return false;
        };
        let Some(rest) = leaf.pointer.strip_prefix("/action").filter(|_| ours) else {
            return false;
        };
        let (was, is) = read.get_or_insert_with(|| (Texts::of_action(two.b), Texts::of_action(two.h)));
        let spot = Spot { pointer: rest.to_owned(), is_name: false };
        was.by_spot.contains_key(&spot) && is.by_spot.contains_key(&spot)
    };
    let rest: Vec<&Leaf> = all
        .iter()
        .filter(|leaf| {
            let spoken = [Side::Head, Side::Base].into_iter().any(|side| {
                let (place, root) = two.place(leaf, side);
                told.speaks_at(&place, &root)
            });
            let compared = told.judges(&two.h.id) && is_compared(&leaf.pointer);
            !spoken
                && !compared
                && !told.shows(&two.h.id, leaf)
                && !told.renames(two.h, leaf)
                && !is_read(leaf)
        })
        .collect();
    let Some(first) = rest.first() else { return };
    let side = if first.after.is_none() { Side::Base } else { Side::Head };
    let mild =
        |leaf: &&Leaf| MILD.iter().any(|m| leaf.pointer.starts_with(m)) || is_of_a_vendor(&leaf.pointer);
    let mut finding =
        Finding::new(tool::DEFINITION_CHANGED, tool_subject(two.head, two.h), two.place(first, side).0)
            .risk(effective_tier(two.h, &of_tool(two.head, two.h)))
            .covered_by(Covers::Tool);
    if rest.iter().all(mild) {
        finding = finding.severity(Severity::Low);
    }
    out.push(shown(finding, "definition", &rest, all.len() >= MOST, (old, new)));
}

/// Whether a place lies in a schema's keyword that a vendor added, to which no value is held.
fn is_of_a_vendor(pointer: &str) -> bool {
    const WHOLE: [&str; 3] =
        ["/action/input_schema", "/operation/raw/inputSchema", "/operation/raw/outputSchema"];
    const WITHIN: [&str; 3] = ["/operation/parameters/", "/operation/request/", "/operation/responses/"];
    let whole = WHOLE.iter().find_map(|root| pointer.strip_prefix(root));
    let within = || {
        let part = WITHIN.iter().find_map(|root| pointer.strip_prefix(root))?;
        part.find("/schema/").map(|at| &part[at + "/schema".len()..])
    };
    whole.or_else(within).is_some_and(is_extension)
}

/// Whether a place is of a part that the comparison of operations reads whole: what differs there is one of
/// the causes that it told, in another spelling or beside it.
fn is_compared(pointer: &str) -> bool {
    const PARTS: [&str; 29] = [
        "/place",
        "/action/name",
        "/action/method",
        "/action/host",
        "/action/base_path",
        "/action/path",
        "/action/inputs",
        "/action/input_schema",
        "/action/output",
        "/action/fixed_body",
        "/action/graphql",
        "/action/security",
        "/action/effect",
        "/action/risk_reasons",
        "/operation/parameters",
        "/operation/request",
        "/operation/responses",
        "/operation/security",
        "/operation/deprecated",
        "/operation/sunset",
        "/operation/scheme",
        "/operation/type",
        "/operation/document_sha256",
        "/operation/persisted_sha256",
        "/operation/variables",
        "/operation/selection",
        "/operation/response",
        "/operation/raw/inputSchema",
        "/operation/raw/outputSchema",
    ];
    PARTS.iter().any(|part| pointer.strip_prefix(part).is_some_and(|r| r.is_empty() || r.starts_with('/')))
}

/// The file in which a part of the surface's tree stands.
fn file_of<'p>(pack: &'p Toolpack, part: &str) -> &'p str {
    match part {
        "manifest" => &pack.header.tools,
        "policy" => &pack.header.policy,
        "toolsets" => &pack.header.toolsets,
        "baseline" | "server" => &pack.header.baseline,
        _ => HEADER,
    }
}

/// The servers that have another name than before: the old one, the new one.
fn renamed(pair: &Pair) -> Vec<(String, String)> {
    let servers = Servers::of(pair);
    let both = servers.paired().into_iter().filter_map(|keyed| match keyed {
        Keyed::Both(was, is) if was.name != is.name => Some((was.name.to_owned(), is.name.to_owned())),
        _ => None,
    });
    both.collect()
}

/// A renamed server is compared with what it was: that it has another name was told, and nothing else of it.
fn under_new_names(mut surface: Node, renamed: &[(String, String)]) -> Node {
    let Some(all) = surface.get("server").filter(|_| !renamed.is_empty()) else { return surface };
    let new: BTreeMap<&str, &str> = renamed.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
    let name = |old: &str| new.get(old).copied().unwrap_or(old).to_owned();
    let members = all.members().iter().map(|(key, server)| (name(key), server.clone()));
    let servers = Node { line: all.line, ..Node::map(members) };
    surface.set("server", servers);
    surface
}

fn of_the_surface(
    (base, head): (&Toolpack, &Toolpack),
    (old, new): (&Node, &Node),
    renamed: &[(String, String)],
    told: &Told,
    out: &mut Sink,
) {
    let all = leaves(old, new, MOST);
    let mut by_file: BTreeMap<&str, Vec<&Leaf>> = BTreeMap::new();
    let old_names: BTreeMap<String, String> =
        renamed.iter().map(|(old, new)| (pointer_step(new), pointer_step(old))).collect();
    let place = |leaf: &Leaf, side: Side| {
        let pack = if side == Side::Base { base } else { head };
        let (part, rest) = parts(&leaf.pointer);
        let pointer = match part {
            "server" if side == Side::Base => {
                let (name, below) = parts(rest);
                let name = old_names.get(name).map_or(name, String::as_str);
                if rest.is_empty() { "/mcp".to_owned() } else { format!("/mcp/{name}{below}") }
            }
            "server" => format!("/mcp{rest}"),
            "files" => String::new(),
            _ => rest.to_owned(),
        };
        at(pack, file_of(pack, part), pointer, side)
    };
    // Which tools are grave is told at each of them.
    for leaf in all.iter().filter(|leaf| parts(&leaf.pointer).0 != "guarded") {
        let spoken = [Side::Head, Side::Base].into_iter().any(|side| told.speaks_at(&place(leaf, side), ""));
        if !spoken {
            by_file.entry(file_of(head, parts(&leaf.pointer).0)).or_default().push(leaf);
        }
    }
    for (file, rest) in by_file {
        let Some(first) = rest.first() else { continue };
        let side = if first.after.is_none() { Side::Base } else { Side::Head };
        let name = file.rsplit('/').next().unwrap_or(file);
        let mut finding = surface_finding(head, place(first, side), name);
        // What a policy does to each tool was tried: the rest of it decides none of them otherwise.
        if file == head.header.policy {
            finding = finding.severity(Severity::Low);
        }
        out.push(shown(finding, "surface", &rest, all.len() >= MOST, (old, new)));
    }
}

fn surface_finding(head: &Toolpack, place: Place, name: &str) -> Finding {
    Finding::new(tool::SURFACE_CHANGED, subject(head, SubjectKind::Surface, "surface", name), place)
        .covered_by(Covers::Surface)
}

/// `/policy/rules/0` as `policy` and `/rules/0`.
fn parts(pointer: &str) -> (&str, &str) {
    let inner = pointer.strip_prefix('/').unwrap_or(pointer);
    inner.find('/').map_or((inner, ""), |at| inner.split_at(at))
}

fn at(pack: &Toolpack, file: &str, pointer: String, side: Side) -> Place {
    Place { file: pack.path(file), line: 0, pointer, side }
}

/// The finding with the places that differ, and with what stood and stands there.
fn shown(
    finding: Finding,
    aspect: &'static str,
    rest: &[&Leaf],
    more: bool,
    trees: (&Node, &Node),
) -> Finding {
    let name = |leaf: &Leaf| {
        let text = leaf.pointer.trim_start_matches("/action").trim_start_matches('/');
        short(&Node::text(text))
    };
    let change = match rest {
        [one] => {
            let what = match (one.before, one.after) {
                (None, _) => " is new",
                (_, None) => " is gone",
                _ => " changed",
            };
            Phrase::quote(name(one)).and_say(what)
        }
        _ => {
            let n = rest.len();
            let first = rest.first().map(|l| name(l)).unwrap_or_default();
            Phrase::say(format!("{n}{} places changed, the first is ", if more { " or more" } else { "" }))
                .and_quote(first)
        }
    };
    let value = |node: Option<&Node>| match node {
        None => Phrase::say("nothing"),
        Some(node) => Phrase::quote(short(node)),
    };
    let mut why: Vec<Phrase> = rest
        .iter()
        .take(SHOWN)
        .map(|l| Phrase::quote(name(l)).and_say(": ").and(value(l.before)).and_say(" → ").and(value(l.after)))
        .collect();
    if rest.len() > SHOWN {
        why.push(Phrase::say(format!("and {} more", rest.len() - SHOWN)));
    }
    let (before, after) = match rest {
        [one] => (one.before.cloned(), one.after.cloned()),
        _ => {
            let side = |value: for<'l> fn(&'l Leaf) -> Option<&'l Node>, tree: &Node| {
                let listed = rest.iter().take(SHOWN);
                let mut members: Vec<(String, Node)> =
                    listed.filter_map(|l| Some((l.pointer.clone(), value(l)?.clone()))).collect();
                // What is not listed still makes this another finding.
                if rest.len() > SHOWN {
                    members.push(("all".to_owned(), Node::text(digest::of(tree))));
                }
                Some(Node::map(members))
            };
            (side(|l| l.before, trees.0), side(|l| l.after, trees.1))
        }
    };
    let mut finding = finding
        .values(before, after)
        .says(aspect, change)
        .here("no other rule speaks of it: what it means is for its reader to say".into());
    finding.why = why;
    // Where a definition changed, its user stands on no line of its own.
    let line = rest.first().and_then(|l| l.after.or(l.before)).map_or(0, |node| node.line);
    finding.place.line = line.max(1);
    finding
}

#[cfg(test)]
mod tests {
    use crate::diff::testing::everything;
    use crate::model::finding::{Covers, Finding, Side};
    use crate::model::testing_pack::PackText;
    use crate::rules::{Severity, tool};
    use serde_json::json;

    /// A member that no check knows, and the text of a parameter.
    fn limits(limits: serde_json::Value, text: &str) -> PackText {
        PackText::shop().edit(|p| {
            p.action("create_order")["x-limits"] = limits;
            p.action("create_order")["input_schema"]["properties"]["note"]["description"] = json!(text);
        })
    }

    fn the_rest(base: &PackText, head: &PackText) -> Vec<Finding> {
        let rest = [tool::DEFINITION_CHANGED, tool::SURFACE_CHANGED];
        everything(base, head).into_iter().filter(|f| rest.contains(&f.rule)).collect()
    }

    #[test]
    fn a_change_without_a_rule_of_its_own_is_told_where_it_stands() {
        let (base, head) = (limits(json!({"amount": 500}), "x"), limits(json!({}), "x"));
        let found = the_rest(&base, &head);
        assert_eq!(found.len(), 1);
        let told = &found[0];
        assert_eq!((told.severity, told.covers), (Severity::Medium, Covers::Tool));
        assert_eq!(told.place.pointer, "/actions/0/x-limits/amount");
        assert_eq!((told.place.side, told.before.is_some(), told.after.is_some()), (Side::Base, true, false));
        assert_eq!(told.change.plain(), "x-limits/amount is gone");
        assert_eq!(the_rest(&head, &base)[0].place.side, Side::Head);
    }

    #[test]
    fn what_another_check_tells_is_not_told_again_and_hides_nothing_beside_it() {
        let (base, head) = (limits(json!({"amount": 5}), "A sum."), limits(json!({"amount": 5}), "The sum."));
        assert!(the_rest(&base, &head).is_empty(), "reworded, and told as such");
        let both = limits(json!({"amount": 900}), "The sum.");
        assert_eq!(the_rest(&base, &both)[0].why[0].plain(), "x-limits/amount: 5 → 900");
        let host = PackText::shop().edit(|p| p.action("create_order")["host"] = json!("evil.test"));
        assert!(the_rest(&PackText::shop(), &host).is_empty());
        let gone = PackText::shop().edit(|p| p.action("create_order")["rate_limit_per_minute"] = json!(null));
        assert!(the_rest(&PackText::shop(), &gone).is_empty());
    }

    #[test]
    fn a_definition_is_told_at_each_tool_that_uses_it() {
        let with = |text: &str| {
            PackText::shop().edit(|p| {
                p.baseline["$defs"] = json!({"Order": {"type": "object", "description": text}});
                p.operation("create_order")["responses"]["200"]["content"]["application/json"] =
                    json!({"$ref": "#/$defs/Order"});
            })
        };
        let found = the_rest(&with("An order."), &with("One order."));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject.name, "create_order");
        assert_eq!(found[0].place.file, "packs/shop/artifact/baseline.json");
    }

    #[test]
    fn the_surface_is_told_file_by_file() {
        let head = PackText::shop().edit(|p| {
            p.header["runtime"]["mode"] = json!("remote");
            p.baseline["security_schemes"]["bearer"]["scheme"] = json!("basic");
            p.toolsets["toolsets"]["readonly"]["description"] = json!("Reads only.");
            p.policy["description"] = json!("x");
        });
        let found = the_rest(&PackText::shop(), &head);
        let told: Vec<_> =
            found.iter().map(|f| (f.subject.name.as_str(), f.severity, f.place.pointer.as_str())).collect();
        assert_eq!(
            told,
            [
                ("baseline.json", Severity::Medium, "/security_schemes/bearer/scheme"),
                ("policy.yaml", Severity::Low, "/description"),
                ("toolsets.yaml", Severity::Medium, "/toolsets/readonly/description"),
                ("toolpack.yaml", Severity::Medium, "/runtime/mode"),
            ]
        );
        assert!(found.iter().all(|f| f.covers == Covers::Surface));
    }

    #[test]
    fn what_only_restrains_is_mild() {
        let less = PackText::shop().edit(|p| p.action("create_order")["rate_limit_per_minute"] = json!(1));
        assert_eq!(the_rest(&PackText::shop(), &less)[0].severity, Severity::Low);
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_no_silence() {
        let head = PackText::shop().edit(|p| {
            p.operation("create_order")["responses"]["200"]["content"]["application/json"] =
                json!({"$ref": "#/$defs/Nobody"});
        });
        let found = the_rest(&PackText::shop(), &head);
        assert_eq!((found.len(), found[0].severity), (1, Severity::High));
    }
}
