//! Operations in, which of them gives what another takes out: by names of fields, each with the resource that it is of.
//!
//! A field `id` is one of its resource only: `POST /orders` gives an `order id`, not whatever else is called `id`. Both
//! sides are looked up by name, so that the work grows with the number of fields.

use std::collections::{BTreeMap, BTreeSet};

use super::operation::Observed;
use super::part::{Shape, key};
use crate::canon::Node;
use crate::canon::text::words;
use crate::compare::inflect::singular;

/// Fields that say what every answer says.
const GENERIC: [&str; 36] = [
    "code",
    "count",
    "created at",
    "currency",
    "cursor",
    "data",
    "deleted at",
    "description",
    "error",
    "errors",
    "format",
    "key",
    "label",
    "language",
    "limit",
    "locale",
    "message",
    "meta",
    "name",
    "offset",
    "order",
    "page",
    "page size",
    "per page",
    "result",
    "results",
    "size",
    "sort",
    "state",
    "status",
    "timestamp",
    "title",
    "total",
    "type",
    "value",
    "version",
];
/// Last words of names that point at one thing.
const POINTERS: [&str; 8] = ["code", "handle", "id", "key", "number", "sku", "slug", "uuid"];
/// Levels of a body, and most operations that are told to give one field.
const DEPTH: usize = 6;
const GIVERS: usize = 3;

/// An operation that gives a field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Giver<'a> {
    /// 100 less what is believed of it: the best come first.
    doubt: u8,
    id: &'a str,
}

/// The flows, by how much they are believed, then by ids; `all` has each operation with its id.
pub fn flows(all: &[(&Observed, &str)]) -> Vec<Node> {
    let mut givers: BTreeMap<String, BTreeSet<Giver>> = BTreeMap::new();
    let taken: Vec<BTreeMap<String, String>> = all.iter().map(|(operation, _)| inputs(operation)).collect();
    for ((operation, id), taken) in all.iter().zip(&taken).filter(|((operation, _), _)| gives(operation)) {
        let resource = resource(&operation.path);
        let reads = operation.method == "GET";
        // Who has to know it to call gives it to nobody.
        for field in outputs(operation, &resource).into_iter().filter(|field| !taken.contains_key(field)) {
            let own = field.split(' ').next()
                == resource.as_deref().map(|r| r.split(' ').next().unwrap_or_default());
            let pointer = field.rsplit(' ').next().is_some_and(|last| POINTERS.contains(&last));
            let doubt = match (own, pointer, reads) {
                (true, true, true) => 10,
                (true, true, false) => 15,
                (false, true, true) => 20,
                (false, true, false) => 30,
                _ => 45,
            };
            givers.entry(field).or_default().insert(Giver { doubt, id });
        }
    }
    let mut found: BTreeMap<(&str, &str), (u8, String)> = BTreeMap::new();
    for ((_, id), taken) in all.iter().zip(&taken) {
        for (field, name) in taken {
            let best = givers.get(field).into_iter().flatten().filter(|giver| giver.id != *id).take(GIVERS);
            for giver in best {
                let flow = (giver.doubt, name.clone());
                let kept = found.entry((giver.id, id)).or_insert_with(|| flow.clone());
                *kept = flow.min(kept.clone());
            }
        }
    }
    let mut found: Vec<(u8, &str, &str, String)> =
        found.into_iter().map(|((from, to), (doubt, field))| (doubt, from, to, field)).collect();
    found.sort();
    let node = |(doubt, from, to, field): (u8, &str, &str, String)| {
        Node::map([
            ("from", Node::text(from)),
            ("to", Node::text(to)),
            ("field", Node::text(field)),
            ("confidence", Node::int(100 - doubt)),
        ])
    };
    found.into_iter().map(node).collect()
}

/// Whether an operation can come first: what is deleted gives nothing to go on with.
fn gives(operation: &Observed) -> bool {
    matches!(operation.method, "GET" | "POST" | "PUT" | "PATCH")
        && operation.sketch.status.range(200..300).next().is_some()
}

/// What a path is about: its last literal, in the singular.
fn resource(path: &str) -> Option<String> {
    let literal = path.rsplit('/').find(|segment| !segment.is_empty() && !segment.contains('{'))?;
    one(literal)
}

/// The words of a name, the last in the singular.
fn one(name: &str) -> Option<String> {
    let mut own = words(name);
    let last = own.last_mut()?;
    *last = singular(last);
    Some(own.join(" "))
}

/// The name of a field with what it is of; none if it says nothing.
fn field(name: &str, of: Option<&str>) -> Option<String> {
    let own = words(name).join(" ");
    let own = match own.as_str() {
        "id" | "uuid" | "slug" => format!("{} {own}", of?),
        _ => own,
    };
    (!own.is_empty() && GENERIC.binary_search(&own.as_str()).is_err()).then_some(own)
}

fn outputs(operation: &Observed, resource: &Option<String>) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for (_, body) in operation.sketch.bodies.sorted().into_iter().filter(|(key, _)| key.starts_with("2xx ")) {
        walk(&body.shape, resource.as_deref(), 0, &mut |name, of| out.extend(field(name, of)));
    }
    out
}

/// Every field of a shape, with what it is of: the nearest member around it that says so, else the resource.
fn walk(shape: &Shape, of: Option<&str>, depth: usize, out: &mut dyn FnMut(&str, Option<&str>)) {
    if depth > DEPTH {
        return;
    }
    if let Some(item) = &shape.item {
        walk(item, of, depth + 1, out);
    }
    for (step, member) in &shape.members {
        // What stands behind a key that is an id is one of many: the key says nothing.
        let Some(name) = key(step) else {
            walk(member, of, depth + 1, out);
            continue;
        };
        if member.members.is_empty() && member.item.as_ref().is_none_or(|item| item.members.is_empty()) {
            out(&name, of);
            continue;
        }
        let own = one(&name).filter(|own| {
            GENERIC.binary_search(&own.as_str()).is_err() && own != "item" && own != "attribute"
        });
        walk(member, own.as_deref().or(of), depth + 1, out);
    }
}

/// What an operation takes, as it is looked up, and the name that it has there.
fn inputs(operation: &Observed) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let resource = resource(&operation.path);
    for (_, body) in
        operation.sketch.bodies.sorted().into_iter().filter(|(key, _)| key.starts_with("request "))
    {
        walk(&body.shape, resource.as_deref(), 0, &mut |name, of| {
            out.extend(field(name, of).map(|field| (field, name.to_owned())));
        });
    }
    for (name, _) in operation.sketch.params.sorted() {
        let Some(name) = name.strip_prefix("query.") else { continue };
        out.extend(field(name, resource.as_deref()).map(|field| (field, name.to_owned())));
    }
    for place in &operation.template.places {
        let before = operation.path.split(&format!("{{{}}}", place.name)).next().and_then(self::resource);
        out.extend(field(&place.name, before.as_deref()).map(|field| (field, place.name.clone())));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_id_is_of_its_resource() {
        assert!(GENERIC.is_sorted());
        assert_eq!(resource("/v1/users/{user_id}/orders").as_deref(), Some("order"));
        assert_eq!(field("id", Some("order")).as_deref(), Some("order id"));
        assert_eq!(field("id", None), None);
        assert_eq!(field("userId", Some("order")).as_deref(), Some("user id"));
        assert_eq!(field("created_at", Some("order")), None);
    }
}
