//! Entries of a recording that was made just now in, redacted exchanges out: in memory, since nobody may write down what is
//! not redacted.

use std::collections::BTreeSet;

use super::all::Sink;
use super::nothing::nothing;
use crate::capture::browser::Party;
use crate::capture::sniff::Kind;
use crate::capture::wanted::Wanted;
use crate::capture::{Reader, Wants, har, url};
use crate::cmd::failed::Failed;
use crate::model::exchange::Counts;

/// Exchanges that are handed over at once.
const BATCH: usize = 512;

/// A recording that lies on no disk.
pub struct Tape {
    entries: Vec<Vec<u8>>,
    wants: Wants,
    /// The address at which it began.
    pub start: String,
    /// Whether the hosts were not asked for but follow from that address.
    pub inferred: bool,
}

impl Tape {
    /// Entries as a HAR file has them, of the hosts that are wanted or, where none is, of those of a party to which calls of
    /// programs went.
    pub fn new(entries: Vec<Vec<u8>>, mut wants: Wants, party: &Party, start: &str) -> Tape {
        let inferred = wants.hosts.is_empty();
        if inferred {
            let mut calls: BTreeSet<String> = BTreeSet::new();
            for seen in entries.iter().filter_map(|entry| har::seen(entry).ok()) {
                if seen.skip.is_none() && party.has(&seen.scheme, &seen.host) {
                    calls.insert(seen.host);
                }
            }
            wants.hosts = Wanted::parse(&calls).unwrap_or_default();
        }
        Tape { entries, wants, start: start.to_owned(), inferred }
    }

    /// The host of the page at which it began.
    pub fn host(&self) -> String {
        url::parse(&self.start).map(|address| address.host).unwrap_or_default()
    }

    /// What is wanted of it.
    pub fn wants(&self) -> &Wants {
        &self.wants
    }

    /// Reads all: hands over the exchanges, and tells what was counted.
    ///
    /// # Errors
    /// Nothing in it is wanted, or the sink fails.
    pub fn each(&self, sink: Sink) -> Result<Counts, Failed> {
        let counts = self.read(sink)?;
        match counts.kept {
            0 => Err(self.nothing(&counts)),
            _ => Ok(counts),
        }
    }

    /// The same for who has something to go on with where nothing in it is wanted.
    ///
    /// # Errors
    /// The sink fails.
    pub fn read(&self, sink: Sink) -> Result<Counts, Failed> {
        let mut reader = Reader::new(&self.wants);
        for entries in self.entries.chunks(BATCH) {
            sink(entries.iter().filter_map(|entry| reader.entry(Kind::Har, entry)).collect())?;
        }
        Ok(reader.counted())
    }

    /// Why nothing of it was kept.
    pub fn nothing(&self, counts: &Counts) -> Failed {
        nothing(&self.start, counts, &self.wants.hosts, "use the API while it is recorded")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Profile;

    #[test]
    fn hosts_follow_from_the_first_page_where_nobody_names_any() {
        let entry = |url: &str| {
            format!(r#"{{"_resourceType":"fetch","request":{{"method":"GET","url":"{url}"}}}}"#).into_bytes()
        };
        let entries: Vec<Vec<u8>> =
            ["https://api.shop.example/v1/a", "https://ads.example/t", "https://shop.example/v1"]
                .map(entry)
                .to_vec();
        let start = "https://shop.example/";
        let tape = |hosts: Wanted| {
            let party = Party::of(&hosts, start).unwrap();
            Tape::new(entries.clone(), Wants { hosts, profile: Profile::DefaultSafe }, &party, start)
        };
        let inferred = tape(Wanted::default());
        assert!(inferred.inferred);
        assert_eq!(inferred.wants().hosts.spelled(), ["api.shop.example", "shop.example"]);
        let counts = inferred.each(&mut |_| Ok(())).unwrap();
        assert_eq!((counts.read, counts.kept, counts.other_hosts["ads.example"]), (3, 2, 1));
        let other = tape(Wanted::parse(["other.example"]).unwrap());
        let failed = other.each(&mut |_| Ok(())).unwrap_err();
        assert!(failed.0.message.contains("nothing in it is kept"), "{:?}", failed.0);
    }
}
