-- Contacts that are blocked, or marked as spam. A blocked one's messages are refused; those of
-- spam are stored, and the chat is kept apart: nobody is called, and the assistant says nothing.

-- Restrict a contact with all its chats, or end that (`p_restriction` null). `pending`: the chats in
-- which an answer is pending again.
create or replace procedure restrict_contact(
    p_contact uuid, p_member text, p_manager text, p_restriction text,
    out outcome text, out pending text[], out changes jsonb, out managers text[]
) language plpgsql as $$
declare
    k contacts := lock_contact(p_contact, p_member);
    v_chats text[];
    v_told text[];
    v_messages jsonb := '{}';
begin
    outcome := case when k.contact_id is null then 'unknown' else 'done' end;
    if k.contact_id is null or k.restriction is not distinct from p_restriction then
        return;
    end if;
    update contacts set restriction = p_restriction, listed = true, restricted_at = case
        when p_restriction is not null then coalesce(restricted_at, clock_timestamp()) end
    where root_id = k.contact_id;
    v_chats := lock_chats(array(
        select c.chat_id from contacts x join chats c using (contact_id)
        where x.root_id = k.contact_id));
    update chats set restriction = p_restriction, updated_at = raised(updated_at)
    where chat_id = any (v_chats);
    if p_restriction is null then
        pending := take_up(v_chats, k.restricted_at, p_manager);
    else
        v_messages := fall_silent(v_chats);
    end if;
    perform record_contact_event(k, coalesce('contact.' || case p_restriction
        when 'spam' then 'marked_spam' else p_restriction end, 'contact.restored'), p_manager);
    v_told := array(
        select chat_id from chats_of_contact(k.contact_id, 20)
        union select jsonb_object_keys(v_messages));
    commit;
    changes := changed_chats(v_told, v_messages);
    managers := managers_of_site(k.site_id);
end $$;

-- End the running answers of chats that the caller has locked. Gives `{chat_id: messages}`.
create or replace function fall_silent(p_chats text[]) returns jsonb language plpgsql as $$
declare
    c chats;
    i record;
    v_messages jsonb := '{}';
begin
    for c in select * from chats where chat_id = any (p_chats) and beat_at is not null loop
        i := interrupt(c, null);
        perform keep_chat(i.c);
        v_messages := v_messages || jsonb_build_object(c.chat_id, coalesce(i.kept, '[]'));
    end loop;
    return v_messages;
end $$;

-- Where the contact wrote to a person while it was restricted, that person is owed now. Gives the
-- chats in which the assistant owes an answer.
create or replace function take_up(p_chats text[], p_since timestamptz, p_manager text)
returns text[] language plpgsql as $$
declare
    c chats;
begin
    for c in
        select * from chats
        where chat_id = any (p_chats) and owner = 'manager' and status = 'open'
          and waiting_since is null and answered_seq < last_user_seq and last_user_at > p_since
    loop
        c := await_person(c, case when c.manager_id is null then 'new' else 'reply' end, 'manager',
                          p_manager);
        perform keep_chat(c);
    end loop;
    return array(select x.chat_id from chats x where x.chat_id = any (p_chats) and is_pending(x));
end $$;
