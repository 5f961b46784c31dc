-- Events are only ever added. One exception: the failed sign-ins of an address in one minute are
-- one row, and its count grows.
create function events_only_grow() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        if new.name = 'manager.refused' and to_jsonb(new) - 'data' = to_jsonb(old) - 'data'
            and new.data - 'count' = old.data - 'count'
            and (new.data->>'count')::int > (old.data->>'count')::int
        then
            return new;
        end if;
    end if;
    raise exception 'events are only added: % is refused', tg_op;
end $$;

create trigger events_only_grow before update or delete on events
    for each row execute function events_only_grow();
create trigger events_stay before truncate on events
    for each statement execute function events_only_grow();

create unique index events_of_refusals on events ((data->>'address'), (data->>'minute'))
    where name = 'manager.refused';

-- The audit log also holds what happened to managers, and not only what they did.
create index events_audited on events (id desc)
    where actor_kind = 'manager' or name like 'manager.%';
drop index events_of_managers;

-- Where a broadcast's message stands. A message's `client_id` says nothing: clients choose it.
alter table broadcast_recipients add column seq int;
update broadcast_recipients r set seq = m.seq from messages m
where m.chat_id = r.chat_id and m.role = 'manager' and m.client_id = 'broadcast:' || r.broadcast_id
  and r.outcome is distinct from 'delivered';
