//! `K/N`: which part of a repository's toolpacks is judged here. Told from the path of a toolpack alone, so that it
//! stays where it is whatever else comes and goes.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canon::digest::sha256;

/// Most parts.
const MANY: u32 = 1_000;

/// One part of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Numbers", into = "Numbers")]
#[schemars(with = "Numbers")]
pub struct Shard {
    k: u32,
    n: u32,
}

/// A part as files have it.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Numbers {
    /// Which part, from 1 on.
    k: u32,
    /// Of how many.
    n: u32,
}

impl Shard {
    /// Which part, from 1 on.
    pub fn k(self) -> u32 {
        self.k
    }

    /// Of how many.
    pub fn n(self) -> u32 {
        self.n
    }

    /// Whether what belongs to no toolpack is judged here too.
    pub fn leads(self) -> bool {
        self.k == 1
    }

    /// Whether a toolpack is judged here, by its folder: the first eight bytes of the SHA-256 of its path, modulo the
    /// number of parts.
    pub fn has(self, dir: &str) -> bool {
        let first = sha256(dir.as_bytes()).iter().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        first % u64::from(self.n) == u64::from(self.k - 1)
    }
}

impl TryFrom<Numbers> for Shard {
    type Error = String;

    fn try_from(Numbers { k, n }: Numbers) -> Result<Shard, String> {
        match (1..=MANY).contains(&n) && (1..=n).contains(&k) {
            true => Ok(Shard { k, n }),
            false => Err(format!("expected K/N with N from 1 to {MANY} and K from 1 to N, found {k}/{n}")),
        }
    }
}

impl From<Shard> for Numbers {
    fn from(Shard { k, n }: Shard) -> Numbers {
        Numbers { k, n }
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| digits.parse().ok()).flatten()
        };
        let both = text.split_once('/').and_then(|(k, n)| Some(Numbers { k: number(k)?, n: number(n)? }));
        Shard::try_from(both.ok_or_else(|| format!("expected K/N, as in 2/8, found {text:?}"))?)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.k, self.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_part_is_two_plain_numbers() {
        for text in ["1/1", "2/8", "1000/1000"] {
            assert_eq!(text.parse::<Shard>().map(|shard| shard.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "1", "/", "0/1", "2/1", "1/0", "+1/2", "1/2/3", "1/1001", " 1/2", "1/99999999999"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_split_is_the_same_everywhere() {
        // `printf packs/shop | sha256sum` begins with e5c7d48a7ddd02f7.
        let of = |n: u32| (1..=n).find(|k| Shard { k: *k, n }.has("packs/shop"));
        assert_eq!((of(1), of(2), of(8)), (Some(1), Some(2), Some(8)));
    }

    proptest! {
        #[test]
        fn every_path_is_in_one_part_of_all(path in ".{0,40}", n in 1u32..9) {
            prop_assert_eq!((1..=n).filter(|k| Shard { k: *k, n }.has(&path)).count(), 1);
        }
    }
}
