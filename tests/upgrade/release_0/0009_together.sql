-- Steps of many chats in one statement and one commit. Each takes its chats' locks first and in
-- the order of their names, so that two of them cannot wait for each other; within a chat the
-- order given is kept. A row that fails takes the others with it: the caller then goes one by one.
--
-- receive() and finish_answer() stay: processes of the release before still call them while this
-- one is rolled out.

-- In the order of the arrays: `{known, wait, message, owed, chat, users}` as receive() gave them.
create procedure receive_all(
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
    select array_agg(n.chat_id order by g.at) into v_chats
    from unnest(p_connections) with ordinality g(connection_id, at)
    left join connections n on n.connection_id = g.connection_id and n.expires_at > now();
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

-- In the order of `p_chats`: claim_answer()'s result, and `over_budget`.
create function claim_all(
    p_chats text[], p_bursts boolean, p_quiet double precision, p_history int,
    p_day_tokens bigint, p_chat_tokens bigint
) returns jsonb language plpgsql as $$
declare
    v_results jsonb := '[]';
    r record;
begin
    perform set_config('plan_cache_mode', 'force_generic_plan', true);
    if cardinality(p_chats) > 1 then
        perform from chats where chat_id = any (p_chats) order by chat_id for no key update;
    end if;
    for i in 1 .. cardinality(p_chats) loop
        r := claim_answer(p_chats[i], p_bursts, p_quiet, p_history);
        v_results := v_results || (to_jsonb(r) || jsonb_build_object(
            'over_budget', budget_spent(p_chats[i], p_day_tokens, p_chat_tokens)));
    end loop;
    return v_results;
end $$;

-- The answer's last word, as finish_answer() says it, up to its commit.
create function write_answer(
    p_chat text, p_epoch int, p_try int, p_reply_to int, p_text text, p_state text,
    p_usage jsonb, inout p_then text, p_reason text,
    out outcome text, out owed boolean, out messages jsonb
) language plpgsql as $$
declare
    a record;
    c chats;
    m messages;
begin
    c := lock_known_chat(p_chat);
    if c.epoch = p_epoch and c.try = p_try and c.beat_at is not null then
        m := add_message(c, 'assistant', p_text, p_state => p_state, p_reply_to => p_reply_to,
                         p_try => p_try, p_usage => p_usage);
        c.last_seq := m.seq;
        messages := jsonb_build_array(to_jsonb(m));
        c.retry_from := case when p_state = 'failed'
                             then coalesce(c.retry_from, c.answered_seq) end;
        c.answered_seq := p_reply_to;
        c.beat_at := null;
        c.draft := null;
        c.reply_to := null;
        c.attempts := 0;
        if p_then = 'asked' then
            select * into a from ask_person(c, messages, 'assistant', p_reason);
            c := a.c;
            messages := a.messages;
        elsif p_then <> '' then
            c.waiting_since := coalesce(c.waiting_since, clock_timestamp());
            c.waiting_for := p_then;
        elsif c.waiting_for in ('failed', 'budget') then
            -- It answers again by itself: nobody has to come.
            c.waiting_since := null;
            c.waiting_for := null;
            p_then := 'answered';
        end if;
        perform keep_chat(c);
        outcome := 'finished';
    else
        -- Either the claim was lost, or this very step was done and its answer got lost.
        select * into m from messages x
        where x.chat_id = p_chat and x.seq > p_reply_to and x.role = 'assistant'
          and x.reply_to = p_reply_to and x.try = p_try and x.state = p_state
        limit 1;
        outcome := case when found then 'finished' else 'fenced' end;
        messages := case when found then jsonb_build_array(to_jsonb(m)) end;
    end if;
    owed := is_owed(c);
end $$;

-- In the order of the arrays: `{outcome, owed, messages, chat, users}`.
create procedure finish_all(
    p_chats text[], p_epochs int[], p_tries int[], p_reply_tos int[], p_texts text[],
    p_states text[], p_usages jsonb[], p_thens text[], p_reasons text[],
    out results jsonb, out managers text[]
) language plpgsql as $$
declare
    v_outcomes text[];
    v_owed boolean[];
    v_messages jsonb[];
    v_changed boolean[];
    r record;
begin
    perform set_config('plan_cache_mode', 'force_generic_plan', true);
    -- Before any of them writes, and with it locks the day's spending.
    if cardinality(p_chats) > 1 then
        perform from chats where chat_id = any (p_chats) order by chat_id for no key update;
    end if;
    for i in 1 .. cardinality(p_chats) loop
        r := write_answer(p_chats[i], p_epochs[i], p_tries[i], p_reply_tos[i], p_texts[i],
                          p_states[i], p_usages[i], p_thens[i], p_reasons[i]);
        v_outcomes[i] := r.outcome;
        v_owed[i] := r.owed;
        v_messages[i] := r.messages;
        v_changed[i] := r.outcome = 'finished' and r.p_then <> '';
    end loop;
    commit;
    perform set_config('plan_cache_mode', 'force_generic_plan', true);
    select jsonb_agg(jsonb_build_object(
               'outcome', v_outcomes[i], 'owed', v_owed[i], 'messages', v_messages[i],
               'chat', case when v_changed[i] then summary(p_chats[i]) end,
               'users', (select array_agg(connection_id || ' ' || callback_url) from connections
                         where chat_id = p_chats[i] and expires_at > now()))
               order by i)
    into results from generate_series(1, cardinality(p_chats)) i;
    managers := all_managers();
end $$;
