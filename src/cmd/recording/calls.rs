//! Entries of a recording in, redacted exchanges out, and what was counted: entries that stand for themselves on every
//! processor there is, spans one after another.

use rayon::prelude::*;

use super::abreast::{Back, Batch, Work};
use super::file::Recording;
use crate::capture::otel::{self, Index};
use crate::capture::{Reader, Wants};
use crate::cmd::failed::Failed;
use crate::model::exchange::{Counts, Exchange, Skip};

/// What is told of a file beside its exchanges.
pub struct Told<'t> {
    /// What was read, and what became of it.
    pub counts: &'t mut Counts,
    /// Lines of entries that could not be read.
    pub unread: &'t mut Vec<u64>,
}

/// What is made of some exchanges.
pub type Make<'m, S, O> = &'m (dyn Fn(&mut S, Vec<Exchange>) -> O + Sync);
/// The same, with the state that it begins with.
pub type Making<'m, S, O> = (&'m (dyn Fn() -> S + Sync), Make<'m, S, O>);

/// Entries that stand for themselves, on every processor there is.
///
/// # Errors
/// The file cannot be read to its end, or the sink fails.
pub fn entries<S: Send, O: Send>(
    file: &Recording,
    wants: &Wants,
    told: &mut Told,
    (new, make): Making<S, O>,
    sink: &mut dyn FnMut(O) -> Result<(), Failed>,
) -> Result<Vec<S>, Failed> {
    let read = |(reader, state): &mut (Reader, S), batch: &Batch| {
        let (mut exchanges, mut unread) = (Vec::new(), Vec::new());
        for (line, bytes) in batch.pieces() {
            let before = reader.skipped(Skip::Malformed);
            exchanges.extend(reader.entry(file.kind, bytes));
            if reader.skipped(Skip::Malformed) > before {
                unread.push(line);
            }
        }
        (make(state, exchanges), reader.counted(), unread)
    };
    let work = Work { new: &|| (Reader::new(wants), new()), make: &read };
    let states = file.abreast(&work, &mut |back| {
        match back {
            Back::Made((made, part, lines)) => {
                told.counts.add(&part);
                told.unread.extend(lines);
                sink(made)?;
            }
            // At the same places whatever the number of processors is.
            Back::Mark(over) => {
                fewer(told.counts);
                let mut reader = Reader::new(wants);
                over.iter().for_each(|_| reader.malformed());
                told.counts.add(&reader.counted());
                told.unread.extend(over);
            }
        }
        Ok(())
    })?;
    Ok(states.into_iter().map(|(_, state)| state).collect())
}

/// Of the hosts that were not wanted only the most frequent stay; whatever the number of processors is, the same.
fn fewer(counts: &mut Counts) {
    const KEPT: usize = 1000;
    if counts.other_hosts.len() > 2 * KEPT {
        let mut hosts: Vec<(String, u64)> = std::mem::take(&mut counts.other_hosts).into_iter().collect();
        hosts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        counts.other_hosts = hosts.into_iter().take(KEPT).collect();
    }
}

/// Spans, one after another: which of them tell the same call is known of all together.
///
/// # Errors
/// The file cannot be read to its end, has a batch that is too large, or the sink fails.
pub fn spans<S: Send, O: Send>(
    file: &Recording,
    wants: &Wants,
    index: &mut Index,
    told: &mut Told,
    (new, make): Making<S, O>,
    sink: &mut dyn FnMut(O) -> Result<(), Failed>,
) -> Result<Vec<S>, Failed> {
    let mut reader = Reader::new(wants);
    let mut states: Vec<S> = (0..rayon::current_num_threads().max(1)).map(|_| new()).collect();
    file.stream(&mut |batch, over| {
        if let Some(line) = over.first() {
            // It may hold any number of calls: that is not one entry less.
            return Err(Failed::new(
                "input",
                &file.shown,
                format!("more than 32 MiB in one batch of spans, on line {line}"),
            )
            .hint("export smaller batches"));
        }
        let mut exchanges = Vec::new();
        for (line, bytes) in batch.pieces() {
            match otel::spans(bytes, wants) {
                Ok(found) => {
                    exchanges.extend(found.into_iter().filter_map(|span| reader.exchange(index.judge(span))))
                }
                Err(_) => {
                    reader.malformed();
                    told.unread.push(line);
                }
            }
        }
        let each = exchanges.len().div_ceil(states.len()).max(1);
        let mut shares: Vec<Vec<Exchange>> = Vec::new();
        while !exchanges.is_empty() {
            let rest = exchanges.split_off(exchanges.len().min(each));
            shares.push(std::mem::replace(&mut exchanges, rest));
        }
        let made: Vec<O> =
            states.par_iter_mut().zip(shares).map(|(state, share)| make(state, share)).collect();
        made.into_iter().try_for_each(&mut *sink)
    })?;
    told.counts.add(&reader.counted());
    Ok(states)
}
