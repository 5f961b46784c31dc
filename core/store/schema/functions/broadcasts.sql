-- A manager's message to many chats. Its recipients are stored when it begins. So each page of
-- them is a job that can be repeated.

-- `p_site`: only chats of this site.
drop function if exists broadcast_audience(text, text[]);
create or replace function broadcast_audience(
    p_audience text, p_chats text[], p_site text default null
) returns table (chat_id text) language sql stable as $$
    select c.chat_id from chats c
    where (p_site is null or c.site_id = p_site) and case p_audience
        when 'open' then c.status = 'open' and c.listed_at is not null and c.restriction is null
        when 'online' then c.status = 'open' and c.restriction is null and exists (
            select from connections n where n.chat_id = c.chat_id and n.expires_at > now())
        else c.chat_id = any (p_chats) end
$$;

-- `p_broadcast`: `{text, html, renderer, client_id, author_id, author_name, site_id}`.
create or replace function start_broadcast(
    p_broadcast json, p_audience text, p_chats text[], p_page_size int
) returns broadcasts language plpgsql as $$
declare
    b broadcasts;
begin
    insert into broadcasts (text, html, renderer, client_id, author_id, author_name, site_id)
    select g.text, g.html, g.renderer, g.client_id, g.author_id, g.author_name, g.site_id
    from json_to_record(p_broadcast) as g (
        text text, html text, renderer int, client_id text, author_id text, author_name text,
        site_id text)
    on conflict (client_id) do nothing returning * into b;
    if not found then
        select * into b from broadcasts where client_id = p_broadcast->>'client_id';
        return b;
    end if;
    insert into broadcast_recipients (broadcast_id, page, chat_id)
    select b.broadcast_id, (row_number() over (order by a.chat_id) - 1) / p_page_size, a.chat_id
    from broadcast_audience(p_audience, p_chats, b.site_id) a;
    get diagnostics b.recipients = row_count;
    b.pages := (b.recipients + p_page_size - 1) / p_page_size;
    update broadcasts set recipients = b.recipients, pages = b.pages
    where broadcast_id = b.broadcast_id;
    perform record_event('broadcast.sent', p_actor_kind => 'manager', p_actor => b.author_id,
                         p_data => jsonb_build_object('broadcast_id', b.broadcast_id),
                         p_site => b.site_id);
    return b;
end $$;

-- Store one page's messages. A chat that has the message already gives the stored one, so a page
-- that is delivered twice changes nothing. Gives `[{messages, users, managers,
-- listed}]`; `listed`: a summary for those who get no message.
create or replace procedure broadcast_page(p_broadcast uuid, p_page int, out deliveries jsonb)
language plpgsql as $$
declare
    b broadcasts;
    c chats;
    m messages;
    v_chat text;
    v_client text;
    v_messages jsonb := '[]';
    v_listing boolean;
begin
    select * into b from broadcasts where broadcast_id = p_broadcast;
    for v_chat in
        select r.chat_id from broadcast_recipients r
        where r.broadcast_id = p_broadcast and r.page = p_page
          and r.outcome is distinct from 'delivered'
        order by r.chat_id
    loop
        c := lock_known_chat(v_chat);
        select x.* into m from broadcast_recipients r
        join messages x on x.chat_id = r.chat_id and x.seq = r.seq
        where r.broadcast_id = p_broadcast and r.page = p_page and r.chat_id = v_chat;
        if not found and c.chat_id is not null then
            -- A manager may have taken the name, and then this message has none.
            v_client := 'broadcast:' || p_broadcast;
            if exists (select from messages x where x.chat_id = v_chat and x.role = 'manager'
                       and x.client_id = v_client) then
                v_client := null;
            end if;
            m := append_message(c, 'manager', b.text, p_client => v_client,
                                p_author => b.author_id, p_author_name => b.author_name,
                                p_broadcast => p_broadcast,
                                p_html => b.html, p_renderer => b.renderer);
            c.last_seq := m.seq;
            perform keep_chat(c, p_relist => false);
            update broadcast_recipients r set seq = m.seq
            where r.broadcast_id = p_broadcast and r.page = p_page and r.chat_id = v_chat;
        end if;
        if c.chat_id is null then
            update broadcast_recipients r set outcome = 'failed'
            where r.broadcast_id = p_broadcast and r.page = p_page and r.chat_id = v_chat;
        else
            v_messages := v_messages || to_jsonb(m);
        end if;
    end loop;
    commit;
    select s.listing into v_listing from managers_by_site() s;
    select jsonb_agg(jsonb_build_object(
               'messages', jsonb_build_array(x),
               'users', coalesce(to_jsonb(users_of(x->>'chat_id')), '[]'),
               'managers', coalesce(to_jsonb(managers_of(x->>'chat_id')), '[]'),
               'listed', case when v_listing then summary(x->>'chat_id') end))
    into deliveries from jsonb_array_elements(v_messages) x;
end $$;

-- The page was pushed. In these chats at least one socket took the message. In the other chats the
-- visitor finds it later.
create or replace function mark_delivered(p_broadcast uuid, p_page int, p_chats text[])
returns void language sql as $$
    update broadcast_recipients
    set outcome = case when chat_id = any (p_chats) then 'delivered' else 'stored' end
    where broadcast_id = p_broadcast and page = p_page
      and (outcome is null or (outcome = 'stored' and chat_id = any (p_chats)))
$$;
