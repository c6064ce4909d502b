//! The body of an answer, as much of it as is wanted and no more, and what went wrong on the way.

use std::error::Error as _;

/// Most characters of what went wrong on the way.
const TROUBLE: usize = 200;

/// Why a body was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It broke off.
    Broken(String),
    /// It is larger than what is read.
    TooLarge,
}

/// Reads the body of an answer, at most `most` bytes.
///
/// # Errors
/// It broke off, or is larger; then the rest is not waited for.
pub async fn body(mut answer: reqwest::Response, most: usize) -> Result<Vec<u8>, Unread> {
    if answer.content_length().is_some_and(|length| length > most as u64) {
        return Err(Unread::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) =
        answer.chunk().await.map_err(|error| Unread::Broken(told(&error.without_url())))?
    {
        if body.len() + chunk.len() > most {
            return Err(Unread::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What went wrong, down to its cause.
pub fn told(error: &reqwest::Error) -> String {
    let mut parts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Most causes are told again by what they caused.
        if parts.last().is_some_and(|last| !last.contains(&text)) {
            parts.push(text);
        }
        cause = error.source();
    }
    parts.join(": ").chars().take(TROUBLE).collect()
}
