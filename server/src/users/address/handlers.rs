//! The operations of the tag `addresses`, and conversions that users share.

use agora_api::apis::addresses::{self as api, Addresses};
use agora_api::models;
use agora_runtime::ResourceId;
use futures_util::future::try_join;

use crate::app::App;
use crate::error::Error;
use crate::identity::Principal;
use crate::platform::http::request::RequestContext;
use crate::platform::pagination::Total;
use crate::users::address::{self, Address, AddressFields, AddressPatch, Geolocation};

impl Addresses for App {
    async fn list_addresses(
        &self,
        context: &RequestContext<Principal>,
        query: api::ListAddressesQuery,
    ) -> Result<api::ListAddressesResponse, Error> {
        let owner = context.caller.id;
        let list = self.pager.list(context, &query, "addresses")?;
        let db = self.database().connection().await?;
        let count = address::count_addresses(&db, owner);
        let (rows, count) = try_join(address::list_addresses(&db, owner, list.keyset()), count).await?;
        Ok(list.array(rows, Total::from_count(count), |address| address.id, to_api_address))
    }

    async fn create_address(
        &self,
        context: &RequestContext<Principal>,
        body: models::AddressCreate,
    ) -> Result<api::CreateAddressResponse, Error> {
        let (owner, fields) = (context.caller.id, &address_from_create(body));
        let work = |tx| async move {
            let created = address::add(&tx, self.new_id(), owner, fields).await?;
            let location = Some(format!("/api/v1/users/me/addresses/{}", created.id));
            Ok(api::CreateAddressResponse::Status201 { body: to_api_address(created), location })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn get_address(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
    ) -> Result<api::GetAddressResponse, Error> {
        let owner = context.caller.id;
        let db = self.database().connection().await?;
        let found = address::find_address(&db, owner, key).await?;
        let found = found.ok_or_else(|| address::unknown(key))?;
        Ok(api::GetAddressResponse::Status200 { body: to_api_address(found) })
    }

    async fn replace_address(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        body: models::AddressReplace,
    ) -> Result<api::ReplaceAddressResponse, Error> {
        let (owner, fields) = (context.caller.id, &address_from_replace(body));
        let work = |tx| async move {
            let locked =
                address::lock_for_update(&tx, owner, key).await?.require_match(context, to_api_address)?;
            let changed = address::set(&tx, &locked, fields.clone()).await?;
            Ok(api::ReplaceAddressResponse::Status200 { body: to_api_address(changed) })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn patch_address(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
        body: models::AddressPatch,
    ) -> Result<api::PatchAddressResponse, Error> {
        let (owner, patch) = (context.caller.id, &address_from_patch(body));
        let work = |tx| async move {
            let locked =
                address::lock_for_update(&tx, owner, key).await?.require_match(context, to_api_address)?;
            let changed = address::set(&tx, &locked, patch.clone().applied(&locked.fields)).await?;
            Ok(api::PatchAddressResponse::Status200 { body: to_api_address(changed) })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn delete_address(
        &self,
        context: &RequestContext<Principal>,
        key: ResourceId,
    ) -> Result<api::DeleteAddressResponse, Error> {
        let owner = context.caller.id;
        let work = |tx| async move {
            let locked =
                address::lock_for_update(&tx, owner, key).await?.require_match(context, to_api_address)?;
            address::remove(&tx, &locked).await?;
            Ok(api::DeleteAddressResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }
}

fn to_api_address(address: Address) -> models::Address {
    let fields = address.fields;
    models::Address {
        id: address.id,
        uuid: address.uuid,
        city: fields.city,
        street: fields.street,
        number: fields.number,
        zipcode: fields.zipcode,
        geolocation: fields.geolocation.map(to_api_geolocation),
        created_at: address.created_at.into(),
        updated_at: address.updated_at.map(Into::into),
    }
}

pub(in crate::users) fn to_api_geolocation(at: Geolocation) -> models::Geolocation {
    models::Geolocation { lat: at.lat, long: at.long }
}

pub(in crate::users) fn geolocation(at: models::Geolocation) -> Geolocation {
    Geolocation { lat: at.lat, long: at.long }
}

pub(in crate::users) fn address_from_create(body: models::AddressCreate) -> AddressFields {
    AddressFields {
        city: body.city,
        street: body.street,
        number: body.number,
        zipcode: body.zipcode,
        geolocation: body.geolocation.flatten().map(geolocation),
    }
}

fn address_from_replace(body: models::AddressReplace) -> AddressFields {
    AddressFields {
        city: body.city,
        street: body.street,
        number: body.number,
        zipcode: body.zipcode,
        geolocation: body.geolocation.flatten().map(geolocation),
    }
}

fn address_from_patch(body: models::AddressPatch) -> AddressPatch {
    AddressPatch {
        city: body.city,
        street: body.street,
        number: body.number,
        zipcode: body.zipcode,
        geolocation: body.geolocation.map(|at| at.map(geolocation)),
    }
}
