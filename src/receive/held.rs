//! Requests in, the lines of their spans out: held until all have come, since a call is judged beside those around it.
//!
//! What does not fit is counted, and its sender is told.

use std::collections::BTreeMap;

use super::refused::Why;
use crate::capture::otlp::{self, Encoding, Told};
use crate::model::exchange::Skip;

/// What is held at most.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes that lines take.
    pub bytes: usize,
    /// Lines with which nothing more is waited for.
    pub spans: usize,
}

impl Bounds {
    /// Bytes of lines that are held unless less is asked for: some hundred thousand spans of calls.
    pub const BYTES: usize = 256 << 20;
}

/// What came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Requests that were taken.
    pub requests: u64,
    /// Requests that were not, by reason.
    pub refused: BTreeMap<Why, u64>,
    /// Spans of those that were taken.
    pub spans: u64,
    /// Spans that tell of no call, by reason.
    pub nothing: BTreeMap<Skip, u64>,
    /// Spans that were left out because no more fits.
    pub beyond: u64,
}

/// What became of the spans of a request, for its sender.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partial {
    /// Spans that cannot be read.
    pub unread: u64,
    /// Spans that do not fit any more.
    pub beyond: u64,
}

impl Partial {
    /// Spans that were not taken.
    pub fn rejected(&self) -> u64 {
        self.unread + self.beyond
    }

    /// Why, for who sent them; empty if there were none.
    pub fn message(&self) -> String {
        let unread = (self.unread > 0).then(|| format!("not to be read: {}", self.unread));
        let beyond = (self.beyond > 0).then(|| format!("no room for: {}", self.beyond));
        [unread, beyond].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

/// Spans that are held, and what is known of the rest.
#[derive(Debug)]
pub struct Held {
    bounds: Bounds,
    bytes: usize,
    /// A span each, as OTLP/JSON.
    pub lines: Vec<String>,
    /// What came.
    pub seen: Seen,
}

impl Held {
    /// Nothing yet.
    pub fn new(bounds: Bounds) -> Held {
        Held { bounds, bytes: 0, lines: Vec::new(), seen: Seen::default() }
    }

    /// Takes a request.
    ///
    /// # Errors
    /// Why the whole of it is not taken.
    pub fn take(&mut self, body: &[u8], encoding: Encoding) -> Result<Partial, otlp::Refused> {
        let mut partial = Partial::default();
        let seen = &mut self.seen;
        otlp::spans(body, encoding, &mut |told| {
            seen.spans += 1;
            match told {
                Told::Line(mut line) => {
                    // What it takes, not what it says.
                    line.shrink_to_fit();
                    let bytes = line.capacity() + size_of::<String>();
                    if self.bytes + bytes <= self.bounds.bytes {
                        self.bytes += bytes;
                        self.lines.push(line);
                    } else {
                        partial.beyond += 1;
                    }
                }
                Told::Nothing(skip) => {
                    partial.unread += u64::from(skip == Skip::Malformed);
                    *seen.nothing.entry(skip).or_default() += 1;
                }
            }
        })?;
        seen.requests += 1;
        seen.beyond += partial.beyond;
        Ok(partial)
    }

    /// Whether as many came as are waited for.
    pub fn is_enough(&self) -> bool {
        self.lines.len() >= self.bounds.spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(ids: &[u32]) -> String {
        let spans: Vec<String> = ids
            .iter()
            .map(|id| {
                format!(
                    r#"{{"traceId":"a","spanId":"{id}","kind":3,"attributes":[{{"key":"http.method","value":{{"stringValue":"GET"}}}},{{"key":"http.url","value":{{"stringValue":"https://a.example/"}}}}]}}"#
                )
            })
            .collect();
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{},{{}}]}}]}}]}}"#, spans.join(","))
    }

    #[test]
    fn what_does_not_fit_is_counted_and_told() {
        let mut held = Held::new(Bounds { bytes: 500, spans: 2 });
        let told = held.take(request(&[1]).as_bytes(), Encoding::Json).unwrap();
        assert_eq!((told.rejected(), told.message().as_str()), (1, "not to be read: 1"));
        assert!(!held.is_enough());
        let told = held.take(request(&[2, 3, 4, 5]).as_bytes(), Encoding::Json).unwrap();
        assert_eq!(told.message(), "not to be read: 1; no room for: 3");
        assert!(held.is_enough() && held.bytes <= 500);
        let taken: usize = held.lines.iter().map(|line| line.capacity() + size_of::<String>()).sum();
        assert_eq!(held.bytes, taken, "what is counted is what is held");
        let nothing = BTreeMap::from([(Skip::Malformed, 2)]);
        let seen = Seen { requests: 2, spans: 7, nothing, beyond: 3, ..Seen::default() };
        assert_eq!(held.seen, seen);
        assert!(held.take(b"{", Encoding::Json).is_err());
        assert_eq!((held.seen, held.lines.len()), (seen, 2), "nothing of it was taken");
    }
}
