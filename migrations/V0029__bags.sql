-- module: carts
-- A bag is a cart of another kind: each user has at most one that is open, and it is ordered as a whole. Carts of the kind
-- `cart` have no state.

set local role agora_owner;

alter table carts
    add column kind text not null default 'cart',
    add column state text,
    add constraint carts_kind_check check (kind in ('cart', 'bag')),
    add constraint carts_state_check check (
        case kind when 'bag' then state is not null and state in ('OPEN', 'ORDERED', 'ABANDONED') else state is null end
    );
comment on column carts.kind is 'A bag is read and changed by its user alone, and is not in lists of carts.';
comment on column carts.state is 'BagState of the contract; null for other carts.';

drop index carts_listed_idx;
create index carts_listed_idx on carts (id) where deleted_at is null and kind = 'cart';
comment on index carts_listed_idx is 'Serves carts.list_carts and its count.';
drop index carts_user_id_idx;
create index carts_user_id_idx on carts (user_id, id) where deleted_at is null and kind = 'cart';
comment on index carts_user_id_idx is 'Serves carts.list_carts of one user and their count.';
create unique index carts_bag_key on carts (user_id) where kind = 'bag' and state = 'OPEN' and deleted_at is null;
comment on index carts_bag_key is 'A user has at most one open bag. Serves carts.find_bag.';
create index carts_idle_idx on carts (coalesce(updated_at, created_at)) where kind = 'bag' and state = 'OPEN' and deleted_at is null;
comment on index carts_idle_idx is 'Serves carts.abandon_bags.';
create index carts_owner_id_idx on carts (user_id);
comment on index carts_owner_id_idx is 'Serves the foreign key.';

insert into state_transitions (machine, from_state, to_state) values
    ('BagState', 'OPEN', 'ORDERED'),
    ('BagState', 'OPEN', 'ABANDONED');
create trigger carts_transition before update of state on carts
for each row when (old.state is distinct from new.state) execute function require_transition('BagState');
