//! What each tool calls, before and after: its address, its parameters and body, what comes back, what its
//! caller must prove. The comparison itself is the one that drift uses too.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::check::{Check, DiffContext, Sink, scaled, tool_place, tool_subject};
use super::graphql;
use super::pair::{Pair, Stand};
use crate::canon::{Node, json};
use crate::compare::arguments;
use crate::compare::graphql as compare_graphql;
use crate::compare::schema::{Context, Position, Schema, compare as compare_schemas};
use crate::compare::server_variables;
use crate::compare::surface::{self, Change, Under, told};
use crate::compare::tier::of_tool;
use crate::model::finding::{Covers, Finding, Place, Side};
use crate::model::phrase::Phrase;
use crate::model::risk::ToolKind;
use crate::model::surface::{Locked, Places};
use crate::model::toolpack::Toolpack;
use crate::rules::{Family, Rule, gql, req};

/// Every rule that this check can emit: those of the comparison, and beside it those of GraphQL operations and of the
/// variables of servers.
const EMITS: [&[&Rule]; surface::EMITS.len() + 2] = {
    let mut all = [gql::ALL; surface::EMITS.len() + 2];
    all[surface::EMITS.len() + 1] = server_variables::EMITS;
    let mut at = 0;
    while at < surface::EMITS.len() {
        all[at] = surface::EMITS[at];
        at += 1;
    }
    all
};

/// The check.
pub const CHECK: Check = Check { name: "operations", emits: &EMITS, run };

fn run(pair: &Pair, _: &DiffContext, out: &mut Sink) {
    let Some((base, head)) = pair.both() else { return };
    for (was, is) in pair.changed_pairs() {
        if is.tool.kind == ToolKind::Http {
            Sides { base, was, head, is }.http(out);
        }
    }
}

/// A rule, where on the wire, and the values there, for what people read in them apart.
type Cause = (&'static str, String, [String; 2]);

/// What an action and its operation say alike is one cause. Where they say different things it is two.
fn cause(change: &Change) -> Cause {
    let value = |node: &Option<Node>| {
        node.as_ref().map(|n| json::canonical(&n.without(&["description", "title"]))).unwrap_or_default()
    };
    (change.rule.id, change.wire.clone(), [value(&change.before), value(&change.after)])
}

/// A tool on both sides.
struct Sides<'p, 'a> {
    base: &'a Toolpack,
    was: Stand<'p, 'a>,
    head: &'a Toolpack,
    is: Stand<'p, 'a>,
}

impl Sides<'_, '_> {
    /// The call that the action makes, then the operation that it stands on; what both say is told once, where
    /// the agent sees it.
    fn http(&self, out: &mut Sink) {
        let (old, new) =
            (arguments::call(self.was.tool, self.was.locked), arguments::call(self.is.tool, self.is.locked));
        let mut known: BTreeMap<Cause, Finding> = BTreeMap::new();
        let mut changes = surface::compare(&old, &new);
        changes.extend(self.beside(&old, &new));
        if graphql::is_fallback(&self.was, &self.is) {
            // The argument that takes the document is how that came about.
            changes.retain(|change| change.rule.family != Family::Req || change.wire != "body query");
        }
        let mut own = Vec::new();
        for mut change in changes {
            self.of_graphql(&mut change, &old);
            let key = cause(&change);
            let files = (self.base.tools_path(), self.head.tools_path());
            let finding = self.finding(change, (files.0, &old.places), (files.1, &new.places));
            // The same rule may speak twice of one field: of two of its keywords.
            match known.entry(key) {
                Entry::Vacant(place) => drop(place.insert(finding)),
                Entry::Occupied(_) => own.push(finding),
            }
        }
        if let (Some(was), Some(is)) = (self.was.locked, self.is.locked) {
            let files = [self.base, self.head].map(|pack| pack.path(&pack.header.baseline));
            // An action has no variables: what they may be stands in the operation alone.
            let variables = server_variables::compare(was, is);
            for mut change in surface::compare(was, is).into_iter().chain(variables) {
                self.of_graphql(&mut change, was);
                let key = cause(&change);
                let finding =
                    self.finding(change, (files[0].clone(), &was.places), (files[1].clone(), &is.places));
                match known.get_mut(&key) {
                    Some(told) => told.also.extend([finding.place].into_iter().chain(finding.also)),
                    None => own.push(finding),
                }
            }
        }
        known.into_values().chain(own).for_each(|finding| out.push(finding));
        let told = graphql::changes(self.base, self.was, self.head, self.is, out);
        self.fixed_body(told, out);
    }

    /// Variables of a GraphQL operation have rules of their own.
    fn of_graphql(&self, change: &mut Change, old: &Locked) {
        if self.was.tool.graphql.is_some() && self.is.tool.graphql.is_some() {
            compare_graphql::variable(change, old);
        }
    }

    /// How arguments depend on each other.
    fn beside(&self, old: &Locked, new: &Locked) -> Vec<Change> {
        let (was, is) = (arguments::beside(self.was.tool), arguments::beside(self.is.tool));
        let context = Context { position: Position::ToolInput, writes: new.writes(), about: &[] };
        let schema = |node| Schema { node, defs: None };
        let found = compare_schemas(
            Schema { defs: old.defs, ..schema(was.as_ref()) },
            Schema { defs: new.defs, ..schema(is.as_ref()) },
            &context,
        );
        let under = Under { part: "/input_schema", wire: "arguments", aspect: "arguments" };
        found.into_iter().map(|change| told(change, &under, old, new)).collect()
    }

    /// Members that are sent whatever the agent says, but those that were told as GraphQL.
    fn fixed_body(&self, told: &[&str], out: &mut Sink) {
        let (was, is) = (self.was.tool.raw.get("fixed_body"), self.is.tool.raw.get("fixed_body"));
        let rest =
            |body: Option<&Node>| body.map(|body| body.without(told)).filter(|b| !b.members().is_empty());
        let is_told =
            !told.is_empty() && crate::compare::members::same(rest(was).as_ref(), rest(is).as_ref());
        if is_told || crate::compare::members::same(was, is) {
            return;
        }
        let finding = Finding::new(
            req::FIXED_BODY_CHANGED,
            tool_subject(self.head, self.is.tool),
            tool_place(self.head, self.is.tool, "fixed_body", Side::Head),
        )
        .values(was.cloned(), is.cloned())
        .says("fixed body", Phrase::say("what is sent whatever the agent says differs"))
        .here("the same call can now do something else".into())
        .covered_by(Covers::Tool);
        out.push(scaled(finding, self.is.tool, &of_tool(self.head, self.is.tool)));
    }

    fn finding(&self, change: Change, base: (String, &Places), head: (String, &Places)) -> Finding {
        let (file, places) = match change.side {
            Side::Head => &head,
            Side::Base => &base,
        };
        let (pointer, line) = places.find(&change.part);
        let place = Place { file: file.clone(), line, pointer, side: change.side };
        let mut finding = Finding::new(change.rule, tool_subject(self.head, self.is.tool), place);
        if let Some(severity) = change.severity {
            finding = finding.severity(severity);
        }
        for (side, (file, places)) in [(Side::Base, &base), (Side::Head, &head)] {
            let there = change.also.iter().filter_map(|part| places.exact(part));
            let place = |(pointer, line)| Place { file: file.clone(), line, pointer, side };
            finding.also.extend(there.map(place));
        }
        let finding = finding
            .values(change.before, change.after)
            .says(change.aspect, change.change)
            .here(change.here)
            .covered_by(Covers::Tool);
        scaled(finding, self.is.tool, &of_tool(self.head, self.is.tool))
    }
}
