-- module: auth
-- Why: when a sandbox is put back, the rows of its sessions are gone and cannot say that they have ended, while their
-- access tokens are good for some minutes more. What ends them is kept: a restart and other replicas must know it, too.
set local role agora_owner;

create table session_floor (
    only_row boolean constraint session_floor_pkey primary key default true
        constraint session_floor_only_row_check check (only_row),
    floor uuid not null default '00000000-0000-0000-0000-000000000000'
);
comment on table session_floor is 'One row: sessions are numbered by time, and those up to this one are over.';
insert into session_floor default values;

insert into sandbox.kept_tables values ('session_floor');

grant select, update on session_floor to agora_app;
