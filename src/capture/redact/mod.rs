//! What was recorded in, the same without credentials and personal data out; and whether a text still holds some.
//!
//! Everything that a recording tells goes through here before it is kept. docs/captures.md tells what stays.

mod digits;
pub mod exchange;
pub mod find;
pub mod headers;
pub mod names;
pub mod stand_in;
mod token;
pub mod values;

use super::options::Profile;

/// What a text still holds of what nobody may keep: the first of it, by what it is (`obs.token-like-leak`).
pub fn leaks(text: &str) -> Option<&'static str> {
    find::find(text, Profile::DefaultSafe, &mut names::Names::default()).first().map(|hit| hit.class)
}
