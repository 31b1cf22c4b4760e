//! The columns of a user, which all statements that read users select, and the conversion of their rows.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::identity::{Role, UserId};
use crate::platform::db::{Row, row};
use crate::users::address::{Address, AddressFields, Geolocation};
use crate::users::model::User;

row!(USER_COLUMNS of UserRow {
    id: i64,
    uuid: Uuid,
    username: String,
    email: String,
    role: String,
    first_name: String,
    last_name: String,
    phone: String,
    location: Option<String>,
    avatar_url: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
    address_id: Option<i64>,
    address_uuid: Option<Uuid>,
    city: Option<String>,
    street: Option<String>,
    number: Option<i64>,
    zipcode: Option<String>,
    lat: Option<String>,
    long: Option<String>,
    address_created_at: Option<DateTime<Utc>>,
    address_updated_at: Option<DateTime<Utc>>,
});

/// Converts a row to a user. Returns `None` for a role that this version does not know.
pub(super) fn user(row: &Row) -> Option<User> {
    let mut row = UserRow::from_row(row);
    let address = first_address(&mut row);
    Some(User {
        id: UserId(row.id),
        uuid: row.uuid,
        username: row.username,
        email: row.email,
        role: Role::named(&row.role)?,
        first_name: row.first_name,
        last_name: row.last_name,
        phone: row.phone,
        location: row.location,
        avatar_url: row.avatar_url,
        address,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// Takes the address out of a row, if the user has one.
fn first_address(row: &mut UserRow) -> Option<Address> {
    let geolocation = row.lat.take().zip(row.long.take());
    Some(Address {
        id: row.address_id?,
        uuid: row.address_uuid?,
        fields: AddressFields {
            city: row.city.take()?,
            street: row.street.take()?,
            number: u32::try_from(row.number?).unwrap_or_default(),
            zipcode: row.zipcode.take()?,
            geolocation: geolocation.map(|(lat, long)| Geolocation { lat, long }),
        },
        created_at: row.address_created_at?,
        updated_at: row.address_updated_at,
    })
}
