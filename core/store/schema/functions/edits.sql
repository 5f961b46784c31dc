-- Changes of stored messages: who wrote one for the team edits or erases it. Each change has the next
-- number of its chat, `change`, and the message carries it. So who was away asks for what came after
-- the number that they know.

-- What one may do with a message: `done`, also where nothing is left to do, or why not: `unknown`,
-- `missing`, `others`, `broadcast`, `erased`, `newer` or `late`. `p_message`: the new text, as
-- `{text, html, renderer}`; null: erase it. `p_rev`: what the caller has seen; null: whatever it is.
create or replace function edit_outcome(
    m messages, p_manager text, p_message json, p_rev int, p_seconds int
) returns text language sql volatile as $$
    select case
        when m.seq is null then 'missing'
        when m.role <> 'manager' or m.kind <> 'text' or m.author_id is distinct from p_manager
            then 'others'
        -- It stands in many chats, and its text beside them.
        when m.broadcast_id is not null then 'broadcast'
        when m.state = 'erased' then case when p_message is null then 'done' else 'erased' end
        when m.text = p_message->>'text' then 'done'
        when m.rev <> p_rev then 'newer'
        when m.created_at < clock_timestamp() - make_interval(secs => p_seconds) then 'late'
        else 'done' end
$$;

-- Edit or erase one's own message. The old text is kept nowhere. Without `users` nothing has changed.
create or replace procedure change_message(
    p_chat text, p_seq int, p_manager text, p_message json, p_rev int, p_seconds int,
    out outcome text, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    c chats := lock_chat_for(p_manager, p_chat);
    m messages;
    v_change int;
begin
    select * into m from messages x where x.chat_id = c.chat_id and x.seq = p_seq;
    outcome := case when c.chat_id is null then 'unknown'
                    else edit_outcome(m, p_manager, p_message, p_rev, p_seconds) end;
    if outcome = 'done' and m.state <> 'erased' and m.text is distinct from p_message->>'text' then
        update chats x set change = x.change + 1, updated_at = raised(x.updated_at),
            listed_at = relisted(x.listed_at)
        where x.chat_id = p_chat returning x.change into v_change;
        update messages x set
            text = coalesce(p_message->>'text', ''), html = p_message->>'html',
            renderer = (p_message->>'renderer')::int, rev = x.rev + 1, change = v_change,
            state = case when p_message is null then 'erased' else x.state end
        where x.chat_id = p_chat and x.seq = p_seq returning * into m;
        perform record_event(
            case when p_message is null then 'message.erased' else 'message.edited' end,
            p_chat, p_seq, 'manager', p_manager, jsonb_build_object('rev', m.rev));
        commit;
        users := coalesce(users_of(p_chat), '{}');
        managers := managers_of(p_chat);
        chat := summary(p_chat);
    end if;
    if outcome = 'done' then
        messages := jsonb_build_array(to_jsonb(m));
    end if;
end $$;

-- What changed in a chat since its change `p_changed`, of the messages up to `p_after`, in the order
-- of the changes and at most `p_limit`.
create or replace function changed_messages(p_chat text, p_changed int, p_after int, p_limit int)
returns json language plpgsql stable as $$
begin
    return (select json_agg(m order by m.change)
            from (select x.* from messages x
                  where x.chat_id = p_chat and x.change > p_changed and x.seq <= p_after
                  order by x.change limit p_limit) m);
end $$;
