-- module: sandbox
-- A reset locks all tables. While it waited for one of them with others locked, requests that had the first and wanted one of
-- the others were in a deadlock with it. It now first tries to get all of them without waiting, and lets go of them meanwhile.

set local role agora_owner;

create or replace function sandbox.empty_tables() returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    emptied text;
    tries integer := 0;
begin
    if not exists (select from sandbox.marks) then
        return false;
    end if;
    -- Resets run one after the other.
    perform pg_advisory_xact_lock(hashtext('sandbox.empty_tables'));
    -- All of them in one statement, so that their references do not matter, and always in one order.
    select string_agg(format('public.%I', pg_class.relname), ', ' order by pg_class.relname)
    into emptied
    from pg_class
    where pg_class.relnamespace = 'public'::regnamespace
        and pg_class.relkind in ('r', 'p')
        and pg_class.relowner = 'agora_owner'::regrole
        and not exists (select from sandbox.kept_tables where kept_tables.name = pg_class.relname);
    -- Behind a long transaction, or an autovacuum, which only a waiting statement cancels, `truncate` waits.
    while tries < 30 loop
        begin
            execute format('lock table %s in access exclusive mode nowait', emptied);
            exit;
        exception when lock_not_available then
            tries := tries + 1;
            perform pg_sleep(0.005);
        end;
    end loop;
    execute format('truncate table %s restart identity', emptied);
    update public.app_clock set clock_offset = interval '0' where clock_offset <> interval '0';
    return true;
end
$$;
