//! A value of a list of choices and what holds beside the list in, whether it gets past it out: then the list
//! alone says what is accepted.

use super::decimal::Decimal;
use super::pattern::{Relation, relation};
use super::types::Types;
use super::view::{Limit, View};
use crate::canon::{Node, Value};

impl View<'_> {
    /// Whether a value of a list of choices gets past the bounds beside it. What can't be told fits.
    pub(super) fn fits(&self, value: &Node) -> bool {
        let types = Types::of(value);
        let within = |at: usize, n: &Decimal| {
            let (low, high) = &self.bounds[at];
            let above = |l: &Limit| if l.exclusive { *n > l.value } else { *n >= l.value };
            let below = |l: &Limit| if l.exclusive { *n < l.value } else { *n <= l.value };
            low.as_ref().is_none_or(above) && high.as_ref().is_none_or(below)
        };
        types.within(self.types)
            && match &value.value {
                Value::Int(_) | Value::Float(_) => Decimal::of(value).is_none_or(|n| {
                    within(0, &n) && self.steps.iter().all(|(s, _)| n.is_multiple_of(s) != Some(false))
                }),
                Value::Text(text) => within(1, &Decimal::count(text.chars().count())),
                Value::List(items) => within(2, &Decimal::count(items.len())),
                Value::Map(members) => within(3, &Decimal::count(members.len())),
                _ => true,
            }
    }

    /// Whether a value certainly gets past everything here.
    pub(super) fn certainly_fits(&self, value: &Node) -> bool {
        let scalar = !matches!(value.value, Value::List(_) | Value::Map(_));
        let steps = || {
            let number = Decimal::of(value);
            number.is_none_or(|n| self.steps.iter().all(|(s, _)| n.is_multiple_of(s) == Some(true)))
        };
        let patterns = || {
            value.as_text().is_none_or(|text| {
                self.patterns.keys().all(|pattern| {
                    let exact = format!("^{}$", escaped(text));
                    matches!(relation(pattern, &exact), Relation::Tighter | Relation::Same)
                })
            })
        };
        scalar
            && self.others.is_empty()
            && self.groups.is_empty()
            && self.fits(value)
            && steps()
            && patterns()
    }
}

fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| c.is_ascii_punctuation().then_some('\\').into_iter().chain([c])).collect()
}
