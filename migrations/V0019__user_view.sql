-- module: users
-- What is read of a user stands once, with the first of their addresses: statements select the columns of this view by name,
-- and a new column of users is added to it. It is a simple query, which the planner merges into the statement that reads it.
-- Deleted users are in it: a list has left them out before it reads the rest, and would filter twice.

set local role agora_owner;

create view user_view with (security_invoker = true) as
select
    person.id,
    person.uuid,
    person.username,
    person.email,
    person.role,
    person.first_name,
    person.last_name,
    person.phone,
    person.location,
    person.avatar_url,
    person.created_at,
    person.updated_at,
    address.id as address_id,
    address.uuid as address_uuid,
    address.city,
    address.street,
    address.number,
    address.zipcode,
    address.lat,
    address.long,
    address.created_at as address_created_at,
    address.updated_at as address_updated_at,
    person.deleted_at
from users as person
left join lateral (
    select id, uuid, city, street, number, zipcode, lat, long, created_at, updated_at
    from addresses
    where user_id = person.id
        and deleted_at is null
    order by id
    limit 1
) as address on true;
comment on view user_view is 'Users, with the first of their addresses (null if they have none).';

grant select on user_view to agora_app;
