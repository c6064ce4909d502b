//! A whole body, input or answer that went one level down or up: one change, not one for each field.

use super::document::Document;
use super::objects::{self, Field};
use super::place::{Level, Step};
use super::rows;
use super::types::Types;
use super::view::View;
use super::walk::{About, Task, Walk, shortened};
use crate::model::phrase::Phrase;

/// Whether a whole body went one level down or up: every field of one side stands in one property of the
/// other. Then the inner ones are compared, and that it moved is told once.
pub(super) fn envelope<'a>(walk: &mut Walk<'a>, task: &Task<'a>, old: &View<'a>, new: &View<'a>) -> bool {
    let place = &task.place;
    if !place.is_root() || !matches!(place.level, Level::Input | Level::Body | Level::Returned) {
        return false;
    }
    let (down, up) = (holder(&walk.new, new, old, &walk.old), holder(&walk.old, old, new, &walk.new));
    let (name, wrapped) = match (down, up) {
        (Some(name), None) => (name, true),
        (None, Some(name)) => (name, false),
        _ => return false,
    };
    let word = if wrapped { "wrapped in " } else { "no longer in " };
    let change = Phrase::say(word).and_quote(shortened(name));
    walk.tell(rows::WRAPPED, place, About::default(), change, "every call has the wrong shape");
    let below = place.below(Step::Property(name));
    if wrapped {
        walk.push(below, task.old.clone(), new.fields[name].clone());
    } else {
        walk.push(below, old.fields[name].clone(), task.new.clone());
    }
    // What stands beside the inner one is as new, or as gone, as any other field.
    let outer = if wrapped { new } else { old };
    for (beside, schema) in outer.fields.iter().filter(|(beside, _)| **beside != name) {
        let at = place.below(Step::Property(beside));
        let required = outer.required.contains(beside);
        let field = Field { name: beside, required, description: None, schema: schema.clone() };
        if wrapped { objects::added(walk, &at, &field) } else { objects::removed(walk, &at, &field) }
    }
    true
}

/// The property of `outer` in which all of `inner` stands.
fn holder<'a>(
    document: &Document<'a>,
    outer: &View<'a>,
    inner: &View<'a>,
    inner_document: &Document<'a>,
) -> Option<&'a str> {
    const MAX_BESIDE: usize = 6;
    if outer.types != Types::OBJECT && outer.types != Types::ALL || outer.fields.len() > MAX_BESIDE {
        return None;
    }
    let listed = |view: &View<'a>, d: &Document<'a>| {
        let items = View::of(d, &view.items);
        (items.types, items.fields.into_keys().collect::<Vec<_>>())
    };
    let is_list = inner.types == Types::LIST && inner.items.iter().any(|i| i.is_map());
    let of_object = !inner.fields.is_empty() && !inner.fields.keys().any(|n| outer.fields.contains_key(n));
    if !is_list && !of_object {
        return None;
    }
    outer.fields.iter().find_map(|(name, schema)| {
        let view = View::of(document, schema);
        let fits = match is_list {
            true => view.types == Types::LIST && listed(&view, document) == listed(inner, inner_document),
            false => view.fields.keys().eq(inner.fields.keys()),
        };
        fits.then_some(*name)
    })
}
