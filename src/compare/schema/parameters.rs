//! The comparison as a whole: of two schemas, and of the parameters of two requests.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Context, Parameter, Position, Schema, SchemaChange};
use super::judge;
use super::objects::{self, Field};
use super::place::{Level, Place};
use super::walk::{About, Walk};
use crate::canon::node::pointer_step;
use crate::compare::risk_words::is_secret;
use crate::model::phrase::Phrase;
use crate::rules::par;

/// Every change between two schemas.
pub(super) fn compare(old: Schema, new: Schema, context: &Context) -> Vec<SchemaChange> {
    let (level, name) = match context.position {
        Position::ToolInput => (Level::Input, ""),
        Position::Parameter { name, .. } => (Level::Parameter, name),
        Position::RequestBody => (Level::Body, ""),
        Position::Response => (Level::Returned, ""),
        Position::ResponseHeader { name } => (Level::Returned, name),
    };
    let root = Place::root(level, name);
    let mut walk = Walk::new(old, new, *context);
    if walk.written_the_same() {
        return Vec::new();
    }
    judge::whole(&mut walk, &root);
    walk.push(root, old.node.into_iter().collect(), new.node.into_iter().collect());
    while let Some(task) = walk.next() {
        judge::place(&mut walk, &task);
    }
    walk.finish()
}

/// Every change between the parameters of two requests: new ones, gone ones, renamed and moved ones, what is
/// required, and what their values may be. Pointers begin with `/<location>.<name>`, values lie below
/// `/schema`.
pub fn parameters<'a>(
    old: &[Parameter<'a>],
    new: &[Parameter<'a>],
    writes: bool,
    about: &'a [String],
) -> Vec<SchemaChange> {
    let both_sides = Sides { writes, about };
    let by_key = |list: &[Parameter<'a>]| -> BTreeMap<(&'a str, &'a str), Parameter<'a>> {
        list.iter().map(|p| ((p.location, p.name), *p)).collect()
    };
    let (mut gone, mut added) = (by_key(old), by_key(new));
    let mut out = Vec::new();
    for (key, now) in added.clone() {
        if let Some(was) = gone.remove(&key) {
            added.remove(&key);
            out.extend(both_sides.one(&was, &now, false));
        }
    }
    for (was, now) in moved(&gone, &added) {
        gone.remove(&(was.location, was.name));
        added.remove(&(now.location, now.name));
        out.extend(both_sides.one(&was, &now, true));
    }
    let locations: BTreeSet<&str> = gone.keys().chain(added.keys()).map(|(location, _)| *location).collect();
    for location in locations {
        let of = |list: &BTreeMap<(&'a str, &'a str), Parameter<'a>>| -> Vec<Parameter<'a>> {
            list.values().filter(|p| p.location == location).copied().collect()
        };
        out.extend(both_sides.apart(location, &of(&gone), &of(&added)));
    }
    out
}

/// Parameters that keep their name and go to another place of the request: gone from one and new in one.
fn moved<'a>(
    gone: &BTreeMap<(&'a str, &'a str), Parameter<'a>>,
    added: &BTreeMap<(&'a str, &'a str), Parameter<'a>>,
) -> Vec<(Parameter<'a>, Parameter<'a>)> {
    // Names of headers have no case, and so none to lose.
    let mut by_name: BTreeMap<String, (Vec<Parameter<'a>>, Vec<Parameter<'a>>)> = BTreeMap::new();
    gone.values().for_each(|p| by_name.entry(p.name.to_lowercase()).or_default().0.push(*p));
    added.values().for_each(|p| by_name.entry(p.name.to_lowercase()).or_default().1.push(*p));
    by_name
        .into_values()
        .filter_map(|(from, to)| match (&from[..], &to[..]) {
            ([was], [now]) if was.location != now.location => Some((*was, *now)),
            _ => None,
        })
        .collect()
}

/// What is known about both requests.
struct Sides<'a> {
    writes: bool,
    about: &'a [String],
}

impl<'a> Sides<'a> {
    fn walk(&self, old: Schema<'a>, new: Schema<'a>, location: &'a str, name: &'a str) -> Walk<'a> {
        let position = Position::Parameter { location, name };
        Walk::new(old, new, Context { position, writes: self.writes, about: self.about })
    }

    /// A parameter that both requests have.
    fn one(&self, was: &Parameter<'a>, now: &Parameter<'a>, moved: bool) -> Vec<SchemaChange> {
        let root = Place::root(Level::Parameter, now.name);
        let mut walk = self.walk(was.schema, now.schema, now.location, now.name);
        if moved {
            let change = Phrase::say(format!("{} → {}", place_word(was.location), place_word(now.location)));
            let here = "calls put it where it is not read";
            walk.say(par::LOCATION_CHANGED, &root, About::default(), change, here);
            secret(&mut walk, &root, now);
        }
        objects::required(&mut walk, &root, was.required, now.required);
        let key = format!("/{}.{}", now.location, pointer_step(now.name));
        let mut out = prefixed(walk.finish(), |_| key.clone());
        let context = self.walk(was.schema, now.schema, now.location, now.name).context;
        out.extend(prefixed(compare(was.schema, now.schema, &context), |_| format!("{key}/schema")));
        out
    }

    /// Parameters of one place of the request that only one of them has.
    fn apart(&self, location: &'a str, gone: &[Parameter<'a>], added: &[Parameter<'a>]) -> Vec<SchemaChange> {
        let defs =
            |list: &[Parameter<'a>]| Schema { node: None, defs: list.first().and_then(|p| p.schema.defs) };
        let field = |p: &Parameter<'a>| Field {
            name: p.name,
            required: p.required,
            description: p.description,
            schema: p.schema.node.into_iter().collect(),
        };
        let fields = |list: &[Parameter<'a>]| list.iter().map(field).collect::<Vec<_>>();
        let mut walk = self.walk(defs(gone), defs(added), location, "");
        objects::changed(&mut walk, &fields(gone), &fields(added), |name| {
            Place::root(Level::Parameter, name)
        });
        for now in added {
            secret(&mut walk, &Place::root(Level::Parameter, now.name), now);
        }
        prefixed(walk.finish(), |change| format!("/{location}.{}", pointer_step(&change.field)))
    }
}

fn secret<'a>(walk: &mut Walk<'a>, place: &Place<'a>, now: &Parameter<'a>) {
    if now.location == "query" && is_secret(now.name) {
        let here = "URLs end up in logs and histories";
        walk.say(par::SECRET_IN_QUERY, place, About::default(), Phrase::say("now in the query"), here);
    }
}

/// Only our own words enter a sentence unquoted.
fn place_word(location: &str) -> &'static str {
    ["path", "query", "header", "cookie", "body"].into_iter().find(|w| *w == location).unwrap_or("elsewhere")
}

fn prefixed(mut changes: Vec<SchemaChange>, prefix: impl Fn(&SchemaChange) -> String) -> Vec<SchemaChange> {
    for change in &mut changes {
        change.pointer = prefix(change) + &change.pointer;
    }
    changes
}
