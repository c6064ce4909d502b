//! Two sets in, their items paired in rounds out: each round has a key, and pairs only what is still unpaired
//! and has a key that is unique on both sides (formats-v2 §5). So no item is paired by a key that somebody
//! has put on two of them.

use std::collections::{BTreeMap, BTreeSet};

use super::keyed::Keyed;
use crate::model::finding::Side;

/// Items that are still unpaired, and those that are paired.
pub struct Rounds<'a, T> {
    base: Vec<&'a T>,
    head: Vec<&'a T>,
    pairs: Vec<(&'a T, &'a T)>,
}

impl<'a, T> Rounds<'a, T> {
    /// Nothing paired yet.
    pub fn new(base: Vec<&'a T>, head: Vec<&'a T>) -> Rounds<'a, T> {
        Rounds { base, head, pairs: Vec::new() }
    }

    /// One round. An item with several keys is paired by the first, in the order of keys.
    pub fn pair(&mut self, keys: impl Fn(&'a T, Side) -> Vec<String>) {
        if self.base.is_empty() || self.head.is_empty() {
            return;
        }
        let mut by_key: BTreeMap<String, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (at, item) in self.base.iter().enumerate() {
            for key in keys(item, Side::Base) {
                by_key.entry(key).or_default().0.push(at);
            }
        }
        for (at, item) in self.head.iter().enumerate() {
            for key in keys(item, Side::Head) {
                by_key.entry(key).or_default().1.push(at);
            }
        }
        let (mut base_done, mut head_done) = (BTreeSet::new(), BTreeSet::new());
        for (b, h) in by_key.into_values() {
            if let ([b], [h]) = (&b[..], &h[..])
                && !base_done.contains(b)
                && !head_done.contains(h)
            {
                base_done.insert(*b);
                head_done.insert(*h);
                self.pairs.push((self.base[*b], self.head[*h]));
            }
        }
        let keep = |items: &[&'a T], done: &BTreeSet<usize>| {
            items.iter().enumerate().filter(|(at, _)| !done.contains(at)).map(|(_, item)| *item).collect()
        };
        self.base = keep(&self.base, &base_done);
        self.head = keep(&self.head, &head_done);
    }

    /// Every item once: pairs, then what the base alone has, then what the head alone has.
    pub fn finish(self) -> Vec<Keyed<'a, T>> {
        let both = self.pairs.into_iter().map(|(b, h)| Keyed::Both(b, h));
        let removed = self.base.into_iter().map(Keyed::Removed);
        let added = self.head.into_iter().map(Keyed::Added);
        both.chain(removed).chain(added).collect()
    }
}
