-- The managers' steps: take over, hand back, close.

-- Take the chat over, with a message (`{text, client_id, html, renderer, after_seq}`) or without.
-- One transaction ends the running answer, changes the owner and stores the message. So the
-- assistant writes nothing into the chat after it. `newer`: a colleague has replied after the
-- message `after_seq`, and nothing was done.
create or replace procedure take_chat_over(
    p_chat text, p_manager text, p_name text, p_message json,
    out outcome text, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    t record;
    c chats;
    m messages;
begin
    c := lock_chat_for(p_manager, p_chat);
    if c.chat_id is null then
        outcome := 'unknown';
        return;
    end if;
    select * into m from messages x
    where x.chat_id = p_chat and x.role = 'manager'
      and x.client_id = p_message->>'client_id';
    if found then
        outcome := 'repeated';
        messages := jsonb_build_array(to_jsonb(m));
    elsif has_newer_reply(p_chat, p_manager, (p_message->>'after_seq')::int) then
        outcome := 'newer';
        return;
    else
        outcome := 'done';
        t := own_chat(c, p_manager, p_name, p_message);
        messages := t.messages;
        perform claim_chat(t.c, p_manager);
        perform keep_chat(t.c);
        perform begin_closing(array[p_chat]);
    end if;
    commit;
    chat := summary(p_chat);
    users := users_of(p_chat);
    managers := managers_of(p_chat);
end $$;

-- Whether another manager has replied after a message. A broadcast is no reply. The caller holds the
-- chat's lock, so of two who reply at once the second one finds the first one's.
create or replace function has_newer_reply(p_chat text, p_manager text, p_after int)
returns boolean language plpgsql volatile as $$
begin
    return p_after is not null and exists (
        select from messages m
        where m.chat_id = p_chat and m.seq > p_after and m.role = 'manager' and m.kind = 'text'
          and m.broadcast_id is null and m.state <> 'erased'
          and m.author_id is distinct from p_manager);
end $$;

-- Make the manager the owner, in a chat that the caller has locked and writes back. A message leaves
-- the chat to the colleague who has it and is in the team.
create or replace function own_chat(
    inout c chats, p_manager text, p_name text, p_message json, out messages jsonb
) language plpgsql as $$
declare
    i record;
    m messages;
    -- A chat that is left to the team has no manager yet.
    v_beside boolean := p_message is not null and c.owner = 'manager'
                        and c.manager_id is not null and c.manager_id <> p_manager
                        and not exists (
                            select from managers x where x.manager_id = c.manager_id
                              and x.removed_at is not null);
    v_taken boolean := not v_beside
                       and (c.owner <> 'manager' or c.manager_id is distinct from p_manager);
begin
    i := interrupt(c, null);
    c := i.c;
    messages := i.kept;
    if v_taken then
        c.owner := 'manager';
        c.manager_id := p_manager;
        c.epoch := c.epoch + 1;
    end if;
    -- Also in a chat that is theirs already: managers rename themselves.
    c.manager_name := case when v_beside then c.manager_name else p_name end;
    c.waiting_since := null;
    c.waiting_for := null;
    c.retry_from := null;
    if p_message is not null then
        m := append_message(c, 'manager', p_message->>'text',
                            p_client => p_message->>'client_id',
                            p_author => p_manager, p_author_name => p_name,
                            p_html => p_message->>'html',
                            p_renderer => (p_message->>'renderer')::int);
        c.answered_seq := c.last_user_seq;
        c.seen_by_manager := c.last_seq;
        c.unread := 0;
        c.status := 'open';
        perform record_event('message.sent', c.chat_id, m.seq, 'manager', p_manager);
    elsif v_taken then
        m := append_message(c, 'manager', p_name || ' has taken over.',
                            p_author => p_manager, p_author_name => p_name,
                            p_event => '{"name": "taken_over"}');
        perform record_event('chat.taken_over', c.chat_id, m.seq, 'manager', p_manager);
    end if;
    if m.seq is not null then
        c.last_seq := m.seq;
        messages := coalesce(messages, '[]') || to_jsonb(m);
    end if;
    -- Whoever writes has read what is above.
    if p_message is not null then
        perform read_on(p_manager, c.chat_id, c.last_seq);
    end if;
end $$;

-- Hand back to the assistant; where it never answers, to the team. `owed`: an answer is pending. The
-- release before reads this name.
create or replace procedure hand_back(
    p_chat text, p_manager text, p_name text,
    out outcome text, out owed boolean, out messages jsonb, out chat jsonb,
    out users text[], out managers text[]
) language plpgsql as $$
declare
    c chats;
    m messages;
    v_never boolean;
begin
    c := lock_chat_for(p_manager, p_chat);
    if c.chat_id is null then
        outcome := 'unknown';
        return;
    end if;
    outcome := 'done';
    if c.owner = 'manager' or c.waiting_since is not null then
        v_never := exists (select from sites s
                           where s.site_id = c.site_id and s.answering = 'never');
        if c.owner = 'manager' then
            c.epoch := c.epoch + 1;
        end if;
        c.owner := case when v_never then 'manager' else 'assistant' end;
        c.manager_id := null;
        c.manager_name := null;
        c.waiting_since := null;
        c.waiting_for := null;
        -- Messages whose answer failed are pending again, unless a manager has answered them.
        c.answered_seq := coalesce(c.retry_from, c.answered_seq);
        c.retry_from := null;
        c.attempts := 0;
        m := append_message(
            c, 'manager', p_name || case when v_never then ' has left this chat.'
                                         else ' has handed back to the assistant.' end,
            p_author => p_manager, p_author_name => p_name,
            p_event => jsonb_build_object(
                'name', case when v_never then 'left' else 'handed_back' end));
        c.last_seq := m.seq;
        messages := jsonb_build_array(to_jsonb(m));
        -- Where the assistant never answers, the next person is owed what nobody has answered.
        if v_never and c.answered_seq < c.last_user_seq then
            c := await_person(c, 'new', 'manager', p_manager);
        end if;
        perform keep_chat(c);
        perform record_event('chat.handed_back', p_chat, m.seq, 'manager', p_manager);
    end if;
    owed := is_pending(c);
    commit;
    chat := summary(p_chat);
    users := users_of(p_chat);
    managers := managers_of(p_chat);
end $$;

-- Close or reopen.
create or replace procedure set_status(
    p_chat text, p_status text, p_manager text, p_name text,
    out outcome text, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    c chats;
begin
    c := lock_chat_for(p_manager, p_chat);
    if c.chat_id is null then
        outcome := 'unknown';
        return;
    end if;
    outcome := 'done';
    messages := put_status(c, p_status, p_manager, p_name);
    commit;
    chat := summary(p_chat);
    users := users_of(p_chat);
    managers := managers_of(p_chat);
end $$;

-- Close or reopen a chat that the caller has locked. Gives the messages; null: it is so already.
create or replace function put_status(c chats, p_status text, p_manager text, p_name text)
returns jsonb language plpgsql as $$
declare
    v_name text := case p_status when 'closed' then 'closed' else 'reopened' end;
    i record;
    m messages;
    messages jsonb;
begin
    if c.status = p_status then
        return null;
    end if;
    if p_status = 'closed' then
        i := interrupt(c, messages);
        c := i.c;
        messages := i.kept;
        c.answered_seq := c.last_user_seq;
        c.retry_from := null;
        c.waiting_since := null;
        c.waiting_for := null;
        c.unread := 0;
        c.snoozed_until := null;
    end if;
    c.status := p_status;
    m := append_message(c, 'manager', format('%s has %s this chat.', p_name, v_name),
                        p_author => p_manager, p_author_name => p_name,
                        p_event => jsonb_build_object('name', v_name));
    c.last_seq := m.seq;
    perform keep_chat(c);
    perform begin_closing(array[c.chat_id]);
    perform record_event('chat.' || v_name, c.chat_id, m.seq, 'manager', p_manager);
    return coalesce(messages, '[]') || to_jsonb(m);
end $$;

create or replace procedure stop_by_manager(
    p_chat text, p_manager text, p_name text,
    out known boolean, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    c chats;
begin
    c := lock_chat_for(p_manager, p_chat);
    known := c.chat_id is not null;
    if known then
        call stop_answer(p_chat, 'manager', p_manager, known, messages, chat, users, managers);
    end if;
end $$;
