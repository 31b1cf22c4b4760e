-- module: catalog
-- The products of an owner are found in the order of their list, and counted, by the index alone.

set local role agora_owner;

create index products_owner_listed_idx on products (owner_id, id) where deleted_at is null;
comment on index products_owner_listed_idx is 'Serves catalog.list_products by owner.';
