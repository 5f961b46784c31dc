-- The team, and the links with which its members sign in. Of a link only the SHA-256 is stored.

-- Store a link. It replaces an unused one. False: there is no such manager.
create or replace function add_link(
    p_manager text, p_link bytea, p_seconds int, p_until timestamptz
) returns boolean language plpgsql as $$
begin
    perform from managers where manager_id = p_manager and removed_at is null for no key update;
    if not found then
        return false;
    end if;
    delete from sign_in_links
    where manager_id = p_manager and session_hash is null and token_hash <> p_link;
    insert into sign_in_links (token_hash, manager_id, expires_at, until)
    values (p_link, p_manager,
            least(p_until, clock_timestamp() + make_interval(secs => p_seconds)), p_until)
    on conflict (token_hash) do nothing;
    return true;
end $$;

-- A link with which a manager who is signed in signs in another device.
create or replace function link_device(
    p_manager text, p_link bytea, p_seconds int, p_until timestamptz
) returns boolean language plpgsql as $$
begin
    if not add_link(p_manager, p_link, p_seconds, p_until) then
        return false;
    end if;
    perform record_event('manager.linked', p_actor_kind => 'manager', p_actor => p_manager);
    return true;
end $$;

-- Add a manager with a link. False: there is another one with this id.
create or replace function add_manager(
    p_manager text, p_name text, p_role text, p_link bytea, p_seconds int
) returns boolean language plpgsql as $$
begin
    insert into managers as m (manager_id, name, role) values (p_manager, p_name, p_role)
    on conflict (manager_id) do update
    set name = p_name, role = p_role, token_hash = null, removed_at = null
    where m.removed_at is not null;
    if found then
        perform record_event('manager.added', p_data => jsonb_build_object('manager_id', p_manager));
        perform join_first_site(p_manager);
    elsif not exists (
        select from sign_in_links where token_hash = p_link and manager_id = p_manager)
    then
        return false;
    end if;
    return add_link(p_manager, p_link, p_seconds, null);
end $$;

-- Add an admin with a link if there is no manager. If nobody came by the first link while it was
-- good, store another one. False: neither.
create or replace function add_first_manager(
    p_manager text, p_name text, p_link bytea, p_seconds int
) returns boolean language plpgsql as $$
begin
    if exists (select from managers where removed_at is null and manager_id <> p_manager) then
        return false;
    end if;
    if add_manager(p_manager, p_name, 'admin', p_link, p_seconds) then
        return true;
    end if;
    if exists (select from managers where manager_id = p_manager
               and token_hash is not null and token_until > now())
        or exists (select from sign_in_links where manager_id = p_manager
                   and (session_hash is not null or expires_at > now()))
        or exists (select from api_tokens where manager_id = p_manager)
        or exists (select from events where name = 'manager.signed_in' and actor_id = p_manager)
    then
        return false;
    end if;
    return add_link(p_manager, p_link, p_seconds, null);
end $$;

-- End all sign-ins of a manager. Gives the sockets that the caller closes.
create or replace function end_all_sign_ins(p_manager text) returns text[] language plpgsql as $$
begin
    update managers set token_hash = null where manager_id = p_manager and token_hash is not null;
    delete from sign_ins where manager_id = p_manager;
    delete from tickets where manager_id = p_manager;
    return coalesce(drop_sockets_of(p_manager), '{}');
end $$;

-- Replace a manager's link, and end all sign-ins and connections. API tokens stay. Null: there is
-- no such manager.
create or replace function relink(p_manager text, p_link bytea, p_seconds int)
returns text[] language plpgsql as $$
begin
    if not add_link(p_manager, p_link, p_seconds, null) then
        return null;
    end if;
    perform record_event('manager.relinked', p_data => jsonb_build_object('manager_id', p_manager));
    return end_all_sign_ins(p_manager);
end $$;

-- Remove a manager, and delete all their tokens, sign-ins, tickets and connections. Null: there is
-- no such manager. `p_actor`: the admin who does it; null at the command line.
create or replace function take_off_team(p_manager text, p_actor text) returns text[]
language plpgsql as $$
begin
    update managers set removed_at = clock_timestamp() where manager_id = p_manager
        and removed_at is null;
    if not found then
        return null;
    end if;
    delete from sign_in_links where manager_id = p_manager;
    delete from api_tokens where manager_id = p_manager;
    delete from members where manager_id = p_manager;
    delete from canned_replies where manager_id = p_manager;
    delete from macros where manager_id = p_manager;
    delete from views where manager_id = p_manager;
    perform recheck_assignments(p_manager);
    perform record_event('manager.removed',
                         p_actor_kind => case when p_actor is not null then 'manager' end,
                         p_actor => p_actor,
                         p_data => jsonb_build_object('manager_id', p_manager));
    return end_all_sign_ins(p_manager);
end $$;

create or replace function remove_manager(p_manager text) returns text[] language plpgsql as $$
begin
    return take_off_team(p_manager, null);
end $$;
