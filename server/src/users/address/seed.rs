//! The dataset's addresses.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::platform::db::{DbError, Transaction};

/// An address of the dataset.
#[derive(Clone, Debug)]
pub struct SeedAddress {
    /// ID in the dataset.
    pub id: i64,
    /// UUID in the dataset.
    pub uuid: Uuid,
    /// ID of the owner.
    pub user_id: i64,
    /// City.
    pub city: String,
    /// Street.
    pub street: String,
    /// House number.
    pub number: i64,
    /// Postal code.
    pub zipcode: String,
    /// Latitude.
    pub lat: String,
    /// Longitude.
    pub long: String,
}

const SEED_ADDRESSES: &str = r"-- users.seed_addresses
insert into addresses (id, uuid, user_id, city, street, number, zipcode, lat, long, created_at)
select given.*, $10::timestamptz
from unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[])
    as given
on conflict do nothing";

/// Inserts the missing addresses of the dataset. Addresses that were changed or deleted since are left alone.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn seed_addresses(
    tx: &Transaction,
    addresses: &[SeedAddress],
    created_at: DateTime<Utc>,
) -> Result<(), DbError> {
    let text = |of: fn(&SeedAddress) -> &str| addresses.iter().map(of).collect::<Vec<_>>();
    let number = |of: fn(&SeedAddress) -> i64| addresses.iter().map(of).collect::<Vec<_>>();
    let uuids: Vec<Uuid> = addresses.iter().map(|address| address.uuid).collect();
    tx.execute(
        SEED_ADDRESSES,
        &[
            &number(|address| address.id),
            &uuids,
            &number(|address| address.user_id),
            &text(|address| &address.city),
            &text(|address| &address.street),
            &number(|address| address.number),
            &text(|address| &address.zipcode),
            &text(|address| &address.lat),
            &text(|address| &address.long),
            &created_at,
        ],
    )
    .await
    .map(drop)
}
