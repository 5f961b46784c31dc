-- Write one event, in the transaction of the change that it describes.
create or replace function record_event(
    p_name text, p_chat text default null, p_seq int default null,
    p_actor_kind text default null, p_actor text default null, p_data jsonb default '{}'
) returns void language plpgsql as $$
begin
    insert into events (name, chat_id, seq, actor_kind, actor_id, data)
    values (p_name, p_chat, p_seq, p_actor_kind, p_actor, p_data);
end $$;
