//! A record and its place in a chain in, one line out: canonical JSON, keys sorted, at most 64 KiB.
//!
//! Each line carries the SHA-256 of the line before it (`prev`) and of itself without that member (`sum`). `prev`
//! shows that a line was taken out, put in or moved; `sum` shows an edit at once, in the last line too, where no other
//! line vouches for it. Who rewrites every line after an edit leaves a chain that holds, with another last hash: the
//! hash that `cask audit verify` prints can be noted elsewhere.

use super::fields::Fields;
use super::record::Record;
use super::redact::Redactor;
use crate::canon::time::Timestamp;
use crate::canon::{Node, digest, json};

/// The schema word of every line.
pub const SCHEMA: &str = "cask.audit/2";
/// Bytes of the longest line, its end counted.
pub const MAX_LINE: usize = 64 << 10;
/// What the first line of a chain has for the hash of the line before it.
pub const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Where the next line goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its number in the file, from 1.
    pub seq: u64,
    /// SHA-256 of the bytes of the line before it, whatever file that is in.
    pub prev: String,
}

impl Place {
    /// The beginning of a chain.
    pub fn first() -> Place {
        Place { seq: 1, prev: FIRST.to_owned() }
    }
}

/// The line of a record, without its end.
pub fn write(record: &Record, place: &Place, micros: i64, redactor: &Redactor) -> String {
    // Escaping can make a text twelve times as long; then all texts are cut until the line fits.
    let mut cap = 4096;
    loop {
        let text = render(record, place, micros, redactor, cap);
        if text.len() < MAX_LINE || cap < 16 {
            return text;
        }
        cap /= 4;
    }
}

fn render(record: &Record, place: &Place, micros: i64, redactor: &Redactor, cap: usize) -> String {
    let mut fields = Fields::new(redactor, cap);
    fields.word("schema", Some(SCHEMA));
    fields.word("kind", Some(record.what.kind()));
    fields.word("run_id", Some(&record.run_id));
    fields.word("timestamp", Some(&stamp(micros)));
    fields.int("seq", Some(place.seq));
    fields.word("prev", Some(&place.prev));
    record.what.fill(&mut fields);
    let mut node = fields.finish();
    let own = sum(&node);
    node.set("sum", Node::text(own));
    json::canonical(&node)
}

/// SHA-256 of a line without its `sum`.
pub fn sum(node: &Node) -> String {
    digest::sha256_hex(json::canonical(&node.without(&["sum"])).as_bytes())
}

/// A time as the reference writes it: UTC, microseconds, `+00:00`.
pub fn stamp(micros: i64) -> String {
    let seconds = Timestamp::from_seconds(micros.div_euclid(1_000_000)).unwrap_or(Timestamp::MIN);
    let text = seconds.to_string();
    format!("{}.{:06}+00:00", text.trim_end_matches('Z'), micros.rem_euclid(1_000_000))
}
