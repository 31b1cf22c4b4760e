-- module: auth
-- Why: whoever disables a user, or gives them another role, ends their sessions in the same transaction: no code path can
-- forget it, and tokens that bear the old role are void as soon as the sessions' end is heard of.
set local role agora_owner;

create function end_sessions_of_user() returns trigger
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
begin
    update sessions
    set revoked_at = app_now(),
        revoked_for = case when new.role <> old.role then 'role' else 'disabled' end
    where user_id = new.id
        and revoked_at is null;
    return null;
end
$$;
comment on function end_sessions_of_user() is 'Ends all sessions of the user of the row. Serves users_end_sessions.';

create trigger users_end_sessions
after update of disabled_at, role on users
for each row when (new.role <> old.role or (new.disabled_at is not null and old.disabled_at is null))
execute function end_sessions_of_user();
