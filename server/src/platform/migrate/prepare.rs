//! Prerequisites of the migrations: a suitable database, the roles of the cluster, and the settings of its logins.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::MigrateError;
use crate::platform::db::{explain, session};

const FIND_DATABASE: &str = r"-- platform.find_database
select current_setting('server_version_num')::integer, pg_encoding_to_char(encoding), datctype
from pg_database
where datname = current_database()";

/// Creates the missing roles. Since PostgreSQL 16, the creator of a role is its member with the admin option only.
/// Such a member grants itself the right to act as the owner.
const MAKE_ROLES: &str = r"-- platform.make_roles
do $$
declare
    wanted text;
begin
    foreach wanted in array array['agora_owner', 'agora_app', 'agora_worker', 'agora_auditor'] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin', wanted);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
    end loop;
    if current_setting('server_version_num')::integer >= 160000 then
        if not pg_has_role(current_user, 'agora_owner', 'set') then
            execute format('grant agora_owner to %I with inherit true, set true', current_user);
        end if;
    elsif not pg_has_role(current_user, 'agora_owner', 'member') then
        execute format('grant agora_owner to %I', current_user);
    end if;
end
$$";

/// Lists the logins that the server may use: members of the app role that are neither superusers nor the owner.
const LIST_LOGINS: &str = r"-- platform.list_logins
select logins.rolname
from pg_auth_members as memberships
join pg_roles as logins on logins.oid = memberships.member
where memberships.roleid = 'agora_app'::regrole
    and logins.rolcanlogin
    and not pg_has_role(logins.oid, 'agora_owner', 'member')
order by logins.rolname";

const QUOTE: &str = r"-- platform.quote_login_and_database
select quote_ident($1), quote_ident(current_database())";

/// Minimum version of PostgreSQL, in its own numbering.
const MINIMUM_VERSION: i32 = 150_000;
/// Maximum number of attempts to create the roles. They belong to the cluster, and migrations of its other databases
/// may change them at the same moment.
const ROLE_TRIES: u32 = 10;
const ROLE_PAUSE: Duration = Duration::from_millis(100);

/// Rejects a database that is too old, or that cannot store every text.
pub(super) async fn check_database(client: &Client) -> Result<(), MigrateError> {
    let row = client.query_one(FIND_DATABASE, &[]).await;
    let row =
        row.map_err(|error| MigrateError::Statement { what: "the database could not be inspected", error })?;
    let (version, encoding, ctype): (i32, &str, &str) = (row.get(0), row.get(1), row.get(2));
    if version < MINIMUM_VERSION {
        let major = version / 10_000;
        return Err(MigrateError::Unusable(format!("this is PostgreSQL {major}: use 15, 16, 17 or 18")));
    }
    if encoding != "UTF8" {
        return Err(MigrateError::Unusable(format!(
            "the database has the encoding {encoding}, which cannot store all text: create one with \
             `create database ... encoding 'UTF8' template template0`, and copy the data by pg_dump"
        )));
    }
    if matches!(ctype, "C" | "POSIX") {
        tracing::warn!(
            "the database has LC_CTYPE {ctype}, which supports only ASCII letters: search and uniqueness distinguish É from é. \
             Create databases with a UTF-8 locale such as C.UTF-8"
        );
    }
    Ok(())
}

/// Creates the roles, and grants the owner role to the login.
pub(super) async fn make_roles(client: &Client) -> Result<(), MigrateError> {
    for _ in 1..ROLE_TRIES {
        match client.batch_execute(MAKE_ROLES).await {
            Err(error) if is_collision(&error) => tokio::time::sleep(ROLE_PAUSE).await,
            outcome => return outcome.map_err(unmade),
        }
    }
    client.batch_execute(MAKE_ROLES).await.map_err(unmade)
}

/// Returns `true` if another session has changed the same row of the catalog.
fn is_collision(error: &tokio_postgres::Error) -> bool {
    matches!(
        error.code(),
        Some(&(SqlState::INTERNAL_ERROR | SqlState::UNIQUE_VIOLATION | SqlState::T_R_SERIALIZATION_FAILURE))
    )
}

fn unmade(error: tokio_postgres::Error) -> MigrateError {
    if error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return MigrateError::Statement { what: "the roles could not be created", error };
    }
    let said = error.as_db_error().map(tokio_postgres::error::DbError::message).unwrap_or_default();
    MigrateError::Unusable(format!(
        "the roles could not be created (42501: {said}). The login of DATABASE_MIGRATE_URL needs CREATEROLE; where the roles \
         were made by another login, run as a superuser: grant agora_owner to <that login>"
    ))
}

/// Sets the session settings of the server's logins for this database. A session thus has them even if a pooler drops
/// the start-up options. Logins that this one must not change keep their settings.
pub(super) async fn configure_logins(client: &Client) -> Result<(), MigrateError> {
    let failed =
        |error| MigrateError::Statement { what: "the logins of the server could not be set up", error };
    for row in client.query(LIST_LOGINS, &[]).await.map_err(failed)? {
        let quoted = client.query_one(QUOTE, &[&row.get::<_, &str>(0)]).await.map_err(failed)?;
        let (login, database): (&str, &str) = (quoted.get(0), quoted.get(1));
        let settings = session::SETTINGS.iter().chain(&[("role", "agora_app")]);
        let set: Vec<String> = settings
            .map(|(name, value)| format!("alter role {login} in database {database} set {name} = '{value}';"))
            .collect();
        match client.batch_execute(&set.join("\n")).await {
            // The login was dropped in the meantime.
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_OBJECT) => {}
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => tracing::warn!(
                "{}. If a pooler drops startup options, run as a superuser:\n{}",
                explain(&error),
                set.join("\n")
            ),
            outcome => outcome.map_err(failed)?,
        }
    }
    Ok(())
}
