//! A value of a list of choices and what holds beside the list in, whether it gets past it out: then the list
//! alone says what is accepted.

use super::decimal::Decimal;
use super::pattern::Taken;
use super::types::Types;
use super::view::{Limit, View};
use crate::canon::{Node, Value};

/// Most patterns of one place that values are held against.
const MAX_PATTERNS: usize = 8;

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

    /// Whether all of these values certainly get past everything here.
    pub(super) fn certainly_fit(&self, values: &[&Node]) -> bool {
        let scalar = |value: &Node| !matches!(value.value, Value::List(_) | Value::Map(_));
        let on_steps = |value: &Node| {
            let number = Decimal::of(value);
            number.is_none_or(|n| self.steps.iter().all(|(s, _)| n.is_multiple_of(s) == Some(true)))
        };
        let matching = || {
            let texts: Vec<&str> = values.iter().filter_map(|value| value.as_text()).collect();
            // Each pattern is read once, whatever the number of values.
            texts.is_empty()
                || self.patterns.len() <= MAX_PATTERNS
                    && self.patterns.keys().all(|pattern| {
                        Taken::of(pattern).is_some_and(|taken| texts.iter().all(|text| taken.takes(text)))
                    })
        };
        self.others.is_empty()
            && self.groups.is_empty()
            && values.iter().all(|value| scalar(value) && self.fits(value) && on_steps(value))
            && matching()
    }
}
