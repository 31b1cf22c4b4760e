-- module: credentials
-- Why: users see where they are signed in, and end a session that they do not know. Sessions are listed by their number, since
-- several may have begun in the same moment.

set local role agora_owner;

alter table sessions
    add column number bigint generated always as identity,
    add column user_agent text,
    add column address inet,
    add constraint sessions_user_agent_check check (char_length(user_agent) <= 300);
comment on column sessions.number is 'Place in lists of sessions.';
comment on column sessions.user_agent is 'User-Agent of the sign-in or of the last refresh, cut to 300 characters.';
comment on column sessions.address is 'Address of the client at the sign-in or the last refresh.';

drop index sessions_user_id_idx;
create index sessions_user_id_number_idx on sessions (user_id, number) where revoked_at is null;
comment on index sessions_user_id_number_idx is
    'Serves credentials.list_sessions, credentials.count_sessions and credentials.revoke_sessions_of_user.';

comment on column api_keys.secret_hash is 'SHA-256 of the secret part. The secret itself is not stored.';
comment on index api_keys_user_id_idx is 'Serves credentials.list_api_keys, credentials.count_api_keys and credentials.insert_api_key.';
