-- module: seed
-- Why: a sandbox can be put back in a moment: the hashes of the dataset's passwords are kept, and the app's role may have
-- the tables emptied by a function that does nothing in a database that no sandbox made.
create schema sandbox authorization agora_owner;

set local role agora_owner;

create table sandbox.marks (
    only_row boolean constraint marks_pkey primary key default true
        constraint marks_only_row_check check (only_row),
    marked_at timestamptz not null default app_now()
);
comment on table sandbox.marks is 'A row says that a sandbox made this database, so that it may be emptied.';

create table sandbox.seeded_hashes (
    username text constraint seeded_hashes_pkey primary key,
    password_digest bytea not null,
    password_hash text not null
);
comment on table sandbox.seeded_hashes is 'Hashes of the passwords that everybody knows: hashing takes its time, by design.';
comment on column sandbox.seeded_hashes.password_digest is 'SHA-256 of the password: another password needs another hash.';

create table sandbox.kept_tables (
    name text constraint kept_tables_pkey primary key
);
comment on table sandbox.kept_tables is 'Tables of the schema public that are not emptied: they hold nothing of the dataset.';
insert into sandbox.kept_tables values ('app_clock');

create function sandbox.empty_tables() returns boolean
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
    return true;
end
$$;
comment on function sandbox.empty_tables() is
    'Empties every table but the kept ones and starts their ids anew, in a sandbox. Serves seed.empty_tables.';

create function sandbox.raise_sequences() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    identity record;
begin
    for identity in
        select pg_attribute.attrelid::regclass as of_table,
            pg_attribute.attname as of_column,
            pg_get_serial_sequence(pg_attribute.attrelid::regclass::text, pg_attribute.attname) as sequence_name
        from pg_attribute
        join pg_class on pg_class.oid = pg_attribute.attrelid
        where pg_class.relnamespace = 'public'::regnamespace
            and pg_class.relkind in ('r', 'p')
            and pg_class.relowner = 'agora_owner'::regrole
            and pg_attribute.attidentity <> ''
            and not pg_attribute.attisdropped
    loop
        -- Only ever upwards: ids that others have taken and not committed yet must not come again.
        execute format(
            'select setval(%L, given.most) from (select max(%I)::bigint as most from %s) as given, %s as state '
            'where given.most >= state.last_value',
            identity.sequence_name, identity.of_column, identity.of_table, identity.sequence_name);
    end loop;
end
$$;
comment on function sandbox.raise_sequences() is
    'Takes every sequence of ids behind the rows that were written with ids of their own. Serves seed.raise_sequences.';

revoke execute on function sandbox.empty_tables(), sandbox.raise_sequences() from public;
grant execute on function sandbox.empty_tables(), sandbox.raise_sequences() to agora_app;
grant usage on schema sandbox to agora_app;
grant select on sandbox.seeded_hashes to agora_app;
