-- The visitor's side: enter, receive, resume, seen, stop, ask for a person, leave.
-- A procedure commits what a step changed and only then reads whom to tell, in one round trip.

create procedure enter_user(
    p_connection text, p_url text, p_chat text, p_seconds int,
    out chat jsonb, out managers text[]
) language plpgsql as $$
declare
    c chats;
    was_online boolean;
begin
    c := lock_chat(p_chat);
    was_online := exists (select from connections n
                          where n.chat_id = p_chat and n.expires_at > clock_timestamp());
    insert into connections (connection_id, callback_url, chat_id, expires_at)
    values (p_connection, p_url, p_chat, clock_timestamp() + make_interval(secs => p_seconds))
    on conflict (connection_id) do nothing;
    if was_online or c.listed_at is null then
        return;
    end if;
    perform keep_chat(c);
    commit;
    chat := summary(p_chat);
    managers := all_managers();
end $$;

create function receive_message(
    p_chat text, p_text text, p_client text,
    out message jsonb, out owed boolean, out changed boolean
) language plpgsql as $$
declare
    c chats;
    m messages;
begin
    c := lock_chat(p_chat);
    select * into m from messages
    where chat_id = p_chat and role = 'user' and client_id = p_client;
    changed := not found and (c.last_user_seq = 0 or c.status = 'closed'
                              or (c.owner = 'manager' and c.waiting_since is null));
    if not found then
        m := add_message(c, 'user', p_text, p_client => p_client);
        c.last_seq := m.seq;
        c.last_user_seq := m.seq;
        c.last_user_at := m.created_at;
        c.unread := c.unread + 1;
        c.status := 'open';
        if c.owner = 'manager' and c.waiting_since is null then
            c.waiting_since := m.created_at;
            c.waiting_for := 'reply';
        end if;
        perform keep_chat(c);
    end if;
    message := to_jsonb(m);
    owed := is_owed(c);
end $$;

-- `known` is false when the connection has no row: it must connect again.
create procedure receive(
    p_connection text, p_text text, p_client text,
    out known boolean, out message jsonb, out owed boolean,
    out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    v_chat text;
    v_changed boolean;
begin
    select n.chat_id into v_chat from connections n
    where n.connection_id = p_connection and n.expires_at > now() and n.chat_id is not null;
    known := found;
    if not known then
        return;
    end if;
    select r.message, r.owed, r.changed into message, owed, v_changed
    from receive_message(v_chat, p_text, p_client) r;
    commit;
    if v_changed then
        chat := summary(v_chat);
    end if;
    users := users_of(v_chat);
    managers := all_managers();
end $$;

-- One snapshot, so that the messages and the draft fit together.
create function resume_user(p_connection text, p_after int, p_limit int)
returns table (chat jsonb, messages jsonb, draft jsonb, owed boolean)
language sql stable as $$
    select summary(c.chat_id),
           (select coalesce(jsonb_agg(to_jsonb(m) order by m.seq), '[]')
            from (select * from messages m where m.chat_id = c.chat_id and m.seq > p_after
                  order by m.seq limit p_limit) m),
           case when c.beat_at is not null and c.draft <> '' then jsonb_build_object(
               'chat_id', c.chat_id, 'reply_to', c.reply_to, 'try', c.try, 'text', c.draft) end,
           is_owed(c)
    from connections n join chats c using (chat_id)
    where n.connection_id = p_connection and n.expires_at > now()
$$;

create procedure seen_by_user(
    p_connection text, p_seq int,
    out known boolean, out chat_id text, out seq int, out users text[], out managers text[]
) language plpgsql as $$
begin
    update chats c set seen_by_user = least(p_seq, c.last_seq),
                       updated_at = greatest(clock_timestamp(), c.updated_at + interval '1 us')
    from connections n
    where n.connection_id = p_connection and n.expires_at > now() and c.chat_id = n.chat_id
      and c.seen_by_user < least(p_seq, c.last_seq);
    commit;
    select c.chat_id, c.seen_by_user, users_of(c.chat_id), all_managers()
    into chat_id, seq, users, managers
    from connections n join chats c using (chat_id)
    where n.connection_id = p_connection and n.expires_at > now();
    known := found;
end $$;

-- End the running answer, or the wait for one: what was shown stays.
create procedure stop_answer(
    p_chat text,
    out known boolean, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    i record;
    c chats;
begin
    c := lock_known_chat(p_chat);
    known := c.chat_id is not null;
    if known and is_owed(c) then
        select * into i from interrupt(c, messages);
        c := i.c;
        messages := i.kept;
        c.answered_seq := c.last_user_seq;
        perform keep_chat(c);
    end if;
    commit;
    chat := summary(p_chat);
    users := users_of(p_chat);
    managers := all_managers();
end $$;

create procedure stop_by_user(
    p_connection text,
    out known boolean, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    v_chat text;
begin
    select n.chat_id into v_chat from connections n
    where n.connection_id = p_connection and n.expires_at > now() and n.chat_id is not null;
    known := found;
    if known then
        call stop_answer(v_chat, known, messages, chat, users, managers);
    end if;
end $$;

-- The chat goes to a person: unnamed until one takes it, and waiting. Changes nothing when it
-- was asked for already.
create function ask_person(inout c chats, inout messages jsonb, p_role text, p_reason text)
language plpgsql as $$
declare
    i record;
    m messages;
begin
    if c.owner = 'manager' and c.waiting_for = 'asked' then
        return;
    end if;
    select * into i from interrupt(c, messages);
    c := i.c;
    messages := i.kept;
    if c.owner <> 'manager' then
        c.owner := 'manager';
        c.manager_id := null;
        c.manager_name := null;
        c.epoch := c.epoch + 1;
    end if;
    c.waiting_since := coalesce(c.waiting_since, clock_timestamp());
    c.waiting_for := 'asked';
    c.status := 'open';
    m := add_message(c, p_role, concat_ws(': ', 'human', nullif(p_reason, '')), p_kind => 'event');
    c.last_seq := m.seq;
    messages := coalesce(messages, '[]') || to_jsonb(m);
end $$;

create procedure ask_for_person(
    p_connection text, p_reason text,
    out known boolean, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    a record;
    v_chat text;
    c chats;
begin
    select n.chat_id into v_chat from connections n
    where n.connection_id = p_connection and n.expires_at > now() and n.chat_id is not null;
    known := found;
    if not known then
        return;
    end if;
    c := lock_chat(v_chat);
    select * into a from ask_person(c, messages, 'user', p_reason);
    c := a.c;
    messages := a.messages;
    perform keep_chat(c);
    commit;
    chat := summary(v_chat);
    users := users_of(v_chat);
    managers := all_managers();
end $$;

-- Forget a connection that is at least `p_age` seconds old. Under the chat's lock exactly one of
-- two tabs that close at once is the last.
create procedure leave(p_connection text, p_age int, out chat jsonb, out managers text[])
language plpgsql as $$
declare
    v_chat text;
    c chats;
begin
    select n.chat_id into v_chat from connections n where n.connection_id = p_connection;
    if v_chat is not null then
        c := lock_chat(v_chat);
    end if;
    delete from connections n where n.connection_id = p_connection
        and n.connected_at <= clock_timestamp() - make_interval(secs => p_age);
    if not found then
        return;
    end if;
    delete from watches w where w.connection_id = p_connection;
    if v_chat is null or c.listed_at is null or exists (
        select from connections n where n.chat_id = v_chat and n.expires_at > clock_timestamp())
    then
        return;
    end if;
    perform keep_chat(c);
    commit;
    chat := summary(v_chat);
    managers := all_managers();
end $$;
