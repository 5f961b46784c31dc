-- How much a chat presses, for the team. A visitor never hears of it, and it answers nobody sooner.

-- Give a chat a priority. `outcome`: `done` or `unknown`.
create or replace procedure prioritize_chat(
    p_chat text, p_manager text, p_priority text, out outcome text, out chat jsonb, out managers text[]
) language plpgsql as $$
declare
    c chats := lock_chat_for(p_manager, p_chat);
begin
    if c.chat_id is null then
        outcome := 'unknown';
        return;
    end if;
    outcome := 'done';
    perform put_priority(c, p_manager, p_priority);
    commit;
    chat := summary(p_chat);
    managers := managers_of(p_chat);
end $$;

-- The same in a chat that the caller has locked. `done` or `unchanged`.
create or replace function put_priority(c chats, p_manager text, p_priority text) returns text
language plpgsql as $$
declare
    -- What all others are is not written down.
    v_priority int := nullif(array_position(priorities(), p_priority), 2);
begin
    if c.priority is not distinct from v_priority then
        return 'unchanged';
    end if;
    c.priority := v_priority;
    perform keep_chat(c, false);
    perform record_event('chat.prioritized', c.chat_id, p_actor_kind => 'manager',
                         p_actor => p_manager,
                         p_data => jsonb_build_object('priority', p_priority));
    return 'done';
end $$;
