//! A name in, what was said of it before out: most names of a recording are met thousands of times.
//!
//! Names are strangers' words: the map is one that no choice of them makes slow, and bounded. Before it stand a few
//! places of which a name has one, so that the usual case takes no hash of all its bytes.

use std::collections::HashMap;

/// Places before the map: a power of two.
const NEAR: usize = 256;
/// Longest name that is remembered.
const LONGEST: usize = 200;

/// What was said of names.
#[derive(Debug)]
pub struct Remembered<V> {
    near: Vec<Option<(Box<str>, V)>>,
    all: HashMap<Box<str>, V>,
    most: usize,
}

impl<V: Copy> Remembered<V> {
    /// An empty one, for so many names.
    pub fn new(most: usize) -> Remembered<V> {
        Remembered { near: Vec::new(), all: HashMap::new(), most }
    }

    /// What was said of a name, or is said now.
    pub fn of(&mut self, name: &str, say: impl FnOnce() -> V) -> V {
        let at = place(name.as_bytes());
        if let Some(Some((near, said))) = self.near.get(at)
            && **near == *name
        {
            return *said;
        }
        if name.len() > LONGEST {
            return say();
        }
        let said = self.all.get(name).copied().unwrap_or_else(say);
        if self.all.len() < self.most {
            self.all.entry(name.into()).or_insert(said);
        }
        if self.near.is_empty() {
            self.near.resize_with(NEAR, || None);
        }
        self.near[at] = Some((name.into(), said));
        said
    }
}

/// The place of a name: from its length, its beginning and its end. Two of one place cost time and nothing else.
fn place(name: &[u8]) -> usize {
    let few = || name.iter().fold(0u32, |all, byte| all << 8 | u32::from(*byte));
    let begin = name.first_chunk().map_or_else(few, |four| u32::from_be_bytes(*four));
    let end = name.last_chunk().map_or(begin, |four| u32::from_be_bytes(*four));
    let mixed = (begin ^ end.rotate_left(13) ^ name.len() as u32).wrapping_mul(0x9E37_79B1);
    (mixed >> 24) as usize % NEAR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_once_is_said_again() {
        let mut remembered = Remembered::new(100);
        let mut asked = 0;
        let names: Vec<String> = (0..1_000).map(|n| format!("name-{n}-of-all")).collect();
        for _ in 0..2 {
            for name in &names {
                let said = remembered.of(name, || {
                    asked += 1;
                    name.len() + 1
                });
                assert_eq!(said, name.len() + 1);
            }
        }
        assert!(remembered.all.len() == 100 && asked <= 1_900, "{asked}");
        let long = "x".repeat(LONGEST + 1);
        assert_eq!((remembered.of(&long, || 7), remembered.of(&long, || 8)), (7, 8));
        assert_eq!(remembered.of("", || 9), 9);
    }
}
