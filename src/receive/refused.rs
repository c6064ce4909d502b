//! Why a request is not taken, with what its sender is told and what is counted.

use axum::http::StatusCode;

/// Why a request is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It is a web page's, or was sent to another name.
    Stranger,
    /// It is of metrics or logs.
    Signal,
    /// It goes nowhere that is known.
    Place,
    /// Its method is none of this place.
    Method,
    /// It is in no encoding that is read.
    Type,
    /// It is packed in a way that is not unpacked.
    Packing,
    /// It is too large, packed or unpacked.
    Large,
    /// Its body did not come in time.
    Slow,
    /// Too much is on its way already.
    Busy,
    /// It cannot be read.
    Broken,
    /// It has too many spans.
    Many,
    /// It was begun, and the end came first.
    Ended,
}

impl Why {
    /// The status over HTTP, the code of gRPC, and what they are, for people, after a number of requests.
    const fn row(self) -> (StatusCode, i32, &'static str) {
        match self {
            Why::Stranger => (StatusCode::FORBIDDEN, 7, "of web pages, or to another name"),
            Why::Signal => (StatusCode::NOT_FOUND, 12, "of metrics or logs"),
            Why::Place => (StatusCode::NOT_FOUND, 12, "to no place that is known"),
            Why::Method => (StatusCode::METHOD_NOT_ALLOWED, 12, "with another method"),
            Why::Type => (StatusCode::UNSUPPORTED_MEDIA_TYPE, 3, "in another encoding"),
            Why::Packing => (StatusCode::UNSUPPORTED_MEDIA_TYPE, 12, "packed in another way than gzip"),
            Why::Large => (StatusCode::PAYLOAD_TOO_LARGE, 8, "too large"),
            Why::Slow => (StatusCode::REQUEST_TIMEOUT, 4, "too slow"),
            Why::Busy => (StatusCode::TOO_MANY_REQUESTS, 14, "put off, since too much came at once"),
            Why::Broken => (StatusCode::BAD_REQUEST, 3, "that could not be read"),
            Why::Many => (StatusCode::PAYLOAD_TOO_LARGE, 8, "with too many spans"),
            Why::Ended => (StatusCode::SERVICE_UNAVAILABLE, 14, "cut off, by the end or by the sender"),
        }
    }

    /// The status over HTTP.
    pub const fn status(self) -> StatusCode {
        self.row().0
    }

    /// The code of gRPC, which stands in the message of either protocol.
    pub const fn code(self) -> i32 {
        self.row().1
    }

    /// What they are, for people, after a number of requests.
    pub const fn about(self) -> &'static str {
        self.row().2
    }

    /// Whether spans were in it that are missing now, unless their sender tries again.
    pub const fn loses_spans(self) -> bool {
        !matches!(self, Why::Signal | Why::Method)
    }
}

/// A request that is not taken, and why, for its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The reason.
    pub why: Why,
    /// What its sender is told.
    pub message: String,
}

impl Refused {
    /// One with a message.
    pub fn new(why: Why, message: impl Into<String>) -> Refused {
        Refused { why, message: message.into() }
    }
}
