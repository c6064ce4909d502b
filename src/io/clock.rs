//! The machine's clock.

use super::failure::Failure;
use crate::canon::time::Timestamp;

/// What it shows, in whole seconds.
///
/// # Errors
/// It shows a time before 1970 or after 9999.
pub fn now() -> Result<Timestamp, Failure> {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .and_then(Timestamp::from_seconds)
        .ok_or_else(|| Failure::new("the clock", "it shows a time before 1970 or after 9999"))
}

/// Milliseconds since 1970, for what is counted closer than by seconds.
///
/// # Errors
/// As [`now`].
pub fn millis() -> Result<i64, Failure> {
    now()?;
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since.ok().and_then(|since| i64::try_from(since.as_millis()).ok());
    millis.ok_or_else(|| Failure::new("the clock", "it shows a time before 1970 or after 9999"))
}
