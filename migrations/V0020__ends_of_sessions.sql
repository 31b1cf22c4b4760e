-- module: auth
-- Why: a session must not end before its last token was issued, even if the clock has stepped back. That token may be valid
-- again when the clock is right, and only ends of the last minutes are read.
set local role agora_owner;

create or replace function end_sessions_of_user() returns trigger
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
begin
    update sessions
    set revoked_at = greatest(app_now(), rotated_at, created_at),
        revoked_for = case when new.role <> old.role then 'role' else 'disabled' end
    where user_id = new.id
        and revoked_at is null;
    return null;
end
$$;
