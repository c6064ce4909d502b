//! Alternatives: which of them are new, gone or changed.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::document::{Conj, Document, Group, is_silent};
use super::place::{Place, Step};
use super::rows;
use super::types::Types;
use super::view::{View, value_key};
use super::walk::{About, Task, Walk};
use crate::canon::{Node, json};
use crate::model::phrase::Phrase;

/// Compares the alternatives of two places that both have some, or that have them beside other keywords.
pub(super) fn groups<'a>(walk: &mut Walk<'a>, place: &Place<'a>, old: &View<'a>, new: &View<'a>) {
    let texts = |g: &Group<'a>| g.branches.iter().map(|b| json::canonical(b)).collect::<Vec<_>>();
    let mut left: HashMap<Vec<String>, VecDeque<&Group<'a>>> = HashMap::new();
    new.groups.iter().for_each(|g| left.entry(texts(g)).or_default().push_back(g));
    let (mut pairs, mut unpaired) = (Vec::new(), VecDeque::new());
    for group in &old.groups {
        match left.get_mut(&texts(group)).and_then(VecDeque::pop_front) {
            Some(same) => pairs.push((group, same)),
            None => unpaired.push_back(group),
        }
    }
    for group in &new.groups {
        let is_left = left.get(&texts(group)).is_some_and(|l| l.iter().any(|g| std::ptr::eq(*g, group)));
        if !is_left {
            continue;
        }
        match unpaired.pop_front() {
            Some(before) => pairs.push((before, group)),
            // What had to be there fits one of them: that it no longer has to be is told of it.
            None if is_met(old, group) => {}
            None => {
                let about = About { keyword: group.keyword, ..About::default() };
                let change = Phrase::say(format!("new choice of {} alternatives", group.branches.len()));
                walk.tell(rows::ALL_OF_ADDED, place, about, change, "a value must fit one of them");
            }
        }
    }
    for group in unpaired.into_iter().filter(|group| !is_met(new, group)) {
        let about = About { keyword: group.keyword, ..About::default() };
        let change = Phrase::say(format!("no choice of {} alternatives any more", group.branches.len()));
        walk.tell(rows::ALL_OF_REMOVED, place, about, change, "a value need not fit any of them");
    }
    for (before, after) in pairs {
        pair(walk, place, before, after);
    }
}

/// Whether whatever fits a side's own words fits one of some alternatives, since that asks for nothing but properties
/// which must be there anyway.
fn is_met(view: &View, group: &Group) -> bool {
    let asked = |branch: &Node| -> bool {
        let only = branch
            .members()
            .iter()
            .all(|(key, _)| key == "required" || is_silent(key) && !matches!(key.as_str(), "$ref" | "allOf"));
        let names = branch.get("required").map(Node::items).unwrap_or_default();
        let known = |name: &Node| name.as_text().is_some_and(|name| view.required.contains(name));
        only && view.types == Types::OBJECT && !view.null && !names.is_empty() && names.iter().all(known)
    };
    group.keyword == "anyOf" && group.branches.iter().any(|branch| asked(branch))
}

/// Two lists of alternatives.
fn pair<'a>(walk: &mut Walk<'a>, place: &Place<'a>, old: &Group<'a>, new: &Group<'a>) {
    let matched = matching(walk, &old.branches, &new.branches);
    for (before, after) in &matched.both {
        let at = place.below(Step::Branch(new.keyword, *after));
        walk.push(at, vec![old.branches[*before]], vec![new.branches[*after]]);
    }
    for at in &matched.gone {
        gone(walk, &place.below(Step::Branch(old.keyword, *at)), old.branches[*at]);
    }
    for at in &matched.added {
        added(walk, &place.below(Step::Branch(new.keyword, *at)), new.branches[*at]);
    }
    // "Exactly one" also refuses what fits two: a branch that takes more can make the whole take less.
    let one_of = |g: &Group| g.keyword == "oneOf";
    let overlaps = one_of(old) && !disjoint(&walk.old, &old.branches)
        || one_of(new) && !disjoint(&walk.new, &new.branches);
    if overlaps {
        let in_order = |pairs: &[(usize, usize)]| -> (Conj<'a>, Conj<'a>) {
            pairs.iter().map(|(b, a)| (old.branches[*b], new.branches[*a])).unzip()
        };
        let (before, after) = in_order(&matched.both);
        let other = old.keyword != new.keyword || !matched.gone.is_empty() || !matched.added.is_empty();
        if other {
            overlap(walk, place, new.keyword);
        } else if !walk.same(&before, &after) {
            let (about, change) = overlapping(new.keyword);
            walk.tell_unsure(rows::CONDITION, place, about, change, REFUSED);
        }
    }
}

const REFUSED: &str = "what fits two of them is refused";

fn overlapping(keyword: &str) -> (About<'_>, Phrase) {
    (About { keyword, ..About::default() }, Phrase::say("alternatives that overlap changed"))
}

fn overlap<'a>(walk: &mut Walk<'a>, place: &Place<'a>, keyword: &str) {
    let (about, change) = overlapping(keyword);
    walk.tell(rows::CONDITION, place, about, change, REFUSED);
}

fn gone<'a>(walk: &mut Walk<'a>, place: &Place<'a>, branch: &'a Node) {
    let change = Phrase::say("alternative gone: ").and(label(&walk.old, branch));
    walk.tell(
        rows::BRANCH_REMOVED,
        place,
        About { before: Some(branch), ..About::default() },
        change,
        "what only fits it is refused",
    );
}

fn added<'a>(walk: &mut Walk<'a>, place: &Place<'a>, branch: &'a Node) {
    let change = Phrase::say("new alternative: ").and(label(&walk.new, branch));
    walk.tell(
        rows::BRANCH_ADDED,
        place,
        About { after: Some(branch), ..About::default() },
        change,
        "what fits it is accepted",
    );
}

/// What people call an alternative: its definition, its title, or its type.
fn label<'a>(document: &Document<'a>, branch: &'a Node) -> Phrase {
    let name = branch.get("$ref").and_then(Node::as_text).and_then(|r| r.rsplit('/').next());
    match name.or(branch.get("title").and_then(Node::as_text)) {
        Some(name) => Phrase::quote(super::walk::shortened(name)),
        None => {
            let view = View::of(document, &[branch]);
            Phrase::say(view.reach.words(view.null))
        }
    }
}

/// One side has alternatives and nothing beside them, the other is one schema: that one is an alternative
/// too. Gives whether that was the case.
pub(super) fn one_sided<'a>(walk: &mut Walk<'a>, task: &Task<'a>, old: &View<'a>, new: &View<'a>) -> bool {
    let alone = |view: &View<'a>| view.groups.len() == 1 && view.only_groups;
    let (more, group, single_types, single) = match (old.groups.is_empty(), new.groups.is_empty()) {
        (true, false) if alone(new) && old.says => (true, &new.groups[0], old.reach, &task.old),
        (false, true) if alone(old) && new.says => (false, &old.groups[0], new.reach, &task.new),
        _ => return false,
    };
    let document = if more { &walk.new } else { &walk.old };
    let views: Vec<View<'a>> = group.branches.iter().map(|b| View::of(document, &[b])).collect();
    let text = single.first().filter(|_| single.len() == 1).map(|n| json::canonical(n));
    let best = group
        .branches
        .iter()
        .position(|b| Some(json::canonical(b)) == text)
        .or_else(|| views.iter().position(|v| v.reach == single_types))
        .or_else(|| views.iter().position(|v| v.reach.meets(single_types)));
    let Some(best) = best else { return false };
    let overlaps = group.keyword == "oneOf" && !disjoint(document, &group.branches);
    let place = &task.place;
    if old.null != new.null && !task.told {
        let row = if new.null { rows::NULL_ADDED } else { rows::NULL_REMOVED };
        let here = if new.null { "null fits too" } else { "null no longer fits" };
        let about = About { keyword: group.keyword, ..About::default() };
        walk.tell(row, place, about, Phrase::say("null"), here);
    }
    let at = place.below(Step::Branch(group.keyword, best));
    let branch = vec![group.branches[best]];
    let (before, after) = if more { (single.clone(), branch) } else { (branch, single.clone()) };
    walk.push_task(Task { place: at, old: before, new: after, told: true });
    // The rest: by its types if they are new, else as alternatives.
    let all = views.iter().fold(Types::NONE, |types, v| types.or(v.reach));
    let named = rows::named(place.level);
    let foreign = |at: usize| at != best && !views[at].reach.within(views[best].reach);
    if (0..views.len()).any(foreign) {
        let (from, to) = if more { (single_types, all) } else { (all, single_types) };
        let change = Phrase::say(format!("{} → {}", from.words(old.null), to.words(new.null)));
        let about = About { keyword: group.keyword, ..About::default() };
        let (rule, here) = match more {
            true => (named.type_widened, "more kinds of value fit"),
            false => (named.type_narrowed, "fewer kinds of value fit"),
        };
        walk.say(rule, place, about, change, here);
    }
    for (at, branch) in group.branches.iter().enumerate().filter(|(at, _)| *at != best && !foreign(*at)) {
        let at = place.below(Step::Branch(group.keyword, at));
        if more { added(walk, &at, branch) } else { gone(walk, &at, branch) }
    }
    if overlaps {
        overlap(walk, place, group.keyword);
    }
    true
}

#[derive(Debug, Default)]
struct Matched {
    both: Vec<(usize, usize)>,
    gone: Vec<usize>,
    added: Vec<usize>,
}

/// Pairs alternatives: the same text, then the same label, then the only ones of a type.
fn matching<'a>(walk: &Walk<'a>, old: &[&'a Node], new: &[&'a Node]) -> Matched {
    let mut matched =
        Matched { gone: (0..old.len()).collect(), added: (0..new.len()).collect(), both: Vec::new() };
    let kind = |d: &Document<'a>, b: &'a Node| {
        let view = View::of(d, &[b]);
        let fixed: Vec<String> = view
            .fields
            .iter()
            .filter(|(name, _)| view.required.contains(*name))
            .filter_map(|(name, schema)| Some((name, View::of(d, schema).values?)))
            .map(|(name, values)| {
                format!("{name} {:?}", values.iter().map(|v| value_key(v)).collect::<Vec<_>>())
            })
            .collect();
        format!("{} {fixed:?} {:?}", view.types.words(view.null), view.fields.keys().collect::<Vec<_>>())
    };
    let title = |b: &Node| {
        let name = b.get("$ref").or(b.get("title")).and_then(Node::as_text);
        name.map(str::to_owned)
    };
    let types = |d: &Document<'a>, b: &'a Node| View::of(d, &[b]).reach.words(false);
    matched.by(|at| Some(json::canonical(old[at])), |at| Some(json::canonical(new[at])));
    matched.by(|at| title(old[at]), |at| title(new[at]));
    matched.by(|at| Some(kind(&walk.old, old[at])), |at| Some(kind(&walk.new, new[at])));
    matched.by(|at| Some(types(&walk.old, old[at])), |at| Some(types(&walk.new, new[at])));
    matched.both.sort_unstable();
    matched
}

impl Matched {
    fn by(&mut self, old: impl Fn(usize) -> Option<String>, new: impl Fn(usize) -> Option<String>) {
        if self.gone.is_empty() || self.added.is_empty() {
            return;
        }
        let mut left: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
        for at in &self.added {
            if let Some(key) = new(*at) {
                left.entry(key).or_default().push_back(*at);
            }
        }
        let mut taken = BTreeSet::new();
        let mut gone = Vec::new();
        for at in std::mem::take(&mut self.gone) {
            match old(at).and_then(|key| left.get_mut(&key)?.pop_front()) {
                Some(other) => {
                    taken.insert(other);
                    self.both.push((at, other));
                }
                None => gone.push(at),
            }
        }
        self.gone = gone;
        self.added.retain(|at| !taken.contains(at));
    }
}

/// Whether no value can fit two alternatives: by their types, or by a required property that is another
/// fixed value in each, or that the other one refuses.
fn disjoint<'a>(document: &Document<'a>, branches: &[&'a Node]) -> bool {
    /// More than these are not told apart one by one.
    const MAX_BRANCHES: usize = 64;
    let views: Vec<View<'a>> = branches.iter().map(|b| View::of(document, &[b])).collect();
    let nulls = views.iter().filter(|v| v.null).count();
    if nulls > 1 {
        return false;
    }
    let mut types = Types::NONE;
    let by_type = views.iter().all(|view| {
        let apart = !types.meets(view.reach);
        types = types.or(view.reach);
        apart
    });
    if by_type || views.len() > MAX_BRANCHES {
        return by_type;
    }
    let all: Vec<(&View<'a>, Tags<'a>)> = views.iter().map(|v| (v, tags(document, v))).collect();
    all.iter().enumerate().all(|(at, one)| all[..at].iter().all(|other| apart(one, other)))
}

/// The required properties of an object that are one of few values each.
type Tags<'a> = BTreeMap<&'a str, BTreeSet<String>>;

fn tags<'a>(document: &Document<'a>, view: &View<'a>) -> Tags<'a> {
    const MAX_TAGS: usize = 8;
    let required = view.required.iter().take(MAX_TAGS);
    let values = |name: &&'a str| {
        let of = View::of(document, view.fields.get(*name)?);
        let values = of.values.filter(|_| !of.null)?;
        Some((*name, values.iter().map(|v| value_key(v)).collect()))
    };
    required.filter_map(values).collect()
}

/// Whether no value fits both.
fn apart<'a>((one, tags): &(&View<'a>, Tags<'a>), (other, others): &(&View<'a>, Tags<'a>)) -> bool {
    if !one.reach.meets(other.reach) {
        return true;
    }
    if one.types != Types::OBJECT || other.types != Types::OBJECT {
        return false;
    }
    let by_tag = tags.iter().any(|(name, values)| others.get(name).is_some_and(|o| o.is_disjoint(values)));
    let refuses = |by: &View<'a>, of: &View<'a>| {
        let known = |name: &&&'a str| by.fields.contains_key(**name);
        by.closed && by.by_pattern.is_empty() && !of.required.iter().all(|name| known(&name))
    };
    by_tag || refuses(one, other) || refuses(other, one)
}
