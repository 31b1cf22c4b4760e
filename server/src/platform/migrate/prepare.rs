//! What migrations stand on: a database that Agora can use, the roles of the cluster, and the settings of its logins.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::MigrateError;
use crate::platform::db::{explain, session};

const FIND_DATABASE: &str = r"-- platform.find_database
select current_setting('server_version_num')::integer, pg_encoding_to_char(encoding), datctype
from pg_database
where datname = current_database()";

/// Makes the roles that are missing. From PostgreSQL 16 on, whoever makes a role is its member with the right to grant it
/// and with no other: such a member grants itself the right to act as the owner.
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

/// The logins that the server may use: members of the app's role that are neither superusers nor the owner.
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

/// The oldest version that Agora runs on, as PostgreSQL numbers it.
const MINIMUM_VERSION: i32 = 150_000;
/// Roles are of the cluster: migrations of its other databases may change them at the same moment.
const ROLE_TRIES: u32 = 10;
const ROLE_PAUSE: Duration = Duration::from_millis(100);

/// Refuses a database that cannot hold every text, or that is too old.
pub(super) async fn check_database(client: &Client) -> Result<(), MigrateError> {
    let row = client.query_one(FIND_DATABASE, &[]).await;
    let row =
        row.map_err(|error| MigrateError::Statement { what: "the database could not be looked at", error })?;
    let (version, encoding, ctype): (i32, &str, &str) = (row.get(0), row.get(1), row.get(2));
    if version < MINIMUM_VERSION {
        let major = version / 10_000;
        return Err(MigrateError::Unusable(format!("this is PostgreSQL {major}: use 15, 16, 17 or 18")));
    }
    if encoding != "UTF8" {
        return Err(MigrateError::Unusable(format!(
            "the database has the encoding {encoding}, which cannot hold every text: create one by \
             `create database ... encoding 'UTF8' template template0`, and copy the data by pg_dump"
        )));
    }
    if matches!(ctype, "C" | "POSIX") {
        tracing::warn!(
            "the database has LC_CTYPE {ctype}, which knows ASCII letters only: search and uniqueness tell É from é. \
             Create databases with a UTF-8 locale such as C.UTF-8"
        );
    }
    Ok(())
}

/// Makes the roles, and the login a member of their owner that may act as it.
pub(super) async fn make_roles(client: &Client) -> Result<(), MigrateError> {
    for _ in 1..ROLE_TRIES {
        match client.batch_execute(MAKE_ROLES).await {
            Err(error) if is_collision(&error) => tokio::time::sleep(ROLE_PAUSE).await,
            outcome => return outcome.map_err(unmade),
        }
    }
    client.batch_execute(MAKE_ROLES).await.map_err(unmade)
}

/// Whether another session has changed the same row of the catalog.
fn is_collision(error: &tokio_postgres::Error) -> bool {
    matches!(
        error.code(),
        Some(&(SqlState::INTERNAL_ERROR | SqlState::UNIQUE_VIOLATION | SqlState::T_R_SERIALIZATION_FAILURE))
    )
}

fn unmade(error: tokio_postgres::Error) -> MigrateError {
    if error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return MigrateError::Statement { what: "the roles could not be made", error };
    }
    let said = error.as_db_error().map(tokio_postgres::error::DbError::message).unwrap_or_default();
    MigrateError::Unusable(format!(
        "the roles could not be made (42501: {said}). The login of DATABASE_MIGRATE_URL needs CREATEROLE; where the roles \
         were made by another login, run as a superuser: grant agora_owner to <that login>"
    ))
}

/// Gives the server's logins their settings in this database, so that a session has them also where a pooler drops what
/// the server asks for when it connects. A login that this one must not change keeps what it has.
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
            // It was dropped meanwhile.
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_OBJECT) => {}
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => tracing::warn!(
                "{}. Behind a pooler that drops start-up options, run as a superuser:\n{}",
                explain(&error),
                set.join("\n")
            ),
            outcome => outcome.map_err(failed)?,
        }
    }
    Ok(())
}
