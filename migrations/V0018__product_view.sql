-- module: catalog
-- What is read of a product stands once: statements select the columns of this view by name, and a new column of products
-- is added to it. It is a simple query, which the planner merges into the statement that reads it.
-- Deleted products are in it: a list has left them out before it reads the rest, and would filter twice.

set local role agora_owner;

create view product_view with (security_invoker = true) as
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
    product.deleted_at
from products as product
left join users as owner on owner.id = product.owner_id and owner.deleted_at is null
cross join lateral (
    select array_agg(category.id order by category.id) as ids, array_agg(category.name order by category.id) as names
    from product_categories as relation
    join categories as category on category.id = relation.category_id
    where relation.product_id = product.id
) as sorted;
comment on view product_view is
    'Products, with the name of the owner (null if the account is deleted) and the categories by ID.';

grant select on product_view to agora_app;
