-- module: platform
-- Every change of a product, a stock, an order or a user writes an event in its own transaction. Triggers write it, so that no
-- statement can forget one. A relay will publish the rows and delete them.
-- The triggers are for each row: for an order of up to three products this is cheaper than transition tables, and for five it
-- costs the same. They call neither app_now() nor uuid_v7(), since each statement would plan these functions anew.

set local role agora_owner;

create table outbox (
    id bigint generated always as identity constraint outbox_pkey primary key,
    event_id uuid not null default gen_random_uuid(),
    aggregate text not null,
    aggregate_id bigint not null,
    aggregate_uuid uuid,
    type text not null,
    version bigint,
    payload jsonb not null,
    created_at timestamptz not null default app_now(),
    constraint outbox_type_check check (starts_with(type, aggregate || '.'))
);
comment on table outbox is
    'Events that are not published yet. Read them by `for update skip locked` and delete them: transactions take their ids before they commit, so that a smaller id may appear later.';
comment on column outbox.id is 'The order of the events of one aggregate: its row is locked while the id is taken.';
comment on column outbox.event_id is 'Identifies the event for consumers, which may receive it more than once.';
comment on column outbox.aggregate is 'Kind of the object that has changed: product, stock, order or user.';
comment on column outbox.aggregate_id is 'The object''s number; that of the product for a stock.';
comment on column outbox.aggregate_uuid is 'The object''s UUID; that of the product for a stock. Null if the object has none.';
comment on column outbox.type is 'The kind and what has happened, such as `product.updated` or `order.cancelled`.';
comment on column outbox.version is 'The object''s version after the change; null if it has none.';
comment on column outbox.payload is 'Public ids and states of the object after the change. Never credentials or personal data.';

create function write_event() returns trigger
language plpgsql
set search_path = public, pg_temp
as $$
declare
    kind constant text := tg_argv[0];
    key constant text := tg_argv[1];
    published constant text[] := tg_argv[4];
    unseen constant text[] := tg_argv[5];
    item jsonb;
    former jsonb;
    event text;
    content jsonb := '{}';
    name text;
begin
    if tg_op = 'DELETE' then
        item := to_jsonb(old);
        event := 'deleted';
    else
        item := to_jsonb(new);
        event := tg_argv[2];
    end if;
    if tg_op <> 'INSERT' then
        former := to_jsonb(old);
        if former ->> 'deleted_at' is not null and item ->> 'deleted_at' is not null then
            return null;
        end if;
    end if;
    if tg_op = 'UPDATE' then
        if former - unseen = item - unseen then
            return null;
        end if;
        event := case
            when item ->> 'deleted_at' is not null then 'deleted'
            when tg_argv[3] <> 'state' then tg_argv[3]
            when former -> 'state' <> item -> 'state' then lower(item ->> 'state')
            else 'updated'
        end;
    end if;
    foreach name in array published loop
        content := content || jsonb_build_object(name, item -> name);
    end loop;
    if item ? 'uuid' or not item ? 'product_id' then
        insert into outbox (aggregate, aggregate_id, aggregate_uuid, type, version, payload, created_at)
        values (
            kind,
            (item -> key)::bigint,
            (item ->> 'uuid')::uuid,
            kind || '.' || event,
            (item -> 'version')::bigint,
            content,
            clock_timestamp() + (select clock_offset from app_clock)
        );
    else
        -- A part of a product, which has no UUID of its own.
        insert into outbox (aggregate, aggregate_id, aggregate_uuid, type, version, payload, created_at)
        select
            kind,
            (item -> key)::bigint,
            products.uuid,
            kind || '.' || event,
            (item -> 'version')::bigint,
            content,
            clock_timestamp() + (select clock_offset from app_clock)
        from products
        where products.id = (item -> 'product_id')::bigint;
    end if;
    return null;
end
$$;
comment on function write_event() is
    'Writes an event for a row that was inserted, changed or deleted. Arguments: the aggregate; the column of its number; the event of an insert; that of an update, where `state` names it by the new state; the columns of the payload; columns of which a change is no event. A row is deleted when deleted_at is set, and has no events after that.';

create trigger products_write_event after insert or update or delete on products
for each row execute function write_event('product', 'id', 'created', 'updated', '{id,uuid,owner_id,state}', '{search}');
create trigger stock_write_event after insert or update or delete on stock
for each row execute function write_event('stock', 'product_id', 'changed', 'changed', '{product_id,available}', '{}');
create trigger orders_write_event after insert or update or delete on orders
for each row execute function write_event('order', 'id', 'created', 'state', '{uuid,buyer_id,state}', '{}');
create trigger users_write_event after insert or update or delete on users
for each row execute function write_event('user', 'id', 'created', 'updated', '{id,uuid,username}', '{password_hash}');

create function sandbox.remove_events() returns void
language sql
set search_path = public, pg_temp
as $$
    -- The system column names the transaction that has inserted a row.
    delete from outbox where xmin = pg_current_xact_id()::xid
$$;
comment on function sandbox.remove_events() is
    'Deletes the events that this transaction has written: the rows of a dataset are no changes. Serves seed.remove_events.';

-- Rows are never changed. The server inserts them through the triggers, and removes those that are a week old.
grant select, insert, delete on outbox to agora_app;
grant select on outbox to agora_worker;
