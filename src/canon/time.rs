//! A point in time as every file writes it: UTC, whole seconds, `YYYY-MM-DDTHH:MM:SSZ`.
//!
//! One spelling only (a narrow profile of RFC 3339), so that equal times are equal bytes. No clock: `now`
//! is handed in.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Seconds since 1970-01-01T00:00:00Z; the years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// How many days may be asked for: a century at most.
pub const DAYS: RangeInclusive<u32> = 1..=36_500;

const DAY: i64 = 86_400;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

impl Timestamp {
    /// The first point in time there is.
    pub const MIN: Timestamp = Timestamp(0);
    /// 9999-12-31T23:59:59Z.
    pub const MAX: Timestamp = Timestamp(253_402_300_799);

    /// A point given in seconds since 1970, if it lies within the years 1970 to 9999.
    pub fn from_seconds(seconds: i64) -> Option<Timestamp> {
        (Self::MIN.0..=Self::MAX.0).contains(&seconds).then_some(Timestamp(seconds))
    }

    /// Seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// The day, `YYYY-MM-DD`.
    pub fn date(self) -> String {
        self.civil().date().to_string()
    }

    /// The same time of day, days later or earlier; no further than the first and last point there is.
    pub fn plus_days(self, days: i64) -> Timestamp {
        let seconds = self.0.saturating_add(days.saturating_mul(DAY));
        Timestamp(seconds.clamp(Self::MIN.0, Self::MAX.0))
    }

    fn civil(self) -> DateTime {
        // Civil arithmetic: jiff's own timestamps end a day before the year 9999 does. Every value of the
        // type lies within its civil range, so the fallback is never taken.
        EPOCH.checked_add(SignedDuration::from_secs(self.0)).unwrap_or(EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.civil();
        write!(f, "{}T{:02}:{:02}:{:02}Z", civil.date(), civil.hour(), civil.minute(), civil.second())
    }
}

/// When something ends by the word of a person: `90d`, `2027-01-31` (its first moment, UTC), or a time. None for
/// any other text.
pub fn ending(text: &str, now: Timestamp) -> Option<Timestamp> {
    let days = text.strip_suffix('d').and_then(|n| n.parse::<u32>().ok()).filter(|n| DAYS.contains(n));
    days.map(|n| now.plus_days(i64::from(n)))
        .or_else(|| text.parse().ok())
        .or_else(|| format!("{text}T00:00:00Z").parse().ok())
}

/// The text is not a time of this form, or no such day or hour exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotATime;

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a time as 2026-12-01T00:05:00Z (UTC, whole seconds, from 1970 on)")
    }
}

impl std::error::Error for NotATime {}

impl FromStr for Timestamp {
    type Err = NotATime;

    /// # Errors
    /// For anything but the one spelling: offsets, fractions, lower case, leap seconds, years before 1970.
    fn from_str(text: &str) -> Result<Timestamp, NotATime> {
        let bytes = text.as_bytes();
        let shape = b"0000-00-00T00:00:00Z";
        let fits = |(b, s): (&u8, &u8)| if *s == b'0' { b.is_ascii_digit() } else { b == s };
        if bytes.len() != shape.len() || !bytes.iter().zip(shape).all(fits) {
            return Err(NotATime);
        }
        let field = |at: usize| text[at..at + 2].parse::<i8>().map_err(|_| NotATime);
        let year = text[..4].parse::<i16>().map_err(|_| NotATime)?;
        let civil = DateTime::new(year, field(5)?, field(8)?, field(11)?, field(14)?, field(17)?, 0)
            .map_err(|_| NotATime)?;
        Timestamp::from_seconds(civil.duration_since(EPOCH).as_secs()).ok_or(NotATime)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    #[test]
    fn one_spelling_in_and_out() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-22T09:14:03Z", 1_795_338_843),
            ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("9999-12-31T23:59:59Z", Timestamp::MAX.seconds()),
        ] {
            assert_eq!(time(text).seconds(), seconds, "{text}");
            assert_eq!(time(text).to_string(), text);
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "",
            "2026-11-22",
            "2026-11-22T09:14:03",
            "2026-11-22T09:14:03z",
            "2026-11-22t09:14:03Z",
            "2026-11-22 09:14:03Z",
            "2026-11-22T09:14:03+00:00",
            "2026-11-22T09:14:03.0Z",
            "2026-11-22T09:14Z",
            "2026-11-31T00:00:00Z",
            "2025-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-12-31T23:59:60Z",
            "1969-12-31T23:59:59Z",
            "+026-11-22T09:14:03Z",
            "2026-11-22T09:14:03Z ",
            "２０26-11-22T09:14Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotATime), "{text}");
        }
    }

    #[test]
    fn days_are_counted_and_bounded() {
        assert_eq!(time("2026-11-22T09:14:03Z").date(), "2026-11-22");
        assert_eq!(time("2026-11-22T09:14:03Z").plus_days(30), time("2026-12-22T09:14:03Z"));
        assert_eq!(time("2026-11-22T09:14:03Z").plus_days(-22), time("2026-10-31T09:14:03Z"));
        assert_eq!(time("2026-11-22T09:14:03Z").plus_days(i64::MAX), Timestamp::MAX);
        assert_eq!(time("2026-11-22T09:14:03Z").plus_days(i64::MIN), Timestamp::MIN);
    }

    proptest! {
        #[test]
        fn every_point_reads_back_and_sorts_as_its_text(a in 0i64..=253_402_300_799, b in 0i64..=253_402_300_799) {
            let (a, b) = (Timestamp(a), Timestamp(b));
            prop_assert_eq!(a.to_string().parse(), Ok(a));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }

        #[test]
        fn text_never_panics(text in any::<String>(), shaped in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z") {
            let _ = text.parse::<Timestamp>();
            if let Ok(time) = shaped.parse::<Timestamp>() {
                prop_assert_eq!(time.to_string(), shaped);
            }
        }
    }
}
