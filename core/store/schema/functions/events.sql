-- Write one event, in the transaction of the change that it describes.
create or replace function record_event(
    p_name text, p_chat text default null, p_seq int default null,
    p_actor_kind text default null, p_actor text default null, p_data jsonb default '{}'
) returns void language plpgsql as $$
begin
    insert into events (name, chat_id, seq, actor_kind, actor_id, data)
    values (p_name, p_chat, p_seq, p_actor_kind, p_actor, p_data);
end $$;

-- A failed sign-in: one row for each address and minute, with a count.
create or replace function record_refusal(p_address text) returns void language sql as $$
    insert into events as e (name, data)
    values ('manager.refused', jsonb_build_object(
        'address', coalesce(p_address, ''), 'count', 1,
        'minute', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI"Z"')))
    on conflict ((data->>'address'), (data->>'minute')) where name = 'manager.refused'
    do update set data = jsonb_set(e.data, '{count}', to_jsonb((e.data->>'count')::int + 1))
$$;
