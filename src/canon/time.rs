//! Points in time, in whole seconds of UTC. No clock.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Seconds since 1970-01-01T00:00:00Z; written `YYYY-MM-DDTHH:MM:SSZ` (RFC 3339).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const FORM: &str = "%Y-%m-%dT%H:%M:%SZ";
const MAX: i64 = 253_402_300_799; // 9999-12-31T23:59:59Z

impl Timestamp {
    /// A point in time; seconds outside the years 1970 to 9999 are cut to them.
    pub fn from_seconds(seconds: i64) -> Timestamp {
        Timestamp(seconds.clamp(0, MAX))
    }

    /// Seconds since the epoch.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// So many days of 86,400 seconds later.
    pub fn plus_days(self, days: i64) -> Timestamp {
        Timestamp::from_seconds(self.0.saturating_add(days.saturating_mul(86_400)))
    }

    /// The day, `YYYY-MM-DD`.
    pub fn date(self) -> String {
        self.to_string().chars().take(10).collect()
    }

    fn civil(self) -> Option<DateTime> {
        Some(jiff::Timestamp::from_second(self.0).ok()?.to_zoned(TimeZone::UTC).datetime())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.civil() {
            Some(t) => write!(f, "{}", t.strftime(FORM)),
            None => Err(fmt::Error),
        }
    }
}

impl FromStr for Timestamp {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("{text:?} is not a time of the form YYYY-MM-DDTHH:MM:SSZ");
        let time = DateTime::strptime(FORM, text).map_err(|_| fault())?;
        let seconds = time.to_zoned(TimeZone::UTC).map_err(|_| fault())?.timestamp().as_second();
        let read = Timestamp(seconds);
        // One spelling each: what is read is what would be written.
        if !(0..=MAX).contains(&seconds) || read.to_string() != text { Err(fault()) } else { Ok(read) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time", "pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$"})
    }
}
