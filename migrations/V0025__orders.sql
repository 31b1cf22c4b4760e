-- module: orders
-- Orders reserve units of stock until they are confirmed, cancelled or expired. Each transition is one conditional update, and
-- the trigger refuses all others. What an order keeps of a product (title, price, seller) is a copy: later changes of the product
-- do not change the order.

set local role agora_owner;

create table orders (
    id bigint generated always as identity constraint orders_pkey primary key,
    uuid uuid not null constraint orders_uuid_key unique,
    buyer_id bigint not null constraint orders_buyer_id_fkey references users (id),
    state text not null default 'PENDING_CONFIRMATION',
    currency text not null,
    total numeric(18, 2) not null,
    units bigint not null,
    version integer not null default 1,
    expires_at timestamptz not null,
    created_at timestamptz not null default app_now(),
    updated_at timestamptz,
    constraint orders_state_check check (
        state in ('PENDING_CONFIRMATION', 'CONFIRMED', 'ACCEPTED', 'REJECTED', 'NOT_CONFIRMED', 'CANCELLED')
    ),
    constraint orders_total_check check (total >= 0 and total <> 'NaN'),
    constraint orders_units_check check (units > 0)
) with (fillfactor = 80);
comment on table orders is 'Orders of products from any sellers.';
comment on column orders.state is 'OrderState of the contract. A pending order past expires_at reads as NOT_CONFIRMED.';
comment on column orders.units is 'Sum of the quantities of its lines.';
comment on column orders.version is 'Number of the latest row of order_events.';

create index orders_buyer_id_idx on orders (buyer_id, id);
comment on index orders_buyer_id_idx is 'Serves orders.list_orders of a buyer.';
create index orders_buyer_state_idx on orders (buyer_id, state, id);
comment on index orders_buyer_state_idx is 'Serves orders.list_orders of a buyer by state, and the limits of orders.place_order.';
create index orders_due_idx on orders (expires_at) where state = 'PENDING_CONFIRMATION';
comment on index orders_due_idx is 'Serves orders.expire_orders.';

create table order_lines (
    order_id bigint not null constraint order_lines_order_id_fkey references orders (id),
    product_id bigint not null constraint order_lines_product_id_fkey references products (id),
    seller_id bigint not null constraint order_lines_seller_id_fkey references users (id),
    title text not null,
    price numeric(10, 2) not null,
    quantity bigint not null,
    constraint order_lines_pkey primary key (order_id, product_id),
    constraint order_lines_price_check check (price >= 0 and price <> 'NaN'),
    constraint order_lines_quantity_check check (quantity > 0)
);
comment on table order_lines is 'Products of orders, as they were when the order was placed. Rows are never changed.';
create index order_lines_product_id_idx on order_lines (product_id);
comment on index order_lines_product_id_idx is 'Serves the foreign key.';

create table order_sellers (
    seller_id bigint not null constraint order_sellers_seller_id_fkey references users (id),
    order_id bigint not null constraint order_sellers_order_id_fkey references orders (id),
    state text not null default 'PENDING_CONFIRMATION',
    constraint order_sellers_pkey primary key (seller_id, order_id)
) with (fillfactor = 80);
comment on table order_sellers is 'Each seller of an order once, so that the orders of a seller are listed by an index.';
comment on column order_sellers.state is 'orders.state, kept by a trigger.';
create index order_sellers_order_id_idx on order_sellers (order_id);
comment on index order_sellers_order_id_idx is 'Serves orders_follow_state.';
create index order_sellers_state_idx on order_sellers (seller_id, state, order_id);
comment on index order_sellers_state_idx is 'Serves orders.list_orders of a seller by state.';

create table order_events (
    order_id bigint not null constraint order_events_order_id_fkey references orders (id),
    version integer not null,
    state text not null,
    user_id bigint constraint order_events_user_id_fkey references users (id),
    created_at timestamptz not null default app_now(),
    constraint order_events_pkey primary key (order_id, version),
    constraint order_events_version_check check (version > 0)
);
comment on table order_events is 'The states that each order has had, numbered without gaps. Rows are never changed.';
comment on column order_events.user_id is 'The user who caused the event; null for the server itself.';

insert into state_transitions (machine, from_state, to_state) values
    ('OrderState', 'PENDING_CONFIRMATION', 'CONFIRMED'),
    ('OrderState', 'PENDING_CONFIRMATION', 'CANCELLED'),
    ('OrderState', 'CONFIRMED', 'CANCELLED'),
    ('OrderState', 'PENDING_CONFIRMATION', 'NOT_CONFIRMED'),
    ('OrderState', 'CONFIRMED', 'ACCEPTED'),
    ('OrderState', 'CONFIRMED', 'REJECTED');

create trigger orders_transition before update of state on orders
for each row when (old.state is distinct from new.state) execute function require_transition('OrderState');

create function follow_order_state() returns trigger
language plpgsql
set search_path = public, pg_temp
as $$
begin
    update order_sellers set state = new.state where order_id = new.id;
    return null;
end
$$;
comment on function follow_order_state() is 'Copies orders.state to order_sellers.';
create trigger orders_follow_state after update of state on orders
for each row when (old.state is distinct from new.state) execute function follow_order_state();

create table payments (
    order_id bigint constraint payments_pkey primary key constraint payments_order_id_fkey references orders (id),
    key uuid not null default gen_random_uuid() constraint payments_key_key unique,
    method text not null,
    token text,
    phase text not null default 'PENDING',
    attempts integer not null default 0,
    due_at timestamptz not null default app_now(),
    reference text,
    created_at timestamptz not null default app_now(),
    updated_at timestamptz,
    constraint payments_phase_check check (phase in ('PENDING', 'ACCEPTED', 'REJECTED', 'REFUNDING', 'REFUNDED')),
    constraint payments_attempts_check check (attempts >= 0)
);
comment on table payments is 'The payment of each confirmed order. A row that is due is taken up by any replica.';
comment on column payments.key is 'Idempotency key of the provider: repeated calls have the effect of one.';
comment on column payments.token is 'Token of the means of payment; removed when the payment is decided.';
comment on column payments.phase is 'PENDING and REFUNDING call the provider; the other phases are final.';
comment on column payments.due_at is 'Time of the next attempt. While a replica makes one, the end of its lease.';
comment on column payments.reference is 'The provider''s name of the payment.';
create index payments_due_idx on payments (due_at) where phase in ('PENDING', 'REFUNDING');
comment on index payments_due_idx is 'Serves orders.claim_payments.';

grant select, insert, update on orders, order_sellers, payments to agora_app;
grant select, insert on order_lines, order_events to agora_app;
grant select on orders, order_lines, order_sellers, order_events to agora_worker;

create view order_view with (security_invoker = true) as
select
    orders.id,
    orders.uuid,
    case
        when orders.state = 'PENDING_CONFIRMATION' and orders.expires_at <= app_now() then 'NOT_CONFIRMED'
        else orders.state
    end as state,
    orders.buyer_id,
    orders.currency,
    orders.total,
    orders.expires_at,
    orders.created_at,
    orders.updated_at
from orders;
comment on view order_view is 'Orders as they are read: without the sweeper, an order past its time is not confirmed either.';
grant select on order_view to agora_app;
