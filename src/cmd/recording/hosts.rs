//! Recordings in, how many calls of programs went to each host out: a first reading, where no host is wanted.

use std::collections::BTreeMap;

use super::abreast::{Batch, Work};
use super::file::Recording;
use crate::capture::sniff::Kind;
use crate::capture::{Wants, har, otel};
use crate::cmd::failed::Failed;

/// How many calls of programs went to each host.
///
/// # Errors
/// A file cannot be read to its end.
pub fn about(files: &[Recording]) -> Result<BTreeMap<String, u64>, Failed> {
    let mut calls: BTreeMap<String, u64> = BTreeMap::new();
    let see = |calls: &mut BTreeMap<String, u64>, host: Option<String>| {
        if let Some(host) = host {
            *calls.entry(host).or_default() += 1;
        }
    };
    for file in files {
        match file.kind {
            Kind::Har => {
                let make = |calls: &mut BTreeMap<String, u64>, batch: &Batch| {
                    for (_, bytes) in batch.pieces() {
                        let seen = har::seen(bytes).ok().filter(|seen| seen.skip.is_none());
                        see(calls, seen.map(|seen| seen.host));
                    }
                };
                let parts = file.abreast(&Work { new: &BTreeMap::new, make: &make }, &mut |_| Ok(()))?;
                for (host, n) in parts.into_iter().flatten() {
                    *calls.entry(host).or_default() += n;
                }
            }
            Kind::Otel => file.stream(&mut |batch, _| {
                // No host is wanted, so each is told as another.
                let spans = batch
                    .pieces()
                    .flat_map(|(_, bytes)| otel::spans(bytes, &Wants::default()).unwrap_or_default());
                spans.for_each(|span| see(&mut calls, span.host()));
                Ok(())
            })?,
            Kind::Capture | Kind::OldCapture => {}
        }
    }
    Ok(calls)
}
