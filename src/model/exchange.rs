//! One request and its answer, as a recording tells them, with everything secret taken out.
//!
//! Readers of recordings make it, the redactor goes over it, and what is understood of an API is understood
//! from it. Nothing here remembers the value of a credential: only which kind of credential there was.

use std::collections::BTreeMap;

use crate::canon::Node;
use crate::canon::time::Timestamp;

/// A request and its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// Upper-case, as it was sent.
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Lower-case ASCII, with a port if it is not the scheme's; never with user names.
    pub host: String,
    /// As sent, percent escapes kept, without query and fragment; begins with `/`.
    pub path: String,
    /// The template that the recorder itself knew (`http.route`), with `{name}` for what varies.
    pub route: Option<String>,
    /// Decoded names and values, in the order of the URL.
    pub query: Vec<(String, String)>,
    /// Lower-case names and values, in the order of the recording.
    pub request_headers: Vec<(String, String)>,
    /// The same of the answer.
    pub response_headers: Vec<(String, String)>,
    /// What was sent.
    pub request: Option<Body>,
    /// What was answered.
    pub response: Option<Body>,
    /// The status; absent: no answer was recorded.
    pub status: Option<u16>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// Nanoseconds of that second, as far as they were recorded: what tells calls of one second apart.
    pub started_nanos: u32,
    /// How long it took, in whole milliseconds.
    pub duration_ms: Option<u64>,
    /// The kinds of credential that the request carried, told before they were taken out.
    pub credentials: Vec<Credential>,
}

/// A body, in one media type.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Lower-case media type without parameters; empty if nobody said.
    pub media: String,
    /// What is in it.
    pub content: Content,
}

/// What is in a body.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// JSON, or another format with the same values.
    Json(Node),
    /// Fields of a form; also the text fields of a multipart form.
    Form(Vec<(String, String)>),
    /// Text of another kind.
    Text(String),
    /// So many bytes that are no text, or that the recording left out.
    Opaque(u64),
}

/// A kind of credential; never its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Credential {
    /// `Authorization` with this scheme, lower-case: `bearer`, `basic`.
    Scheme(String),
    /// A header of this lower-case name.
    Header(String),
    /// A parameter of the query of this name.
    Query(String),
    /// Cookies; their names are not kept.
    Cookie,
}

/// Why an exchange of a recording was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// Its host is not among those asked for.
    OtherHost,
    /// A style sheet, a picture, a script.
    Static,
    /// A page, a beacon: nothing that a program would call.
    NotApi,
    /// What a browser asks before it calls (`OPTIONS`).
    Preflight,
    /// A connection that stays open: web sockets, server-sent events.
    Stream,
    /// The same call again, under the same id of the recorder.
    Duplicate,
    /// It names no address.
    NoUrl,
    /// It is no HTTP call.
    NotHttp,
    /// It cannot be read.
    Malformed,
}

/// What was read, kept and left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entries of the recording.
    pub read: u64,
    /// Those that became exchanges.
    pub kept: u64,
    /// Those that were left out, by reason.
    pub skipped: BTreeMap<Skip, u64>,
    /// Values that were taken out, by what they were (`authorization header`, `e-mail address`).
    pub redacted: BTreeMap<String, u64>,
    /// Hosts of entries that were left out for their host, with how many there were; the most frequent are kept.
    pub other_hosts: BTreeMap<String, u64>,
}

impl Skip {
    /// Every reason, in the order of the checks.
    pub const ALL: [Skip; 9] = [
        Skip::Malformed,
        Skip::NotHttp,
        Skip::NoUrl,
        Skip::OtherHost,
        Skip::Duplicate,
        Skip::Static,
        Skip::Preflight,
        Skip::Stream,
        Skip::NotApi,
    ];

    /// What it is, for people, after a number.
    pub fn about(self) -> &'static str {
        match self {
            Skip::OtherHost => "to other hosts",
            Skip::Static => "static",
            Skip::NotApi => "no API calls",
            Skip::Preflight => "preflight",
            Skip::Stream => "streamed",
            Skip::Duplicate => "told twice",
            Skip::NoUrl => "without an address",
            Skip::NotHttp => "not HTTP",
            Skip::Malformed => "that can't be read",
        }
    }

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Skip::OtherHost => "other-host",
            Skip::Static => "static",
            Skip::NotApi => "not-api",
            Skip::Preflight => "preflight",
            Skip::Stream => "stream",
            Skip::Duplicate => "duplicate",
            Skip::NoUrl => "no-url",
            Skip::NotHttp => "not-http",
            Skip::Malformed => "malformed",
        }
    }
}

impl Counts {
    /// Adds another recording's.
    pub fn add(&mut self, other: &Counts) {
        self.read += other.read;
        self.kept += other.kept;
        for (reason, n) in &other.skipped {
            *self.skipped.entry(*reason).or_default() += n;
        }
        for (mine, theirs) in
            [(&mut self.redacted, &other.redacted), (&mut self.other_hosts, &other.other_hosts)]
        {
            for (word, n) in theirs {
                *mine.entry(word.clone()).or_default() += n;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_in_any_order() {
        let one = Counts {
            read: 3,
            kept: 1,
            skipped: BTreeMap::from([(Skip::Static, 2)]),
            redacted: BTreeMap::from([("cookie".to_owned(), 1)]),
            other_hosts: BTreeMap::new(),
        };
        let two = Counts {
            read: 2,
            kept: 1,
            skipped: BTreeMap::from([(Skip::Static, 1)]),
            redacted: BTreeMap::new(),
            other_hosts: BTreeMap::from([("cdn.example".to_owned(), 1)]),
        };
        let sum = |first: &Counts, second: &Counts| {
            let mut sum = first.clone();
            sum.add(second);
            sum
        };
        assert_eq!(sum(&one, &two), sum(&two, &one));
        assert_eq!((sum(&one, &two).read, sum(&one, &two).skipped[&Skip::Static]), (5, 3));
        assert_eq!(sum(&one, &Counts::default()), one);
    }

    #[test]
    fn every_reason_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<&str> = Skip::ALL.iter().map(|skip| skip.word()).collect();
        assert_eq!(words.len(), Skip::ALL.len());
    }
}
