//! Values with the shape of a credential in, their places out.
//!
//! A committed text, a log line and a comment never carry a credential: [`redact`] replaces what
//! [`secrets`] finds. Known shapes only (the prefixes that the issuers document), plus the generic
//! `Bearer` value. Placeholders of documentation (`ghp_xxxx…`, `AKIAIOSFODNN7EXAMPLE`) are none.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::canon::digest;

/// A credential in a text: what it is and the bytes it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretShape {
    /// What it looks like, for people.
    pub kind: &'static str,
    /// Byte offset of its start.
    pub start: usize,
    /// Byte offset of its end.
    pub end: usize,
}

/// The kind that can take several lines.
pub const PRIVATE_KEY: &str = "private key";

/// The known shapes: what each is, pieces of which every text of it has one, and the shape. Of two that overlap the
/// earlier start wins, then the earlier row.
const SHAPES: &[(&str, &[&str], &str)] = &[
    // To its end mark; without one the lines of base64 that follow. Never the prose after it.
    (
        PRIVATE_KEY,
        &["-----BEGIN "],
        r"-----BEGIN [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----(?:(?:[^-]|-[^-])*-----END [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----|(?:[\s\\nr]*[A-Za-z0-9+/=]{40,})*)",
    ),
    ("github token", &["github_pat_"], r"\bgithub_pat_[A-Za-z0-9_]{22,255}"),
    ("github token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"\bgh[pousr]_[A-Za-z0-9]{36,255}"),
    (
        "gitlab token",
        &["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-"],
        r"\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[A-Za-z0-9_-]{20,}",
    ),
    ("aws access key id", &["AKIA", "ASIA", "ABIA", "ACCA"], r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("slack token", &["xox"], r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("slack app token", &["xapp-"], r"\bxapp-[0-9]-[A-Za-z0-9-]{10,}"),
    (
        "slack webhook",
        &["hooks.slack.com/services/"],
        r"\bhooks\.slack\.com/services/[A-Za-z0-9]+/[A-Za-z0-9]+/[A-Za-z0-9]{16,}",
    ),
    ("stripe key", &["k_live_", "k_test_"], r"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("stripe webhook secret", &["whsec_"], r"\bwhsec_[A-Za-z0-9+/=]{24,}"),
    ("google api key", &["AIza"], r"\bAIza[A-Za-z0-9_-]{35}"),
    ("google oauth secret", &["GOCSPX-"], r"\bGOCSPX-[A-Za-z0-9_-]{24,}"),
    ("google oauth token", &["ya29."], r"\bya29\.[A-Za-z0-9_-]{20,}"),
    ("npm token", &["npm_"], r"\bnpm_[A-Za-z0-9]{36,}"),
    ("pypi token", &["pypi-AgE"], r"\bpypi-AgE[A-Za-z0-9_-]{40,}"),
    ("anthropic key", &["sk-ant-"], r"\bsk-ant-[A-Za-z0-9_-]{24,}"),
    ("openai key", &["sk-"], r"\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{32,}"),
    ("sendgrid key", &["SG."], r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ("hugging face token", &["hf_"], r"\bhf_[A-Za-z0-9]{30,}"),
    ("jwt", &["eyJ"], r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    ("bearer token", &["earer "], r"\b[Bb]earer [A-Za-z0-9._~+/-]{20,}=*"),
];

static SHAPE_REGEXES: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    SHAPES
        .iter()
        .map(|(kind, _, shape)| {
            (*kind, Regex::new(&format!("(?-u){shape}")).expect("the table of shapes is tested"))
        })
        .collect()
});

/// All shapes at once: nearly every text holds none, and is passed over in one go.
static ANY: LazyLock<Regex> = LazyLock::new(|| {
    let all: Vec<&str> = SHAPES.iter().map(|(_, _, shape)| *shape).collect();
    Regex::new(&format!("(?-u)(?:{})", all.join("|"))).expect("the table of shapes is tested")
});

/// Looking for fixed pieces is several times as fast as trying [`ANY`], and hardly any text has one.
static PIECE: LazyLock<Regex> = LazyLock::new(|| {
    let all: Vec<String> =
        SHAPES.iter().flat_map(|(_, pieces, _)| *pieces).map(|piece| regex::escape(piece)).collect();
    Regex::new(&format!("(?-u)(?:{})", all.join("|"))).expect("the table of shapes is tested")
});

/// Bytes of the shortest text that can hold one.
const SHORTEST: usize = 15;

/// The credentials in a text, in order, without overlaps. Linear in the text.
pub fn secrets(text: &str) -> Vec<SecretShape> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    if bytes.len() < SHORTEST || !PIECE.is_match(bytes) || !ANY.is_match(bytes) {
        return found;
    }
    for (kind, regex) in SHAPE_REGEXES.iter() {
        for hit in regex.find_iter(text.as_bytes()) {
            if *kind == PRIVATE_KEY || is_random(hit.as_bytes()) {
                found.push(SecretShape { kind, start: hit.start(), end: hit.end() });
            }
        }
    }
    // Stable: rows of the same start stay in table order.
    found.sort_by_key(|s| s.start);
    let mut end = 0;
    found.retain(|s| {
        let apart = s.start >= end;
        if apart {
            end = s.end;
        }
        apart
    });
    found
}

/// Documentation writes `xxxx`, `YOUR_TOKEN` and `EXAMPLE`; issued values have digits and variety.
fn is_random(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    value.iter().for_each(|b| seen[*b as usize] = true);
    let distinct = seen.iter().filter(|s| **s).count();
    let has_digit = value.iter().any(u8::is_ascii_digit);
    let placeholder = value.windows(7).any(|w| w.eq_ignore_ascii_case(b"example"))
        || value.windows(5).any(|w| w == b"xxxxx");
    distinct >= 10 && has_digit && !placeholder
}

/// The text with a [`mark`] in place of every credential; `None` if it holds none.
pub fn redact(text: &str) -> Option<String> {
    let found = secrets(text);
    let mut clean = String::new();
    let mut from = 0;
    for secret in &found {
        clean.push_str(&text[from..secret.start]);
        clean.push_str(&mark(secret, text));
        from = secret.end;
    }
    clean.push_str(&text[from..]);
    (!found.is_empty()).then_some(clean)
}

/// What stands in place of a credential of a text: what it is, how it begins (what all of an issuer's have in
/// common, or little more), and six digits of its SHA-256, so that two are seen to differ. Not enough to use or
/// to guess it.
pub fn mark(secret: &SecretShape, text: &str) -> String {
    let value = &text[secret.start..secret.end];
    let sum = digest::sha256_hex(value.as_bytes());
    let begins = match value.get(..4).filter(|head| head.bytes().all(|b| b != b'-') && !value.contains(' ')) {
        Some(head) => format!(" {head}…"),
        None => String::new(),
    };
    format!("{MARK}{}{begins} #{}\u{27e9}", secret.kind, digest::short(&sum, 6))
}

/// How a [`mark`] begins.
const MARK: &str = "\u{27e8}secret: ";

/// Whether a text has a [`mark`] in it, or what looks like one.
pub fn is_marked(text: &str) -> bool {
    text.contains(MARK)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Put together here, so that no scanner takes this file for a leak.
    fn sample(prefix: &str, length: usize) -> String {
        let body: String = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z".chars().cycle().take(length).collect();
        format!("{prefix}{body}")
    }

    fn kinds(text: &str) -> Vec<&'static str> {
        secrets(text).into_iter().map(|s| s.kind).collect()
    }

    #[test]
    fn each_issuer_s_shape_is_known() {
        for (prefix, length, kind) in [
            ("ghp_", 36, "github token"),
            ("gho_", 36, "github token"),
            ("github_pat_", 60, "github token"),
            ("glpat-", 20, "gitlab token"),
            ("xoxb-", 24, "slack token"),
            ("sk_live_", 24, "stripe key"),
            ("AIza", 35, "google api key"),
            ("npm_", 36, "npm token"),
            ("sk-ant-api03-", 40, "anthropic key"),
            ("Authorization: Bearer ", 30, "bearer token"),
        ] {
            assert_eq!(kinds(&format!("use {} now", sample(prefix, length))), [kind], "{prefix}");
        }
        assert_eq!(kinds("id AKIAQ2W3E4R5T6Y7U2I3."), ["aws access key id"]);
        let jwt = format!("{}.{}.{}", sample("eyJ", 20), sample("eyJ", 30), sample("", 30));
        assert_eq!(kinds(&jwt), ["jwt"]);
    }

    #[test]
    fn a_private_key_is_one_secret_to_its_end() {
        let pem = "x -----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----";
        let found = secrets(pem);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].start, found[0].end), (2, pem.len()));
    }

    #[test]
    fn placeholders_and_hashes_are_no_secrets() {
        for text in [
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "AKIAIOSFODNN7EXAMPLE",
            "Bearer YOUR_ACCESS_TOKEN_GOES_HERE",
            "Bearer authentication is required",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "3fa85f64-5717-4562-b3fc-2c963f66afa6",
            "-----BEGIN PUBLIC KEY-----",
            "sk-learn-model",
        ] {
            assert_eq!(kinds(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn redaction_leaves_the_rest() {
        let text = format!("a {} b", sample("ghp_", 36));
        let sum = |value: &str| digest::sha256_hex(value.as_bytes())[..6].to_owned();
        let shown = format!("a ⟨secret: github token ghp_… #{}⟩ b", sum(&sample("ghp_", 36)));
        assert_eq!(redact(&text), Some(shown));
        let bearer = redact(&sample("Bearer ", 30));
        assert_eq!(bearer, Some(format!("⟨secret: bearer token #{}⟩", sum(&sample("Bearer ", 30)))));
        assert_ne!(bearer, redact(&sample("Bearer ", 31)), "two are seen to differ");
        assert_eq!(redact("nothing here"), None);
    }

    proptest! {
        #[test]
        fn every_text_of_a_shape_has_a_piece_of_it(
            (row, text) in prop::sample::select(SHAPES.to_vec()).prop_flat_map(|row| {
                let text = row.2.replace(r"\b", "");
                (Just(row), proptest::string::string_regex(&text).expect("a shape"))
            }),
        ) {
            prop_assert!(row.1.iter().any(|piece| text.contains(piece)), "{row:?}: {text}");
        }

        #[test]
        fn what_was_redacted_has_no_secret_left(before in ".{0,40}", after in ".{0,40}") {
            let text = format!("{before} {} {after}", sample("ghp_", 36));
            prop_assert!(kinds(&redact(&text).expect("it holds one")).is_empty());
        }

        #[test]
        fn places_are_boundaries_in_order(text in "\\PC{0,200}") {
            let mut end = 0;
            for s in secrets(&text) {
                prop_assert!(s.start >= end && s.end > s.start);
                prop_assert!(text.get(s.start..s.end).is_some());
                end = s.end;
            }
        }
    }
}
