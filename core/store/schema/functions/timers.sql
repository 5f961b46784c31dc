-- Timers: any step sets, moves and clears them in its own transaction. `core/chat/timers.py` runs
-- what is due. A step locks its chat first, so two steps never want the same timers in two orders.

-- Whoever has claimed a timer and does not finish it in this time has died.
create or replace function timer_lease() returns interval language sql immutable as $$
    select interval '60 seconds'
$$;

-- Tell the process that runs this statement when a timer is due, in seconds. An INFO reaches its
-- client whatever the session's settings are, and through any pooler. It costs no statement.
create or replace function announce_timer(p_due timestamptz) returns void language plpgsql as $$
begin
    raise info '%', extract(epoch from p_due - clock_timestamp()) using errcode = 'TIMER';
end $$;

create or replace function clear_timer(p_kind text, p_ref text) returns void language plpgsql as $$
begin
    delete from timers where kind = p_kind and ref = p_ref;
end $$;

-- Set the timer or move it. Null and infinity clear it.
create or replace function set_timer(p_kind text, p_ref text, p_due timestamptz) returns void
language plpgsql as $$
begin
    if p_due is null or not isfinite(p_due) then
        perform clear_timer(p_kind, p_ref);
        return;
    end if;
    insert into timers (kind, ref, due_at) values (p_kind, p_ref, p_due)
    on conflict (kind, ref) do update set due_at = excluded.due_at, claim = null, tries = 0;
    perform announce_timer(p_due);
end $$;

-- Set the timer unless it is set. One that is being run counts as not set: its run began before.
create or replace function begin_timer(p_kind text, p_ref text, p_due timestamptz) returns void
language plpgsql as $$
begin
    insert into timers as t (kind, ref, due_at) values (p_kind, p_ref, p_due)
    on conflict (kind, ref) do update set due_at = excluded.due_at, claim = null, tries = 0
    where t.claim is not null;
    if found then
        perform announce_timer(p_due);
    end if;
end $$;

-- In how many seconds the next timer of these kinds is due. Null: there is none.
create or replace function next_timer(p_kinds text[]) returns double precision
language plpgsql volatile as $$
begin
    return (select extract(epoch from min(due_at) - clock_timestamp())
            from timers where kind = any (p_kinds));
end $$;

-- Claim what is due, and say when the next one is. Nobody waits for another who claims.
create or replace function claim_timers(
    p_kinds text[], p_limit int, out claimed json, out next_in double precision
) language plpgsql as $$
declare
    v_now timestamptz := clock_timestamp();
begin
    with due as materialized (
        select t.kind, t.ref from timers t
        where t.due_at <= v_now and t.kind = any (p_kinds)
        order by t.due_at limit p_limit for update skip locked
    ), taken as (
        update timers t set claim = gen_random_uuid(), tries = t.tries + 1,
                            due_at = v_now + timer_lease()
        from due d where t.kind = d.kind and t.ref = d.ref
        returning t.kind, t.ref, t.claim, t.tries
    )
    select json_agg(t) into claimed from taken t;
    next_in := next_timer(p_kinds);
end $$;

-- It has run. If somebody has set it meanwhile, it stays.
create or replace function finish_timer(p_kind text, p_ref text, p_claim uuid) returns void
language plpgsql as $$
begin
    delete from timers where kind = p_kind and ref = p_ref and claim = p_claim;
end $$;

-- It has failed, and comes again: after 1, 2, 4 … seconds, at most an hour, more or less a half.
create or replace function retry_timer(p_kind text, p_ref text, p_claim uuid) returns void
language plpgsql as $$
declare
    v_due timestamptz;
begin
    update timers set claim = null, due_at = clock_timestamp() + make_interval(
        secs => least(3600, 2.0 ^ least(tries - 1, 12)) * (0.5 + random()))
    where kind = p_kind and ref = p_ref and claim = p_claim
    returning due_at into v_due;
    if found then
        perform announce_timer(v_due);
    end if;
end $$;

-- For when the functions must be called, in seconds; null if somebody has ordered that already, or
-- nothing is due. `covered`: until then nobody needs to ask again, unless a timer is due before.
create or replace function order_alarm(
    p_kinds text[], out seconds double precision, out covered double precision
) language plpgsql as $$
declare
    v_now timestamptz := clock_timestamp();
    v_next timestamptz;
begin
    select min(due_at) into v_next from timers where kind = any (p_kinds);
    update timer_alarm a set at = greatest(v_next, v_now)
    -- An alarm of this moment has rung, or rings before its timer by the clock of another.
    where v_next is not null and coalesce(a.at > v_next or a.at < v_now + interval '1 second', true)
    returning extract(epoch from a.at - v_now) into seconds;
    select extract(epoch from a.at - v_now) into covered from timer_alarm a;
end $$;

-- The order has failed, so the next one counts.
create or replace function forget_alarm() returns void language sql as $$
    update timer_alarm set at = null
$$;
