-- module: platform
-- Why: a retry with the same key gets the first answer, byte for byte. Claim, effect and answer are one transaction.
set local role agora_owner;

create table idempotency_keys (
    principal text not null,
    key text not null,
    fingerprint bytea not null,
    status smallint,
    headers jsonb,
    body bytea,
    created_at timestamptz not null default app_now(),
    constraint idempotency_keys_pkey primary key (principal, key),
    constraint idempotency_keys_key_check check (length(key) between 1 and 255)
);
comment on column idempotency_keys.principal is 'Whose key it is: `user:<id>`.';
comment on column idempotency_keys.fingerprint is 'SHA-256 of method, operation, path and query, media type and body.';
comment on column idempotency_keys.status is 'Status of the stored answer; null only within the claiming transaction.';

create index idempotency_keys_created_at_idx on idempotency_keys (created_at);
comment on index idempotency_keys_created_at_idx is 'For the removal of keys older than 24 hours.';

grant select, insert, update, delete on idempotency_keys to agora_app, agora_worker;
