//! The operations of the tag `users`.

use agora_api::apis::users::{self as api, Users};
use agora_api::models;
use agora_runtime::{ApiResponse, STORED, UserRef};
use futures_util::future::{try_join, try_join_all};

use crate::app::App;
use crate::credentials::{self, Reason};
use crate::error::Error;
use crate::identity::{Principal, Role};
use crate::platform::http::request::RequestContext;
use crate::users::account::Passwords;
use crate::users::address::handlers::{address_from_create, geolocation, to_api_geolocation};
use crate::users::address::{AddressFields, AddressPatch};
use crate::users::model::{Change, Confirmation, NewUser, PasswordChange, User, check_choices};
use crate::users::{account, queries};

/// Maximum number of attempts of a change whose password was changed by others meanwhile.
const ATTEMPTS: u32 = 3;

impl Users for App {
    async fn list_users(
        &self,
        context: &RequestContext<Option<Principal>>,
        query: api::ListUsersQuery,
    ) -> Result<api::ListUsersResponse, Error> {
        let list = self.pager.list(context, &query, "users")?;
        let db = self.database().connection().await?;
        let count = list.count(|| queries::count_users(&db));
        let (rows, total) = try_join(queries::list_users(&db, list.keyset()), count).await?;
        let to_api = |user| to_api_user(self, user, context.caller.as_ref());
        Ok(list.array(rows, total, |user| user.id.0, to_api))
    }

    async fn create_user(
        &self,
        context: &RequestContext<Principal>,
        body: models::UserCreate,
    ) -> Result<api::CreateUserResponse, Error> {
        let principal = &context.caller;
        if !self.registration_open && principal.role < Role::Staff {
            return Err(Error::Forbidden("Registration is closed; only staff may create users"));
        }
        check_choices(Some(&body.username), Some(&body.password))?;
        // Hash before acquiring a connection: a burst of registrations must not occupy the pool.
        let password_hash = self.passwords.hash(body.password.into()).await?;
        let (first_name, last_name) = names(body.name);
        let new = &NewUser {
            username: body.username,
            email: body.email,
            password_hash,
            first_name,
            last_name,
            phone: body.phone.unwrap_or_default(),
            location: body.location.flatten(),
            avatar_url: body.avatar_url.flatten(),
            address: body.address.map(address_from_create),
        };
        let work = |tx| async move {
            let created = account::create(&tx, [self.new_id(), self.new_id()], new).await?;
            let location = Some(format!("/api/v1/users/{}", created.id.0));
            Ok(api::CreateUserResponse::Status201 {
                body: to_api_user(self, created, Some(principal)),
                location,
            })
        };
        self.writes.write_idempotent(context, work).await
    }

    async fn get_user(
        &self,
        context: &RequestContext<Option<Principal>>,
        key: UserRef,
    ) -> Result<api::GetUserResponse, Error> {
        let caller = context.caller.as_ref();
        let db = self.database().connection().await?;
        let found = queries::find_user(&db, &key).await?;
        let found = found.filter(|user| user.is_visible_to(caller)).ok_or_else(|| account::unknown(&key))?;
        Ok(api::GetUserResponse::Status200 { body: to_api_user(self, found, caller) })
    }

    async fn replace_user(
        &self,
        context: &RequestContext<Principal>,
        key: UserRef,
        body: models::UserReplace,
    ) -> Result<api::ReplaceUserResponse, Error> {
        let has_no_address = body.address == Some(None);
        let (first_name, last_name) = names(body.name);
        let change = Change {
            username: Some(body.username),
            email: Some(body.email),
            password: PasswordChange::Untouched,
            confirmation: Confirmation::Missing,
            first_name: Some(first_name),
            last_name: Some(last_name),
            phone: Some(body.phone.unwrap_or_default()),
            location: Some(body.location.flatten()),
            avatar_url: Some(body.avatar_url.flatten()),
            address: body.address.flatten().map(address_from_create).map(AddressPatch::from),
        };
        let passwords = Passwords { new: body.password, old: body.old_password };
        let respond = |body| api::ReplaceUserResponse::Status200 { body };
        Box::pin(written(self, context, &key, (change, passwords), has_no_address, respond)).await
    }

    async fn patch_user(
        &self,
        context: &RequestContext<Principal>,
        key: UserRef,
        body: models::UserPatch,
    ) -> Result<api::PatchUserResponse, Error> {
        let has_no_address = body.address == Some(None);
        let (first_name, last_name) =
            body.name.map(|name| (name.firstname, name.lastname)).unwrap_or_default();
        let change = Change {
            username: body.username,
            email: body.email,
            password: PasswordChange::Untouched,
            confirmation: Confirmation::Missing,
            first_name,
            last_name,
            phone: body.phone,
            location: body.location,
            avatar_url: body.avatar_url,
            address: body.address.flatten().map(user_place_patched),
        };
        let passwords = Passwords { new: body.password, old: body.old_password };
        let respond = |body| api::PatchUserResponse::Status200 { body };
        Box::pin(written(self, context, &key, (change, passwords), has_no_address, respond)).await
    }

    async fn delete_user(
        &self,
        context: &RequestContext<Principal>,
        key: UserRef,
    ) -> Result<api::DeleteUserResponse, Error> {
        let (principal, key) = (&context.caller, &key);
        let to_api = |user| to_api_user(self, user, Some(principal));
        let work = |tx| async move {
            let locked =
                account::lock_for_update(&tx, key, principal).await?.require_match(context, to_api)?;
            // All statements are sent before any returns.
            let others = self.user_deletions.iter().map(|delete| delete(&tx, locked.id));
            try_join(account::remove(&tx, &locked), try_join_all(others)).await?;
            credentials::end_sessions_of(&self.revocations, &tx, locked.id, Reason::Deleted).await?;
            Ok(api::DeleteUserResponse::Status204 {})
        };
        self.writes.write_idempotent(context, work).await
    }
}

/// Changes a user, and returns the response with the changed one. The passwords are checked before the transaction; if the
/// stored one has changed meanwhile, all of it is done again.
async fn written<R: ApiResponse>(
    app: &App,
    context: &RequestContext<Principal>,
    key: &UserRef,
    (change, passwords): (Change, Passwords),
    has_no_address: bool,
    respond: impl Fn(models::User) -> R + Send + Sync,
) -> Result<R, Error> {
    if passwords.new.is_some() || passwords.old.is_some() {
        app.rate_limits.count_guess(&context.parts)?;
    }
    let (principal, respond) = (&context.caller, &respond);
    let to_api = |user| to_api_user(app, user, Some(principal));
    let mut left = ATTEMPTS;
    loop {
        left -= 1;
        let change = &chosen(app, key, principal, change.clone(), passwords.clone()).await?;
        let work = |tx| async move {
            let locked =
                account::lock_for_update(&tx, key, principal).await?.require_match(context, to_api)?;
            require_no_address(has_no_address, &locked)?;
            let changed =
                account::change(app, &tx, locked, change.clone(), (principal, app.new_id())).await?;
            Ok(respond(to_api(changed)))
        };
        match app.writes.write_idempotent(context, work).await {
            Err(Error::Aborted(_)) if left > 0 => {}
            outcome => return outcome,
        }
    }
}

/// Builds a change. Its user name and passwords are checked, and hashed, before the transaction begins.
async fn chosen(
    app: &App,
    key: &UserRef,
    principal: &Principal,
    change: Change,
    passwords: Passwords,
) -> Result<Change, Error> {
    check_choices(change.username.as_deref(), passwords.new.as_deref())?;
    let (password, confirmation) =
        account::passwords(app, key, principal, change.username.as_deref(), passwords).await?;
    Ok(Change { password, confirmation, ..change })
}

/// Null repeats that there is no address; it does not remove one.
fn require_no_address(has_none: bool, locked: &User) -> Result<(), Error> {
    if has_none && locked.address.is_some() {
        return Err(Error::field(
            "address",
            STORED,
            "must be an address, or be left out, where there is one",
        ));
    }
    Ok(())
}

fn names(name: Option<models::PersonName>) -> (String, String) {
    name.map(|name| (name.firstname, name.lastname)).unwrap_or_default()
}

/// Converts a user to the form that this caller may see.
fn to_api_user(app: &App, user: User, caller: Option<&Principal>) -> models::User {
    let is_whole = app.open_directory || user.is_readable_by(caller);
    models::User {
        id: user.id.0,
        uuid: user.uuid,
        email: is_whole.then_some(user.email),
        username: user.username,
        name: is_whole.then_some(models::PersonName { firstname: user.first_name, lastname: user.last_name }),
        address: is_whole.then(|| user.address.map(|address| to_api_user_address(address.fields))),
        phone: is_whole.then_some(user.phone),
        location: user.location,
        avatar_url: user.avatar_url,
        created_at: user.created_at.into(),
        updated_at: is_whole.then(|| user.updated_at.map(Into::into)),
    }
}

fn to_api_user_address(fields: AddressFields) -> models::UserAddress {
    models::UserAddress {
        city: fields.city,
        street: fields.street,
        number: fields.number,
        zipcode: fields.zipcode,
        geolocation: fields.geolocation.map(to_api_geolocation),
    }
}

fn user_place_patched(body: models::UserAddressPatch) -> AddressPatch {
    AddressPatch {
        city: body.city,
        street: body.street,
        number: body.number,
        zipcode: body.zipcode,
        geolocation: body.geolocation.map(|at| at.map(geolocation)),
    }
}
