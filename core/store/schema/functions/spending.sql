-- What the assistant's answers cost, in the provider's tokens. A claim reserves the most that the
-- provider's call may cost. Whatever ends the call settles it once: by the provider's count, else by
-- an estimate. The cost belongs to the day (UTC) of the reservation.
--
-- Locks are taken in this order: chats, then days, then sites, then addresses. A site's own budget
-- holds beside the installation's.

create or replace function today() returns date language sql stable as $$
    select (now() at time zone 'utc')::date
$$;

-- The cost of this chat's answers today.
create or replace function spent_today(c chats) returns bigint language sql stable as $$
    select case when c.spent_on = today() then c.spent else 0 end
$$;

-- Whether today's budget of the installation is spent; 0 is no limit.
create or replace function day_is_spent(p_day_tokens bigint) returns boolean
language plpgsql stable as $$
begin
    return p_day_tokens > 0 and exists (
        select from spending where day = today() and tokens >= p_day_tokens);
end $$;

create or replace function hash_of_address(p_address text) returns bytea
language plpgsql stable as $$
begin
    return (select sha256(convert_to(k.value || p_address, 'utf8')) from installation_keys k
            where k.name = 'addresses' and p_address is not null);
end $$;

-- What the running call has cost: what it read, and four characters of its text a token.
create or replace function estimated_cost(c chats) returns bigint language sql immutable as $$
    select c.reserved_input + length(coalesce(c.draft, '')) / 4
$$;

-- What the team is told now: each of 80 % and 100 % once a day. `d` is today, which the caller has
-- locked. Gives `{percent, tokens_today, tokens_per_day, day, managers}`, or null.
create or replace function tell_team(d spending) returns json language plpgsql as $$
declare
    v_percent int := case when d.budget <= 0 then 0 when d.tokens >= d.budget then 100
                          when d.tokens * 100 >= d.budget * 80 then 80 else 0 end;
    v_step int;
begin
    if d.day is null or v_percent <= d.told then
        return null;
    end if;
    update spending set told = v_percent where day = d.day;
    foreach v_step in array array[80, 100] loop
        if v_step > d.told and v_step <= v_percent then
            perform record_event('budget.used', p_data => jsonb_build_object(
                'percent', v_step, 'day', d.day));
        end if;
    end loop;
    return json_build_object('percent', v_percent, 'tokens_today', d.tokens,
                             'tokens_per_day', d.budget, 'day', d.day, 'managers', all_managers());
end $$;

-- Add calls to their days, sites and addresses: `[{day, site_id, address_hash, tokens, reserved}]`.
-- Gives what the team is told. The release before names no site.
create or replace function book_calls(p_calls json) returns json language plpgsql as $$
declare
    d spending;
    v_sites json;
begin
    with booked as (
        insert into spending as s (day, tokens, reserved)
        select g.day, sum(g.tokens), sum(g.reserved)
        from json_to_recordset(p_calls) as g (day date, tokens bigint, reserved bigint)
        group by g.day order by g.day
        on conflict (day) do update
        set tokens = s.tokens + excluded.tokens, reserved = s.reserved + excluded.reserved
        returning s.*
    )
    select b.* into d from booked b where b.day = today();
    insert into site_spending as s (day, site_id, tokens, reserved)
    select g.day, g.site_id, sum(g.tokens), sum(g.reserved)
    from json_to_recordset(p_calls) as g (day date, site_id text, tokens bigint, reserved bigint)
    where g.site_id is not null
    group by g.day, g.site_id order by g.day, g.site_id
    on conflict (day, site_id) do update
    set tokens = s.tokens + excluded.tokens, reserved = s.reserved + excluded.reserved;
    insert into address_spending as s (day, address_hash, tokens, reserved)
    select g.day, g.address_hash, sum(g.tokens), sum(g.reserved)
    from json_to_recordset(p_calls) as g (
        day date, address_hash bytea, tokens bigint, reserved bigint)
    where g.address_hash is not null
    group by g.day, g.address_hash order by g.day, g.address_hash
    on conflict (day, address_hash) do update
    set tokens = s.tokens + excluded.tokens, reserved = s.reserved + excluded.reserved;
    v_sites := tell_sites(p_calls);
    return coalesce(tell_team(d), v_sites);
end $$;

-- End the calls of these chats, which the caller has locked: free what they have reserved, and
-- charge what they cost. `p_ended`: `[{chat_id, try, tokens, unless_newer, epoch, reply_to}]`;
-- without `tokens` it is estimated. A call that was settled already is left out. So is one whose
-- answer gives way to a newer message: its writer settles it when it claims anew. The writers of the release before reserve nothing:
-- their cost is charged while they hold the claim. Gives what the team is told.
create or replace function settle_calls(p_ended json) returns json language plpgsql as $$
declare
    v_calls json;
begin
    with ended as materialized (
        select g.chat_id, e.*
        from json_to_recordset(p_ended) as g (chat_id text, try int, tokens bigint,
                                              unless_newer boolean, epoch int, reply_to int)
        cross join lateral (
            select coalesce(c.reserved, 0) as reserved, coalesce(c.reserved_on, today()) as day,
                   coalesce(g.tokens, estimated_cost(c)) as tokens
            from chats c where c.chat_id = g.chat_id and c.try = g.try
              and (c.reserved is not null or c.beat_at is not null and g.tokens > 0)
              and not coalesce(g.unless_newer and c.epoch = g.epoch and c.beat_at is not null
                               and c.last_user_seq > g.reply_to, false)
            limit 1) e
    ), settled as (
        update chats c set
            reserved = null, reserved_input = null, reserved_on = null,
            spent = case when c.spent_on = e.day then c.spent + e.tokens
                         when c.spent_on > e.day then c.spent else e.tokens end,
            spent_on = greatest(c.spent_on, e.day)
        from ended e where c.chat_id = e.chat_id
        returning e.day, c.site_id, c.address_hash, e.tokens, -e.reserved as reserved
    )
    select json_agg(s) into v_calls from settled s;
    return case when v_calls is not null then book_calls(v_calls) end;
end $$;

drop function if exists settle_answers(json);

-- Settle the calls of chats that somebody asks to claim, where the writer renews its claim (`used`
-- is what its call has cost) or is gone. `p_asked`: `[{chat_id, held, used}]`.
create or replace function settle_asked(p_asked json) returns json language plpgsql as $$
declare
    v_ended json;
begin
    select json_agg(json_build_object('chat_id', g.chat_id, 'try', c.try, 'tokens',
                                      case when g.held = c.try then g.used end))
    into v_ended
    from json_to_recordset(p_asked) as g (chat_id text, held int, used bigint)
    cross join lateral (
        select x.try from chats x where x.chat_id = g.chat_id and x.reserved is not null
          and (g.held = x.try or is_unclaimed(x)) limit 1) c;
    return case when v_ended is not null then settle_calls(v_ended) end;
end $$;

-- Settle one call, after its writer has lost the claim.
create or replace function settle_call(p_chat text, p_try int, p_tokens bigint) returns json
language plpgsql as $$
begin
    perform lock_chats(array[p_chat]);
    return settle_calls(json_build_array(json_build_object(
        'chat_id', p_chat, 'try', p_try, 'tokens', p_tokens)));
end $$;

-- Settle the calls whose writers are gone. Gives how many, and what the team is told.
create or replace function settle_stale(p_limit int, out settled int, out told json)
language plpgsql as $$
declare
    v_chats text[];
    v_ended json;
begin
    settled := 0;
    perform use_lookups();
    if not exists (select from spending s where s.day >= today() - 2 and s.reserved > 0) then
        return;
    end if;
    perform end_trials(array(
        select t.trial_id from trials t where t.began_at < now() - interval '5 minutes'));
    v_chats := lock_chats(array(
        select c.chat_id from chats c
        where c.listed_at > now() - interval '7 days' and c.reserved is not null
          and is_unclaimed(c)
        order by c.listed_at limit p_limit));
    select json_agg(json_build_object('chat_id', c.chat_id, 'try', c.try)), count(*)
    into v_ended, settled
    from chats c
    where c.chat_id = any (v_chats) and c.reserved is not null and is_unclaimed(c);
    told := case when v_ended is not null then settle_calls(v_ended) end;
end $$;

-- What one call may cost: the instructions, as much of the chat as it may read, and its output. A
-- long question is read whole. `p_call`: `{instructions, history, output}`.
create or replace function cost_of_call(c chats, p_call json, p_history int) returns reservation
language plpgsql stable as $$
declare
    v_read bigint;
    v_question bigint;
    r reservation;
begin
    select sum(length(m.text)) / 4, (array_agg(octet_length(m.text) / 3 + 5))[1]
    into v_read, v_question
    from (select x.text from messages x
          where x.chat_id = c.chat_id and x.seq <= c.last_user_seq and x.kind = 'text'
          order by x.seq desc limit p_history) m;
    r.input := (p_call->>'instructions')::bigint + least((p_call->>'history')::bigint, v_read);
    r.tokens := (p_call->>'instructions')::bigint
        + greatest((p_call->>'history')::bigint, v_question) + (p_call->>'output')::bigint;
    return r;
end $$;

-- Whether a call of so many tokens is over what is left, only because others have reserved it. One
-- call may always run, so a budget is exceeded by less than one call.
create or replace function is_reserved(
    p_limit bigint, p_spent bigint, p_reserved bigint, p_tokens bigint
) returns boolean language sql immutable as $$
    select p_limit > 0 and p_reserved > 0 and p_spent + p_reserved + p_tokens > p_limit
$$;

-- The seconds until a queued answer asks again: often at first.
create or replace function queue_delay(c chats) returns double precision
language sql volatile as $$
    select greatest(1, least(15, coalesce(
        extract(epoch from clock_timestamp() - c.queued_since) / 4, 1)))
$$;

-- Let the answer wait, because others have reserved what is left. After 60 s it fails.
create or replace function queue_answer(c chats, p_held boolean) returns text
language plpgsql as $$
begin
    if c.queued_since < clock_timestamp() - interval '60 seconds' then
        return 'spent';
    end if;
    update chats x set
        queued_since = coalesce(x.queued_since, clock_timestamp()), beat_at = null,
        queued_until = clock_timestamp() + make_interval(secs => 0.9 * queue_delay(c)),
        attempts = greatest(x.attempts - p_held::int, 0)
    where x.chat_id = c.chat_id;
    return 'queued';
end $$;

-- Reserve one call for a chat that the caller has locked and marks as claimed. `p_call`: what one
-- call may cost, and `share`: what the chats of one address may cost in a day. 0 is no limit.
create or replace function reserve_call(
    c chats, p_held boolean, p_call json, p_history int, p_day_tokens bigint, p_chat_tokens bigint
) returns reservation language plpgsql as $$
declare
    v_share bigint := (p_call->>'share')::bigint;
    d spending;
    w sites;
    o site_spending;
    a address_spending;
    r reservation;
begin
    insert into spending as s (day) values (today()) on conflict do nothing;
    select * into d from spending s where s.day = today() for no key update;
    select * into w from sites s where s.site_id = c.site_id;
    insert into site_spending as s (day, site_id) values (d.day, c.site_id) on conflict do nothing;
    select * into o from site_spending s
    where s.day = d.day and s.site_id = c.site_id for no key update;
    if c.address_hash is not null then
        insert into address_spending as s (day, address_hash) values (d.day, c.address_hash)
        on conflict do nothing;
        select * into a from address_spending s
        where s.day = d.day and s.address_hash = c.address_hash for no key update;
    end if;
    if (p_day_tokens > 0 and d.tokens >= p_day_tokens) or (v_share > 0 and a.tokens >= v_share)
        or (p_chat_tokens > 0 and spent_today(c) >= p_chat_tokens)
        or (w.tokens_per_day > 0 and o.tokens >= w.tokens_per_day)
        or (w.tokens_per_chat > 0 and spent_today(c) >= w.tokens_per_chat)
    then
        r.outcome := 'over';
        return r;
    end if;
    r := cost_of_call(c, p_call, p_history);
    if is_reserved(p_day_tokens, d.tokens, d.reserved, r.tokens)
        or is_reserved(v_share, a.tokens, a.reserved, r.tokens)
        or is_reserved(w.tokens_per_day, o.tokens, o.reserved, r.tokens)
    then
        r := row(queue_answer(c, p_held), null, null);
        return r;
    end if;
    update spending s set reserved = s.reserved + r.tokens, budget = p_day_tokens
    where s.day = d.day;
    update site_spending s set reserved = s.reserved + r.tokens
    where s.day = o.day and s.site_id = o.site_id;
    update address_spending s set reserved = s.reserved + r.tokens
    where s.day = d.day and s.address_hash = a.address_hash;
    r.outcome := 'claimed';
    return r;
end $$;

-- How far a budget is used, of the steps that a team is told: 0, 80 or 100. 0 is no limit.
create or replace function budget_step(p_tokens bigint, p_budget bigint) returns int
language sql immutable as $$
    select case when coalesce(p_budget, 0) <= 0 then 0 when p_tokens >= p_budget then 100
                when p_tokens * 100 >= p_budget * 80 then 80 else 0 end
$$;

-- What these calls, which are booked, use of their sites' own budgets: whoever sees such a site is
-- told when it passes a step. Gives the first one as `tell_team` does, with its `site` and `name`.
create or replace function tell_sites(p_calls json) returns json language plpgsql as $$
declare
    g record;
    v_step int;
    v_told json;
begin
    for g in
        select s.site_id, w.name, s.tokens, w.tokens_per_day as budget,
               budget_step(s.tokens - x.added, w.tokens_per_day) as before,
               budget_step(s.tokens, w.tokens_per_day) as now
        from (select c.site_id, sum(c.tokens)::bigint as added
              from json_to_recordset(p_calls) as c (day date, site_id text, tokens bigint)
              where c.day = today() and c.tokens > 0 group by c.site_id) x
        join sites w on w.site_id = x.site_id and w.tokens_per_day > 0
        join site_spending s on s.day = today() and s.site_id = x.site_id
        order by s.site_id
    loop
        foreach v_step in array array[80, 100] loop
            if v_step > g.before and v_step <= g.now then
                perform record_event('budget.used', p_data => jsonb_build_object(
                    'percent', v_step, 'day', today()), p_site => g.site_id);
                v_told := coalesce(v_told, json_build_object(
                    'percent', g.now, 'tokens_today', g.tokens, 'tokens_per_day', g.budget,
                    'day', today(), 'site', g.site_id, 'name', g.name,
                    'managers', managers_of_site(g.site_id)));
            end if;
        end loop;
    end loop;
    return v_told;
end $$;
