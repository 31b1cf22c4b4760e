//! Addresses and changes of them.

use agora_contract::{Fault, Faults, Place as Part};
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
    pub place: Place,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: Option<DateTime<Utc>>,
}

/// The fields of an address.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
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
pub struct PlacePatch {
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

impl From<Place> for PlacePatch {
    fn from(place: Place) -> Self {
        Self {
            city: Some(place.city),
            street: Some(place.street),
            number: Some(place.number),
            zipcode: Some(place.zipcode),
            geolocation: Some(place.geolocation),
        }
    }
}

impl PlacePatch {
    /// Returns the address fields with this change applied.
    #[must_use]
    pub fn applied(self, place: &Place) -> Place {
        Place {
            city: self.city.unwrap_or_else(|| place.city.clone()),
            street: self.street.unwrap_or_else(|| place.street.clone()),
            number: self.number.unwrap_or(place.number),
            zipcode: self.zipcode.unwrap_or_else(|| place.zipcode.clone()),
            geolocation: self.geolocation.unwrap_or_else(|| place.geolocation.clone()),
        }
    }

    /// Returns the address fields of a change to a user without an address.
    ///
    /// # Errors
    /// Returns a fault for each missing field, as a field of `address`.
    pub fn whole(self) -> Result<Place, Faults> {
        match (self.city, self.street, self.number, self.zipcode) {
            (Some(city), Some(street), Some(number), Some(zipcode)) => {
                Ok(Place { city, street, number, zipcode, geolocation: self.geolocation.flatten() })
            }
            (city, street, number, zipcode) => {
                let missing = [
                    ("city", city.is_none()),
                    ("street", street.is_none()),
                    ("number", number.is_none()),
                    ("zipcode", zipcode.is_none()),
                ];
                let fault =
                    |name| Fault::new(Part::Body, format!("address.{name}"), "required", "must be provided");
                Err(missing.into_iter().filter(|(_, is)| *is).map(|(name, _)| fault(name)).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            city: "kilcoole".to_owned(),
            street: "new road".to_owned(),
            number: 7682,
            zipcode: "12926-3874".to_owned(),
            geolocation: Some(Geolocation { lat: "-37.3159".to_owned(), long: "81.1496".to_owned() }),
        }
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        assert_eq!(PlacePatch::default().applied(&place()), place());
        let moved = PlacePatch { number: Some(1), geolocation: Some(None), ..PlacePatch::default() };
        assert_eq!(moved.applied(&place()), Place { number: 1, geolocation: None, ..place() });
    }

    #[test]
    fn a_first_address_is_whole_or_every_missing_field_is_told() {
        assert_eq!(PlacePatch::from(place()).whole(), Ok(place()));
        let partial = PlacePatch { city: Some("mesa".to_owned()), ..PlacePatch::default() };
        let fields: Vec<String> =
            partial.whole().expect_err("is refused").into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["address.street", "address.number", "address.zipcode"]);
    }
}
