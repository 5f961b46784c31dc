-- A connection's row is made before the socket opens, and deleted when the socket closes. After a
-- failure of a network or a node many come back at once, so one statement takes many.

-- Register one visitor's socket, without a commit. A ticket opens it, or in open mode (`p_ticket`
-- null) the chat's id. One transaction deletes the ticket and makes the row, so a repeat is
-- harmless. `p_site`: the site that the socket's page may use; a chat of another one is refused.
-- `changed`: the chat was offline and is online now.
drop function if exists enter_chat(text, text, bytea, text, int, text, int, int);
create or replace function enter_chat(
    p_connection text, p_url text, p_ticket bytea, p_chat text, p_seconds int,
    p_address text, p_chat_sockets int, p_address_sockets int, p_site text,
    out outcome text, out chat_id text, out changed boolean
) language plpgsql as $$
declare
    c chats;
    t tickets;
    v_until timestamptz := clock_timestamp() + make_interval(secs => p_seconds);
begin
    changed := false;
    perform from connections n where n.connection_id = p_connection;
    if found then
        outcome := 'opened';
        return;
    end if;
    if p_ticket is not null then
        delete from tickets x where x.ticket_hash = p_ticket and x.chat_id is not null
        returning * into t;
        if t.ticket_hash is null or t.expires_at <= clock_timestamp()
           or (p_chat is not null and p_chat <> t.chat_id) then
            outcome := 'refused';
            return;
        end if;
        p_chat := t.chat_id;
        v_until := least(v_until, t.until);
    end if;
    chat_id := p_chat;
    -- As `lock_chat` does. Most chats are there, and a call less is worth it when many come back.
    select * into c from chats x where x.chat_id = p_chat for no key update;
    if not found then
        c := lock_chat(p_chat, p_address, coalesce(p_site, 'default'));
    end if;
    if c.site_id <> p_site then
        outcome := 'refused';
        return;
    end if;
    outcome := too_many_sockets(p_chat, p_address, p_chat_sockets, p_address_sockets);
    if outcome is not null then
        return;
    end if;
    outcome := 'opened';
    changed := c.listed_at is not null and not is_online(p_chat);
    insert into connections (connection_id, callback_url, chat_id, expires_at, address, site_id)
    values (p_connection, p_url, p_chat, v_until, p_address, c.site_id)
    on conflict do nothing;
    if c.contact_id is not null then
        perform see_contact(c.contact_id, c.listed_at is not null);
    end if;
    if changed then
        perform touch_chat(c.chat_id);
    end if;
end $$;

create or replace function is_online(p_chat text) returns boolean language plpgsql volatile as $$
begin
    return exists (select from connections n
                   where n.chat_id = p_chat and n.expires_at > clock_timestamp());
end $$;

-- `p_entering`: `[{connection_id, callback_url, ticket, chat_id, address, site_id}]`. A ticket is
-- its hash in hexadecimal. Gives `[{place, outcome, chat}]`, and the managers who get the summaries.
create or replace procedure enter_visitors(
    p_entering json, p_seconds int, p_chat_sockets int, p_address_sockets int,
    out results json, out managers text[]
) language plpgsql as $$
declare
    g record;
    e record;
    v_outcomes text[];
    v_changed text[];
    v_by_site jsonb;
    v_listing boolean;
begin
    perform use_lookups();
    for g in
        select x.*, decode(x.ticket, 'hex') as hash
        from rows from (json_to_recordset(p_entering) as (
            connection_id text, callback_url text, ticket text, chat_id text, address text,
            site_id text
        )) with ordinality x (connection_id, callback_url, ticket, chat_id, address, site_id,
                              place)
        order by coalesce(x.chat_id, (select t.chat_id from tickets t
                                      where t.ticket_hash = decode(x.ticket, 'hex'))) collate "C",
                 x.place
    loop
        e := enter_chat(g.connection_id, g.callback_url, g.hash, g.chat_id, p_seconds, g.address,
                        p_chat_sockets, p_address_sockets, g.site_id);
        v_outcomes[g.place] := e.outcome;
        v_changed[g.place] := case when e.changed then e.chat_id end;
    end loop;
    commit;
    perform use_lookups();
    select m.everywhere, m.by_site, m.listing into managers, v_by_site, v_listing
    from managers_by_site() m;
    select json_agg(json_build_object(
               'place', x.place, 'outcome', x.outcome,
               'managers', case when v_by_site is not null
                                then managers_beside(v_by_site, x.changed) end,
               'chat', case when managers is not null or v_by_site is not null or v_listing
                            then summary(x.changed) end))
    into results
    from unnest(v_outcomes, v_changed) with ordinality x (outcome, changed, place);
end $$;

-- Delete one connection that is at least `p_age` seconds old, without a commit. `changed`: it was
-- the chat's last one. Because of the lock, only one of two tabs that close at once is the last.
-- `looked`: the chats that this manager's socket showed.
drop function if exists leave_chat(text, int);
create or replace function leave_chat(
    p_connection text, p_age int,
    out chat_id text, out changed boolean, out manager text, out looked text[]
) language plpgsql as $$
declare
    c chats;
begin
    changed := false;
    select n.chat_id, n.manager_id into chat_id, manager
    from connections n where n.connection_id = p_connection;
    if chat_id is not null then
        c := lock_chat(chat_id);
    end if;
    delete from connections n where n.connection_id = p_connection
        and n.connected_at <= clock_timestamp() - make_interval(secs => p_age);
    if not found then
        return;
    end if;
    if chat_id is null then
        with ended as (
            delete from watches w where w.connection_id = p_connection returning w.*)
        select array_agg(e.chat_id) into looked from ended e where not e.away;
    end if;
    if c.contact_id is not null then
        perform see_contact(c.contact_id, c.listed_at is not null);
    end if;
    changed := c.listed_at is not null and not is_online(chat_id);
    if changed then
        -- What a person wrote and they have not seen may follow by mail.
        if c.owner = 'manager' and exists (
            select from messages m
            where m.chat_id = c.chat_id and m.seq > c.seen_by_user and m.role <> 'user')
        then
            perform begin_follow_up(chat_id);
        end if;
        perform touch_chat(c.chat_id);
    end if;
end $$;

-- `p_leaving`: `[{connection_id, age}]`. Gives `[{place, chat, viewing}]`, and the managers who get the
-- summaries.
create or replace procedure leave_connections(
    p_leaving json, out results json, out managers text[]
) language plpgsql as $$
declare
    g record;
    l record;
    v_changed text[] := array_fill(null::text, array[json_array_length(p_leaving)]);
    v_looks jsonb := '[]';
    v_viewing jsonb := '{}';
    v_by_site jsonb;
    v_listing boolean;
begin
    perform use_lookups();
    for g in
        select x.*
        from rows from (json_to_recordset(p_leaving) as (connection_id text, age int))
             with ordinality x (connection_id, age, place)
        -- Managers' sockets have no chat to lock, but each has its own row.
        order by (select n.chat_id from connections n
                  where n.connection_id = x.connection_id) collate "C",
                 x.connection_id collate "C", x.place
    loop
        l := leave_chat(g.connection_id, g.age);
        v_changed[g.place] := case when l.changed then l.chat_id end;
        v_looks := v_looks || (select coalesce(jsonb_agg(jsonb_build_object(
            'place', g.place, 'chat', x, 'but', l.manager)), '[]') from unnest(l.looked) x);
    end loop;
    commit;
    perform use_lookups();
    for g in
        select x.* from jsonb_to_recordset(v_looks) x (place int, chat text, but text)
        order by x.chat collate "C", x.place
    loop
        v_viewing := v_viewing || jsonb_build_object(g.place, coalesce(
            v_viewing -> g.place::text, '[]') || coalesce(viewing_of(g.chat, g.but), '[]'));
    end loop;
    select m.everywhere, m.by_site, m.listing into managers, v_by_site, v_listing
    from managers_by_site() m;
    select json_agg(json_build_object(
               'place', x.place,
               'viewing', v_viewing -> x.place::text,
               'managers', case when v_by_site is not null
                                then managers_beside(v_by_site, x.changed) end,
               'chat', case when managers is not null or v_by_site is not null or v_listing
                            then summary(x.changed) end))
    into results from unnest(v_changed) with ordinality x (changed, place);
end $$;

-- Register a manager's socket. A ticket opens it, or in open mode (`p_ticket` null) anyone does.
-- `p_feed`: what it gets; null, as from the release before: everything.
drop procedure if exists open_manager(text, text, bytea, text, text, int);
create or replace procedure open_manager(
    p_connection text, p_url text, p_ticket bytea, p_manager text, p_name text, p_seconds int,
    out outcome text, p_feed text default null
) language plpgsql as $$
declare
    t tickets;
    v_until timestamptz := clock_timestamp() + make_interval(secs => p_seconds);
begin
    outcome := 'opened';
    perform from connections n where n.connection_id = p_connection;
    if found then
        return;
    end if;
    if p_ticket is not null then
        delete from tickets x where x.ticket_hash = p_ticket and x.chat_id is null returning * into t;
        if t.ticket_hash is null or t.expires_at <= clock_timestamp() then
            outcome := 'refused';
            return;
        end if;
        v_until := least(v_until, t.until);
        -- Whoever changes what they see has locked this row, and finds the connection afterwards.
        select m.manager_id, m.name into p_manager, p_name from managers m
        where m.manager_id = t.manager_id for share;
    end if;
    insert into connections (connection_id, callback_url, manager_id, manager_name, expires_at, sites,
                             feed)
    values (p_connection, p_url, p_manager, p_name, v_until, sites_of(p_manager), p_feed)
    on conflict (connection_id) do nothing;
    perform arrive(p_manager);
end $$;

-- Where a manager gets what is for them alone, on all devices.
create or replace function sockets_of_manager(p_manager text) returns text[]
language plpgsql stable as $$
begin
    return (select array_agg(n.connection_id || ' ' || n.callback_url) from connections n
            where n.chat_id is null and n.manager_id = p_manager and n.expires_at > now());
end $$;
