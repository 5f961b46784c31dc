-- What is looked up once for each message, and must not be planned as if tables stayed small.

-- Not in SQL: that would be planned anew by each caller.
create or replace function budget_spent(p_chat text, p_day_tokens bigint, p_chat_tokens bigint)
returns boolean language plpgsql stable as $$
begin
    return (p_day_tokens > 0 and exists (
               select from spending where day = (now() at time zone 'utc')::date
               and tokens >= p_day_tokens))
        or (p_chat_tokens > 0 and exists (
               select from chats where chat_id = p_chat
               and spent_on = (now() at time zone 'utc')::date and spent >= p_chat_tokens));
end $$;

-- As in 0009, but for its first statement.
create or replace procedure receive_all(
    p_connections text[], p_texts text[], p_clients text[], p_burst int, p_rate double precision,
    out results jsonb, out managers text[]
) language plpgsql as $$
declare
    v_chats text[];
    v_messages jsonb[];
    v_owed boolean[];
    v_changed boolean[];
    v_wait double precision[];
    r record;
begin
    -- Nothing here is planned better for knowing the values, and planning costs more than running.
    perform set_config('plan_cache_mode', 'force_generic_plan', true);
    -- One lookup each: a join planned while a table was small reads all of it ever after.
    select array_agg((select n.chat_id from connections n
                      where n.connection_id = g.connection_id and n.expires_at > now())
                     order by g.at) into v_chats
    from unnest(p_connections) with ordinality g (connection_id, at);
    if cardinality(v_chats) > 1 then
        perform from chats where chat_id = any (v_chats) order by chat_id for no key update;
    end if;
    for i in 1 .. cardinality(v_chats) loop
        if v_chats[i] is not null then
            r := receive_message(v_chats[i], p_texts[i], p_clients[i], p_burst, p_rate);
            v_messages[i] := r.message;
            v_owed[i] := r.owed;
            v_changed[i] := r.changed;
            v_wait[i] := r.wait;
        end if;
    end loop;
    commit;
    perform set_config('plan_cache_mode', 'force_generic_plan', true);
    select jsonb_agg(jsonb_build_object(
               'known', v_chats[i] is not null, 'wait', v_wait[i], 'message', v_messages[i],
               'owed', v_owed[i],
               'chat', case when v_changed[i] and v_wait[i] = 0 then summary(v_chats[i]) end,
               'users', (select array_agg(connection_id || ' ' || callback_url) from connections
                         where chat_id = v_chats[i] and expires_at > now()))
               order by i)
    into results from generate_series(1, cardinality(v_chats)) i;
    managers := all_managers();
end $$;

-- A visitor comes back: what may be asked, and what was missed. The plan is made once: one made
-- anew for each page's size costs more than the page.
create function resume_chat(
    p_connection text, p_after int, p_limit int, p_burst int, p_rate double precision,
    out chat_id text, out wait double precision,
    out chat jsonb, out messages jsonb, out draft jsonb, out owed boolean
) language plpgsql as $$
begin
    perform set_config('plan_cache_mode', 'force_generic_plan', true);
    select n.chat_id, n.wait into resume_chat.chat_id, resume_chat.wait
    from chat_of(p_connection, p_burst, p_rate) n;
    if wait = 0 then
        select r.* into chat, messages, draft, owed
        from resume_user(p_connection, p_after, p_limit) r;
    end if;
end $$;
