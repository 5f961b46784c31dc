-- Who of the team looks at a chat. It is for managers alone, and changes nothing of the chat.

-- The managers who watch a chat and are at the page, each once: `[{id, name}]`, ten at most.
create or replace function viewers_of(p_chat text, p_site text) returns jsonb
language plpgsql stable as $$
begin
    return (select coalesce(jsonb_agg(jsonb_build_object('id', x.manager_id, 'name', x.name)), '[]')
            from (select n.manager_id, min(coalesce(n.manager_name, n.manager_id)) as name
                  from watches w join connections n using (connection_id)
                  where w.chat_id = p_chat and not w.away and n.expires_at > now()
                    and n.chat_id is null and n.manager_id is not null and sees(n.sites, p_site)
                  group by n.manager_id order by n.manager_id collate "C" limit 10) x);
end $$;

-- Who else watches a chat, or has its row on the screen. `p_but`: a manager who is not told.
create or replace function peekers_of(p_chat text, p_site text, p_but text) returns text[]
language plpgsql stable as $$
begin
    return (select array_agg(n.connection_id || ' ' || n.callback_url)
            from connections n
            where n.chat_id is null and n.expires_at > now() and sees(n.sites, p_site)
              and n.manager_id is distinct from p_but
              and (p_chat = any (n.peeks)
                   or exists (select from watches w where w.chat_id = p_chat
                              and w.connection_id = n.connection_id)));
end $$;

-- What those hear when it changes who looks at a chat: `{chat_id, at, managers, sockets}`.
-- One at a time says it, so what has the later time knows more. The caller has committed, and takes
-- several chats in the order of their ids.
create or replace function viewing_of(p_chat text, p_but text) returns jsonb
language plpgsql volatile as $$
declare
    v_at timestamptz;
begin
    perform pg_advisory_xact_lock(hashtextextended(p_chat, 35));
    v_at := clock_timestamp();
    return (select jsonb_build_object(
                'chat_id', p_chat, 'at', v_at,
                'managers', viewers_of(p_chat, c.site_id),
                'sockets', coalesce(peekers_of(p_chat, c.site_id, p_but), '{}'))
            from chats c where c.chat_id = p_chat);
end $$;

-- Send this chat's deltas to a manager's connection from now on. Without `p_looks` nobody is told that
-- the manager looks. `viewing`: who does, and who is to hear it; null: that is the same as before.
create or replace procedure watch_chat(
    p_connection text, p_chat text, p_looks boolean,
    out outcome text, out chat jsonb, out draft jsonb, out viewing jsonb
) language plpgsql as $$
declare
    n connections;
    v_changed boolean;
begin
    perform use_lookups();
    -- The lock lets whoever ends the connection find this watch, and tell that it is over.
    select * into n from connections x
    where x.connection_id = p_connection and x.expires_at > now() and x.chat_id is null
    for key share;
    if n.connection_id is null then
        outcome := 'unconnected';
        return;
    end if;
    insert into watches as w (connection_id, chat_id, away)
    select p_connection, c.chat_id, not p_looks from chats c
    where c.chat_id = p_chat and sees(n.sites, c.site_id)
    on conflict (chat_id, connection_id) do update set away = excluded.away
    where w.away <> excluded.away;
    v_changed := found;
    commit;
    perform use_lookups();
    select summary(c.chat_id),
           case when c.beat_at is not null and c.draft <> '' then jsonb_build_object(
               'reply_to', c.reply_to, 'try', c.try, 'text', c.draft) end
    into chat, draft from chats c where c.chat_id = p_chat and sees(n.sites, c.site_id);
    outcome := case when chat is null then 'unknown' else 'done' end;
    if v_changed then
        viewing := viewing_of(p_chat, n.manager_id);
    end if;
end $$;

create or replace procedure unwatch_chat(p_connection text, p_chat text, out viewing jsonb)
language plpgsql as $$
declare
    v_away boolean;
begin
    delete from watches w where w.connection_id = p_connection and w.chat_id = p_chat
    returning w.away into v_away;
    commit;
    -- Who has lost the site has no row any more, and others may still see them there.
    if v_away is distinct from true then
        perform use_lookups();
        viewing := (select viewing_of(p_chat, n.manager_id) from connections n
                    where n.connection_id = p_connection);
    end if;
end $$;

-- These rows are on the screen of a manager's socket from now on. `chats`: those of them that somebody
-- looks at, as `[{chat_id, managers}]`. Null: the connection is not known.
create or replace procedure peek_at(
    p_connection text, p_chats text[], out at timestamptz, out chats jsonb
) language plpgsql as $$
declare
    n connections;
begin
    perform use_lookups();
    select * into n from connections x
    where x.connection_id = p_connection and x.expires_at > now() and x.chat_id is null
    for no key update;
    if n.connection_id is null then
        return;
    end if;
    if n.peeks is distinct from nullif(p_chats, '{}') then
        update connections x set peeks = nullif(p_chats, '{}') where x.connection_id = p_connection;
    end if;
    commit;
    perform use_lookups();
    -- Before it is read: what is told with a later time knows more.
    at := clock_timestamp();
    select coalesce(jsonb_agg(
               jsonb_build_object('chat_id', x.chat_id, 'managers', x.managers) order by x.place), '[]')
    into chats
    from (select c.chat_id, p.place, viewers_of(c.chat_id, c.site_id) as managers
          from unnest(p_chats) with ordinality p (chat_id, place) join chats c using (chat_id)
          where sees(n.sites, c.site_id)
            and exists (select from watches w where w.chat_id = c.chat_id)) x
    where x.managers <> '[]';
end $$;
