-- module: platform
-- Why: some requests bear passwords. Of a plain hash over such a request, whoever reads the table could guess the rest; a
-- keyed one says nothing without the servers' secret. Those of before are forgotten: their keys refuse a retry (422).
set local role agora_owner;

update idempotency_keys set fingerprint = '';

comment on column idempotency_keys.fingerprint is
    'HMAC-SHA-256 of method, operation, path and query, media type and body; its key is derived from the signing key.';
