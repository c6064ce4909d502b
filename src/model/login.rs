//! A login that is kept: its name, and what may be known of it without opening it. No value of a cookie is here.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::canon::time::Timestamp;

/// The form of its file.
pub const SCHEMA: &str = "cask.login/1";
/// Most characters of a name.
const LONGEST: usize = 64;

/// The name of a login, which is the name of a folder too: it leads nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoginName(String);

impl LoginName {
    /// Reads a name: letters, digits, dots, dashes and underscores, a letter or digit first and last.
    ///
    /// # Errors
    /// It is none.
    pub fn read(text: &str) -> Result<LoginName, NoName> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        let ends = [text.bytes().next(), text.bytes().last()];
        let is_word = |end: &Option<u8>| end.is_some_and(|b| b.is_ascii_alphanumeric());
        match text.len() <= LONGEST && ends.iter().all(is_word) && text.bytes().all(plain) {
            true => Ok(LoginName(text.to_owned())),
            false => Err(NoName),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no name of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoName;

/// What is known of a login (meta.json).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// [`SCHEMA`].
    pub schema: String,
    /// Its name, as its folder is called.
    pub name: String,
    /// Where somebody logged in, without query and fragment.
    pub target_url: String,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When a browser was last given it.
    pub last_used_at: Option<Timestamp>,
    /// What its cookies say of how long it holds.
    pub standing: Standing,
}

/// What cookies say of how long a login holds; never which they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// Cookies of all hosts.
    pub cookies: u64,
    /// When the first of them expires, of those that say so.
    pub earliest_expiry: Option<Timestamp>,
    /// Those that the target is sent.
    pub target_cookies: u64,
    /// When the last of those has expired; none where one says nothing of it.
    pub target_ends: Option<Timestamp>,
    /// Entries that pages of the target keep in their storage.
    pub target_storage: u64,
}

impl Standing {
    /// Whether nothing of it is of use any more: every cookie of the target has expired, or nothing is for the target.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        match self.target_cookies {
            0 => self.target_storage == 0,
            _ => self.target_ends.is_some_and(|end| end <= now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for good in ["shop", "a", "shop-2.staging_eu", "0"] {
            assert_eq!(LoginName::read(good).unwrap().as_str(), good);
        }
        let long = "a".repeat(65);
        let bad = [
            "", ".", "..", "../..", ".hidden", "a/b", "a\\b", "a ", " ", "a\n", "-rf", "a.", "ä", "C:",
            "a\0", &long,
        ];
        for bad in bad {
            assert_eq!(LoginName::read(bad), Err(NoName), "{bad:?}");
        }
    }

    #[test]
    fn it_is_expired_when_the_last_cookie_of_the_target_is() {
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        let standing = |target_cookies, target_ends, target_storage| Standing {
            cookies: 9,
            earliest_expiry: Some(at(1)),
            target_cookies,
            target_ends,
            target_storage,
        };
        assert!(!standing(2, Some(at(10)), 0).is_expired(at(9)));
        assert!(standing(2, Some(at(10)), 0).is_expired(at(10)));
        assert!(!standing(2, None, 0).is_expired(at(10)), "one ends with the browser");
        assert!(standing(0, None, 0).is_expired(at(0)), "nothing is for the target");
        assert!(!standing(0, None, 3).is_expired(at(0)), "nobody says");
    }
}
