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

-- Put a chat off. `outcome`: as `put_off`, or `unknown`.
create or replace procedure snooze_chat(
    p_chat text, p_until timestamptz, p_manager text,
    out outcome text, out chat jsonb, out managers text[]
) language plpgsql as $$
declare
    c chats := lock_chat_for(p_manager, p_chat);
begin
    outcome := case when c.chat_id is null then 'unknown' else put_off(c, p_until, p_manager) end;
    if outcome not in ('done', 'unchanged') then
        return;
    end if;
    outcome := 'done';
    commit;
    chat := summary(p_chat);
    managers := managers_of(p_chat);
end $$;

-- Put off a chat that the caller has locked. `done`, `unchanged`, `closed`, or `waits`: who waits for a
-- person is not put off for good.
create or replace function put_off(c chats, p_until timestamptz, p_manager text) returns text
language plpgsql as $$
begin
    if c.status = 'closed' then
        return 'closed';
    elsif p_until = 'infinity' and c.waiting_since is not null then
        return 'waits';
    elsif c.snoozed_until is not distinct from p_until then
        return 'unchanged';
    end if;
    c.snoozed_until := p_until;
    perform keep_chat(c);
    perform set_timer('snooze', c.chat_id, p_until);
    perform record_event('chat.snoozed', c.chat_id, p_actor_kind => 'manager', p_actor => p_manager,
                         p_data => jsonb_build_object('until', p_until));
    return 'done';
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
    perform bring_back(c, p_manager);
    commit;
    chat := summary(p_chat);
    managers := managers_of(p_chat);
end $$;

-- Bring back a chat that the caller has locked: by a manager, or, without one, by its time. False: it
-- was not put off.
create or replace function bring_back(c chats, p_manager text) returns boolean
language plpgsql as $$
begin
    if c.snoozed_until is null then
        return false;
    end if;
    c := unsnooze(c, case when p_manager is null then 'time' else 'hand' end,
                  case when p_manager is not null then 'manager' end, p_manager);
    perform keep_chat(c);
    perform begin_closing(array[c.chat_id]);
    return true;
end $$;
