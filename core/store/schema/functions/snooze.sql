-- Snooze: the team puts a chat off until a time, or until its visitor writes. It stays open, and
-- whoever answers goes on. It comes back when its time has come, when the visitor writes, when it
-- begins to wait for a person, and by hand. A chat that is closed is put off no more.

-- The chat is back. The caller has locked it and writes it back.
create or replace function unsnooze(
    inout c chats, p_for text, p_actor_kind text default null, p_actor text default null
) language plpgsql as $$
begin
    if c.snoozed_until is not null then
        c.snoozed_until := null;
        c.unsnoozed_at := clock_timestamp();
        perform record_event('chat.unsnoozed', c.chat_id, p_actor_kind => p_actor_kind,
                             p_actor => p_actor, p_data => jsonb_build_object('for', p_for));
    end if;
end $$;

-- Put a chat off. `outcome`: `done`, `unknown`, `closed`, or `waits`: who waits for a person is not
-- put off for good.
create or replace procedure snooze_chat(
    p_chat text, p_until timestamptz, p_manager text,
    out outcome text, out chat jsonb, out managers text[]
) language plpgsql as $$
declare
    c chats := lock_chat_for(p_manager, p_chat);
begin
    outcome := case when c.chat_id is null then 'unknown'
                    when c.status = 'closed' then 'closed'
                    when p_until = 'infinity' and c.waiting_since is not null then 'waits'
                    else 'done' end;
    if outcome <> 'done' then
        return;
    end if;
    if c.snoozed_until is distinct from p_until then
        c.snoozed_until := p_until;
        perform keep_chat(c);
        perform set_timer('snooze', p_chat, p_until);
        perform record_event('chat.snoozed', p_chat, p_actor_kind => 'manager', p_actor => p_manager,
                             p_data => jsonb_build_object('until', p_until));
    end if;
    commit;
    chat := summary(p_chat);
    managers := managers_of(p_chat);
end $$;

-- Bring a chat back: by a manager, or, without one, if its time has come. `outcome`: `done` or
-- `unknown`. Without a `chat` nothing has changed.
create or replace procedure unsnooze_chat(
    p_chat text, p_manager text, out outcome text, out chat jsonb, out managers text[]
) language plpgsql as $$
declare
    c chats;
begin
    if p_manager is null then
        c := lock_known_chat(p_chat);
    else
        c := lock_chat_for(p_manager, p_chat);
    end if;
    outcome := case when c.chat_id is null then 'unknown' else 'done' end;
    if outcome = 'done' and p_manager is null
        and coalesce(c.snoozed_until > clock_timestamp(), true)
    then
        return;
    end if;
    if c.snoozed_until is not null then
        c := unsnooze(c, case when p_manager is null then 'time' else 'hand' end,
                      case when p_manager is not null then 'manager' end, p_manager);
        perform keep_chat(c);
        perform begin_closing(array[p_chat]);
    end if;
    commit;
    chat := summary(p_chat);
    managers := managers_of(p_chat);
end $$;
