-- What a manager does with their own sign-ins.

-- Sign in by a link, from this browser.
create or replace function sign_in_from(
    p_token bytea, p_session bytea, p_seconds int, p_user_agent text
) returns table (manager_id text, name text, role text, until timestamptz)
language plpgsql as $$
declare
    v_manager text;
begin
    return query select * from sign_in(p_token, p_session, p_seconds);
    update sign_ins set user_agent = p_user_agent where token_hash = p_session
    returning sign_ins.manager_id into v_manager;
    perform see_manager(v_manager);
end $$;

-- The same by an ID token of the team's own login.
create or replace function admit_from(
    p_login bytea, p_until timestamptz, p_manager text, p_name text, p_role text,
    p_session bytea, p_seconds int, p_user_agent text
) returns table (manager_id text, name text, role text, until timestamptz)
language plpgsql as $$
declare
    v_manager text;
begin
    return query
        select * from admit_once(p_login, p_until, p_manager, p_name, p_role, p_session, p_seconds);
    update sign_ins set user_agent = p_user_agent where token_hash = p_session
    returning sign_ins.manager_id into v_manager;
    perform see_manager(v_manager);
end $$;

-- End one of a manager's sign-ins, or with `p_sign_in` null all but `p_kept`. The unused link goes
-- too: who is to be gone may have made it. Gives the sockets that the caller closes; browsers that
-- stay signed in connect again. Null: there is no such sign-in.
create or replace function end_sign_ins(p_manager text, p_sign_in uuid, p_kept bytea)
returns text[] language plpgsql as $$
declare
    v_ended int;
begin
    delete from sign_ins
    where manager_id = p_manager
      and case when p_sign_in is null then token_hash <> p_kept else sign_in_id = p_sign_in end;
    get diagnostics v_ended = row_count;
    if v_ended = 0 and p_sign_in is not null then
        return null;
    end if;
    delete from sign_in_links where manager_id = p_manager and session_hash is null;
    delete from tickets where manager_id = p_manager;
    perform record_event('manager.sessions_ended', p_actor_kind => 'manager', p_actor => p_manager,
                         p_data => jsonb_build_object('count', v_ended));
    return coalesce(drop_sockets_of(p_manager), '{}');
end $$;

-- Give a manager another name. False: there is no such manager.
create or replace function rename_manager(p_manager text, p_name text) returns boolean
language plpgsql as $$
begin
    update managers set name = p_name
    where manager_id = p_manager and removed_at is null and name <> p_name;
    if not found then
        return exists (select from managers where manager_id = p_manager and removed_at is null);
    end if;
    update connections set manager_name = p_name
    where manager_id = p_manager and chat_id is null;
    perform record_event('manager.renamed', p_actor_kind => 'manager', p_actor => p_manager);
    return true;
end $$;
