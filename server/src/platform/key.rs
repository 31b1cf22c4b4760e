//! How a path names a thing that has a small number and a uuid: by either.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The number or the uuid of a thing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Key {
    /// Its number.
    Id(i64),
    /// Its uuid.
    Uuid(Uuid),
}

impl FromStr for Key {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Uuid).map_err(drop),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(formatter),
            Self::Uuid(uuid) => uuid.fmt(formatter),
        }
    }
}

impl Key {
    /// The number, or the uuid, as the two parameters of a statement.
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
    use super::*;

    #[test]
    fn keys_are_numbers_or_uuids() {
        assert_eq!("17".parse(), Ok(Key::Id(17)));
        let uuid = Uuid::now_v7();
        assert_eq!(uuid.to_string().parse(), Ok(Key::Uuid(uuid)));
        assert_eq!("x".parse::<Key>(), Err(()));
        assert_eq!(
            (Key::Id(17).to_string(), Key::Uuid(uuid).to_string()),
            ("17".to_owned(), uuid.to_string())
        );
    }
}
