//! Identifiers in paths: the contract's shared schemas `ResourceId` and `UserRef` as types, so that handlers need not
//! parse.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use uuid::Uuid;

/// Number or UUID of a resource.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub enum ResourceId {
    /// Sequential number.
    Id(i64),
    /// UUID.
    Uuid(Uuid),
}

impl FromStr for ResourceId {
    type Err = uuid::Error;

    /// Parses a number or a UUID. The contract rejects all other text beforehand.
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map_or_else(|_| text.parse().map(Self::Uuid), |id| Ok(Self::Id(id)))
    }
}

impl TryFrom<String> for ResourceId {
    type Error = uuid::Error;

    fn try_from(text: String) -> Result<Self, uuid::Error> {
        text.parse()
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(formatter),
            Self::Uuid(uuid) => uuid.fmt(formatter),
        }
    }
}

impl ResourceId {
    /// Returns the number and the UUID as two parameters of a statement; one of them is `None`.
    #[must_use]
    pub fn parameters(self) -> (Option<i64>, Option<Uuid>) {
        match self {
            Self::Id(id) => (Some(id), None),
            Self::Uuid(uuid) => (None, Some(uuid)),
        }
    }
}

/// Number, UUID or username of a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(from = "String")]
pub enum UserRef {
    /// Sequential number.
    Id(i64),
    /// A number beyond 64 bits, which no user has.
    Unassigned(String),
    /// UUID.
    Uuid(Uuid),
    /// Username, ignoring case.
    Name(String),
}

impl From<ResourceId> for UserRef {
    fn from(id: ResourceId) -> Self {
        match id {
            ResourceId::Id(id) => Self::Id(id),
            ResourceId::Uuid(uuid) => Self::Uuid(uuid),
        }
    }
}

impl From<String> for UserRef {
    fn from(text: String) -> Self {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map_or(Self::Unassigned(text), Self::Id);
        }
        text.parse().map_or(Self::Name(text), Self::Uuid)
    }
}

impl fmt::Display for UserRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(formatter),
            Self::Uuid(uuid) => uuid.fmt(formatter),
            Self::Unassigned(text) | Self::Name(text) => formatter.write_str(text),
        }
    }
}

impl UserRef {
    /// Returns the number, UUID or name as the three parameters of a statement.
    #[must_use]
    pub fn parameters(&self) -> (Option<i64>, Option<Uuid>, Option<&str>) {
        match self {
            Self::Id(id) => (Some(*id), None, None),
            Self::Unassigned(_) => (Some(0), None, None),
            Self::Uuid(uuid) => (None, Some(*uuid), None),
            Self::Name(name) => (None, None, Some(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_numbers_or_uuids() {
        let uuid = Uuid::now_v7();
        for key in [ResourceId::Id(17), ResourceId::Uuid(uuid)] {
            assert_eq!(key.to_string().parse::<ResourceId>().ok(), Some(key));
        }
        assert!("x".parse::<ResourceId>().is_err());
    }

    #[test]
    fn references_to_users_are_numbers_uuids_or_names() {
        let read = |text: &str| UserRef::from(text.to_owned());
        assert_eq!(read("17"), UserRef::Id(17));
        assert_eq!(read("99999999999999999999"), UserRef::Unassigned("99999999999999999999".to_owned()));
        let uuid = Uuid::now_v7();
        assert_eq!(read(&uuid.to_string()), UserRef::Uuid(uuid));
        for name in ["17a", "johnd", "+7"] {
            assert_eq!(read(name), UserRef::Name(name.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn every_number_and_every_uuid_is_a_key(id: i64, bytes: [u8; 16]) {
            for key in [ResourceId::Id(id), ResourceId::Uuid(Uuid::from_bytes(bytes))] {
                prop_assert_eq!(key.to_string().parse::<ResourceId>().ok(), Some(key));
            }
        }

        #[test]
        fn digits_beyond_64_bits_are_refused(digits in "-?[1-9][0-9]{19,30}") {
            prop_assert!(digits.parse::<ResourceId>().is_err());
        }

        #[test]
        fn any_text_is_a_key_that_means_the_same_or_refused(text in "[-+0-9a-f{}]{0,40}|.{0,40}") {
            match text.parse::<ResourceId>() {
                Ok(ResourceId::Id(id)) => prop_assert_eq!(text.parse(), Ok(id)),
                Ok(ResourceId::Uuid(uuid)) => prop_assert_eq!(Uuid::parse_str(&text), Ok(uuid)),
                Err(_) => prop_assert!(text.parse::<i64>().is_err() && Uuid::parse_str(&text).is_err()),
            }
        }

        #[test]
        fn users_are_named_by_number_uuid_or_name_and_numbers_have_64_bits(text in "[0-9]{1,30}|.{0,40}", bytes: [u8; 16]) {
            let hyphenated = Uuid::from_bytes(bytes).to_string();
            prop_assert_eq!(UserRef::from(hyphenated).parameters().1, Some(Uuid::from_bytes(bytes)));
            match UserRef::from(text.clone()) {
                UserRef::Unassigned(digits) => prop_assert!(digits == text && text.parse::<i64>().is_err()),
                UserRef::Id(id) => prop_assert_eq!(text.parse(), Ok(id)),
                UserRef::Uuid(uuid) => prop_assert_eq!(text.parse(), Ok(uuid)),
                UserRef::Name(name) => {
                    prop_assert_eq!(&name, &text);
                    prop_assert!(name.contains(|letter: char| !letter.is_ascii_digit()), "a number");
                }
            }
        }
    }
}
