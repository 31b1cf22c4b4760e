//! Identifier of a resource in a path: its number or its UUID.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::error::Error;

/// Number or UUID of a resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ResourceId {
    /// Sequential number.
    Id(i64),
    /// UUID.
    Uuid(Uuid),
}

impl FromStr for ResourceId {
    type Err = Error;

    /// Parses a number or a UUID. The contract rejects all other text beforehand.
    fn from_str(text: &str) -> Result<Self, Error> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        text.parse().map(Self::Uuid).map_err(|_| Error::field("id", "format", "must be an ID or a UUID"))
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
                Err(error) => prop_assert_eq!(error.problem_fields().status, 400),
            }
        }
    }
}
