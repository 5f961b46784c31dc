-- The managers' side: enter, watch, send, take over, hand back, close, broadcast.

create function enter_manager(
    p_connection text, p_url text, p_manager text, p_name text, p_seconds int
) returns void language sql as $$
    insert into connections (connection_id, callback_url, manager_id, manager_name, expires_at)
    values (p_connection, p_url, p_manager, p_name,
            clock_timestamp() + make_interval(secs => p_seconds))
    on conflict (connection_id) do nothing
$$;

-- A manager takes the chat, with a message or without. The take-over, the end of the running
-- answer and the message are one transaction: nothing is generated into the chat after it.
create procedure take_over(
    p_chat text, p_manager text, p_name text, p_text text, p_client text,
    out outcome text, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    i record;
    c chats;
    m messages;
    v_taken boolean;
begin
    c := lock_known_chat(p_chat);
    if c.chat_id is null then
        outcome := 'unknown';
        return;
    end if;
    select * into m from messages x
    where x.chat_id = p_chat and x.role = 'manager' and x.client_id = p_client;
    if found then
        outcome := 'repeated';
        messages := jsonb_build_array(to_jsonb(m));
    else
        outcome := 'done';
        v_taken := c.owner <> 'manager' or c.manager_id is distinct from p_manager;
        select * into i from interrupt(c, messages);
        c := i.c;
        messages := i.kept;
        if v_taken then
            c.owner := 'manager';
            c.manager_id := p_manager;
            c.manager_name := p_name;
            c.epoch := c.epoch + 1;
        end if;
        c.waiting_since := null;
        c.waiting_for := null;
        c.retry_from := null;
        if p_text is not null then
            m := add_message(c, 'manager', p_text, p_client => p_client,
                             p_author_id => p_manager, p_author_name => p_name);
            c.answered_seq := c.last_user_seq;
            c.seen_by_manager := c.last_seq;
            c.unread := 0;
            c.status := 'open';
        elsif v_taken then
            m := add_message(c, 'manager', 'taken_over', p_kind => 'event',
                             p_author_id => p_manager, p_author_name => p_name);
        end if;
        if p_text is not null or v_taken then
            c.last_seq := m.seq;
            messages := coalesce(messages, '[]') || to_jsonb(m);
        end if;
        perform keep_chat(c);
    end if;
    commit;
    chat := summary(p_chat);
    users := users_of(p_chat);
    managers := all_managers();
end $$;

create procedure hand_back(
    p_chat text, p_manager text, p_name text,
    out outcome text, out owed boolean, out messages jsonb, out chat jsonb,
    out users text[], out managers text[]
) language plpgsql as $$
declare
    c chats;
    m messages;
begin
    c := lock_known_chat(p_chat);
    if c.chat_id is null then
        outcome := 'unknown';
        return;
    end if;
    outcome := 'done';
    if c.owner = 'manager' or c.waiting_since is not null then
        if c.owner = 'manager' then
            c.epoch := c.epoch + 1;
        end if;
        c.owner := 'assistant';
        c.manager_id := null;
        c.manager_name := null;
        c.waiting_since := null;
        c.waiting_for := null;
        -- What failed is tried again; what a manager's message answered is not.
        c.answered_seq := coalesce(c.retry_from, c.answered_seq);
        c.retry_from := null;
        c.attempts := 0;
        m := add_message(c, 'manager', 'handed_back', p_kind => 'event',
                         p_author_id => p_manager, p_author_name => p_name);
        c.last_seq := m.seq;
        messages := jsonb_build_array(to_jsonb(m));
        perform keep_chat(c);
    end if;
    owed := is_owed(c);
    commit;
    chat := summary(p_chat);
    users := users_of(p_chat);
    managers := all_managers();
end $$;

create procedure set_status(
    p_chat text, p_status text, p_manager text, p_name text,
    out outcome text, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    i record;
    c chats;
    m messages;
begin
    c := lock_known_chat(p_chat);
    if c.chat_id is null then
        outcome := 'unknown';
        return;
    end if;
    outcome := 'done';
    if c.status <> p_status then
        if p_status = 'closed' then
            select * into i from interrupt(c, messages);
            c := i.c;
            messages := i.kept;
            c.answered_seq := c.last_user_seq;
            c.retry_from := null;
            c.waiting_since := null;
            c.waiting_for := null;
            c.unread := 0;
        end if;
        c.status := p_status;
        m := add_message(c, 'manager',
                         case p_status when 'closed' then 'closed' else 'reopened' end,
                         p_kind => 'event', p_author_id => p_manager, p_author_name => p_name);
        c.last_seq := m.seq;
        messages := coalesce(messages, '[]') || to_jsonb(m);
        perform keep_chat(c);
    end if;
    commit;
    chat := summary(p_chat);
    users := users_of(p_chat);
    managers := all_managers();
end $$;

create procedure seen_by_manager(
    p_connection text, p_chat text, p_seq int,
    out outcome text, out seq int, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    c chats;
begin
    perform from connections n
    where n.connection_id = p_connection and n.expires_at > now() and n.chat_id is null;
    if not found then
        outcome := 'unconnected';
        return;
    end if;
    c := lock_known_chat(p_chat);
    if c.chat_id is null then
        outcome := 'unknown';
        return;
    end if;
    outcome := 'done';
    if c.seen_by_manager < least(p_seq, c.last_seq) then
        c.seen_by_manager := least(p_seq, c.last_seq);
        c.unread := (select count(*) from messages m where m.chat_id = p_chat
                     and m.seq > c.seen_by_manager and m.role = 'user' and m.kind = 'text');
        perform keep_chat(c);
        commit;
        chat := summary(p_chat);
    end if;
    seq := c.seen_by_manager;
    users := users_of(p_chat);
    managers := all_managers();
end $$;

-- The recipients are fixed here, so that every page is a job of its own that can be repeated.
create function begin_broadcast(
    p_text text, p_client text, p_manager text, p_name text, p_audience text, p_chats text[],
    p_page_size int
) returns broadcasts language plpgsql as $$
declare
    b broadcasts;
begin
    insert into broadcasts (text, client_id, author_id, author_name)
    values (p_text, p_client, p_manager, p_name)
    on conflict (client_id) do nothing returning * into b;
    if not found then
        select * into b from broadcasts where client_id = p_client;
        return b;
    end if;
    insert into broadcast_recipients (broadcast_id, page, chat_id)
    select b.broadcast_id, (row_number() over (order by a.chat_id) - 1) / p_page_size, a.chat_id
    from broadcast_audience(p_audience, p_chats) a;
    get diagnostics b.recipients = row_count;
    b.pages := (b.recipients + p_page_size - 1) / p_page_size;
    update broadcasts set recipients = b.recipients, pages = b.pages
    where broadcast_id = b.broadcast_id;
    return b;
end $$;

create function broadcast_audience(p_audience text, p_chats text[])
returns table (chat_id text) language sql stable as $$
    select c.chat_id from chats c
    where case p_audience
        when 'open' then c.status = 'open' and c.listed_at is not null
        when 'online' then c.status = 'open' and exists (
            select from connections n where n.chat_id = c.chat_id and n.expires_at > now())
        else c.chat_id = any (p_chats) end
$$;

-- Store one page's messages. A chat that was told already gives its stored message, so a page
-- that is delivered twice changes nothing.
create procedure broadcast_page(p_broadcast uuid, p_page int, out deliveries jsonb)
language plpgsql as $$
declare
    b broadcasts;
    c chats;
    m messages;
    v_chat text;
    v_messages jsonb := '[]';
begin
    select * into b from broadcasts where broadcast_id = p_broadcast;
    for v_chat in
        select r.chat_id from broadcast_recipients r
        where r.broadcast_id = p_broadcast and r.page = p_page
          and r.outcome is distinct from 'delivered'
        order by r.chat_id
    loop
        c := lock_known_chat(v_chat);
        if c.chat_id is null then
            update broadcast_recipients r set outcome = 'failed'
            where r.broadcast_id = p_broadcast and r.page = p_page and r.chat_id = v_chat;
            continue;
        end if;
        select * into m from messages x where x.chat_id = v_chat and x.role = 'manager'
            and x.client_id = 'broadcast:' || p_broadcast;
        if not found then
            m := add_message(c, 'manager', b.text, p_client => 'broadcast:' || p_broadcast,
                             p_author_id => b.author_id, p_author_name => b.author_name);
            c.last_seq := m.seq;
            perform keep_chat(c);
            update broadcast_recipients r set outcome = 'stored'
            where r.broadcast_id = p_broadcast and r.page = p_page and r.chat_id = v_chat;
        end if;
        v_messages := v_messages || to_jsonb(m);
    end loop;
    commit;
    select jsonb_agg(jsonb_build_object(
               'messages', jsonb_build_array(x),
               'users', coalesce(to_jsonb(users_of(x->>'chat_id')), '[]'),
               'managers', coalesce(to_jsonb(all_managers()), '[]')))
    into deliveries from jsonb_array_elements(v_messages) x;
end $$;

create function mark_delivered(p_broadcast uuid, p_page int, p_chats text[])
returns void language sql as $$
    update broadcast_recipients set outcome = 'delivered'
    where broadcast_id = p_broadcast and page = p_page and chat_id = any (p_chats)
$$;

-- Chats whose visitor or whose messages have all the words (a tsquery of word beginnings). The
-- hits are limited before anything is sorted: a common word must not cost more than a rare one.
create function chats_with_words(p_query text) returns table (chat_id text)
language sql stable as $$
    select c.chat_id from chats c
    where p_query <> '' and to_tsvector('simple', c.chat_id || ' '
        || coalesce(c.visitor->>'name', '') || ' ' || coalesce(c.visitor->>'email', ''))
        @@ p_query::tsquery
    union
    select m.chat_id from (
        select x.chat_id from messages x
        where p_query <> '' and x.kind = 'text'
          and to_tsvector('simple', x.text) @@ p_query::tsquery
        limit 5000) m
$$;
