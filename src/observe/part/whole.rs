//! A part: what many exchanges have told, small, and the same in whatever order and pieces they came.

use std::collections::BTreeMap;

use super::bottom::Merge;
use super::header::{Header, Input};
use super::outer::Outer;
use super::sketch::Sketch;
use super::taken::{key, take};
use super::tree::Place;
use super::written;
use crate::canon::digest::sha256_hex;
use crate::canon::json::compact;
use crate::canon::{Fault, FaultKind, Node};
use crate::model::exchange::{Counts, Exchange};

/// Bytes of one line.
pub const LINE: usize = 16 << 20;

/// What many exchanges have told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// Under which options, of what, and what was counted.
    pub header: Header,
    /// By host and method.
    pub hosts: BTreeMap<(String, String), Place>,
}

impl Part {
    /// A part of one input, before its exchanges are taken in.
    ///
    /// # Errors
    /// If `options` is no digest, or the input is none.
    pub fn new(options: &str, input: Input, counts: &Counts) -> Result<Part, Fault> {
        Ok(Part { header: Header::new(options, input, counts)?, hosts: BTreeMap::new() })
    }

    /// Takes an exchange in.
    pub fn take(&mut self, exchange: &Exchange, outer: &Outer) {
        match key(exchange, outer) {
            Some(key) => {
                let place = self.hosts.entry((key.host.clone(), key.method.clone())).or_default();
                take(place.sketch(&key.segments), exchange, &key, outer);
            }
            None => self.header.counts.refuse(),
        }
    }

    /// Takes another part in.
    ///
    /// # Errors
    /// If it was made under other options, or of entries that are in here already.
    pub fn merge(&mut self, file: &str, other: Part) -> Result<(), Fault> {
        self.header.merge(file, other.header)?;
        for (host, place) in other.hosts {
            self.hosts.entry(host).or_default().merge(place);
        }
        Ok(())
    }

    /// Whether there is no call in it.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    /// SHA-256 of it, without what it was made of: one for all splits and orders of the same exchanges.
    ///
    /// # Errors
    /// If a line would be too long to be read.
    pub fn digest(&self, file: &str) -> Result<String, Fault> {
        let mut text = compact(&self.header.without_inputs());
        for ((host, method), place) in &self.hosts {
            lines(file, host, method, place, &mut |line| {
                text.push('\n');
                // Of a big part, not all text at once.
                text.push_str(&sha256_hex(line.as_bytes()));
                Ok(())
            })?;
        }
        Ok(format!("sha256:{}", sha256_hex(text.as_bytes())))
    }
}

/// The text of a part: JSON lines, the header first, the others by `k`.
///
/// # Errors
/// If a line would be too long to be read.
pub fn write(file: &str, part: &Part) -> Result<String, Fault> {
    let mut text = compact(&part.header.node());
    text.push('\n');
    for ((host, method), place) in &part.hosts {
        lines(file, host, method, place, &mut |line| {
            text.push_str(line);
            text.push('\n');
            Ok(())
        })?;
    }
    Ok(text)
}

/// Each line of a host and method, by `k`.
pub fn lines(
    file: &str,
    host: &str,
    method: &str,
    place: &Place,
    out: &mut dyn FnMut(&str) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut all: Vec<(String, &Sketch)> = Vec::new();
    place.each(&mut |segments, sketch| all.push((format!("/{}", segments.join("/")), sketch)));
    all.sort_by(|a, b| a.0.cmp(&b.0));
    for (path, sketch) in all {
        let k = format!("{host} {method} {path}");
        let line = compact(&Node::map([("k", Node::text(&k)), ("s", written::sketch(sketch))]));
        if line.len() > LINE {
            let message = format!("more is known of {k:?} than one line holds (16 MiB)");
            return Err(Fault::new(file, FaultKind::Limit, message));
        }
        out(&line)?;
    }
    Ok(())
}
