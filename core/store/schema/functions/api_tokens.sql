-- Tokens for managers' programs. Of each only the SHA-256 is stored.

-- Store an API token. `p_own`: the manager makes it. Gives nothing if there is no such manager, or
-- if there are 50 tokens.
create or replace function add_api_token(
    p_manager text, p_token bytea, p_name text, p_until timestamptz, p_own boolean
) returns setof api_tokens language plpgsql as $$
begin
    perform from managers where manager_id = p_manager and removed_at is null for no key update;
    if not found then
        return;
    end if;
    if (select count(*) from api_tokens where manager_id = p_manager and token_hash <> p_token) < 50
    then
        insert into api_tokens (token_hash, manager_id, name, until)
        values (p_token, p_manager, p_name, p_until)
        on conflict (token_hash) do nothing;
        if found then
            perform record_event(
                'manager.token_added', p_actor_kind => case when p_own then 'manager' end,
                p_actor => case when p_own then p_manager end,
                p_data => jsonb_build_object('manager_id', p_manager));
        end if;
    end if;
    return query select * from api_tokens where token_hash = p_token;
end $$;

-- Delete an API token, and end its manager's connections: their browsers connect again. `p_own`:
-- this manager does it, with a token of their own. Null: there is no such token.
create or replace function revoke_api_token(p_token uuid, p_own text)
returns text[] language plpgsql as $$
declare
    v_manager text;
begin
    delete from api_tokens where token_id = p_token and (p_own is null or manager_id = p_own)
    returning manager_id into v_manager;
    if not found then
        return null;
    end if;
    delete from tickets where manager_id = v_manager;
    perform record_event(
        'manager.token_revoked', p_actor_kind => case when p_own is not null then 'manager' end,
        p_actor => p_own, p_data => jsonb_build_object('manager_id', v_manager));
    return coalesce(drop_sockets_of(v_manager), '{}');
end $$;
