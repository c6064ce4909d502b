//! What is known of all calls with one key: counts, sets, bounds and shapes, and how two of them are put together.

use std::collections::BTreeMap;

use super::bottom::{Bottom, Bounds, Merge, sum};
use super::formats::{Scalar, scalar};
use super::outer::Outer;
use super::shape::{Shape, Texts};
use crate::canon::time::Timestamp;

/// Words that are kept of a set of words.
pub const WORDS: usize = 64;
/// Operations that are kept of an endpoint that speaks GraphQL.
pub const OPERATIONS: usize = 1_024;

/// Calls with one key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sketch {
    /// How many.
    pub n: u64,
    /// When the first began.
    pub first: Option<Timestamp>,
    /// When the last began.
    pub last: Option<Timestamp>,
    /// By status.
    pub status: BTreeMap<u16, u64>,
    /// How many went without TLS.
    pub http: u64,
    /// How many paths ended with a slash.
    pub slash: u64,
    /// How long they took: milliseconds in buckets of powers of two.
    pub ms: BTreeMap<u8, u64>,
    /// How they proved who calls, with what came of it.
    pub auth: Bottom<Access, WORDS>,
    /// Templates that the recorder knew.
    pub routes: Bottom<u64, WORDS>,
    /// Bounds of numbers in the path, by segment.
    pub path: BTreeMap<u8, Bounds>,
    /// Parameters, as `query.page` or `header.x-tenant`.
    pub params: Bottom<Param, WORDS>,
    /// Bodies, as `request application/json` or `2xx application/json`.
    pub bodies: Bottom<Body, WORDS>,
    /// GraphQL operations by name.
    pub graphql: Bottom<Call, OPERATIONS>,
    /// Calls that spoke GraphQL without saying the name of an operation.
    pub unnamed: u64,
    /// Methods of JSON-RPC.
    pub rpc: Bottom<u64, WORDS>,
}

/// What came of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Access {
    /// Answered with a status below 400.
    pub ok: u64,
    /// Refused with 401 or 403.
    pub denied: u64,
    /// Anything else, and no answer.
    pub other: u64,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Param {
    /// Calls that had it.
    pub n: u64,
    /// Calls that had it more than once.
    pub repeated: u64,
    /// Values by what they stand for: integer, number, boolean, text.
    pub kinds: [u64; 4],
    /// Bounds of its numbers.
    pub numbers: Bounds,
    /// Of values that are texts.
    pub texts: Texts,
}

/// Bodies of one direction, class of status and media type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// How many.
    pub n: u64,
    /// What was in those that were read.
    pub shape: Shape,
}

/// Calls of one GraphQL operation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Call {
    /// How many.
    pub n: u64,
    /// Documents by SHA-256.
    pub documents: Bottom<Document, WORDS>,
    /// Hashes by which the server knew the document.
    pub persisted: Bottom<u64, WORDS>,
    /// What was sent as variables.
    pub variables: Shape,
    /// What was answered with success.
    pub answer: Shape,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// How often it was sent.
    pub n: u64,
    /// Its text; none if it is too long or holds a secret.
    pub text: Option<String>,
}

impl Param {
    /// Takes the values of one call in. `is_open`: whether they may be told.
    pub fn take(&mut self, values: &[&str], is_open: &dyn Fn() -> bool, outer: &Outer) {
        self.n = sum(self.n, 1);
        self.repeated = sum(self.repeated, u64::from(values.len() > 1));
        for value in values {
            if outer.is_mark(value) {
                self.texts.left = sum(self.texts.left, 1);
                continue;
            }
            let kind = match scalar(value) {
                Scalar::Integer(number) => {
                    self.numbers.take(number);
                    0
                }
                Scalar::Number(low, high) => {
                    self.numbers.take(low);
                    self.numbers.take(high);
                    1
                }
                Scalar::Boolean => 2,
                Scalar::Text => {
                    self.texts.take(value, is_open, outer);
                    3
                }
            };
            self.kinds[kind] = sum(self.kinds[kind], 1);
        }
    }
}

/// The bucket of a time: below 1, 2, 4, 8 … milliseconds.
pub fn bucket(ms: u64) -> u8 {
    u8::try_from(u64::BITS - ms.leading_zeros()).unwrap_or(u8::MAX)
}

/// Adds the counts of one map to those of another.
fn add<K: Ord>(mine: &mut BTreeMap<K, u64>, theirs: BTreeMap<K, u64>) {
    for (key, n) in theirs {
        mine.entry(key).or_default().merge(n);
    }
}

impl Merge for Sketch {
    fn merge(&mut self, other: Sketch) {
        self.n.merge(other.n);
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        add(&mut self.status, other.status);
        self.http.merge(other.http);
        self.slash.merge(other.slash);
        add(&mut self.ms, other.ms);
        self.auth.merge(other.auth);
        self.routes.merge(other.routes);
        for (at, bounds) in other.path {
            self.path.entry(at).or_default().merge(bounds);
        }
        self.params.merge(other.params);
        self.bodies.merge(other.bodies);
        self.graphql.merge(other.graphql);
        self.unnamed.merge(other.unnamed);
        self.rpc.merge(other.rpc);
    }
}

impl Merge for Access {
    fn merge(&mut self, other: Access) {
        self.ok.merge(other.ok);
        self.denied.merge(other.denied);
        self.other.merge(other.other);
    }
}

impl Merge for Param {
    fn merge(&mut self, other: Param) {
        self.n.merge(other.n);
        self.repeated.merge(other.repeated);
        for (mine, theirs) in self.kinds.iter_mut().zip(other.kinds) {
            mine.merge(theirs);
        }
        self.numbers.merge(other.numbers);
        self.texts.merge(other.texts);
    }
}

impl Merge for Body {
    fn merge(&mut self, other: Body) {
        self.n.merge(other.n);
        self.shape.merge(other.shape);
    }
}

impl Merge for Call {
    fn merge(&mut self, other: Call) {
        self.n.merge(other.n);
        self.documents.merge(other.documents);
        self.persisted.merge(other.persisted);
        self.variables.merge(other.variables);
        self.answer.merge(other.answer);
    }
}

impl Merge for Document {
    fn merge(&mut self, other: Document) {
        self.n.merge(other.n);
        // One digest, one text.
        self.text = self.text.take().or(other.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_powers_of_two() {
        for (ms, at) in [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (1_000, 10), (u64::MAX, 64)] {
            assert_eq!(bucket(ms), at, "{ms}");
        }
    }
}
