//! What MCP servers and pages offer, before and after: their tools that the toolpack serves, and what servers say
//! of themselves, their prompts and their resources. The comparison itself is the one that drift uses too.
//!
//! A tool is signed by itself; the rest of a server with the surface.

use std::collections::BTreeSet;

use super::check::{Check, DiffContext, Sink, scaled, subject, tool_subject};
use super::pair::Pair;
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::compare::keyed::Keyed;
use crate::compare::mcp::{self, About, Around, Titles};
use crate::compare::surface::Change;
use crate::compare::text::{NameSet, Names};
use crate::compare::tier::{effective_tier, of_tool, operation};
use crate::model::finding::{Covers, Finding, Place, Side, Subject, SubjectKind};
use crate::model::risk::ToolKind;
use crate::model::surface::Places;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::{Rule, mcpt};

/// The check.
pub const CHECK: Check = Check { name: "offers", emits: mcp::EMITS, run };

/// Hints say what a tool does: to weigh them by what it does would count one word twice.
const HINTS: [&Rule; 7] = [
    mcpt::READONLY_DROPPED,
    mcpt::DESTRUCTIVE_ADDED,
    mcpt::IDEMPOTENT_CLAIMED,
    mcpt::IDEMPOTENT_DROPPED,
    mcpt::OPENWORLD_ADDED,
    mcpt::OPENWORLD_HIDDEN,
    mcpt::ANNOTATIONS_OMITTED,
];

fn run(pair: &Pair, ctx: &DiffContext, out: &mut Sink) {
    let Some(head) = pair.head else { return };
    let tools = &head.manifest.tools;
    let own: NameSet = tools.iter().map(|t| t.name.as_str()).collect();
    let other: NameSet = ctx.other_tool_names.iter().map(String::as_str).collect();
    let shown = |tool: &'_ Tool| operation(&head.baseline, tool).and_then(mcp::title).map(str::to_owned);
    let titles: Vec<Option<String>> = tools.iter().map(|t| t.title.clone().or_else(|| shown(t))).collect();
    let ours = tools.iter().zip(&titles).map(|(t, title)| (t.name.as_str(), title.as_deref()));
    let titles = Titles::of(ours.chain(ctx.other_tool_names.iter().map(|name| (name.as_str(), None))));
    let around = |this| Around { names: Names { own: &own, other: &other, this }, titles: &titles };
    for keyed in pair.changed() {
        match keyed {
            Keyed::Both(b, h) if h.kind != ToolKind::Http => {
                if let Some(base) = pair.base {
                    changed(&Two { base, b, head, h }, &around(&h.name), out);
                }
            }
            Keyed::Added(h) if h.kind != ToolKind::Http => {
                let Some(at) = spot(head, h) else { continue };
                for change in mcp::new_tool(at.0, &around(&h.name)) {
                    let finding = placed(change, tool_subject(head, h), (head, None), (head, Some(&at)));
                    out.push(weighed(finding, head, h));
                }
            }
            _ => {}
        }
    }
    if let Some(base) = pair.base {
        servers(base, head, &around(""), out);
    }
}

/// A tool on both sides.
struct Two<'a> {
    base: &'a Toolpack,
    b: &'a Tool,
    head: &'a Toolpack,
    h: &'a Tool,
}

fn changed(two: &Two, around: &Around, out: &mut Sink) {
    let Some(new) = spot(two.head, two.h) else { return };
    // What was an operation of our own before said nothing that a server says.
    let old = spot(two.base, two.b).filter(|_| two.b.kind != ToolKind::Http);
    let changes = match &old {
        Some(old) => mcp::tool(old.0, new.0, around),
        None => mcp::new_tool(new.0, around),
    };
    for change in changes {
        let subject = tool_subject(two.head, two.h);
        let finding = placed(change, subject, (two.base, old.as_ref()), (two.head, Some(&new)));
        out.push(weighed(finding, two.head, two.h));
    }
}

/// The finding as the tool's risk has it; what is said of the risk itself keeps its own severity.
fn weighed(finding: Finding, head: &Toolpack, tool: &Tool) -> Finding {
    let (assessed, finding) = (of_tool(head, tool), finding.covered_by(Covers::Tool));
    match HINTS.contains(&finding.rule) {
        true => finding.risk(effective_tier(tool, &assessed)),
        false => scaled(finding, tool, &assessed),
    }
}

fn servers(base: &Toolpack, head: &Toolpack, around: &Around, out: &mut Sink) {
    let all = |pack: &'_ Toolpack| -> BTreeSet<String> {
        let mcp = pack.baseline.raw.get("mcp").map(Node::members).unwrap_or_default();
        mcp.iter().map(|(name, _)| name.clone()).collect()
    };
    for name in all(base).union(&all(head)) {
        let at = format!("/mcp/{}", pointer_step(name));
        let old = base.baseline.raw.at(&at).map(|node| (node, at.clone()));
        let new = head.baseline.raw.at(&at).map(|node| (node, at.clone()));
        let nodes = (old.as_ref().map(|(node, _)| *node), new.as_ref().map(|(node, _)| *node));
        for told in mcp::server(nodes.0, nodes.1, around) {
            let subject = match &told.about {
                About::Server => subject(head, SubjectKind::Server, name, name),
                About::Prompt(id, name) => subject(head, SubjectKind::Prompt, id, name),
                About::Resource(id, uri) => subject(head, SubjectKind::Resource, id, uri),
                About::Template(id, uri) => subject(head, SubjectKind::Template, id, uri),
            };
            let finding = placed(told.change, subject, (base, old.as_ref()), (head, new.as_ref()));
            out.push(finding.covered_by(Covers::Surface));
        }
    }
}

/// A node of the baseline, and where it stands.
type Spot<'a> = (&'a Node, String);

/// The entry of a tool.
fn spot<'a>(pack: &'a Toolpack, tool: &Tool) -> Option<Spot<'a>> {
    let entry = pack.baseline.entry(&tool.identity)?;
    Some((pack.baseline.node(entry)?, entry.pointer.clone()))
}

/// A change as a finding: its parts below the nodes of both sides, in the files that they stand in.
fn placed(
    change: Change,
    subject: Subject,
    base: (&Toolpack, Option<&Spot>),
    head: (&Toolpack, Option<&Spot>),
) -> Finding {
    let place = |side: Side, part: &str, exact: bool| -> Option<Place> {
        let (pack, spot) = if side == Side::Base { base } else { head };
        let (node, pointer) = spot?;
        let places = Places::new(node, pointer.as_str());
        let (pointer, line) = if exact { places.exact(part)? } else { places.find(part) };
        Some(Place { file: pack.path(&pack.header.baseline), line, pointer, side })
    };
    let whole = || Place {
        file: head.0.path(&head.0.header.baseline),
        line: head.0.baseline.raw.line,
        pointer: String::new(),
        side: Side::Head,
    };
    let mut finding =
        Finding::new(change.rule, subject, place(change.side, &change.part, false).unwrap_or_else(whole));
    for side in [Side::Base, Side::Head] {
        finding.also.extend(change.also.iter().filter_map(|part| place(side, part, true)));
    }
    if let Some(severity) = change.severity {
        finding = finding.severity(severity);
    }
    finding.values(change.before, change.after).says(change.aspect, change.change).here(change.here)
}
