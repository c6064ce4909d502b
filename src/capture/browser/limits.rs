//! What a page may cost: a hostile one has no end of requests, bodies and windows.

use std::time::Duration;

use crate::capture::body;

/// Bounds of one recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one body that are taken; of a larger one only how many there were is told.
    pub body: usize,
    /// Requests that are followed, hops of redirects with them.
    pub requests: usize,
    /// Bytes of all entries together.
    pub entries: usize,
    /// Windows, frames and workers at one time; more are closed.
    pub targets: usize,
    /// Bytes of one message of the browser.
    pub message: usize,
    /// How long it may take in all, whatever was asked for.
    pub time: Duration,
}

impl Limits {
    /// Those of every recording.
    pub const USUAL: Limits = Limits {
        body: body::JSON,
        requests: 20_000,
        entries: 256 << 20,
        targets: 50,
        // A body comes in base64, in a text of JSON.
        message: 64 << 20,
        time: Duration::from_secs(3600),
    };
}
