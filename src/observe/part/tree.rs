//! Sketches by path, for one host and method. A place with more literal children than a person would have made
//! has one child, `{*}`, that stands for them all.
//!
//! Only how many different children there are decides: folding a place adds children to those below it and takes none
//! away, so that whatever was folded in a part is folded in the whole, in any order and grouping.

use std::collections::BTreeMap;

use super::bottom::Merge;
use super::class::{ANY, CLASSES, Segment};
use super::sketch::Sketch;

/// Different literal children that a place may have.
pub const CHILDREN: usize = 256;

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Calls of this very path.
    pub here: Option<Box<Sketch>>,
    /// What is below, by segment.
    pub below: BTreeMap<String, Place>,
    /// How many of them are literals.
    literals: usize,
}

/// Whether a segment of a key is a literal, in the sense that there may be any number of them.
pub fn is_literal(segment: &str) -> bool {
    segment != ANY && !CLASSES.contains(&segment)
}

impl Place {
    /// The sketch of a path below this place.
    pub fn sketch(&mut self, segments: &[Segment]) -> &mut Sketch {
        let words = segments.iter().map(|s| s.text.as_str()).collect::<Vec<&str>>();
        self.at(&words).here.get_or_insert_default()
    }

    /// The place of a path below this one.
    pub fn at(&mut self, segments: &[&str]) -> &mut Place {
        segments.iter().fold(self, |place, segment| place.child(segment))
    }

    fn child(&mut self, segment: &str) -> &mut Place {
        if self.below.contains_key(segment) {
            return self.below.entry(segment.to_owned()).or_default();
        }
        let folded = self.below.contains_key(ANY);
        let segment = if folded && is_literal(segment) { ANY } else { segment };
        let new = !self.below.contains_key(segment);
        if new && segment == ANY {
            self.below.insert(ANY.to_owned(), Place::default());
            self.fold();
        } else if new {
            self.below.insert(segment.to_owned(), Place::default());
            if is_literal(segment) {
                self.literals += 1;
                if self.literals > CHILDREN {
                    self.fold();
                }
            }
        }
        let found = if self.below.contains_key(segment) { segment } else { ANY };
        self.below.entry(found.to_owned()).or_default()
    }

    /// Makes one child of all literal ones.
    fn fold(&mut self) {
        let (literals, mut rest): (BTreeMap<String, Place>, _) =
            std::mem::take(&mut self.below).into_iter().partition(|(segment, _)| is_literal(segment));
        let mut whole = rest.remove(ANY).unwrap_or_default();
        for (_, place) in literals {
            whole.merge(place);
        }
        rest.insert(ANY.to_owned(), whole);
        self.below = rest;
        self.literals = 0;
    }

    /// Each sketch with its path, in order of segments.
    pub fn each<'p>(&'p self, out: &mut dyn FnMut(&[&'p str], &'p Sketch)) {
        self.walk(&mut Vec::new(), out);
    }

    fn walk<'p>(&'p self, above: &mut Vec<&'p str>, out: &mut dyn FnMut(&[&'p str], &'p Sketch)) {
        if let Some(sketch) = &self.here {
            out(above, sketch);
        }
        for (segment, place) in &self.below {
            above.push(segment);
            place.walk(above, out);
            above.pop();
        }
    }
}

impl Merge for Place {
    fn merge(&mut self, other: Place) {
        if let Some(theirs) = other.here {
            self.here.get_or_insert_default().merge(*theirs);
        }
        for (segment, place) in other.below {
            self.child(&segment).merge(place);
        }
    }
}
