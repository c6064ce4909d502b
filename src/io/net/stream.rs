//! An answer that goes on for as long as its server speaks: its head is here, its body comes piece by piece.
//!
//! How much of it is read, and for how long, whoever reads it decides.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::lost::{Carrier, lost};
use crate::enforce::guard::origin::Origin;
use crate::enforce::reason::{ReasonCode, Refusal};

/// An answer whose body is still on its way. Dropped, the connection ends.
pub struct Stream {
    answer: reqwest::Response,
    origin: Origin,
    may_be_done: bool,
    is_packed: bool,
}

impl Stream {
    /// The body of this answer.
    pub(super) fn of(answer: reqwest::Response, origin: Origin, may_be_done: bool) -> Stream {
        let mut packings = answer.headers().get_all(CONTENT_ENCODING).iter();
        let is_packed = packings.any(|name| !matches!(name.as_bytes().trim_ascii(), b"" | b"identity"));
        Stream { answer, origin, may_be_done, is_packed }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.answer.status().as_u16()
    }

    /// The type of the body without its parameters, lower case; empty if it was not said.
    pub fn essence(&self) -> String {
        let said = self.answer.headers().get(CONTENT_TYPE);
        let said = said.map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
        crate::model::media::essence(&said)
    }

    /// The next piece of the body, as it comes; none once it is over.
    ///
    /// # Errors
    /// The connection breaks off, or what comes is packed, which was not asked for.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Refusal> {
        let Stream { answer, origin, may_be_done, is_packed } = self;
        if *is_packed {
            let message = "the answer is packed in a way that was not asked for";
            return Err(Refusal::new(ReasonCode::ContentTypeNotAllowed, message));
        }
        answer.chunk().await.map_err(|error| lost(&error, origin, Carrier::None, *may_be_done))
    }
}
