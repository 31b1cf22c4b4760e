-- module: catalog
-- The stock of each product, and the ledger of its movements. The units are in a table of their own: they change more often
-- than the rest of a product, and a change of them copies only a short row, without any index.

set local role agora_owner;

create function uuid_v7() returns uuid
language sql volatile parallel safe
set search_path = pg_catalog, pg_temp
as $$
    -- 48 bits of milliseconds over a random UUID; the bits 52 and 53 turn its version 4 into 7.
    select encode(
        set_bit(
            set_bit(
                overlay(
                    uuid_send(gen_random_uuid())
                    placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
                    from 1 for 6
                ),
                52, 1
            ),
            53, 1
        ),
        'hex'
    )::uuid
$$;
comment on function uuid_v7() is 'A UUIDv7, for rows that a statement makes by itself. PostgreSQL has its own from 18 on.';

create table stock (
    product_id bigint
        constraint stock_pkey primary key
        constraint stock_product_id_fkey references products (id),
    available bigint not null default 0,
    reserved bigint not null default 0,
    sold bigint not null default 0,
    supplied bigint not null default 0,
    updated_at timestamptz,
    constraint stock_available_check check (available >= 0),
    constraint stock_reserved_check check (reserved >= 0),
    constraint stock_sold_check check (sold >= 0),
    constraint stock_sum_check check (available + reserved + sold = supplied)
) with (fillfactor = 70);
comment on table stock is 'Units of each product. Every product has a row.';
comment on column stock.available is 'Units that can be ordered.';
comment on column stock.reserved is 'Units of orders that are not accepted yet.';
comment on column stock.sold is 'Units of accepted orders.';
comment on column stock.supplied is 'All units so far, less those that were taken out.';
insert into stock (product_id) select id from products;

create table stock_movements (
    id bigint generated always as identity constraint stock_movements_pkey primary key,
    uuid uuid not null default uuid_v7() constraint stock_movements_uuid_key unique,
    product_id bigint not null constraint stock_movements_product_id_fkey references products (id),
    kind text not null,
    quantity bigint not null,
    order_id uuid,
    user_id bigint constraint stock_movements_user_id_fkey references users (id),
    reason text,
    created_at timestamptz not null default app_now(),
    constraint stock_movements_kind_check check (kind in ('SUPPLIED', 'ADJUSTED', 'RESERVED', 'RELEASED', 'SOLD')),
    constraint stock_movements_quantity_check check (case kind when 'ADJUSTED' then quantity < 0 else quantity > 0 end),
    constraint stock_movements_order_check check ((order_id is not null) = (kind in ('RESERVED', 'RELEASED', 'SOLD'))),
    constraint stock_movements_reason_check check (length(reason) between 1 and 200)
);
comment on table stock_movements is 'The ledger of stock: its sums are the columns of stock. Rows are never changed.';
comment on column stock_movements.quantity is 'Number of units; negative for those taken out (ADJUSTED).';
comment on column stock_movements.user_id is 'The user who caused the movement; null for the server itself.';

create unique index stock_movements_order_id_key on stock_movements (order_id, product_id, kind) where order_id is not null;
comment on index stock_movements_order_id_key is 'An order reserves, releases and sells the units of a product once.';
create index stock_movements_product_id_idx on stock_movements (product_id, id);
comment on index stock_movements_product_id_idx is 'Serves catalog.list_movements.';
create index stock_movements_user_id_idx on stock_movements (user_id);
comment on index stock_movements_user_id_idx is 'Serves the foreign key.';

create function open_stock() returns trigger
language plpgsql
set search_path = public, pg_temp
as $$
begin
    insert into stock (product_id) select id from made on conflict do nothing;
    return null;
end
$$;
comment on function open_stock() is 'Gives new products their rows of stock, unless the statement has inserted them.';

create trigger products_open_stock after insert on products
referencing new table as made
for each statement execute function open_stock();

grant select, insert, update on stock to agora_app;
grant select, insert on stock_movements to agora_app;
grant select on stock, stock_movements to agora_worker;

create or replace view product_view with (security_invoker = true) as
select
    product.id,
    product.uuid,
    product.title,
    product.description,
    product.price,
    product.image,
    product.owner_id,
    owner.username as owner_username,
    product.rating_sum,
    product.rating_count,
    product.created_at,
    product.updated_at,
    sorted.ids as category_ids,
    sorted.names as category_names,
    product.deleted_at,
    product.state,
    stock.available as stock_available,
    stock.reserved as stock_reserved
from products as product
join stock on stock.product_id = product.id
left join users as owner on owner.id = product.owner_id and owner.deleted_at is null
cross join lateral (
    select array_agg(category.id order by category.id) as ids, array_agg(category.name order by category.id) as names
    from product_categories as relation
    join categories as category on category.id = relation.category_id
    where relation.product_id = product.id
) as sorted;
