//! Two surfaces of which one at least was recorded in; which of them is held against the other, and which operation
//! is a call of which, out.

use std::collections::{HashMap, HashSet};

use crate::compare::keyed::Keyed;
use crate::compare::paths::shape;
use crate::compare::rounds::Rounds;
use crate::drift::flows::Flows;
use crate::drift::surface::Surface;
use crate::model::finding::Side;
use crate::model::surface::Locked;

/// A surface and recorded calls.
pub struct Sides<'s, 'a> {
    /// The surface that calls are held against: the one that was written down; of two recordings the first.
    pub surface: &'s Surface<'a>,
    /// The recorded calls.
    pub calls: &'s Surface<'a>,
    /// Whether the surface was locked and the calls are what is there now, and not the other way round.
    pub calls_are_new: bool,
    /// What feeds what in the surface.
    pub flows: Flows<'a>,
    /// Operations that were called, with what was called.
    pub called: Vec<Called<'s, 'a>>,
    /// Operations that were not.
    pub uncalled: Vec<&'s Locked<'a>>,
    /// Calls of no operation.
    pub unknown: Vec<&'s Locked<'a>>,
}

/// An operation and its calls.
#[derive(Clone, Copy)]
pub struct Called<'s, 'a> {
    /// As it was written down.
    pub was: &'s Locked<'a>,
    /// As it was called.
    pub is: &'s Locked<'a>,
}

impl<'s, 'a> Sides<'s, 'a> {
    /// Pairs two surfaces; none if neither was recorded.
    pub fn of(old: &'s Surface<'a>, new: &'s Surface<'a>) -> Option<Sides<'s, 'a>> {
        let calls_are_new = new.source.recorded.is_some();
        let (surface, calls) = match (old.source.recorded.is_some(), calls_are_new) {
            (_, true) => (old, new),
            (true, false) => (new, old),
            (false, false) => return None,
        };
        let mut rounds = Rounds::new(operations(surface), operations(calls));
        rounds.pair(|l: &Locked, _| vec![address(l)]);
        let mut sides = Sides {
            surface,
            calls,
            calls_are_new,
            flows: Flows::of(surface),
            called: Vec::new(),
            uncalled: Vec::new(),
            unknown: Vec::new(),
        };
        for keyed in rounds.finish() {
            match keyed {
                Keyed::Both(was, is) => sides.called.push(Called { was, is }),
                Keyed::Removed(was) => sides.uncalled.push(was),
                Keyed::Added(is) => sides.unknown.push(is),
            }
        }
        sides.by_first();
        sides.without_endpoints();
        Some(sides)
    }

    /// How many operations there are that could be called.
    pub fn all(&self) -> usize {
        self.called.len() + self.uncalled.len()
    }

    /// The side of the surface in a comparison.
    pub fn side(&self) -> Side {
        if self.calls_are_new { Side::Base } else { Side::Head }
    }

    /// Of several operations with one address a call is one of the first: which it was of nobody can tell.
    fn by_first(&mut self) {
        let mut known: HashMap<String, &'s Locked<'a>> = HashMap::new();
        for was in self.uncalled.iter().rev() {
            known.insert(address(was), was);
        }
        let (mut called, mut unknown) = (Vec::new(), Vec::new());
        for is in std::mem::take(&mut self.unknown) {
            match known.remove(&address(is)) {
                Some(was) => called.push(Called { was, is }),
                None => unknown.push(is),
            }
        }
        let taken: HashSet<*const Locked> =
            called.iter().map(|one: &Called| std::ptr::from_ref(one.was)).collect();
        self.uncalled.retain(|l| !taken.contains(&std::ptr::from_ref(*l)));
        self.unknown = unknown;
        self.called.extend(called);
    }

    /// An endpoint of GraphQL is called through its operations. Where the other side knows it only as a whole, it
    /// is compared as a whole.
    fn without_endpoints(&mut self) {
        let whole = |l: &Locked| l.graphql.is_none() && l.content.graphql.is_empty();
        let spoken = |l: &Locked| l.graphql.is_none() && !l.content.graphql.is_empty();
        let wholes: HashSet<String> =
            self.called.iter().filter(|one| whole(one.was)).map(|one| endpoint(one.was)).collect();
        let told = |surface: &Surface| surface.graphql.iter().map(endpoint).collect::<HashSet<String>>();
        let (known, called) = (told(self.surface), told(self.calls));
        self.called.retain(|one| !(spoken(one.was) && spoken(one.is)));
        self.uncalled.retain(|l| !(spoken(l) && known.contains(&endpoint(l))));
        self.unknown.retain(|l| match spoken(l) {
            true => !called.contains(&endpoint(l)),
            false => l.graphql.is_none() || !wholes.contains(&endpoint(l)),
        });
    }
}

fn operations<'s, 'a>(surface: &'s Surface<'a>) -> Vec<&'s Locked<'a>> {
    surface.operations.iter().chain(&surface.graphql).collect()
}

/// Method, host and path of an operation, whatever its placeholders are called; and which GraphQL operation it is.
fn address(locked: &Locked) -> String {
    let name = locked.graphql.as_ref().map(|(name, _)| name.as_str()).unwrap_or_default();
    format!("{}\0{name}", endpoint(locked))
}

fn endpoint(locked: &Locked) -> String {
    let path = shape(&locked.full_path());
    format!("{} {}\0{}", locked.method, locked.host, path.trim_end_matches('/'))
}
