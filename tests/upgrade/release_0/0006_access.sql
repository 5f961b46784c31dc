-- Who may do what: managers and their sign-ins, one-time tickets, and the log of what managers
-- did. Whatever opens a door is kept as its SHA-256 only.

create table managers (
    manager_id text collate "C" primary key,
    name       text not null,
    role       text not null default 'agent' check (role in ('agent', 'admin')),
    -- The manager's own token, from the link printed for it. Null: there is none (any more).
    token_hash bytea unique,
    created_at timestamptz not null default clock_timestamp(),
    removed_at timestamptz
);

-- A browser that signed in with such a token.
create table sign_ins (
    token_hash bytea primary key,
    manager_id text collate "C" not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null
);

create index sign_ins_of_manager on sign_ins (manager_id);
create index sign_ins_by_expiry on sign_ins (expires_at);

-- Opens one socket, once: a user's when it names a chat, else a manager's. `until`: when what it
-- was given for ends, and the socket with it.
create table tickets (
    ticket_hash bytea primary key,
    chat_id     text collate "C",
    manager_id  text collate "C",
    expires_at  timestamptz not null,
    until       timestamptz
);

create index tickets_by_expiry on tickets (expires_at);

create table audit (
    id           bigint generated always as identity primary key,
    at           timestamptz not null default clock_timestamp(),
    manager_id   text collate "C" not null,
    manager_name text not null,
    action       text not null,
    chat_id      text collate "C",
    detail       text
);

create index audit_of_chat on audit (chat_id, id desc) where chat_id is not null;

create function note(p_manager text, p_name text, p_action text, p_chat text default null,
                     p_detail text default null)
returns void language sql as $$
    insert into audit (manager_id, manager_name, action, chat_id, detail)
    values (p_manager, p_name, p_action, p_chat, p_detail)
$$;

-- What a manager does in a chat leaves a message or an event there: the log is written with it, in
-- the same transaction. A broadcast is noted once and not in each chat.
create function note_message() returns trigger language plpgsql as $$
begin
    perform note(new.author_id, new.author_name,
                 case new.kind when 'event' then new.text else 'sent' end,
                 new.chat_id, new.seq::text);
    return null;
end $$;

create trigger audit_of_messages after insert on messages for each row
    when (new.role = 'manager' and new.author_id is not null
          and coalesce(left(new.client_id, 10), '') <> 'broadcast:')
    execute function note_message();

create function note_broadcast() returns trigger language plpgsql as $$
begin
    perform note(new.author_id, new.author_name, 'broadcast', p_detail => new.broadcast_id::text);
    return null;
end $$;

create trigger audit_of_broadcasts after insert on broadcasts for each row
    when (new.author_id is not null) execute function note_broadcast();

create procedure stop_by_manager(
    p_chat text, p_manager text, p_name text,
    out known boolean, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
begin
    perform from chats c where c.chat_id = p_chat and is_owed(c);
    if found then
        perform note(p_manager, p_name, 'stopped', p_chat);
    end if;
    call stop_answer(p_chat, known, messages, chat, users, managers);
end $$;

-- The manager whose token or sign-in this is.
create function manager_by(p_hash bytea)
returns table (manager_id text, name text, role text, until timestamptz)
language sql stable as $$
    select m.manager_id, m.name, m.role, null::timestamptz from managers m
    where m.token_hash = p_hash and m.removed_at is null
    union all
    select m.manager_id, m.name, m.role, s.expires_at
    from sign_ins s join managers m using (manager_id)
    where s.token_hash = p_hash and s.expires_at > now() and m.removed_at is null
$$;

create function sign_in(p_token bytea, p_session bytea, p_seconds int)
returns table (manager_id text, name text, role text, until timestamptz)
language plpgsql as $$
#variable_conflict use_column
begin
    -- Only a manager's own token signs in; a sign-in does not make another.
    return query
        insert into sign_ins (token_hash, manager_id, expires_at)
        select p_session, m.manager_id, clock_timestamp() + make_interval(secs => p_seconds)
        from managers m where m.token_hash = p_token and m.removed_at is null
        on conflict (token_hash) do update set expires_at = excluded.expires_at
        returning sign_ins.manager_id,
            (select m.name from managers m where m.manager_id = sign_ins.manager_id),
            (select m.role from managers m where m.manager_id = sign_ins.manager_id),
            sign_ins.expires_at;
    if found then
        perform note(m.manager_id, m.name, 'signed_in') from managers m
        where m.token_hash = p_token;
    end if;
end $$;

-- Someone whom the team's own login vouches for: known from the first time on, unless removed.
create function admit(p_manager text, p_name text, p_role text, p_session bytea, p_seconds int)
returns table (manager_id text, name text, role text, until timestamptz)
language plpgsql as $$
#variable_conflict use_column
begin
    insert into managers (manager_id, name, role) values (p_manager, p_name, p_role)
    on conflict (manager_id) do update set name = p_name, role = p_role
    where managers.removed_at is null;
    if not found then
        return;
    end if;
    insert into sign_ins (token_hash, manager_id, expires_at)
    values (p_session, p_manager, clock_timestamp() + make_interval(secs => p_seconds))
    on conflict (token_hash) do nothing;
    perform note(p_manager, p_name, 'signed_in');
    return query select * from manager_by(p_session);
end $$;

-- End a manager's sockets; returns them so that their gateways can be told.
create function drop_sockets_of(p_manager text) returns text[] language sql as $$
    with dropped as (
        delete from connections where manager_id = p_manager and chat_id is null
        returning connection_id, callback_url),
    unwatched as (
        delete from watches w using dropped d where w.connection_id = d.connection_id)
    select array_agg(connection_id || ' ' || callback_url) from dropped
$$;

create function sign_out(p_session bytea) returns text[] language plpgsql as $$
declare
    m managers;
begin
    select x.* into m from sign_ins s join managers x using (manager_id)
    where s.token_hash = p_session;
    if not found then
        return null;
    end if;
    delete from sign_ins where token_hash = p_session;
    delete from tickets where manager_id = m.manager_id;
    perform note(m.manager_id, m.name, 'signed_out');
    return drop_sockets_of(m.manager_id);
end $$;

-- No token, sign-in, ticket or socket of the manager is good any more.
create function remove_manager(p_manager text) returns text[] language plpgsql as $$
begin
    update managers set removed_at = clock_timestamp(), token_hash = null
    where manager_id = p_manager and removed_at is null;
    if not found then
        return null;
    end if;
    delete from sign_ins where manager_id = p_manager;
    delete from tickets where manager_id = p_manager;
    return coalesce(drop_sockets_of(p_manager), '{}');
end $$;

-- A manager's socket is opened by a ticket, or in open mode (`p_ticket` null) by anyone.
create procedure open_manager(
    p_connection text, p_url text, p_ticket bytea, p_manager text, p_name text, p_seconds int,
    out outcome text
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
        select m.manager_id, m.name into p_manager, p_name from managers m
        where m.manager_id = t.manager_id;
    end if;
    insert into connections (connection_id, callback_url, manager_id, manager_name, expires_at)
    values (p_connection, p_url, p_manager, p_name, v_until)
    on conflict (connection_id) do nothing;
end $$;
