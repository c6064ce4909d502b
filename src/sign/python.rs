//! How the reference system's language decodes base64 and writes times: what a v1 payload is made of.
//!
//! Only for [`super::legacy`]; everything else here decodes strictly.

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;

/// Python's `base64.urlsafe_b64decode` of `text` with `padding` more `=`: `-_` read as `+/`, what is not of the
/// alphabet skipped, everything behind a complete padding ignored, trailing bits allowed.
pub(super) fn b64decode(text: &str, padding: usize) -> Option<Vec<u8>> {
    if !text.is_ascii() {
        return None;
    }
    let mut data = Vec::with_capacity(text.len());
    let mut pads = 0;
    for byte in text.bytes().chain(std::iter::repeat_n(b'=', padding)) {
        match byte {
            // Padding counts only from the third place of a group of four; a complete group ends the text.
            b'=' if data.len() % 4 >= 2 => {
                pads += 1;
                if data.len() % 4 + pads >= 4 {
                    return Some(bits(&data));
                }
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                pads = 0;
                data.push(byte);
            }
            b'-' | b'_' => {
                pads = 0;
                data.push(if byte == b'-' { b'+' } else { b'/' });
            }
            _ => (),
        }
    }
    // A group that was begun and not padded.
    (data.len() % 4 == 0).then(|| bits(&data))
}

/// The bytes of characters of the standard alphabet, trailing bits dropped.
fn bits(data: &[u8]) -> Vec<u8> {
    const ENGINE: GeneralPurpose =
        GeneralPurpose::new(&base64::alphabet::STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));
    ENGINE.decode(data).expect("only characters of the alphabet, and never one behind a group of four")
}

/// Python's `datetime.isoformat()` of a time as the lockfile writes it: `Z` as `+00:00`, a fraction as six
/// digits and only if it is not zero, another offset kept. `None` if it is no time.
pub(super) fn isoformat(text: &str) -> Option<String> {
    let text = text.trim();
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let rest = rest.strip_prefix(['T', 't', ' ', '_'])?;
    let (clock, rest) = (rest.get(..8)?, rest.get(8..)?);
    if !shaped(date, "0000-00-00") || !shaped(clock, "00:00:00") {
        return None;
    }
    // Whether the day exists is the calendar's business.
    format!("{date}T{clock}").parse::<jiff::civil::DateTime>().ok()?;

    let digits = rest.strip_prefix('.').map_or(0, |r| r.bytes().take_while(u8::is_ascii_digit).count());
    let (fraction, zone) = if rest.starts_with('.') {
        (Some(rest.get(1..1 + digits)?), rest.get(1 + digits..)?)
    } else {
        (None, rest)
    };
    let micros = match fraction {
        Some("") => return None,
        Some(digits) => format!("{:0<6}", digits.get(..6).unwrap_or(digits)),
        None => "000000".to_owned(),
    };
    let fraction = if micros == "000000" { String::new() } else { format!(".{micros}") };
    Some(format!("{date}T{clock}{fraction}{}", zone_of(zone)?))
}

fn zone_of(zone: &str) -> Option<String> {
    if zone.is_empty() {
        return Some(String::new());
    }
    if zone.eq_ignore_ascii_case("z") {
        return Some("+00:00".to_owned());
    }
    let (sign, offset) = (zone.get(..1)?, zone.get(1..)?);
    let (hours, minutes) = if shaped(offset, "00:00") {
        (offset.get(..2)?, offset.get(3..)?)
    } else if shaped(offset, "0000") {
        offset.split_at_checked(2)?
    } else {
        return None;
    };
    if !matches!(sign, "+" | "-") || hours >= "24" || minutes >= "60" {
        return None;
    }
    let sign = if hours == "00" && minutes == "00" { "+" } else { sign };
    Some(format!("{sign}{hours}:{minutes}"))
}

/// Whether text has a digit where the pattern has `0`, and elsewhere the pattern's own characters.
fn shaped(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(t, p)| if p == b'0' { t.is_ascii_digit() } else { t == p })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_lenient_as_python() {
        // Each row was taken from Python's binascii.a2b_base64.
        for (text, padding, bytes) in [
            ("", 0, Some(&b""[..])),
            ("Zm9v", 0, Some(b"foo")),
            ("Zg", 2, Some(b"f")),
            ("Zg", 0, None),
            ("Zg", 1, None),
            ("Zh==", 0, Some(b"f")),
            ("Z", 3, None),
            ("====", 0, Some(b"")),
            ("=Zm9v", 0, Some(b"foo")),
            ("Zg==Zm9v", 0, Some(b"f")),
            ("Zg=v", 2, Some(b"f\x0b")),
            ("Zm=9v", 0, Some(b"foo")),
            ("Z\nm 9!v", 0, Some(b"foo")),
            ("-_-_", 0, Some(b"\xfb\xff\xbf")),
            ("+/+/", 0, Some(b"\xfb\xff\xbf")),
            ("Zm9v\u{e9}", 0, None),
        ] {
            assert_eq!(b64decode(text, padding).as_deref(), bytes, "{text:?} + {padding}");
        }
    }

    #[test]
    fn times_are_written_as_python_does() {
        for (text, iso) in [
            ("2026-01-01T00:00:00Z", Some("2026-01-01T00:00:00+00:00")),
            ("2026-01-01T00:00:00.5Z", Some("2026-01-01T00:00:00.500000+00:00")),
            ("2026-01-01T00:00:00.000000Z", Some("2026-01-01T00:00:00+00:00")),
            ("2026-01-01T00:00:00.1234567Z", Some("2026-01-01T00:00:00.123456+00:00")),
            ("2026-01-01 00:00:00+0230", Some("2026-01-01T00:00:00+02:30")),
            ("2026-01-01T00:00:00-00:00", Some("2026-01-01T00:00:00+00:00")),
            ("2026-01-01T00:00:00", Some("2026-01-01T00:00:00")),
            ("2026-02-30T00:00:00Z", None),
            ("2026-01-01T25:00:00Z", None),
            ("2026-01-01T00:00:00.Z", None),
            ("2026-01-01T00:00:00+24:00", None),
            ("2026-01-01T00:00:00é", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(isoformat(text).as_deref(), iso, "{text}");
        }
    }
}
