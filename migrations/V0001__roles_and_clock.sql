-- module: platform
-- Why: the running server must not own what it uses. Roles are of the whole cluster, and many databases and replicas
-- make them at the same time, so each is made with tolerance for one that is there already.
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
    if not pg_has_role(current_user, 'agora_owner', 'member') then
        execute format('grant agora_owner to %I', current_user);
    end if;
end
$$;

revoke all on schema public from public;
grant usage, create on schema public to agora_owner;
grant usage on schema public to agora_app, agora_worker, agora_auditor;
grant select, insert on refinery_schema_history to agora_owner;
grant select on refinery_schema_history to agora_app, agora_worker, agora_auditor;

set local role agora_owner;

-- Why: the sandbox can move time. What is recorded must move with it, whoever records it.
create table app_clock (
    only_row boolean constraint app_clock_pkey primary key default true
        constraint app_clock_only_row_check check (only_row),
    clock_offset interval not null default interval '0'
);
comment on table app_clock is 'One row: how far this database''s time of record is ahead of the clock.';
insert into app_clock default values;

create function app_now() returns timestamptz
language sql volatile parallel safe
as $$ select clock_timestamp() + (select clock_offset from app_clock) $$;
comment on function app_now() is 'The time of record: the clock plus the sandbox''s offset.';

grant select on app_clock to agora_app, agora_worker, agora_auditor;
