//! Where the entries of a baseline stand in the file that they were read from, where that file is no
//! baseline.json.

use std::collections::HashMap;
use std::sync::Arc;

use crate::canon::node::pointer_step;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The file; `None`: the one that was given.
    pub file: Option<Arc<str>>,
    /// JSON pointer in it.
    pub pointer: String,
}

/// Where an entry stands, and those of its parts that do not stand below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The entry.
    pub spot: Spot,
    /// Parts, by their pointer below the entry as version 2 lays it out.
    pub parts: Vec<(String, Spot)>,
}

/// Where all entries stand, by their pointer in the baseline.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    entries: HashMap<String, Origin>,
}

impl Origins {
    /// Notes where an entry stands: a member of a top-level map of the baseline.
    pub fn put(&mut self, map: &str, key: &str, mut origin: Origin) {
        // Of two words about one part the later one stands behind, and counts.
        origin.parts.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.entries.insert(format!("/{map}/{}", pointer_step(key)), origin);
    }

    /// Whether any entry is noted.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The place of a pointer into the baseline; `None` for what was not read from a file. What has no place of
    /// its own stands where the part around it does.
    pub fn find(&self, pointer: &str) -> Option<Spot> {
        let second = pointer.match_indices('/').nth(1).map(|(at, _)| at)?;
        let end = pointer[second + 1..].find('/').map_or(pointer.len(), |at| second + 1 + at);
        let (entry, below) = pointer.split_at(end);
        let origin = self.entries.get(entry)?;
        // From the whole down to nothing, a step less each time: an operation may have many thousand parts.
        let known = |part: &str| {
            let past = origin.parts.partition_point(|(other, _)| other.as_str() <= part);
            past.checked_sub(1).map(|at| &origin.parts[at]).filter(|(other, _)| other == part)
        };
        let cuts = below.match_indices('/').map(|(at, _)| at).rev();
        let longest = [below.len()].into_iter().chain(cuts).find_map(|cut| known(&below[..cut]));
        Some(match longest {
            Some((part, spot)) => {
                Spot { file: spot.file.clone(), pointer: format!("{}{}", spot.pointer, &below[part.len()..]) }
            }
            // Version 2 lays out otherwise what is not noted: the entry is certain, its inside is not.
            None => origin.spot.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stands_where_it_was_noted_and_the_rest_where_its_entry_does() {
        let spot = |pointer: &str| Spot { file: None, pointer: pointer.to_owned() };
        let mut origins = Origins::default();
        let parts = vec![("/parameters/query.q".to_owned(), spot("/components/parameters/Q"))];
        origins.put("operations", "a.test/x GET", Origin { spot: spot("/paths/~1x/get"), parts });
        let at = |below: &str| origins.find(&format!("/operations/a.test~1x GET{below}")).map(|s| s.pointer);
        assert_eq!(at("").as_deref(), Some("/paths/~1x/get"));
        assert_eq!(
            at("/parameters/query.q/schema").as_deref(),
            Some("/components/parameters/Q/schema"),
            "the part with what lies below"
        );
        assert_eq!(at("/parameters/query.qq").as_deref(), Some("/paths/~1x/get"));
        assert!(origins.find("/operations/other").is_none() && origins.find("/x").is_none());
    }
}
