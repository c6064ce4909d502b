//! Two host names in, whether the new one is made to be taken for the old one out.
//!
//! Punycode: RFC 3492. Skeletons and mixed scripts: UTS 39. A name with added words
//! (shop-pay.example for shop.example) is no look-alike: that it has another owner is told elsewhere.

use psl::Psl;
use unicode_normalization::UnicodeNormalization;
use unicode_security::MixedScript;
use unicode_security::confusable_detection::skeleton;

/// Letters that digits and pairs of letters stand in for.
const STAND_INS: &[(&str, &str)] = &[
    ("0", "o"),
    ("1", "l"),
    ("3", "e"),
    ("4", "a"),
    ("5", "s"),
    ("7", "t"),
    ("8", "b"),
    ("i", "l"),
    ("rn", "m"),
    ("vv", "w"),
    ("cl", "d"),
];

/// Labels shorter than this have too many neighbours for one letter to mean anything.
const MIN_LABEL: usize = 4;

/// Why `new` looks like `old`, `None` if it does not or has the same owner. Both are lower-case names
/// without port. The text is ours alone: it quotes neither name.
pub fn lookalike(old: &str, new: &str) -> Option<String> {
    if old == new || old.is_empty() || new.is_empty() {
        return None;
    }
    let (old, new) = (readable(old), readable(new));
    let (was, is) = (owner(&old), owner(&new));
    if old == new || was == is {
        return None;
    }
    if flattened(&old) == flattened(&new) || flattened(&was) == flattened(&is) {
        return Some("reads like the old host, letter by letter".to_owned());
    }
    let mixed = |name: &str| name.split('.').any(|label| !label.is_single_script());
    if mixed(&new) && !mixed(&old) {
        return Some("a label mixes letters of several scripts".to_owned());
    }
    let (was_label, was_suffix) = cut(&was);
    let (is_label, is_suffix) = cut(&is);
    if simplified(was_label) == simplified(is_label) && was_label != is_label {
        return Some(
            "differs from the old domain only in hyphens or in digits that stand for letters".to_owned(),
        );
    }
    if was_suffix == is_suffix
        && was_label.chars().count().min(is_label.chars().count()) >= MIN_LABEL
        && one_edit_apart(was_label, is_label)
    {
        return Some("one letter away from the old domain".to_owned());
    }
    if new.starts_with(&format!("{old}.")) {
        return Some("begins with the old host, but belongs to another domain".to_owned());
    }
    None
}

/// The name as a person sees it: punycode labels decoded, compatibility forms folded.
fn readable(name: &str) -> String {
    let labels = name
        .split('.')
        .map(|label| label.strip_prefix("xn--").and_then(punycode).unwrap_or_else(|| label.to_owned()));
    labels.collect::<Vec<_>>().join(".").nfkc().collect::<String>().to_lowercase()
}

/// The registrable domain, or the whole name if it has none.
fn owner(name: &str) -> String {
    psl::List
        .domain(name.as_bytes())
        .and_then(|d| std::str::from_utf8(d.as_bytes()).ok())
        .unwrap_or(name)
        .to_owned()
}

/// A domain's own label and the suffix behind it.
fn cut(domain: &str) -> (&str, &str) {
    domain.split_once('.').unwrap_or((domain, ""))
}

/// UTS 39 skeleton, folded once more, since some skeletons are capitals.
fn flattened(name: &str) -> String {
    skeleton(name).collect::<String>().to_lowercase()
}

fn simplified(label: &str) -> String {
    STAND_INS.iter().fold(label.replace('-', ""), |text, (from, to)| text.replace(from, to))
}

/// Whether one insertion, deletion, substitution or swap of neighbours makes one from the other.
fn one_edit_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let front = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[front..], &b[front..]);
    let back = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - back], &b[..b.len() - back]);
    match (a, b) {
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([x, y], [p, q]) => x == q && y == p,
        _ => false,
    }
}

/// Decodes what follows `xn--` (RFC 3492 §6.2). `None` if it is not valid punycode.
fn punycode(label: &str) -> Option<String> {
    const BASE: u32 = 36;
    const T_MIN: u32 = 1;
    const T_MAX: u32 = 26;
    // A DNS label has at most 63 bytes; longer ones are not worth the quadratic insertions below.
    if label.len() > 63 || !label.is_ascii() {
        return None;
    }
    let (basic, extended) = label.rsplit_once('-').unwrap_or(("", label));
    let mut out: Vec<char> = basic.chars().collect();
    let mut digits = extended.bytes();
    let (mut n, mut i, mut bias) = (128u32, 0u32, 72u32);
    while digits.len() > 0 {
        let (start, mut weight, mut k) = (i, 1u32, BASE);
        loop {
            let digit = match digits.next()? {
                b @ b'a'..=b'z' => b - b'a',
                b @ b'A'..=b'Z' => b - b'A',
                b @ b'0'..=b'9' => b - b'0' + 26,
                _ => return None,
            };
            i = i.checked_add(u32::from(digit).checked_mul(weight)?)?;
            let t = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
            if u32::from(digit) < t {
                break;
            }
            weight = weight.checked_mul(BASE - t)?;
            k += BASE;
        }
        let count = out.len() as u32 + 1;
        bias = adapted(i - start, count, start == 0);
        n = n.checked_add(i / count)?;
        i %= count;
        out.insert(i as usize, char::from_u32(n)?);
        i += 1;
    }
    Some(out.into_iter().collect())
}

/// Bias adaptation (RFC 3492 §6.1).
fn adapted(delta: u32, count: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn punycode_decodes_the_samples_of_the_rfc() {
        // RFC 3492 §7.1 (I), (L) and a well-known host.
        assert_eq!(
            punycode("b1abfaaepdrnnbgefbadotcwatmq2g4l").as_deref(),
            Some("почемужеонинеговорятпорусски")
        );
        assert_eq!(punycode("3B-ww4c5e180e575a65lsy2b").as_deref(), Some("3年B組金八先生"));
        assert_eq!(punycode("mnchen-3ya").as_deref(), Some("münchen"));
        assert_eq!(punycode("99999999999"), None);
    }

    #[test]
    fn look_alikes_are_told() {
        for (old, new) in [
            ("api.shop.example", "api.sh\u{43e}p.example"),
            ("paypal.com", "xn--pypal-4ve.com"),
            ("modern.example", "modem.example"),
            ("google.com", "g00gle.com"),
            ("github.com", "githib.com"),
            ("github.com", "gitub.com"),
            ("github.com", "gihtub.com"),
            ("myshop.example", "my-shop.example"),
            ("paypal.com", "paypa1.net"),
            ("api.shop.example", "api.shop.example.evil.test"),
        ] {
            assert!(lookalike(old, new).is_some(), "{old} -> {new}");
        }
    }

    #[test]
    fn other_names_are_not_look_alikes() {
        for (old, new) in [
            ("shop.example", "shop-pay.example"),
            ("api.shop.example", "api2.shop.example"),
            ("shop.example", "shop.com"),
            ("api.shop.example", "api.shop-mirror.example"),
            ("ibm.com", "ibn.com"),
            ("münchen.example", "berlin.example"),
            ("shop.example", "shop.example"),
        ] {
            assert_eq!(lookalike(old, new), None, "{old} -> {new}");
        }
    }

    proptest! {
        #[test]
        fn any_names_are_compared_without_panic(a in "(xn--)?[a-z0-9.-]{0,40}", b in ".{0,40}") {
            let _ = lookalike(&a, &b);
            prop_assert_eq!(lookalike(&a, &a), None);
        }
    }
}
