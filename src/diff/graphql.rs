//! GraphQL operations of tools on both sides: what the comparison says of them, at the places where the action
//! or the locked entry has it.

use super::check::{Sink, scaled, tool_place, tool_subject};
use super::pair::Stand;
use crate::canon::Node;
use crate::compare::graphql::{At, Spoken, Told, compare};
use crate::compare::tier::of_tool;
use crate::model::finding::{Covers, Finding, Place, Side};
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::gql;

/// What differs of the operation; returns the members of the fixed body that it has told.
pub fn changes(
    base: &Toolpack,
    was: Stand,
    head: &Toolpack,
    is: Stand,
    out: &mut Sink,
) -> &'static [&'static str] {
    let (old, new) = (spoken(&was), spoken(&is));
    let push = |told: Told, out: &mut Sink| {
        let finding =
            Finding::new(told.rule, tool_subject(head, is.tool), place(told.at, base, &was, head, &is))
                .values(told.before, told.after)
                .says("GraphQL", told.change)
                .here(told.here)
                .covered_by(Covers::Tool);
        let finding = match told.severity {
            Some(severity) => finding.severity(severity),
            None => finding,
        };
        out.push(scaled(finding, is.tool, &of_tool(head, is.tool)));
    };
    if is_fallback(&was, &is) {
        push(fallback(was.tool.raw.get("fixed_body"), is.tool.raw.get("fixed_body")), out);
        return &["query", "extensions", "operationName"];
    }
    if was.tool.graphql.is_none() || is.tool.graphql.is_none() {
        return &[];
    }
    let told = compare(&old, &new);
    let hash = told.iter().any(|told| told.at == At::Sent);
    told.into_iter().for_each(|told| push(told, out));
    // Where both texts are known, layout alone is told as what differs and means nothing.
    let query = hash || old.document.is_some() && new.document.is_some();
    let own = old.is_own_hash() && new.is_own_hash();
    let [before, after] = [&was, &is].map(|stand| extensions(stand.tool));
    match (query, (hash || own) && before == after) {
        (true, true) => &["query", "extensions"],
        (true, false) => &["query"],
        (false, true) => &["extensions"],
        (false, false) => &[],
    }
}

/// The extensions of a fixed body without the hash of the document.
fn extensions(tool: &Tool) -> Option<[Node; 2]> {
    let all = tool.raw.at("/fixed_body/extensions")?;
    let persisted = all.get("persistedQuery").map(|node| node.without(&["sha256Hash"]));
    Some([all.without(&["persistedQuery"]), persisted.unwrap_or_else(Node::null)])
}

/// Whether one fixed operation was sent, and now the caller writes it.
pub fn is_fallback(was: &Stand, is: &Stand) -> bool {
    was.tool.graphql.is_some() && spoken(was).is_pinned() && !spoken(is).is_pinned()
}

/// That the caller now writes the operation itself.
pub fn fallback(before: Option<&Node>, after: Option<&Node>) -> Told {
    Told {
        rule: gql::FALLBACK_GENERIC,
        severity: None,
        at: At::Action,
        before: before.cloned(),
        after: after.cloned(),
        change: Phrase::say("the caller writes the operation"),
        here: "one fixed operation was sent; now any can be, mutations too".into(),
    }
}

fn spoken<'s>(stand: &'s Stand) -> Spoken<'s> {
    let entry = stand.locked.and_then(|locked| locked.graphql.as_ref());
    Spoken::of_tool(stand.tool, entry.map(|(name, entry)| (name.as_str(), entry)))
}

fn place(at: At, base: &Toolpack, was: &Stand, head: &Toolpack, is: &Stand) -> Place {
    let action = |member: &str| {
        let pointer = format!("{}/{member}", is.tool.pointer(""));
        let line = is.tool.raw.at(&format!("/{member}")).map_or(is.tool.raw.line, |node| node.line);
        Place { file: head.tools_path(), line, pointer, side: Side::Head }
    };
    match at {
        At::Document => action("fixed_body/query"),
        At::Sent => action("fixed_body/extensions/persistedQuery/sha256Hash"),
        At::Kind => action("graphql/type"),
        At::Action if is.tool.raw.get("fixed_body").is_some() => action("fixed_body"),
        At::Action => match was.tool.raw.get("fixed_body") {
            Some(_) => tool_place(base, was.tool, "fixed_body", Side::Base),
            None => tool_place(head, is.tool, "", Side::Head),
        },
        At::Locked(member) => {
            let Some((locked, (name, _))) = is.locked.and_then(|l| Some((l, l.graphql.as_ref()?))) else {
                return tool_place(head, is.tool, "", Side::Head);
            };
            let step = crate::canon::node::pointer_step(name);
            let (pointer, line) = locked.places.find(&format!("/graphql/{step}/{member}"));
            Place { file: head.path(&head.header.baseline), line, pointer, side: Side::Head }
        }
    }
}
