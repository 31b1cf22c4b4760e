-- module: catalog
-- A product is a draft, active or archived. Only active products are listed: `is_listed` states this once, for statements and
-- for their indexes. The rows of state_transitions are those of the contract (`x-state-machine`); a test compares them.

set local role agora_owner;

create table state_transitions (
    machine text not null,
    from_state text not null,
    to_state text not null,
    constraint state_transitions_pkey primary key (machine, from_state, to_state)
);
comment on table state_transitions is 'The permitted transitions of each state machine. Triggers refuse all others.';
insert into state_transitions (machine, from_state, to_state) values
    ('ProductState', 'DRAFT', 'ACTIVE'),
    ('ProductState', 'ARCHIVED', 'ACTIVE'),
    ('ProductState', 'ACTIVE', 'ARCHIVED');
insert into sandbox.kept_tables (name) values ('state_transitions');
grant select on state_transitions to agora_app, agora_worker;

create function require_transition() returns trigger
language plpgsql
set search_path = public, pg_temp
as $$
begin
    if not exists (
        select from state_transitions where machine = tg_argv[0] and from_state = old.state and to_state = new.state
    ) then
        raise exception '% has no transition from % to %', tg_argv[0], old.state, new.state
            using errcode = 'check_violation', constraint = 'state_transition', table = tg_table_name;
    end if;
    return new;
end
$$;
comment on function require_transition() is 'Refuses a change of state that state_transitions does not have.';

alter table products
    add column state text not null default 'ACTIVE'
        constraint products_state_check check (state in ('DRAFT', 'ACTIVE', 'ARCHIVED')),
    add column is_listed boolean not null generated always as (deleted_at is null and state = 'ACTIVE') stored;
comment on column products.state is 'ProductState of the contract; SOLD_OUT is an active product without available stock.';
comment on column products.is_listed is 'True if lists and searches have the product.';

create trigger products_transition before update of state on products
for each row when (old.state is distinct from new.state) execute function require_transition('ProductState');

drop index products_listed_idx;
create index products_listed_idx on products (id) where is_listed;
comment on index products_listed_idx is 'Serves catalog.list_products and its count.';
drop index products_owner_listed_idx;
create index products_owner_listed_idx on products (owner_id, id) where is_listed;
comment on index products_owner_listed_idx is 'Serves catalog.list_products by owner.';
drop index products_search_idx;
create index products_search_idx on products using gin (search) where is_listed;
comment on index products_search_idx is 'Serves catalog.collect_products.';

alter table product_categories add column is_listed boolean not null default true;
comment on column product_categories.is_listed is 'products.is_listed, so that a category is listed by its index alone.';
drop index product_categories_category_id_idx;
create index product_categories_category_id_idx on product_categories (category_id, is_listed, product_id);
comment on index product_categories_category_id_idx is
    'Serves catalog.list_products by category, catalog.list_products_by_categories, catalog.delete_category.';
grant update (is_listed) on product_categories to agora_app;

create function list_in_categories() returns trigger
language plpgsql
set search_path = public, pg_temp
as $$
begin
    update product_categories set is_listed = new.is_listed where product_id = new.id;
    return null;
end
$$;
comment on function list_in_categories() is 'Copies products.is_listed to the relations of the product.';

create trigger products_list_in_categories after update of state on products
for each row when (old.is_listed is distinct from new.is_listed) execute function list_in_categories();

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
    product.state
from products as product
left join users as owner on owner.id = product.owner_id and owner.deleted_at is null
cross join lateral (
    select array_agg(category.id order by category.id) as ids, array_agg(category.name order by category.id) as names
    from product_categories as relation
    join categories as category on category.id = relation.category_id
    where relation.product_id = product.id
) as sorted;
