//! One entry of a recording of any kind in, a redacted exchange out, with what was left out and taken out counted.

use super::har::{self, Left};
use super::options::Wants;
use super::redact::exchange::redact;
use super::redact::values::Redactor;
use super::sniff::Kind;
use super::stored;
use crate::model::exchange::{Counts, Exchange, Skip};

/// Reads entries, and counts.
pub struct Reader<'a> {
    wants: &'a Wants,
    redactor: Redactor,
    counts: Counts,
}

impl<'a> Reader<'a> {
    /// One that takes what is wanted.
    pub fn new(wants: &'a Wants) -> Reader<'a> {
        Reader { wants, redactor: Redactor::new(wants.profile), counts: Counts::default() }
    }

    /// An entry of a kind whose entries stand for themselves.
    pub fn entry(&mut self, kind: Kind, bytes: &[u8]) -> Option<Exchange> {
        let read = match kind {
            Kind::Har => har::entry(bytes, self.wants),
            Kind::Capture => stored::read(bytes, self.wants),
            Kind::OldCapture => stored::read_old(bytes, self.wants),
            // A span says what it tells only beside the others.
            Kind::Otel => Err(Skip::Malformed.into()),
        };
        self.exchange(read)
    }

    /// Whatever a reader made of an entry: redacted, or counted with its reason.
    pub fn exchange(&mut self, read: Result<Exchange, Left>) -> Option<Exchange> {
        self.counts.read += 1;
        match read {
            Ok(mut exchange) => {
                self.counts.kept += 1;
                redact(&mut exchange, &mut self.redactor);
                Some(exchange)
            }
            Err(left) => {
                *self.counts.skipped.entry(left.skip).or_default() += 1;
                if let Some(host) = left.host {
                    *self.counts.other_hosts.entry(host).or_default() += 1;
                }
                None
            }
        }
    }

    /// An entry that could not even be looked at.
    pub fn malformed(&mut self) {
        self.exchange(Err(Skip::Malformed.into()));
    }

    /// How many were left out for a reason since what was counted was asked.
    pub fn skipped(&self, reason: Skip) -> u64 {
        self.counts.skipped.get(&reason).copied().unwrap_or(0)
    }

    /// What was counted since the last time this was asked.
    pub fn counted(&mut self) -> Counts {
        let mut counts = std::mem::take(&mut self.counts);
        counts.redacted = self.redactor.counted();
        counts
    }
}
