-- module: sandbox
-- A sandbox's clock can be moved forward, to test what happens later. The app's role may not write to app_clock: it calls a
-- function that does nothing in a database that no sandbox made. A reset puts the clock back.

set local role agora_owner;

create function sandbox.advance_clock(
    seconds bigint,
    most bigint,
    out is_advanced boolean,
    out offset_seconds bigint,
    out current_at timestamptz
) returns setof record
language plpgsql security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
    if not exists (select from sandbox.marks) then
        return;
    end if;
    -- Concurrent calls wait for the row, and each sees the offset of the one before.
    update app_clock
    set clock_offset = clock_offset + make_interval(secs => seconds)
    where extract(epoch from clock_offset) + seconds <= most;
    is_advanced := found;
    select extract(epoch from app_clock.clock_offset), app_now()
    into offset_seconds, current_at
    from app_clock;
    return next;
end
$$;
comment on function sandbox.advance_clock(bigint, bigint) is
    'Moves app_now() forward, unless its offset would exceed `most` seconds. Returns no row in a database that is not a sandbox''s. Serves sandbox.advance_clock.';

create or replace function sandbox.empty_tables() returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    emptied text;
begin
    if not exists (select from sandbox.marks) then
        return false;
    end if;
    -- All of them in one statement, so that their references do not matter, and always in one order.
    select string_agg(format('public.%I', pg_class.relname), ', ' order by pg_class.relname)
    into emptied
    from pg_class
    where pg_class.relnamespace = 'public'::regnamespace
        and pg_class.relkind in ('r', 'p')
        and pg_class.relowner = 'agora_owner'::regrole
        and not exists (select from sandbox.kept_tables where kept_tables.name = pg_class.relname);
    execute format('truncate table %s restart identity', emptied);
    update public.app_clock set clock_offset = interval '0' where clock_offset <> interval '0';
    return true;
end
$$;
comment on function sandbox.empty_tables() is
    'Empties every table but the kept ones, starts their ids anew and puts the clock back, in a sandbox. Serves seed.empty_tables.';

revoke execute on function sandbox.advance_clock(bigint, bigint), sandbox.empty_tables() from public;
grant execute on function sandbox.advance_clock(bigint, bigint), sandbox.empty_tables() to agora_app;
