-- module: credentials
-- An API key has a session of the same ID, so that everything that ends the sessions of a user ends their keys too, and
-- replicas learn of it in the same way. It is removed with its session.

set local role agora_owner;

create table api_keys (
    id bigint generated always as identity constraint api_keys_pkey primary key,
    uuid uuid not null constraint api_keys_uuid_key unique constraint api_keys_uuid_fkey references sessions (id) on delete cascade,
    user_id bigint not null constraint api_keys_user_id_fkey references users (id),
    name text not null,
    scopes text[] not null,
    secret_hash bytea not null,
    created_at timestamptz not null default app_now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    constraint api_keys_name_check check (char_length(name) between 1 and 100),
    constraint api_keys_scopes_check check (cardinality(scopes) > 0),
    constraint api_keys_secret_hash_check check (octet_length(secret_hash) = 32)
);
comment on table api_keys is 'Keys of programs that act for a user. One is valid until its session ends or it expires.';
comment on column api_keys.uuid is 'ID of the key, and of its session.';
comment on column api_keys.scopes is 'Tags of the contract, each with `:read` or `:write`.';
comment on column api_keys.secret_hash is 'SHA-256 of the secret part, which is stored nowhere.';
comment on column api_keys.last_used_at is 'Last use, written at most once a minute.';
create index api_keys_user_id_idx on api_keys (user_id, id);
comment on index api_keys_user_id_idx is 'Serves credentials.list_api_keys and credentials.count_api_keys.';

grant select, insert on api_keys to agora_app;
grant update (last_used_at) on api_keys to agora_app;
grant select on api_keys to agora_worker;
