-- module: catalog
-- Why: people rate products, and find them by words. Sum and number of the ratings stand on the product, so that no read
-- looks at the ratings themselves; the words stand beside the text that they are made from.
set local role agora_owner;

create table product_ratings (
    product_id bigint not null constraint product_ratings_product_id_fkey references products (id),
    user_id bigint not null constraint product_ratings_user_id_fkey references users (id),
    value smallint not null,
    created_at timestamptz not null default app_now(),
    updated_at timestamptz,
    constraint product_ratings_pkey primary key (product_id, user_id),
    constraint product_ratings_value_check check (value between 0 and 5)
);

create index product_ratings_user_id_idx on product_ratings (user_id);
comment on index product_ratings_user_id_idx is 'Serves the foreign key.';

-- Punctuation is blank, as it is in what is looked for: `red/blue` is two words, and no path of a file.
alter table products add column search tsvector not null generated always as (
    to_tsvector('simple', translate(title || ' ' || description, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32)))
) stored;
comment on column products.search is 'The words of title and description, as they are, in lower case.';

create index products_search_idx on products using gin (search) where deleted_at is null;
comment on index products_search_idx is 'Serves catalog.search_products and its count.';

grant select, insert, update, delete on product_ratings to agora_app;
grant select on product_ratings to agora_worker;
