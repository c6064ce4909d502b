//! What servers and pages offer: tools that came, went or changed, and what servers say of themselves, their prompts
//! and their resources.
//!
//! A tool that is new weighs no more than medium: nothing was granted, and nothing calls it until it is approved. What
//! else a server newly offers, its clients take unasked, so it weighs what it weighs, as does what changed.

use std::collections::BTreeSet;

use super::surface::Surface;
use crate::canon::node::pointer_step;
use crate::canon::time::Timestamp;
use crate::canon::{Node, digest};
use crate::compare::keyed::Keyed;
use crate::compare::launch;
use crate::compare::leaves::{Leaf, around as steps, leaves};
use crate::compare::mcp::{self, About, Around, REWORDED, Titles, unexplained};
use crate::compare::members::same;
use crate::compare::rounds::Rounds;
use crate::compare::surface::Change;
use crate::compare::text::{NameSet, Names};
use crate::model::finding::{Finding, Side, Subject, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::surface::Places;
use crate::rules::{Family, Rule, Severity, mcpt, tool};

/// What this check can emit beyond the rules of the comparison.
const OWN: &[&Rule] = &[
    mcpt::ADDED,
    mcpt::REMOVED,
    mcpt::RENAMED,
    tool::ADDED,
    tool::REMOVED,
    tool::DEFINITION_CHANGED,
    tool::SURFACE_CHANGED,
];

/// Every rule that this check can emit.
pub const EMITS: [&[&Rule]; mcp::EMITS.len() + 2] = {
    let mut all = [OWN; mcp::EMITS.len() + 2];
    all[mcp::EMITS.len()] = launch::EMITS;
    let mut at = 0;
    while at < mcp::EMITS.len() {
        all[at] = mcp::EMITS[at];
        at += 1;
    }
    all
};

/// Places of one server that are compared with what was told.
const MOST: usize = 10_000;

/// A tool: its identity, where it stands, its entry.
type Entry<'a> = (&'a str, &'a str, &'a Node);

/// What drifted.
pub fn run(old: &Surface, new: &Surface, _: Option<Timestamp>) -> Vec<Finding> {
    let pairs = pairs(old, new);
    let tools =
        |surface: &Surface<'_>| surface.served.iter().map(name).map(str::to_owned).collect::<Vec<_>>();
    let (names, none) = (tools(new), NameSet::default());
    let own: NameSet = names.iter().map(String::as_str).collect();
    let titles = Titles::of(new.served.iter().map(|e| (name(e), mcp::title(e.2))));
    let around = |this| Around { names: Names { own: &own, other: &none, this }, titles: &titles };
    let mut sides = Sides { old, new, out: Vec::new() };
    for entry in paired(old, new, &pairs) {
        match entry {
            Keyed::Removed(was) => sides.removed(was),
            Keyed::Added(is) => sides.added(is, &around(name(is))),
            Keyed::Both(was, is) => sides.changed(was, is, &around(name(is))),
        }
    }
    for (was, is) in pairs {
        sides.server(was.as_deref(), is.as_deref(), &around(""));
    }
    sides.out
}

/// A server before and now, by its names.
pub(super) type ServerPair = (Option<String>, Option<String>);

/// The servers that both sides know of. What was recorded of one server tells nothing of another.
pub(super) fn pairs(old: &Surface, new: &Surface) -> Vec<ServerPair> {
    let names = |surface: &Surface<'_>| -> BTreeSet<String> {
        surface.servers().into_iter().map(|(name, _)| name).collect()
    };
    let (was, is) = (names(old), names(new));
    let mut pairs: Vec<ServerPair> =
        was.union(&is).map(|n| (was.get(n).cloned(), is.get(n).cloned())).collect();
    // One server under two names is one server.
    if let [(Some(was), None), (None, Some(is))] | [(None, Some(is)), (Some(was), None)] = &pairs[..] {
        pairs = vec![(Some(was.clone()), Some(is.clone()))];
    }
    let recorded = |surface: &Surface| surface.source.origins.is_some();
    pairs.retain(|pair| match pair {
        (Some(_), None) => !recorded(new),
        (None, Some(_)) => !recorded(old) || is.len() == 1,
        _ => true,
    });
    pairs
}

/// By id, earlier ids, name, and all but the name (formats-v2 §5).
fn paired<'s>(old: &'s Surface, new: &'s Surface, pairs: &[ServerPair]) -> Vec<Keyed<'s, Entry<'s>>> {
    let of = |side: fn(&ServerPair) -> Option<&String>| -> BTreeSet<String> {
        pairs.iter().filter_map(|pair| Some(format!("/mcp/{}/", pointer_step(side(pair)?)))).collect()
    };
    let recorded = old.source.origins.is_some() || new.source.origins.is_some();
    let known = |surface: &'s Surface, servers: &BTreeSet<String>| -> Vec<&'s Entry<'s>> {
        let server = |at: &str| at.match_indices('/').nth(2).map(|(end, _)| at[..=end].to_owned());
        let is_known = |entry: &&Entry| match of_page(entry) {
            true => !recorded,
            false => server(entry.1).is_some_and(|server| servers.contains(&server)),
        };
        surface.served.iter().filter(is_known).collect()
    };
    let (was, is) = (of(|(was, _)| was.as_ref()), of(|(_, is)| is.as_ref()));
    let mut rounds: Rounds<Entry> = Rounds::new(known(old, &was), known(new, &is));
    rounds.pair(|(id, ..), _| vec![(*id).to_owned()]);
    rounds.pair(|(id, _, node), _| {
        let aliases = node.get("aliases").map(Node::items).unwrap_or_default().iter();
        let all: BTreeSet<&str> = aliases.filter_map(Node::as_text).chain([*id]).collect();
        all.into_iter().map(str::to_owned).collect()
    });
    rounds.pair(|entry, _| vec![name(entry).to_owned()]);
    rounds.pair(|(.., node), _| {
        node.get("raw").map(|raw| digest::of(&raw.without(&["name"]))).into_iter().collect()
    });
    let mut all = rounds.finish();
    all.sort_by_key(|keyed| match keyed {
        Keyed::Both(_, entry) | Keyed::Added(entry) | Keyed::Removed(entry) => name(entry),
    });
    all
}

fn name<'a>(entry: &Entry<'a>) -> &'a str {
    let own = entry.2.at("/raw/name").and_then(Node::as_text);
    own.unwrap_or_else(|| entry.1.rsplit('/').next().unwrap_or(entry.0))
}

/// Whether it is a tool of a page.
fn of_page(entry: &Entry) -> bool {
    entry.1.starts_with("/webmcp/")
}

/// Both surfaces, and what was found.
struct Sides<'s, 'a> {
    old: &'s Surface<'a>,
    new: &'s Surface<'a>,
    out: Vec<Finding>,
}

impl Sides<'_, '_> {
    fn removed(&mut self, was: &Entry) {
        let rule = if of_page(was) { tool::REMOVED } else { mcpt::REMOVED };
        let place = self.old.place(&Places::new(was.2, was.1), "", Side::Base);
        self.out.push(
            Finding::new(rule, self.old.served_by(was.0, name(was)), place)
                .values(Some(was.2.clone()), None)
                .says("tool", Phrase::say("gone"))
                .here("calls to it fail".into()),
        );
    }

    fn added(&mut self, is: &Entry, around: &Around) {
        let rule = if of_page(is) { tool::ADDED } else { mcpt::ADDED };
        let subject = self.new.served_by(is.0, name(is));
        let place = self.new.place(&Places::new(is.2, is.1), "", Side::Head);
        self.out.push(
            Finding::new(rule, subject.clone(), place)
                .severity(Severity::Medium)
                .values(None, Some(is.2.clone()))
                .says("new tool", Phrase::quote(name(is)))
                .here("nothing calls it until it is approved".into()),
        );
        for change in mcp::new_tool(is.2, around) {
            self.tell(change, subject.clone(), None, Some((is.2, is.1)));
        }
    }

    fn changed(&mut self, was: &Entry, is: &Entry, around: &Around) {
        if same(was.2.get("raw"), is.2.get("raw")) {
            return;
        }
        let subject = self.subject(was, is);
        let (before, after) = (Some((was.2, was.1)), Some((is.2, is.1)));
        let mut changes = mcp::tool(was.2, is.2, around);
        if name(was) != name(is) {
            let renamed = Change::new(mcpt::RENAMED, "/raw/name", "name")
                .texts(name(was), name(is))
                .says("name", Phrase::quote(name(was)).and_say(" → ").and_quote(name(is)))
                .here("calls by the old name fail");
            changes.insert(0, renamed);
        }
        if let Some(rest) = unexplained(was.2, is.2, &changes) {
            let parts = rest.parts.iter().map(|part| part.trim_start_matches("/raw/").to_owned());
            let here = match (rest.hints_alone, rest.extensions_alone) {
                (true, _) => "it claims more than before to be harmless, and nothing speaks against it",
                (_, true) => {
                    "keywords of a vendor in a schema: no value is held to them, and a model reads them"
                }
                _ => "no other rule speaks of it: what it means is for its reader to say",
            };
            let mild = rest.hints_alone || rest.extensions_alone;
            let mut change = Change::new(tool::DEFINITION_CHANGED, rest.parts[0].clone(), "rest")
                .values(part(was.2, &rest.parts), part(is.2, &rest.parts))
                .says(if rest.hints_alone { "hints" } else { "definition" }, listed(parts))
                .here(here);
            change.severity = Some(if mild { Severity::Low } else { Severity::Medium });
            changes.push(change);
        }
        for change in changes {
            self.tell(change, subject.clone(), before, after);
        }
    }

    /// The side whose tools are known speaks; else the new one does.
    fn subject(&self, was: &Entry, is: &Entry) -> Subject {
        match self.old.tool(was.0).is_some() {
            true => self.old.served_by(was.0, name(is)),
            false => self.new.served_by(is.0, name(is)),
        }
    }

    /// A change of what stands at two places, as a finding.
    fn tell(
        &mut self,
        change: Change,
        subject: Subject,
        was: Option<(&Node, &str)>,
        is: Option<(&Node, &str)>,
    ) {
        let side = if is.is_none() { Side::Base } else { change.side };
        let (surface, at) = match (side, was, is) {
            (Side::Base, Some(was), _) => (self.old, was),
            (_, _, Some(is)) => (self.new, is),
            _ => return,
        };
        let place = surface.place(&Places::new(at.0, at.1), &change.part, side);
        let mut finding = Finding::new(change.rule, subject, place);
        let severity = match change.severity {
            Some(severity) => severity,
            // Nobody has read it yet, so it is more than a word that a reviewer saw; a cue that is told in its place
            // can't make it less.
            None if is_reworded(change.rule, was, is) => finding.severity.max(Severity::Medium),
            None => finding.severity,
        };
        finding = finding.severity(severity);
        self.out.push(
            finding.values(change.before, change.after).says(change.aspect, change.change).here(change.here),
        );
    }

    /// What a server says beside its tools.
    fn server(&mut self, was: Option<&str>, is: Option<&str>, around: &Around) {
        let called = is.or(was).unwrap_or_default().to_owned();
        let was = was.and_then(|name| self.old.server(name));
        let is = is.and_then(|name| self.new.server(name));
        let at = |side: &Option<(&'_ Node, String)>| side.as_ref().map(|(_, pointer)| pointer.clone());
        let (before, after) = (at(&was), at(&is));
        let (was, is) = (was.map(|(node, _)| node), is.map(|(node, _)| node));
        // What one side cannot know of is compared with nothing.
        let kept = |node: Option<&Node>, other: Option<&Node>, recorded: bool| {
            let kept = |key: &str| !recorded || other.is_some_and(|other| other.get(key).is_some());
            node.map(|n| Node {
                line: n.line,
                ..Node::map(n.members().iter().filter(|(k, _)| kept(k)).cloned())
            })
        };
        let recorded = |surface: &Surface| surface.source.origins.is_some();
        let (old, new) = (kept(was, is, recorded(self.new)), kept(is, was, recorded(self.old)));
        let (was, is) = (old.as_ref(), new.as_ref());
        let mut all = mcp::server(was, is, around);
        let launched = is.map(|is| launch::of_servers(was, is)).unwrap_or_default();
        all.extend(launched.into_iter().map(|change| mcp::Told { about: About::Server, change }));
        let rest = match (was, is) {
            (Some(was), Some(is)) => unknown(was, is, &all),
            _ => Vec::new(),
        };
        let kept = |about: &About| match about {
            About::Server => (SubjectKind::Server, called.clone(), called.clone()),
            About::Prompt(id, name) => (SubjectKind::Prompt, id.clone(), name.clone()),
            About::Resource(id, uri) => (SubjectKind::Resource, id.clone(), uri.clone()),
            About::Template(id, uri) => (SubjectKind::Template, id.clone(), uri.clone()),
        };
        let told = all.into_iter().map(|told| (kept(&told.about), told.change));
        let rest = rest.into_iter().map(|change| (kept(&About::Server), change));
        for ((kind, id, name), change) in told.chain(rest) {
            let subject = self.new.subject_of(kind, &id, &name);
            let (was, is) = (was.zip(before.as_deref()), is.zip(after.as_deref()));
            self.tell(change, subject, was, is);
        }
    }
}

/// Whether a rule says that a text of what was there before is another one now.
fn is_reworded<T>(rule: &'static Rule, was: Option<T>, is: Option<T>) -> bool {
    let changed = was.is_some() && is.is_some();
    REWORDED.contains(&rule) || changed && rule.family == Family::Text
}

/// What differs in a server and no rule explained: members that nobody knows.
fn unknown(was: &Node, is: &Node, told: &[mcp::Told]) -> Vec<Change> {
    let parts = told.iter().flat_map(|t| t.change.also.iter().chain([&t.change.part]));
    let spoken: BTreeSet<&str> = parts.map(String::as_str).collect();
    // Tools are judged one by one, and must not use up what is looked at.
    let (was, is) = (was.without(&["tools"]), is.without(&["tools"]));
    let all = leaves(&was, &is, MOST);
    let rest: Vec<_> = all
        .iter()
        .filter(|leaf| {
            let at = leaf.pointer.as_str();
            !is_id(at)
                && !mcp::is_respelled(at, leaf.before, leaf.after)
                && !steps(at).any(|at| spoken.contains(at))
        })
        .filter(|leaf| !same(leaf.before, leaf.after))
        .collect();
    let Some(first) = rest.first() else { return Vec::new() };
    let side = |value: fn(&Leaf) -> Option<Node>| {
        let members: Vec<(String, Node)> =
            rest.iter().filter_map(|leaf| Some((leaf.pointer.clone(), value(leaf)?))).collect();
        (!members.is_empty()).then(|| Node::map(members))
    };
    let mut change = Change::new(tool::SURFACE_CHANGED, first.pointer.clone(), "rest")
        .on(if first.after.is_none() { Side::Base } else { Side::Head })
        .values(side(|l| l.before.cloned()), side(|l| l.after.cloned()))
        .says("server", listed(rest.iter().map(|leaf| leaf.pointer.trim_start_matches('/').to_owned())))
        .here("no other rule speaks of it: what it means is for its reader to say");
    // The name and the version of a server identify nothing.
    if rest.iter().all(|leaf| leaf.pointer.starts_with("/server_info")) {
        change = change.here("which release it says it is: what it offers is compared for itself");
        change.severity = Some(Severity::Low);
    }
    vec![change]
}

/// Whether a place of a server is the id of an entry, which follows from its name.
fn is_id(pointer: &str) -> bool {
    pointer.matches('/').count() == 3 && pointer.ends_with("/stable_id")
}

/// Some parts of an entry, by where they stand.
fn part(entry: &Node, parts: &[String]) -> Option<Node> {
    let members: Vec<(String, Node)> =
        parts.iter().filter_map(|p| Some((p.clone(), entry.at(p)?.clone()))).collect();
    (!members.is_empty()).then(|| Node::map(members))
}

fn listed(parts: impl Iterator<Item = String>) -> Phrase {
    const SHOWN: usize = 4;
    let mut all: Vec<String> = parts.collect();
    let more = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    let phrase = Phrase::list(all.into_iter().map(|p| p.chars().take(60).collect::<String>()));
    if more > 0 { phrase.and_say(format!(" and {more} more")) } else { phrase }
}
