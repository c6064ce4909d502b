//! Sets of strangers' words that stay small, however they come together.
//!
//! Of more words than are kept, those with the smallest SHA-256 stay: which those are depends on the set alone,
//! not on the order or the grouping in which it was seen. What is counted for a word that stays is exact, since
//! it was among the smallest in each part of the whole too.

use crate::canon::digest::sha256;

/// What can be put together, in any order and any grouping, with the same outcome.
pub trait Merge {
    /// Takes another's share into this one.
    fn merge(&mut self, other: Self);
}

/// Counts stop at the largest number that files can hold.
const MOST: u64 = i64::MAX.unsigned_abs();

/// The sum of two counts.
pub fn sum(a: u64, b: u64) -> u64 {
    a.saturating_add(b).min(MOST)
}

impl Merge for u64 {
    fn merge(&mut self, other: u64) {
        *self = sum(*self, other);
    }
}

/// Words with what is known of each, at most `MAX` of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bottom<V, const MAX: usize> {
    /// By digest.
    kept: Vec<([u8; 32], String, V)>,
    /// Whether there were more.
    pub more: bool,
}

impl<V, const MAX: usize> Default for Bottom<V, MAX> {
    fn default() -> Self {
        Bottom { kept: Vec::new(), more: false }
    }
}

impl<V: Merge, const MAX: usize> Bottom<V, MAX> {
    /// Adds what is known of a word.
    pub fn put(&mut self, word: &str, known: V) {
        // Most words have been seen before: no digest is needed to find them.
        match self.kept.iter().position(|(_, kept, _)| kept == word) {
            Some(at) => self.kept[at].2.merge(known),
            None => self.add(word, known),
        }
    }

    /// The same for a word that was most likely not seen before.
    pub fn add(&mut self, word: &str, known: V) {
        self.put_new(sha256(word.as_bytes()), word.to_owned(), known);
    }

    fn put_new(&mut self, digest: [u8; 32], word: String, known: V) {
        match self.kept.binary_search_by(|(kept, _, _)| kept.cmp(&digest)) {
            Ok(at) => self.kept[at].2.merge(known),
            Err(at) if at >= MAX => self.more = true,
            Err(at) => {
                self.kept.insert(at, (digest, word, known));
                if self.kept.len() > MAX {
                    self.kept.pop();
                    self.more = true;
                }
            }
        }
    }

    /// What is known of a word, to be added to; none if the word is not among those that stay.
    pub fn entry(&mut self, word: &str) -> Option<&mut V>
    where
        V: Default,
    {
        let found = self.kept.iter().position(|(_, kept, _)| kept == word);
        let at = match found {
            Some(at) => at,
            None => {
                let digest = sha256(word.as_bytes());
                self.put_new(digest, word.to_owned(), V::default());
                self.kept.binary_search_by(|(kept, _, _)| kept.cmp(&digest)).ok()?
            }
        };
        Some(&mut self.kept[at].2)
    }
}

impl<const MAX: usize> Bottom<u64, MAX> {
    /// Counts a word once more, if it is among those that stay.
    pub fn bump(&mut self, word: &str) -> bool {
        let found = self.kept.iter_mut().find(|(_, kept, _)| kept == word);
        found.map(|(_, _, n)| n.merge(1)).is_some()
    }
}

impl<V, const MAX: usize> Bottom<V, MAX> {
    /// What is known of a word.
    pub fn get(&self, word: &str) -> Option<&V> {
        self.kept.iter().find(|(_, kept, _)| kept == word).map(|(_, _, known)| known)
    }

    /// The words in their own order, each with what is known of it.
    pub fn sorted(&self) -> Vec<(&str, &V)> {
        let mut all: Vec<(&str, &V)> =
            self.kept.iter().map(|(_, word, known)| (word.as_str(), known)).collect();
        all.sort_by(|a, b| a.0.cmp(b.0));
        all
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

impl<V: Merge, const MAX: usize> Merge for Bottom<V, MAX> {
    fn merge(&mut self, other: Self) {
        self.more |= other.more;
        for (digest, word, known) in other.kept {
            self.put_new(digest, word, known);
        }
    }
}

/// The smallest and the largest of some numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds(pub Option<(i64, i64)>);

impl Bounds {
    /// Takes a number in.
    pub fn take(&mut self, number: i64) {
        self.merge(Bounds(Some((number, number))));
    }
}

impl Merge for Bounds {
    fn merge(&mut self, other: Bounds) {
        self.0 = match (self.0, other.0) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, two) => one.or(two),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Few = Bottom<u64, 3>;

    fn of(words: &[u8]) -> Few {
        let mut few = Few::default();
        words.iter().for_each(|word| few.put(&word.to_string(), 1));
        few
    }

    #[test]
    fn the_smallest_stay_with_exact_counts() {
        let few = of(&[1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
        assert!(few.more && few.len() == 3);
        assert!(few.sorted().iter().all(|(_, n)| **n == 2), "{few:?}");
        assert!(!of(&[1, 2, 3, 1]).more);
    }

    proptest! {
        #[test]
        fn any_split_and_order_is_one(a in prop::collection::vec(0u8..9, 0..20), b in prop::collection::vec(0u8..9, 0..20)) {
            let whole = of(&[a.clone(), b.clone()].concat());
            let (mut there, mut back) = (of(&a), of(&b));
            there.merge(of(&b));
            back.merge(of(&a));
            prop_assert_eq!(&there, &whole);
            prop_assert_eq!(&back, &whole);
            for (word, n) in whole.sorted() {
                let seen = a.iter().chain(&b).filter(|w| w.to_string() == word).count();
                prop_assert_eq!(*n, seen as u64);
            }
        }
    }
}
