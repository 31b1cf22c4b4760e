-- module: auth
-- Why: a sign-in is a session, and a refresh token is its session's key at one generation. Rotation, re-issue after a
-- lost answer and the discovery of reuse are one conditional update of one row, so that no two can both win.
set local role agora_owner;

create table sessions (
    id uuid constraint sessions_pkey primary key,
    user_id bigint not null constraint sessions_user_id_fkey references users (id),
    generation integer not null default 1,
    created_at timestamptz not null default app_now(),
    rotated_at timestamptz,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_for text,
    constraint sessions_generation_check check (generation > 0),
    constraint sessions_revoked_for_check check (
        revoked_for in ('logout', 'logout-all', 'password', 'reuse', 'disabled', 'role', 'deleted', 'reset')
    ),
    constraint sessions_revoked_check check ((revoked_at is null) = (revoked_for is null))
);
comment on column sessions.generation is 'Which refresh token of the session is the live one: they are numbered from 1.';
comment on column sessions.rotated_at is 'When the live refresh token was first given out in exchange for the one before.';
comment on column sessions.expires_at is 'When the session ends without a further refresh.';
comment on column sessions.revoked_for is 'Why it was ended; set with revoked_at.';

create index sessions_user_id_idx on sessions (user_id) where revoked_at is null;
comment on index sessions_user_id_idx is 'Serves auth.revoke_sessions_of_user.';
create index sessions_revoked_at_idx on sessions (revoked_at) where revoked_at is not null;
comment on index sessions_revoked_at_idx is 'Serves auth.list_revoked_since.';

grant select, insert, update on sessions to agora_app;
grant select, delete on sessions to agora_worker;
