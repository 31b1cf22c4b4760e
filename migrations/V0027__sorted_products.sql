-- module: catalog
-- Lists of products can be sorted by price, title and rating, restricted to a range of prices, and show the drafts and archived
-- products of a user. Each order has an index with the columns of its sort, so that a page reads its own rows only.

set local role agora_owner;

-- Title and tags get weights, by which matches are ranked; a search that is not ranked ignores them.
alter table products drop column search;
alter table products add column search tsvector not null generated always as (
    setweight(search_vector(title), 'A') || search_vector(description) || setweight(search_vector(joined_words(tag_names)), 'B')
) stored;
comment on column products.search is 'The words of title, description and tags, with their weights.';
create index products_search_idx on products using gin (search) where is_listed;
comment on index products_search_idx is 'Serves catalog.collect_products, catalog.collect_sorted_products, catalog.rank_products and catalog.count_facets.';

alter table products
    add column title_key text collate pg_catalog."C" not null generated always as (left(search_form(title), 200)) stored,
    add column rating_key bigint not null
        generated always as (case when rating_count > 0 then rating_sum * 1000000 / rating_count else 0 end) stored;
comment on column products.title_key is 'The title in the form by which titles are sorted; an index holds no longer one.';
comment on column products.rating_key is 'The average rating in millionths.';

create index products_price_idx on products (price, id) where is_listed;
comment on index products_price_idx is 'Serves catalog.walk_sorted_products, catalog.collect_sorted_products and catalog.count_facets by price.';
create index products_title_idx on products (title_key, id) where is_listed;
comment on index products_title_idx is 'Serves catalog.walk_sorted_products by title.';
create index products_rating_idx on products (rating_key, id) where is_listed;
comment on index products_rating_idx is 'Serves catalog.walk_sorted_products by rating.';
create index products_state_idx on products (state, id) where deleted_at is null and state <> 'ACTIVE';
comment on index products_state_idx is 'Serves lists of drafts and archived products of all users.';
create index products_owner_state_idx on products (owner_id, state, id) where deleted_at is null and state <> 'ACTIVE';
comment on index products_owner_state_idx is 'Serves lists of drafts and archived products of a user.';

-- An index of stock on available units would make each change of them slower. This table changes only when the last unit goes,
-- or the first one comes.
create table sold_out (
    product_id bigint
        constraint sold_out_pkey primary key
        constraint sold_out_product_id_fkey references products (id)
);
comment on table sold_out is 'Products without available units, kept by triggers of stock. Serves lists by state.';
insert into sold_out (product_id) select product_id from stock where available = 0;

create function note_sold_out() returns trigger
language plpgsql
set search_path = public, pg_temp
as $$
begin
    if new.available = 0 then
        insert into sold_out (product_id) values (new.product_id) on conflict do nothing;
    else
        delete from sold_out where product_id = new.product_id;
    end if;
    return null;
end
$$;
comment on function note_sold_out() is 'Notes whether a product has available units.';
create trigger stock_opened after insert on stock
for each row when (new.available = 0) execute function note_sold_out();
create trigger stock_sold_out after update of available on stock
for each row when ((old.available = 0) <> (new.available = 0)) execute function note_sold_out();

grant select, insert, delete on sold_out to agora_app;
grant select on sold_out to agora_worker;
