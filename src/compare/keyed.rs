//! Two keyed sets in, what is added, removed or in both out, in key order.

use std::collections::BTreeMap;

/// Where an item of two compared sets stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyed<'a, T> {
    /// In head only.
    Added(&'a T),
    /// In base only.
    Removed(&'a T),
    /// In both, as (base, head).
    Both(&'a T, &'a T),
}

/// Pairs the items of base and head by key, in ascending order of the keys.
///
/// A key that stands twice on one side pairs in order of appearance, and the surplus is added or removed:
/// no item is ever lost, for a check that sees only the last of two equal names can be fooled.
pub fn keyed<'a, T, K: Ord>(
    base: impl IntoIterator<Item = &'a T>,
    head: impl IntoIterator<Item = &'a T>,
    key: impl Fn(&'a T) -> K,
) -> Vec<Keyed<'a, T>> {
    let mut slots: BTreeMap<K, (Vec<&'a T>, Vec<&'a T>)> = BTreeMap::new();
    for item in base {
        slots.entry(key(item)).or_default().0.push(item);
    }
    for item in head {
        slots.entry(key(item)).or_default().1.push(item);
    }
    let mut out = Vec::new();
    for (base, head) in slots.into_values() {
        let paired = base.len().min(head.len());
        out.extend(base.iter().zip(&head).map(|(b, h)| Keyed::Both(*b, *h)));
        out.extend(base[paired..].iter().map(|b| Keyed::Removed(*b)));
        out.extend(head[paired..].iter().map(|h| Keyed::Added(*h)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tells_added_removed_and_both_in_key_order() {
        let (base, head) = (["c", "a"], ["b", "c"]);
        let told = keyed(&base, &head, |s| *s);
        assert_eq!(told, [Keyed::Removed(&"a"), Keyed::Added(&"b"), Keyed::Both(&"c", &"c")]);
    }

    #[test]
    fn a_second_item_of_one_key_is_not_lost() {
        let (base, head) = ([("k", 1)], [("k", 2), ("k", 3)]);
        let told = keyed(&base, &head, |(k, _)| *k);
        assert_eq!(told, [Keyed::Both(&("k", 1), &("k", 2)), Keyed::Added(&("k", 3))]);
    }

    proptest! {
        #[test]
        fn every_item_is_told_once(base in proptest::collection::vec(0u8..9, 0..20), head in proptest::collection::vec(0u8..9, 0..20)) {
            let told = keyed(&base, &head, |n| *n);
            let from_base = told.iter().filter(|k| !matches!(k, Keyed::Added(_))).count();
            let from_head = told.iter().filter(|k| !matches!(k, Keyed::Removed(_))).count();
            prop_assert_eq!((from_base, from_head), (base.len(), head.len()));
        }
    }
}
