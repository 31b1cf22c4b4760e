//! Addresses and changes of them.

use agora_runtime::{Location as Part, Violation, Violations};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// An address of a user.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    /// Id.
    pub id: i64,
    /// Uuid.
    pub uuid: Uuid,
    /// The fields of the address.
    pub fields: AddressFields,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: Option<DateTime<Utc>>,
}

/// The fields of an address.
#[derive(Clone, Debug, PartialEq)]
pub struct AddressFields {
    /// City.
    pub city: String,
    /// Street.
    pub street: String,
    /// House number.
    pub number: u32,
    /// Postal code.
    pub zipcode: String,
    /// Coordinates.
    pub geolocation: Option<Geolocation>,
}

/// Coordinates in degrees, as sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Geolocation {
    /// Latitude.
    pub lat: String,
    /// Longitude.
    pub long: String,
}

/// A change of an address. Fields that are `None` keep their values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddressPatch {
    /// City.
    pub city: Option<String>,
    /// Street.
    pub street: Option<String>,
    /// House number.
    pub number: Option<u32>,
    /// Postal code.
    pub zipcode: Option<String>,
    /// Coordinates. `Some(None)` removes them.
    pub geolocation: Option<Option<Geolocation>>,
}

impl From<AddressFields> for AddressPatch {
    fn from(fields: AddressFields) -> Self {
        Self {
            city: Some(fields.city),
            street: Some(fields.street),
            number: Some(fields.number),
            zipcode: Some(fields.zipcode),
            geolocation: Some(fields.geolocation),
        }
    }
}

impl AddressPatch {
    /// Returns the address fields with this change applied.
    #[must_use]
    pub fn applied(self, fields: &AddressFields) -> AddressFields {
        AddressFields {
            city: self.city.unwrap_or_else(|| fields.city.clone()),
            street: self.street.unwrap_or_else(|| fields.street.clone()),
            number: self.number.unwrap_or(fields.number),
            zipcode: self.zipcode.unwrap_or_else(|| fields.zipcode.clone()),
            geolocation: self.geolocation.unwrap_or_else(|| fields.geolocation.clone()),
        }
    }

    /// Returns the address fields of a change to a user without an address.
    ///
    /// # Errors
    /// Returns a fault for each missing field, as a field of `address`.
    pub fn whole(self) -> Result<AddressFields, Violations> {
        match (self.city, self.street, self.number, self.zipcode) {
            (Some(city), Some(street), Some(number), Some(zipcode)) => {
                Ok(AddressFields { city, street, number, zipcode, geolocation: self.geolocation.flatten() })
            }
            (city, street, number, zipcode) => {
                let missing = [
                    ("city", city.is_none()),
                    ("street", street.is_none()),
                    ("number", number.is_none()),
                    ("zipcode", zipcode.is_none()),
                ];
                let violation = |name| {
                    Violation::new(Part::Body, format!("address.{name}"), "required", "must be provided")
                };
                Err(missing.into_iter().filter(|(_, is)| *is).map(|(name, _)| violation(name)).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> AddressFields {
        AddressFields {
            city: "kilcoole".to_owned(),
            street: "new road".to_owned(),
            number: 7682,
            zipcode: "12926-3874".to_owned(),
            geolocation: Some(Geolocation { lat: "-37.3159".to_owned(), long: "81.1496".to_owned() }),
        }
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        assert_eq!(AddressPatch::default().applied(&fields()), fields());
        let moved = AddressPatch { number: Some(1), geolocation: Some(None), ..AddressPatch::default() };
        assert_eq!(moved.applied(&fields()), AddressFields { number: 1, geolocation: None, ..fields() });
    }

    #[test]
    fn first_addresses_are_complete_or_every_missing_field_is_reported() {
        assert_eq!(AddressPatch::from(fields()).whole(), Ok(fields()));
        let partial = AddressPatch { city: Some("mesa".to_owned()), ..AddressPatch::default() };
        let fields: Vec<String> =
            partial.whole().expect_err("is refused").into_iter().map(|violation| violation.field).collect();
        assert_eq!(fields, ["address.street", "address.number", "address.zipcode"]);
    }
}
