//! Wire types used by the generated models.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// An exact decimal that is a JSON number on the wire. Decimal text is accepted too, where the contract allows it.
/// Up to 15 significant digits survive JSON readers that use `f64`, and the bounds in the contract stay within that.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct DecimalNumber(pub Decimal);

impl Serialize for DecimalNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.normalize().to_i64() {
            Some(whole) if Decimal::from(whole) == self.0 => serializer.serialize_i64(whole),
            _ => serializer.serialize_f64(self.0.to_f64().unwrap_or_default()),
        }
    }
}

impl<'de> Deserialize<'de> for DecimalNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let decimal = match Value::deserialize(deserializer)? {
            Value::String(text) => Decimal::from_str(&text).ok(),
            // The shortest text of a float is the text that was sent, provided that has at most 15 digits.
            Value::Number(number) => number
                .as_i64()
                .map(Decimal::from)
                .or_else(|| Decimal::from_str(&number.to_string()).ok())
                .or_else(|| number.as_f64().and_then(Decimal::from_f64)),
            _ => None,
        };
        decimal.map(Self).ok_or_else(|| de::Error::custom("not a decimal number"))
    }
}

/// An ID, or an object with an `id` and perhaps a `name`, as responses contain it (`x-id-or-object`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdOrObject<T = i64> {
    /// The ID.
    pub id: T,
    /// The name, if the object has one.
    pub name: Option<String>,
}

impl<T: Serialize> Serialize for IdOrObject<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.id.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for IdOrObject<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sent = Value::deserialize(deserializer)?;
        let (id, name) = match sent.as_object() {
            Some(object) => (object.get("id"), object.get("name").and_then(Value::as_str)),
            None => (Some(&sent), None),
        };
        let id = id.and_then(|id| T::deserialize(id).ok());
        id.map(|id| Self { id, name: name.map(str::to_owned) })
            .ok_or_else(|| de::Error::custom("neither an id nor an object with one"))
    }
}

/// A UTC timestamp that always has six fractional digits on the wire, so that clients can compare times as text.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(pub DateTime<Utc>);

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        DateTime::parse_from_rfc3339(&text).map(|at| Self(at.to_utc())).map_err(de::Error::custom)
    }
}

/// Distinguishes an absent member (`None`) from null (`Some(None)`). Use with `#[serde(default, deserialize_with)]`.
///
/// # Errors
/// Returns the deserialization error of the type itself.
pub fn double_option<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn prices_survive_the_wire_exactly() {
        for text in ["0", "0.01", "109.95", "22.3", "695", "99999999.99", "0.1"] {
            let price = DecimalNumber(text.parse().expect("a decimal"));
            let json = serde_json::to_string(&price).expect("serialises");
            assert_eq!(json, text);
            assert_eq!(serde_json::from_str::<DecimalNumber>(&json).expect("reads"), price);
            assert_eq!(serde_json::from_value::<DecimalNumber>(Value::from(text)).expect("reads"), price);
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for json in ["null", "true", "[1]", "{}", r#""""#, r#""x""#] {
            assert!(serde_json::from_str::<DecimalNumber>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn an_id_is_read_alone_or_out_of_an_object() {
        let read = |value| serde_json::from_value::<IdOrObject>(value).ok().map(|read| (read.id, read.name));
        assert_eq!(read(json!(3)), Some((3, None)));
        assert_eq!(read(json!({"id": 3})), Some((3, None)));
        assert_eq!(read(json!({"id": 3, "name": "garden"})), Some((3, Some("garden".to_owned()))));
        for other in [json!("3"), json!(null), json!({}), json!({"name": "garden"}), json!([3])] {
            assert_eq!(read(other.clone()), None, "{other}");
        }
    }

    #[test]
    fn times_have_six_fractional_digits_whatever_they_are() {
        for (micros, text) in [
            (0, "2026-11-21T04:53:09.000000Z"),
            (500_000, "2026-11-21T04:53:09.500000Z"),
            (821_908, "2026-11-21T04:53:09.821908Z"),
        ] {
            let at = DateTime::from_timestamp(1_795_236_789, micros * 1000).expect("a time");
            let json = serde_json::to_string(&Timestamp(at)).expect("serialises");
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Timestamp>(&json).expect("reads").0, at);
        }
    }

    #[test]
    fn null_is_not_absence() {
        #[derive(Deserialize)]
        struct Patch {
            #[serde(default, deserialize_with = "double_option")]
            note: Option<Option<String>>,
        }
        let read = |text| serde_json::from_str::<Patch>(text).expect("reads").note;
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"note":null}"#), Some(None));
        assert_eq!(read(r#"{"note":"x"}"#), Some(Some("x".to_owned())));
    }

    proptest! {
        #[test]
        fn a_decimal_of_fifteen_digits_survives_as_number_and_as_text(digits in 0..1_000_000_000_000_000_i64, scale in 0..=10_u32, is_negative: bool) {
            let decimal = DecimalNumber(Decimal::new(if is_negative { -digits } else { digits }, scale));
            let number = serde_json::to_string(&decimal).expect("serialises");
            prop_assert_eq!(serde_json::from_str::<DecimalNumber>(&number).expect("reads"), decimal, "{}", number);
            let text = Value::from(decimal.0.to_string());
            prop_assert_eq!(serde_json::from_value::<DecimalNumber>(text).expect("reads"), decimal);
        }

        #[test]
        fn a_price_as_a_number_says_what_it_says_as_a_text(cents in 0..10_000_000_000_i64) {
            let text = format!("{}.{:02}", cents / 100, cents % 100);
            let read = serde_json::from_str::<DecimalNumber>(&text).expect("reads");
            prop_assert_eq!(read, serde_json::from_value(Value::from(&*text)).expect("reads"));
            prop_assert_eq!(read.0, Decimal::new(cents, 2));
        }

        #[test]
        fn any_text_is_a_decimal_or_refused(text in "[-+]?[0-9.]{0,40}|.{0,20}") {
            let read = serde_json::from_value::<DecimalNumber>(Value::from(&*text));
            prop_assert_eq!(read.ok().map(|read| read.0), Decimal::from_str(&text).ok());
        }
    }
}
