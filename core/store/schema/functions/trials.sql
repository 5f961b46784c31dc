-- What trying an assistant out costs. It runs in no chat, so its cost is reserved in a row of its own.
-- Locks are taken as in `spending.sql`.

-- Reserve what trying an assistant out may cost, under a new id. Its site's budget holds, too. Gives
-- `reserved`, `over` (a budget is spent) or `queued` (others have reserved what is left). A repeat
-- reserves nothing.
create or replace function begin_trial(
    p_trial uuid, p_site text, p_tokens bigint, p_day_tokens bigint
) returns text language plpgsql as $$
declare
    d spending;
    o site_spending;
    v_limit bigint := (select s.tokens_per_day from sites s where s.site_id = p_site);
begin
    if exists (select from trials t where t.trial_id = p_trial) then
        return 'reserved';
    end if;
    insert into spending as s (day) values (today()) on conflict do nothing;
    select * into d from spending s where s.day = today() for no key update;
    insert into site_spending as s (day, site_id) values (d.day, p_site) on conflict do nothing;
    select * into o from site_spending s
    where s.day = d.day and s.site_id = p_site for no key update;
    if (p_day_tokens > 0 and d.tokens >= p_day_tokens) or (v_limit > 0 and o.tokens >= v_limit) then
        return 'over';
    end if;
    if is_reserved(p_day_tokens, d.tokens, d.reserved, p_tokens)
        or is_reserved(v_limit, o.tokens, o.reserved, p_tokens)
    then
        return 'queued';
    end if;
    update spending s set reserved = s.reserved + p_tokens, budget = p_day_tokens
    where s.day = d.day;
    update site_spending s set reserved = s.reserved + p_tokens
    where s.day = o.day and s.site_id = o.site_id;
    insert into trials (trial_id, day, site_id, reserved)
    values (p_trial, d.day, p_site, p_tokens);
    return 'reserved';
end $$;

-- Settle trials by what they cost, or by what they have reserved. Gives what the team is told.
create or replace function end_trials(p_trials uuid[], p_tokens bigint default null) returns json
language plpgsql as $$
declare
    v_calls json;
begin
    with ended as (
        delete from trials t where t.trial_id = any (p_trials) returning t.*
    )
    select json_agg(json_build_object(
               'day', e.day, 'site_id', e.site_id, 'tokens', coalesce(p_tokens, e.reserved),
               'reserved', -e.reserved))
    into v_calls from ended e;
    return case when v_calls is not null then book_calls(v_calls) end;
end $$;
