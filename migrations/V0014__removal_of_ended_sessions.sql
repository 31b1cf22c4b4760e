-- module: auth
-- Why: ended sessions are of no use a day later, and there are many. The app's role may not delete sessions, so that no
-- statement of a request can; this function deletes those alone that have ended.
set local role agora_owner;

create function remove_ended_sessions(after uuid, batch integer, out last uuid, out removed bigint)
language sql
security definer
set search_path = pg_catalog, public, pg_temp
as $$
    with looked_at as materialized (
        select sessions.id, least(sessions.expires_at, sessions.revoked_at) as ended_at
        from sessions
        where sessions.id > after
        order by sessions.id
        limit batch
    ),
    gone as (
        delete from sessions
        using looked_at, (select app_now() - interval '1 day' as at) as long_ago
        where sessions.id = looked_at.id
            and looked_at.ended_at < long_ago.at
            and least(sessions.expires_at, sessions.revoked_at) < long_ago.at
        returning 1
    )
    select
        (select looked_at.id from looked_at order by looked_at.id desc limit 1),
        (select count(*) from gone)
$$;
comment on function remove_ended_sessions(uuid, integer) is
    'Looks at so many sessions behind one, in the order of their ids, and removes those that ended more than a day ago: the last that it looked at, and how many it removed.';

revoke all on function remove_ended_sessions(uuid, integer) from public;
grant execute on function remove_ended_sessions(uuid, integer) to agora_app, agora_worker;
