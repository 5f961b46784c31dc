-- Many come back at once, when a network or a node does: enter, resume and leave, for all of them in
-- one statement. The procedures that do it one by one stay for processes of the release before.

-- One socket opens, up to the commit: see open_user, whose conditions these are. `changed`: the chat
-- is online now and was not.
create function enter_chat(
    p_connection text, p_url text, p_ticket bytea, p_chat text, p_seconds int,
    p_address text, p_chat_sockets int, p_address_sockets int,
    out outcome text, out chat_id text, out changed boolean
) language plpgsql as $$
declare
    c chats;
    t tickets;
    v_until timestamptz := clock_timestamp() + make_interval(secs => p_seconds);
    v_was_online boolean;
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
    c := lock_chat(p_chat);
    if p_chat_sockets > 0 or p_address_sockets > 0 then
        outcome := too_many_sockets(p_chat, p_address, p_chat_sockets, p_address_sockets);
        if outcome is not null then
            return;
        end if;
    end if;
    outcome := 'opened';
    v_was_online := exists (select from connections n
                            where n.chat_id = p_chat and n.expires_at > clock_timestamp());
    insert into connections (connection_id, callback_url, chat_id, expires_at, address)
    values (p_connection, p_url, p_chat, v_until, p_address)
    on conflict do nothing;
    changed := not v_was_online and c.listed_at is not null;
    if changed then
        perform keep_chat(c);
    end if;
end $$;

-- `[place, outcome, summary]` of each, and the managers who are to see the summaries.
create procedure enter_many(
    p_connections text[], p_urls text[], p_tickets text[], p_chats text[], p_addresses text[],
    p_seconds int, p_chat_sockets int, p_address_sockets int,
    out entered json, out managers text
) language plpgsql as $$
declare
    g record;
    r record;
    v_outcomes text[];
    v_changed text[];
begin
    perform use_lookups();
    for g in
        select x.*, decode(x.ticket, 'hex') as hash
        from unnest(p_connections, p_urls, p_tickets, p_chats, p_addresses) with ordinality
             x (connection_id, url, ticket, chat_id, address, at)
        order by coalesce(x.chat_id, (select t.chat_id from tickets t
                                      where t.ticket_hash = decode(x.ticket, 'hex'))) collate "C",
                 x.at
    loop
        r := enter_chat(g.connection_id, g.url, g.hash, g.chat_id, p_seconds, g.address,
                        p_chat_sockets, p_address_sockets);
        v_outcomes[g.at] := r.outcome;
        v_changed[g.at] := case when r.changed then r.chat_id end;
    end loop;
    commit;
    perform use_lookups();
    select string_agg(n.connection_id || ' ' || n.callback_url, E'\n')
    into managers from connections n where n.chat_id is null and n.expires_at > now();
    select json_agg(json_build_array(
               x.at, x.outcome,
               case when managers is not null then
                   (select to_jsonb(s) from summaries s where s.chat_id = x.changed) end) order by x.at)
    into entered from unnest(v_outcomes, v_changed) with ordinality x (outcome, changed, at);
end $$;

-- What was missed, in one snapshot, so that the messages and the draft fit together: of each
-- `[place, wait, summary, owed, draft, messages]`, without a summary where nobody knows the
-- connection. A message is a row of its columns, as core/rows.py reads them.
create function resume_many(
    p_connections text[], p_afters text[], p_limit int, p_burst int, p_rate double precision
) returns json language plpgsql as $$
declare
    v_chats text[];
    v_waits double precision[];
begin
    perform use_lookups();
    select array_agg(n.chat_id order by g.at), array_agg(n.wait order by g.at)
    into v_chats, v_waits
    from unnest(p_connections) with ordinality g (connection_id, at),
         lateral chat_of(g.connection_id, p_burst, p_rate) n;
    return (
        select json_agg(json_build_array(
                   g.at, g.wait,
                   (select to_jsonb(s) from summaries s where s.chat_id = g.chat_id),
                   is_owed(c),
                   case when c.beat_at is not null and c.draft <> ''
                       then json_build_array(c.reply_to, c.try, c.draft) end,
                   (select json_agg(json_build_array(
                               m.seq, m.id, m.role, m.kind, m.text, m.state, m.rev, m.created_at,
                               m.author_id, m.author_name, m.client_id, m.reply_to) order by m.seq)
                    from (select * from messages m
                          where m.chat_id = g.chat_id and m.seq > g.after::int
                          order by m.seq limit p_limit) m)) order by g.at)
        from unnest(v_chats, v_waits, p_afters) with ordinality g (chat_id, wait, after, at)
        left join chats c on c.chat_id = g.chat_id and g.wait = 0);
end $$;

-- One connection of at least `p_age` seconds is forgotten, up to the commit; `changed`, as above.
create function leave_chat(p_connection text, p_age int, out chat_id text, out changed boolean)
language plpgsql as $$
declare
    c chats;
begin
    changed := false;
    select n.chat_id into chat_id from connections n where n.connection_id = p_connection;
    if chat_id is not null then
        c := lock_chat(chat_id);
    end if;
    delete from connections n where n.connection_id = p_connection
        and n.connected_at <= clock_timestamp() - make_interval(secs => p_age);
    if not found then
        return;
    end if;
    delete from watches w where w.connection_id = p_connection;
    changed := c.listed_at is not null and not exists (
        select from connections n
        where n.chat_id = leave_chat.chat_id and n.expires_at > clock_timestamp());
    if changed then
        perform keep_chat(c);
    end if;
end $$;

-- `[place, summary]` of each, and the managers who are to see them.
create procedure leave_many(
    p_connections text[], p_ages text[], out gone json, out managers text
) language plpgsql as $$
declare
    g record;
    r record;
    v_changed text[] := array_fill(null::text, array[cardinality(p_connections)]);
begin
    perform use_lookups();
    for g in
        select x.*
        from unnest(p_connections, p_ages) with ordinality x (connection_id, age, at)
        order by (select n.chat_id from connections n
                  where n.connection_id = x.connection_id) collate "C", x.at
    loop
        r := leave_chat(g.connection_id, g.age::int);
        v_changed[g.at] := case when r.changed then r.chat_id end;
    end loop;
    commit;
    perform use_lookups();
    select string_agg(n.connection_id || ' ' || n.callback_url, E'\n')
    into managers from connections n where n.chat_id is null and n.expires_at > now();
    select json_agg(json_build_array(
               x.at,
               case when managers is not null then
                   (select to_jsonb(s) from summaries s where s.chat_id = x.changed) end) order by x.at)
    into gone from unnest(v_changed) with ordinality x (changed, at);
end $$;
