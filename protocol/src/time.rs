//! Points in time and spans between them, in whole milliseconds.

use std::{fmt, ops, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

use crate::limits::{LATEST_MS, LONGEST_SPAN_MS};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, at most the year 9999.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The start of the Unix epoch.
    pub const ZERO: Self = Self(0);
    /// The latest date that a record may carry.
    pub const MAX: Self = Self(LATEST_MS);

    /// Makes a timestamp, capped at the latest date that a record may carry.
    pub fn from_millis(millis: u64) -> Self {
        Self(millis.min(LATEST_MS))
    }

    /// Milliseconds since the Unix epoch.
    pub fn millis(self) -> u64 {
        self.0
    }

    /// The time that passed since `earlier`, or nothing if it is later than this.
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The point `span` before this one, not before the epoch.
    pub fn before(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl ops::Add<Span> for Timestamp {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_add(span.0))
    }
}

impl fmt::Display for Timestamp {
    /// Writes RFC 3339 in UTC, as `2026-11-21T09:30:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0.cast_signed()) {
            Ok(time) => f.pad(&time.to_string()),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = DateError;

    /// Reads a date (`2027-01-31`, its start in UTC) or a point in time (`2027-01-31T12:00:00Z`).
    fn from_str(text: &str) -> Result<Self, DateError> {
        let error = || DateError(text.to_owned());
        let time = match text.parse::<jiff::civil::Date>() {
            Ok(date) if text.len() == 10 => date.to_zoned(jiff::tz::TimeZone::UTC).map(|zoned| zoned.timestamp()),
            _ => text.parse::<jiff::Timestamp>(),
        };
        let millis = u64::try_from(time.map_err(|_| error())?.as_millisecond()).map_err(|_| error())?;
        if millis > LATEST_MS { Err(error()) } else { Ok(Self(millis)) }
    }
}

/// Says why a text is no date.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "'{0}' is not a date: write it like 2027-01-31, 2027-01-31T12:00:00Z, or +90d from now (in a charter, from its \
         founding)"
)]
pub struct DateError(String);

/// A date in a file that people write: a date, or `+90d` after the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawDate(pub String);

impl RawDate {
    /// The point in time, for a start at `start`.
    ///
    /// # Errors
    /// If the text is neither a date nor a `+` and a span.
    pub fn resolve(&self, start: Timestamp) -> Result<Timestamp, DateError> {
        match self.0.strip_prefix('+') {
            Some(span) => Ok(start + span.parse().map_err(|_| DateError(self.0.clone()))?),
            None => self.0.parse(),
        }
    }

    /// Divides a relative date by `scale`; an absolute one stays.
    pub fn scale_down(&mut self, scale: u64) {
        if let Some(Ok(span)) = self.0.strip_prefix('+').map(str::parse::<Span>) {
            self.0 = format!("+{}", span.scaled_down(scale));
        }
    }
}

/// On the wire a timestamp is its milliseconds; in files and on screens it is RFC 3339.
impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_u64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer)?.parse().map_err(de::Error::custom);
        }
        match u64::deserialize(deserializer)? {
            millis if millis <= LATEST_MS => Ok(Self(millis)),
            millis => Err(de::Error::custom(format!("date {millis} ms is after the year 9999"))),
        }
    }
}

/// A length of time in milliseconds, at most ten years; written `7d`, `90s`, `1h30m`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl std::ops::Add<Span> for Span {
    type Output = Self;

    /// The sum, capped at ten years.
    fn add(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_add(span.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Makes a span, capped at ten years.
    pub fn from_millis(millis: u64) -> Self {
        Self(millis.min(LONGEST_SPAN_MS))
    }

    /// Makes a span of whole days, capped at ten years.
    pub const fn from_days(days: u64) -> Self {
        let millis = days.saturating_mul(24 * 3600 * 1000);
        Self(if millis < LONGEST_SPAN_MS { millis } else { LONGEST_SPAN_MS })
    }

    /// Makes a span of whole seconds, capped at ten years.
    pub fn from_secs(secs: u64) -> Self {
        Self::from_millis(secs.saturating_mul(1000))
    }

    /// Length in milliseconds.
    pub fn millis(self) -> u64 {
        self.0
    }

    /// A tenth of it, rounded up so that it is never nothing unless the span is.
    pub fn tenth(self) -> Self {
        Self(self.0.div_ceil(10))
    }

    /// This span some times over, capped at ten years.
    pub fn times(self, factor: u64) -> Self {
        Self::from_millis(self.0.saturating_mul(factor))
    }

    /// This span divided by `scale` (at least 1 ms, unless the span is nothing).
    pub fn scaled_down(self, scale: u64) -> Self {
        Self(self.0.div_ceil(scale.max(1)))
    }
}

const UNITS: [(&str, u64); 6] = [
    ("w", 7 * 24 * 3600 * 1000),
    ("d", 24 * 3600 * 1000),
    ("h", 3600 * 1000),
    ("m", 60 * 1000),
    ("s", 1000),
    ("ms", 1),
];

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        // Weeks are read but not written: people say "10d", not "1w3d".
        for (unit, millis) in &UNITS[1..] {
            if rest >= *millis {
                write!(f, "{}{unit}", rest / millis)?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

/// Says why a text is no span.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{0}' is not a length of time: write it like 7d, 36h, 1h30m or 90s (at most 3660d)")]
pub struct SpanError(String);

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        parse_span(text).ok_or_else(|| SpanError(text.to_owned()))
    }
}

fn parse_span(text: &str) -> Option<Span> {
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (_, millis) = UNITS.iter().find(|(unit, _)| *unit == &rest[..letters])?;
        rest = &rest[letters..];
        total = total.checked_add(number.checked_mul(*millis)?)?;
    }
    (!text.is_empty() && total <= LONGEST_SPAN_MS).then_some(Span(total))
}

/// On the wire a span is its milliseconds; in files that people write it is a text.
impl Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_u64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
        } else {
            match u64::deserialize(deserializer)? {
                millis if millis <= LONGEST_SPAN_MS => Ok(Self(millis)),
                millis => Err(de::Error::custom(format!("span {millis} ms is over ten years"))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_write() {
        for (text, millis) in [("7d", 604_800_000), ("90s", 90_000), ("1h30m", 5_400_000), ("250ms", 250)] {
            assert_eq!(text.parse::<Span>().map(Span::millis), Ok(millis));
        }
        assert_eq!("1w".parse::<Span>().map(|s| s.to_string()), Ok("7d".into()));
        assert_eq!(Span::from_secs(90).to_string(), "1m30s");
        for text in ["", "7", "d", "7x", "-1d", "1.5h", "99999d", "7 d"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn dates_read_and_write() {
        let day: Timestamp = "2026-11-21".parse().unwrap();
        assert_eq!(day.to_string(), "2026-11-21T00:00:00Z");
        assert_eq!(day.to_string().parse(), Ok(day));
        assert_eq!(RawDate("+1d".into()).resolve(day).unwrap().to_string(), "2026-11-22T00:00:00Z");
        for bad in ["", "tomorrow", "2026-13-01", "+x", "1969-01-01"] {
            let error = RawDate(bad.into()).resolve(day).unwrap_err().to_string();
            assert!(error.contains(&format!("'{bad}' is not a date")) && error.contains("+90d from now"), "{error}");
        }
    }

    #[test]
    fn sums_stay_within_dates() {
        assert_eq!(Timestamp::MAX + Span::from_secs(5), Timestamp::MAX);
        assert_eq!(Timestamp::from_millis(5).before(Span::from_secs(1)), Timestamp::ZERO);
        assert_eq!(Span::from_millis(1).tenth(), Span::from_millis(1));
    }
}
