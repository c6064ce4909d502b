//! A run of letters and digits in, whether it looks drawn at random out.
//!
//! Names, slugs, numbers, UUIDs and digests in hex are none of it: they name resources, and what is a secret among
//! them is known by its name. Nor is an id that begins with a word of its kind (`cus_…`), unless that word is one
//! of a secret's.

/// Shortest run that is looked at.
pub const SHORTEST: usize = 20;

/// First parts of ids that are no ids.
const SECRET_HEADS: &[&str] = &[
    "sk", "pk", "rk", "key", "api", "token", "tok", "secret", "sec", "pat", "ghp", "gho", "auth", "sess",
    "session", "pw", "whsec", "npm", "hf",
];

/// Whether a run of `A-Za-z0-9_-` looks drawn at random.
pub fn is_random(run: &str) -> bool {
    if run.len() < SHORTEST || is_prefixed(run) {
        return false;
    }
    // What consists of words and numbers was written by somebody.
    run.split(['-', '_']).any(|part| part.len() >= 12 && is_mixed(part)) || {
        run.len() >= 32
            && run.split(['-', '_']).any(|part| part.len() >= 8 && is_mixed(part))
            && is_mixed(run)
    }
}

/// Digits in several places between letters of both cases, or many of them between letters beyond hex.
fn is_mixed(part: &str) -> bool {
    let bytes = part.as_bytes();
    let any = |is: fn(&u8) -> bool| bytes.iter().any(is);
    let (lower, upper) = (any(u8::is_ascii_lowercase), any(u8::is_ascii_uppercase));
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    if bytes.iter().all(u8::is_ascii_hexdigit) && !(lower && upper) {
        return false;
    }
    let groups = bytes
        .chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit())
        .filter(|g| g[0].is_ascii_digit())
        .count();
    let turns = bytes.windows(2).filter(|w| class(w[0]) != class(w[1])).count();
    match lower && upper {
        // A name in camel case turns twice a word; what is drawn at random turns at every second letter.
        true => {
            (digits >= 2 && groups >= 2 && turns * 3 >= bytes.len())
                || (bytes.len() >= 24 && turns * 2 >= bytes.len())
        }
        false => bytes.len() >= 24 && groups >= 4 && digits >= 4 && turns * 3 >= bytes.len(),
    }
}

fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    }
}

/// Whether it is an id with a word of its kind before it.
fn is_prefixed(run: &str) -> bool {
    run.split_once('_').is_some_and(|(head, rest)| {
        (2..=8).contains(&head.len())
            && head.bytes().all(|b| b.is_ascii_lowercase())
            && !SECRET_HEADS.contains(&head)
            && !rest.contains(['_', '-'])
            && rest.len() <= 32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_at_random_is_told_from_what_is_written() {
        for token in [
            "Zk3v9QeR7uPq2Lw8XyT5",
            "Kq3zT9xW1bR5mN7pL2vYd",
            "sk_aB3dE5gH7jK9mN1pQ2rS",
            "dGhpcyBpcyBhIHRlc3Qgb2YgYmFzZTY0IGVuY29kaW5n",
            "k3j9x0q2m5z8w1n7r4t6y2u0",
        ] {
            assert!(is_random(token), "{token}");
        }
        for name in [
            "getUserByIdV2AndSomethingElse",
            "Air-Jordan-1-Retro-Low-OG-2",
            "550e8400-e29b-41d4-a716-446655440000",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "17096292000000000000000",
            "cus_NffrFeUfNV2HibQ4x",
            "women-red-summer-hat-2024",
            "application_vnd_example_v2",
            "abcdefghijklmnopqrstuvwxyz",
            "2024-01-01T00-00-00-000Z",
            "short1Ab2",
        ] {
            assert!(!is_random(name), "{name}");
        }
    }
}
