//! What the wire of every provider has: numbers that must stay exact, and moments in several spellings.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A JSON number or a text with one, read from its digits: `-12.3`, `1e2`, `"4.50"`. Never through binary floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact(pub Decimal);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get().trim().trim_matches('"');
        let exact = Decimal::from_str_exact(text);
        let number = exact.or_else(|_| Decimal::from_scientific(text));
        number.map(|number| Self(number.normalize())).map_err(|_| D::Error::custom("not a number"))
    }
}

/// A moment as RFC 3339 has it, with any fraction, or a day alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// With a time.
    At(Timestamp),
    /// A day.
    On(Date),
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let at = text.parse().map(Self::At);
        at.or_else(|_| text.parse().map(Self::On)).map_err(|_| D::Error::custom("not a moment"))
    }
}

impl Moment {
    /// The moment; a day alone is its beginning in UTC.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::On(day) => {
                day.to_zoned(jiff::tz::TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp())
            }
        }
    }
}

/// An id that may be written as a number or as text; kept as text, since it may be beyond 2^53.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id(pub String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get().trim().trim_matches('"');
        let plain = !text.is_empty()
            && text.len() <= 100
            && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
        if plain && !text.starts_with(['{', '[']) {
            Ok(Self(text.to_owned()))
        } else {
            Err(D::Error::custom("not an id"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_exact() {
        let read = |text: &str| serde_json::from_str::<Exact>(text).map(|exact| exact.0.to_string());
        assert_eq!(read("0.1").unwrap(), "0.1");
        assert_eq!(read("-200.0").unwrap(), "-200");
        assert_eq!(read("1.5e3").unwrap(), "1500");
        assert_eq!(read("\"12345678901234567.89\"").unwrap(), "12345678901234567.89");
        assert!(read("\"x\"").is_err() && read("null").is_err());
    }

    #[test]
    fn moments_have_three_spellings() {
        let read = |text: &str| serde_json::from_str::<Moment>(text).unwrap().timestamp().to_string();
        assert_eq!(read("\"2019-11-20T00:00:00.000Z\""), "2019-11-20T00:00:00Z");
        assert_eq!(read("\"2019-11-20T10:25:00Z\""), "2019-11-20T10:25:00Z");
        assert_eq!(read("\"2019-11-20\""), "2019-11-20T00:00:00Z");
    }

    #[test]
    fn ids_are_text_beyond_the_reach_of_floats() {
        let read = |text: &str| serde_json::from_str::<Id>(text).map(|id| id.0);
        assert_eq!(read("1688015087215843960").unwrap(), "1688015087215843960");
        assert_eq!(read("\"a-b\"").unwrap(), "a-b");
        assert!(read("{}").is_err() && read("\"\"").is_err());
    }
}
