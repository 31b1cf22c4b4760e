-- module: platform
-- Every table and view says what a row of it is, where psql (\d+) and tools that draw the schema show it.

set local role agora_owner;

comment on table users is 'One row per account: staff, admins and users, deleted accounts included.';
comment on table addresses is 'Addresses of users, in the order in which they were added.';
comment on table sessions is 'One row per sign-in, with the generation of its valid refresh token and the reason of its end.';
comment on table categories is 'Categories of products. A category without a creator belongs to the shop.';
comment on table products is 'Products, with the sum and the number of their ratings.';
comment on table product_categories is 'Categories of each product.';
comment on table product_ratings is 'Ratings of products, one per user and product.';
comment on table carts is 'Carts of users.';
comment on table cart_lines is 'Products of each cart with their quantities, in the order in which they were added.';
comment on table registry_users is 'People of the registry by israeli_id. A record has no owner.';
comment on table idempotency_keys is 'Idempotency-Keys of the last 24 hours: the fingerprint of the request and the stored response.';
