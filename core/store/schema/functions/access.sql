-- Sign-ins of managers, and one-time tickets. Of each token only its SHA-256 is stored.

-- The manager of an API token or a sign-in, or of a token of the release before.
create or replace function manager_by(p_hash bytea)
returns table (manager_id text, name text, role text, until timestamptz)
language sql stable as $$
    select m.manager_id, m.name, m.role, t.until
    from api_tokens t join managers m using (manager_id)
    where t.token_hash = p_hash and (t.until is null or t.until > now()) and m.removed_at is null
    union all
    select m.manager_id, m.name, m.role, s.expires_at
    from sign_ins s join managers m using (manager_id)
    where s.token_hash = p_hash and s.expires_at > now() and m.removed_at is null
    union all
    select m.manager_id, m.name, m.role, m.token_until from managers m
    where m.token_hash = p_hash and m.token_until > now() and m.removed_at is null
$$;

-- The same, for a call. `signed_in_by` is `link` for a sign-in that slides, `login` for one that
-- does not, and `token`. The first call of a day prolongs a sign-in that slides.
drop function if exists caller_by(bytea, int);
create or replace function caller_by(p_hash bytea, p_seconds int)
returns table (manager_id text, name text, role text, until timestamptz,
               signed_in_by text, prolonged boolean, sites text[])
language plpgsql as $$
#variable_conflict use_column
declare
    v_until timestamptz := clock_timestamp() + make_interval(secs => p_seconds);
    v_prolonged boolean;
    v_manager text;
begin
    update sign_ins set expires_at = v_until
    where token_hash = p_hash and slides and expires_at > now()
      and expires_at < v_until - interval '1 day';
    v_prolonged := found;
    update sign_ins set seen_at = clock_timestamp()
    where token_hash = p_hash and expires_at > now() and seen_at < now() - interval '5 minutes'
    returning manager_id into v_manager;
    if found then
        perform see_manager(v_manager);
    end if;
    update api_tokens set used_on = (now() at time zone 'utc')::date
    where token_hash = p_hash and used_on is distinct from (now() at time zone 'utc')::date;
    return query
        select m.manager_id, m.name, m.role, m.until,
               case s.slides when true then 'link' when false then 'login' else 'token' end,
               v_prolonged, sites_of(m.manager_id)
        from manager_by(p_hash) m left join sign_ins s on s.token_hash = p_hash;
end $$;

-- Sign in by a link, which works once. Gives nothing for any other token.
create or replace function sign_in(p_token bytea, p_session bytea, p_seconds int)
returns table (manager_id text, name text, role text, until timestamptz)
language plpgsql as $$
#variable_conflict use_column
declare
    v_manager text;
    v_until timestamptz;
begin
    -- A repeated statement finds its own sign-in.
    update sign_in_links set session_hash = p_session
    where token_hash = p_token and expires_at > now()
      and (session_hash is null or session_hash = p_session)
    returning manager_id, until into v_manager, v_until;
    if not found then
        -- A link of the release before.
        select m.manager_id into v_manager from managers m
        where m.token_hash = p_token and m.token_until > now();
    end if;
    if not exists (select from managers where manager_id = v_manager and removed_at is null) then
        return;
    end if;
    insert into sign_ins (token_hash, manager_id, expires_at, slides)
    values (p_session, v_manager,
            least(v_until, clock_timestamp() + make_interval(secs => p_seconds)), v_until is null)
    on conflict (token_hash) do update set expires_at = excluded.expires_at;
    perform record_event('manager.signed_in', p_actor_kind => 'manager', p_actor => v_manager,
                         p_data => '{"by": "link"}');
    return query select * from manager_by(p_session);
end $$;

-- Sign in a person of the team's own login, and make them a manager, unless they were removed.
create or replace function admit(
    p_manager text, p_name text, p_role text, p_session bytea, p_seconds int
) returns table (manager_id text, name text, role text, until timestamptz)
language plpgsql as $$
#variable_conflict use_column
declare
    v_added boolean;
begin
    insert into managers (manager_id, name, role) values (p_manager, p_name, p_role)
    on conflict (manager_id) do update set name = p_name, role = p_role
    where managers.removed_at is null
    returning xmax = 0 into v_added;
    if not found then
        return;
    end if;
    if not v_added then
        perform renew_sight(p_manager);
    else
        perform record_event('manager.added', p_data => jsonb_build_object('manager_id', p_manager));
        perform join_first_site(p_manager);
    end if;
    insert into sign_ins (token_hash, manager_id, expires_at)
    values (p_session, p_manager, clock_timestamp() + make_interval(secs => p_seconds))
    on conflict (token_hash) do nothing;
    perform record_event('manager.signed_in', p_actor_kind => 'manager', p_actor => p_manager,
                         p_data => '{"by": "login"}');
    return query select * from manager_by(p_session);
end $$;

-- The same by an ID token, which nobody can use again. Gives nothing if it was used before.
create or replace function admit_once(
    p_login bytea, p_until timestamptz,
    p_manager text, p_name text, p_role text, p_session bytea, p_seconds int
) returns table (manager_id text, name text, role text, until timestamptz)
language plpgsql as $$
#variable_conflict use_column
begin
    -- A repeated statement makes the same sign-in, and finds its own row.
    insert into spent_logins as l (token_hash, session_hash, expires_at)
    values (p_login, p_session, p_until)
    on conflict (token_hash) do update set expires_at = excluded.expires_at
    where l.session_hash = excluded.session_hash;
    if found then
        return query select * from admit(p_manager, p_name, p_role, p_session, p_seconds);
    end if;
end $$;

-- End a manager's connections. Gives them, so that their gateways can close them. Their rows go when
-- they do, and then it is told at which chats nobody looks any more.
create or replace function drop_sockets_of(p_manager text) returns text[] language sql as $$
    with ended as (
        update connections set expires_at = now()
        where manager_id = p_manager and chat_id is null and expires_at > now()
        returning connection_id, callback_url)
    select array_agg(connection_id || ' ' || callback_url) from ended
$$;

create or replace function sign_out(p_session bytea) returns text[] language plpgsql as $$
declare
    v_manager text;
begin
    delete from sign_ins where token_hash = p_session returning manager_id into v_manager;
    if not found then
        return null;
    end if;
    delete from tickets where manager_id = v_manager;
    perform record_event('manager.signed_out', p_actor_kind => 'manager', p_actor => v_manager);
    return drop_sockets_of(v_manager);
end $$;

-- Store a ticket for one socket. Gives null if it is stored, else the result of `too_many_sockets`
-- or `tickets`.
create or replace function add_ticket(
    p_ticket bytea, p_chat text, p_manager text, p_seconds int, p_until timestamptz,
    p_address text, p_chat_sockets int, p_address_sockets int
) returns text language plpgsql as $$
declare
    v_many text;
begin
    if p_chat is not null then
        v_many := too_many_sockets(p_chat, p_address, p_chat_sockets, p_address_sockets);
        if v_many is not null then
            return v_many;
        end if;
        -- A chat has at most 60 unspent tickets. Each lives for a minute.
        delete from tickets where chat_id = p_chat and expires_at < now();
        if (select count(*) from tickets where chat_id = p_chat) >= 60 then
            return 'tickets';
        end if;
    end if;
    insert into tickets (ticket_hash, chat_id, manager_id, expires_at, until)
    values (p_ticket, p_chat, p_manager, clock_timestamp() + make_interval(secs => p_seconds),
            p_until)
    on conflict (ticket_hash) do nothing;
    return null;
end $$;
