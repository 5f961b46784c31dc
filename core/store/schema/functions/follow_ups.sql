-- Mail to visitors who have left: what a person of the team wrote and they have not seen.

-- The address by which a contact can be reached. The shown one's own comes before those of merged
-- ones.
create or replace function contact_email(p_root uuid) returns text language plpgsql stable as $$
begin
    return (select n.email
        from contacts k cross join lateral (values
            (1, k.edited->>'email'), (2, k.verified->>'email'), (3, k.claimed->>'email')) n (rank, email)
        where k.root_id = p_root and n.email is not null
        order by n.rank, k.merged_at nulls first limit 1);
end $$;

-- The contact that mail about a chat goes to. Null: there is no address, or they want no mail.
create or replace function mailed_contact(p_contact uuid) returns uuid language plpgsql stable as $$
begin
    return (select k.root_id from contacts k
        where k.contact_id = p_contact and contact_email(k.root_id) is not null
          and not exists (select from mailed_contacts m
                          where m.contact_id = k.root_id and m.stopped_at is not null));
end $$;

-- How long somebody must be away before their mail leaves.
create or replace function away_for() returns interval language sql immutable as $$
    select interval '2 minutes'
$$;

-- Look after some minutes whether the visitor has to be told by mail, where that is possible.
create or replace function begin_follow_up(p_chat text) returns void language plpgsql as $$
begin
    if exists (select from chats c where c.chat_id = p_chat and c.restriction is null
               and mailed_contact(c.contact_id) is not null)
    then
        perform begin_timer('follow_up', p_chat, clock_timestamp() + away_for());
    end if;
end $$;

-- Write the mail, if the visitor is away, has not seen what a person wrote, and was back since the
-- last mail. True: there is one to send.
create or replace function follow_up(p_chat text) returns boolean language plpgsql as $$
declare
    c chats := lock_known_chat(p_chat);
    v_contact uuid := mailed_contact(c.contact_id);
    v_mailed int := coalesce((select f.mailed_seq from follow_ups f where f.chat_id = p_chat), 0);
begin
    if v_contact is null or c.restriction is not null or is_online(p_chat)
        or (c.seen_by_user < v_mailed and c.last_user_seq < v_mailed)
        or not exists (
            select from messages m
            where m.chat_id = p_chat and m.role = 'manager' and m.kind = 'text'
              and m.state <> 'erased'
              and m.seq > greatest(c.seen_by_user, v_mailed))
    then
        return false;
    end if;
    insert into mailed_contacts (contact_id) values (v_contact) on conflict do nothing;
    insert into follow_ups as f (chat_id, mailed_seq) values (p_chat, c.last_seq)
    on conflict (chat_id) do update
    set mailed_seq = excluded.mailed_seq, mailed_at = clock_timestamp();
    insert into deliveries (kind, what, target, site_id, chat_id, data)
    values ('mail', 'reply', v_contact::text, c.site_id, p_chat, jsonb_build_object(
        'after', greatest(c.seen_by_user, v_mailed), 'until', c.last_seq));
    return true;
end $$;

-- What the mail of a delivery says, and to whom.
create or replace function letter_of(d deliveries) returns jsonb language plpgsql stable as $$
begin
    return (select jsonb_build_object(
            'email', contact_email(m.contact_id), 'token', m.token, 'stopped', m.stopped_at is not null,
            'page', c.visitor->>'page_url', 'locale', c.visitor->>'locale',
            'seen', not exists (
                select from messages x
                where x.chat_id = d.chat_id and x.seq > c.seen_by_user and x.role <> 'user'
                  and x.state <> 'erased'
                  and x.seq <= (d.data->>'until')::int),
            'thread', (select jsonb_agg(t order by t.seq) from (
                select x.seq, x.role, x.author_name, left(x.text, 4000) as text,
                       x.role = 'manager' and x.seq > (d.data->>'after')::int as new
                from messages x
                where x.chat_id = d.chat_id and x.kind = 'text' and x.state <> 'erased'
                  and x.seq <= (d.data->>'until')::int
                order by x.seq desc limit 20) t))
        from chats c, mailed_contacts m
        where c.chat_id = d.chat_id and m.contact_id::text = d.target);
end $$;

-- Whoever has this token gets no mail any more.
create or replace function stop_mail(p_token uuid) returns void language sql as $$
    update mailed_contacts set stopped_at = clock_timestamp()
    where token = p_token and stopped_at is null
$$;
