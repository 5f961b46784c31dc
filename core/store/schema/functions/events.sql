-- Write one event, in the transaction of the change that it describes. Its site is the chat's.
drop function if exists record_event(text, text, int, text, text, jsonb);
create or replace function record_event(
    p_name text, p_chat text default null, p_seq int default null,
    p_actor_kind text default null, p_actor text default null, p_data jsonb default '{}',
    p_site text default null
) returns void language plpgsql as $$
begin
    insert into events (name, chat_id, seq, actor_kind, actor_id, data, site_id)
    values (p_name, p_chat, p_seq, p_actor_kind, p_actor, p_data,
            coalesce(p_site, (select c.site_id from chats c where c.chat_id = p_chat)));
end $$;

-- A failed sign-in: one row for each address and minute, with a count.
create or replace function record_refusal(p_address text) returns void language plpgsql as $$
begin
    insert into events as e (name, data)
    values ('manager.refused', jsonb_build_object(
        'address', coalesce(p_address, ''), 'count', 1,
        'minute', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI"Z"')))
    on conflict ((data->>'address'), (data->>'minute')) where name = 'manager.refused'
    do update set data = jsonb_set(e.data, '{count}', to_jsonb((e.data->>'count')::int + 1));
end $$;
