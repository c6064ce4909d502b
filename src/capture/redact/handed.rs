//! A segment of a path and the one before it in, whether it opens something by itself out: a link that resets, invites,
//! confirms.

use super::token;

/// Segments of a path after which an id is as good as a password.
const BEFORE: &[&str] = &[
    "reset",
    "verify",
    "verification",
    "confirm",
    "confirmation",
    "invite",
    "invites",
    "invitation",
    "invitations",
    "activate",
    "activation",
    "unsubscribe",
    "magic",
    "token",
    "tokens",
    "secret",
    "secrets",
    "apikey",
    "api-key",
    "oauth",
    "sso",
    "share",
    "shared",
    "webhook",
    "webhooks",
    "hook",
    "hooks",
    "session",
    "sessions",
    "password",
    "auth",
    "key",
    "keys",
];

/// Whether a segment hands over what is as good as a password: behind such a word (lower-case), and itself no word, no
/// number, no date.
pub fn hands_over(segment: &str, before: &str) -> bool {
    if !BEFORE.contains(&before) {
        return false;
    }
    let bytes = segment.as_bytes();
    let count = |is: fn(&u8) -> bool| bytes.iter().filter(|b| is(b)).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    let plain =
        bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b'='));
    plain
        && letters > 0
        && (bytes.len() >= 16 && digits >= 2 || token::is_random(segment) || bytes.len() >= 8 && digits >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_over_stands_behind_a_word_that_says_so() {
        for (before, segment, is) in [
            ("reset", "abcdefabcdef123456", true),
            ("invites", "3fa85f64-5717-4562-b3fc-2c963f66afa6", true),
            ("users", "3fa85f64-5717-4562-b3fc-2c963f66afa6", false),
            ("sessions", "12345678", false),
            ("webhooks", "delivery-attempts", false),
            ("tokens", "2026-11-29", false),
        ] {
            assert_eq!(hands_over(segment, before), is, "{before}/{segment}");
        }
    }
}
