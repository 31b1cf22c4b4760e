-- module: users
-- Users follow each other's stores. A row is deleted when one of them stops, or is deleted.

set local role agora_owner;

create table follows (
    id bigint generated always as identity constraint follows_pkey primary key,
    follower_id bigint not null constraint follows_follower_id_fkey references users (id),
    followed_id bigint not null constraint follows_followed_id_fkey references users (id),
    created_at timestamptz not null default app_now(),
    constraint follows_key unique (follower_id, followed_id),
    constraint follows_self_check check (follower_id <> followed_id)
);
comment on table follows is 'Followers, each with the user that they follow.';
create index follows_followed_id_idx on follows (followed_id, id);
comment on index follows_followed_id_idx is 'Serves users.list_follows and users.count_follows of followers.';
create index follows_follower_id_idx on follows (follower_id, id);
comment on index follows_follower_id_idx is 'Serves users.list_follows and users.count_follows of those who are followed.';

grant select, insert, delete on follows to agora_app;
grant select on follows to agora_worker;

create trigger follows_write_event after insert or update or delete on follows
for each row execute function write_event('follow', 'id', 'created', 'updated', '{follower_id,followed_id}', '{}');
comment on column outbox.aggregate is 'Kind of the object that has changed: product, stock, order, user or follow.';
