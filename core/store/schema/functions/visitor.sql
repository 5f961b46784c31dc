-- A visitor's other steps: read, stop an answer, ask for a person. Each takes one token from the
-- connection's bucket. A procedure commits the change first and then reads its recipients, all in
-- one round trip.

-- Move the visitor's read mark forward.
create or replace procedure seen_by_user(
    p_connection text, p_seq int, p_burst int, p_rate double precision,
    out wait double precision,
    out known boolean, out chat_id text, out seq int, out users text[], out managers text[]
) language plpgsql as $$
begin
    select n.chat_id, n.wait into chat_id, wait from chat_of(p_connection, p_burst, p_rate) n;
    known := chat_id is not null;
    if not known or wait > 0 then
        return;
    end if;
    update chats c set seen_by_user = least(p_seq, c.last_seq), updated_at = raised(c.updated_at)
    where c.chat_id = seen_by_user.chat_id and c.seen_by_user < least(p_seq, c.last_seq);
    commit;
    select c.seen_by_user into seq from chats c where c.chat_id = seen_by_user.chat_id;
    users := users_of(chat_id);
    -- Whoever begins to watch gets the mark with the summary.
    managers := watchers_of(chat_id);
end $$;

-- Stop the running answer, or the wait for one. The draft stays as an interrupted message.
create or replace procedure stop_answer(
    p_chat text, p_actor_kind text, p_actor text,
    out known boolean, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    i record;
    c chats;
begin
    c := lock_known_chat(p_chat);
    known := c.chat_id is not null;
    if known and is_pending(c) then
        i := interrupt(c, messages);
        c := i.c;
        messages := i.kept;
        c.answered_seq := c.last_user_seq;
        perform keep_chat(c);
        perform record_event('chat.stopped', p_chat, c.last_seq, p_actor_kind, p_actor);
    end if;
    commit;
    chat := summary(p_chat);
    users := users_of(p_chat);
    managers := managers_of(p_chat);
end $$;

create or replace procedure stop_by_user(
    p_connection text, p_burst int, p_rate double precision,
    out wait double precision,
    out known boolean, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    n record;
begin
    n := chat_of(p_connection, p_burst, p_rate);
    known := n.chat_id is not null;
    wait := n.wait;
    if wait = 0 then
        call stop_answer(n.chat_id, 'user', null, known, messages, chat, users, managers);
    end if;
end $$;

-- Let the chat wait for a person. Whoever answers goes on until one writes or takes over. Changes
-- nothing if a person was asked for already.
create or replace function ask_person(
    inout c chats, inout messages jsonb, p_role text, p_reason text
) language plpgsql as $$
declare
    m messages;
begin
    if c.waiting_for = 'asked' then
        return;
    end if;
    c.status := 'open';
    p_reason := nullif(p_reason, '');
    m := append_message(
        c, p_role, concat_ws(': ', 'A person was asked for', p_reason),
        p_event => jsonb_strip_nulls(jsonb_build_object(
            'name', 'asked_for_person', 'reason', p_reason)));
    c.last_seq := m.seq;
    messages := coalesce(messages, '[]') || to_jsonb(m);
    c := await_person(c, 'asked', p_role);
end $$;

-- The visitor needs no person any more. The assistant goes on where it may, with what is pending.
create or replace function release_person(inout c chats, inout messages jsonb)
language plpgsql as $$
declare
    m messages;
begin
    if c.waiting_for is null or c.waiting_for not in ('new', 'asked') then
        return;
    end if;
    c.waiting_since := null;
    c.waiting_for := null;
    if answerer_now(c) <> c.owner then
        c.owner := 'assistant';
        c.epoch := c.epoch + 1;
    end if;
    m := append_message(c, 'user', 'A person is no longer needed',
                        p_event => '{"name": "person_not_needed"}');
    c.last_seq := m.seq;
    messages := coalesce(messages, '[]') || to_jsonb(m);
    perform record_event('chat.person_not_needed', c.chat_id, m.seq, 'user');
end $$;

-- Ask for a person (`p_wanted`), or say that none is needed any more.
drop procedure if exists want_person;
create procedure want_person(
    p_connection text, p_wanted boolean, p_reason text, p_burst int, p_rate double precision,
    out wait double precision, out known boolean, out pending boolean, out team json,
    out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    n record;
    a record;
    c chats;
begin
    n := chat_of(p_connection, p_burst, p_rate);
    known := n.chat_id is not null;
    wait := n.wait;
    if not known or wait > 0 then
        return;
    end if;
    c := lock_chat(n.chat_id);
    if c.restriction = 'blocked' then
        wait := never();
        return;
    end if;
    if p_wanted then
        a := ask_person(c, null, 'user', p_reason);
    else
        a := release_person(c, null);
    end if;
    messages := a.messages;
    pending := is_pending(a.c);
    perform keep_chat(a.c);
    commit;
    team := team_of(a.c);
    chat := summary(n.chat_id);
    users := users_of(n.chat_id);
    managers := managers_of(n.chat_id);
end $$;

-- Keep the e-mail address that a visitor has said. It is a claim: nobody has verified it.
create or replace procedure claim_email(
    p_connection text, p_email text, p_burst int, p_rate double precision,
    out wait double precision,
    out known boolean, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    v_chat text;
begin
    select n.chat_id, n.wait into v_chat, wait from chat_of(p_connection, p_burst, p_rate) n;
    known := v_chat is not null;
    if not known or wait > 0 then
        return;
    end if;
    if exists (
        select from chats c where c.chat_id = v_chat and c.restriction = 'blocked'
    ) then
        wait := never();
        return;
    end if;
    -- The contact first, as everywhere.
    update contacts k set claimed = k.claimed || jsonb_build_object('email', p_email)
    from chats c
    where c.chat_id = v_chat and k.contact_id = c.contact_id;
    update chats c set visitor = c.visitor || jsonb_build_object('email', p_email),
        updated_at = raised(c.updated_at)
    where c.chat_id = v_chat and not c.visitor_verified;
    commit;
    chat := summary(v_chat);
    users := users_of(v_chat);
    managers := managers_of(v_chat);
end $$;

-- Keep the page that the visitor is on. Only managers hear of it.
create or replace procedure user_on_page(
    p_connection text, p_url text, p_burst int, p_rate double precision,
    out wait double precision,
    out known boolean, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    v_chat text;
begin
    select n.chat_id, n.wait into v_chat, wait from chat_of(p_connection, p_burst, p_rate) n;
    known := v_chat is not null;
    if not known or wait > 0 then
        return;
    end if;
    update chats c set visitor = c.visitor || jsonb_build_object('page_url', p_url),
        updated_at = raised(c.updated_at)
    where c.chat_id = v_chat and c.visitor ->> 'page_url' is distinct from p_url
      and c.restriction is distinct from 'blocked';
    if not found then
        return;
    end if;
    perform keep_page(v_chat, p_url);
    perform see_contact(c.contact_id, c.listed_at is not null) from chats c where c.chat_id = v_chat;
    commit;
    chat := summary(v_chat);
    managers := managers_of(v_chat);
end $$;
