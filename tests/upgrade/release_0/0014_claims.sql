-- As in 0011_sets, but: a claim that waited for a message of the same chat reads that message, too
-- (the rows of a statement are as old as the statement, those it waited for are not); and who holds
-- a claim comes before who asks for one in the same statement.

create or replace function claim_many(
    p_chats text[], p_helds text[], p_bursts boolean, p_quiet double precision, p_history int,
    p_day_tokens bigint, p_chat_tokens bigint, out taken json, out others json
) language plpgsql as $$
declare
    v_taken int[];
begin
    perform use_lookups();
    -- In a statement of its own: the next one sees all that was waited for here.
    perform from chats where chat_id = any (p_chats) order by chat_id for no key update;
    -- A lost claim is a claim not made: nothing is shown before it was saved under it.
    perform set_config('synchronous_commit', 'off', true);
    with asked as materialized (
        select distinct on (g.chat_id collate "C") g.chat_id, g.held::int, g.at
        from unnest(p_chats, p_helds) with ordinality g (chat_id, held, at)
        order by g.chat_id collate "C", g.held is null, g.at
    ), mine as (
        -- Not as keep_chat does: a claim changes nothing that a summary shows.
        update chats c set
            try = c.try + 1,
            attempts = c.attempts + case when a.held is null then 1 else 0 end,
            beat_at = clock_timestamp(),
            draft = '',
            reply_to = case when p_bursts then c.last_user_seq else
                (select m.seq from messages m where m.chat_id = c.chat_id
                 and m.seq > c.answered_seq and m.role = 'user' and m.kind = 'text'
                 order by m.seq limit 1) end
        from asked a
        where c.chat_id = a.chat_id and is_owed(c)
          and case when a.held is not null then c.try = a.held and c.beat_at is not null
                   else coalesce(c.beat_at <= clock_timestamp() - interval '20 seconds', true) end
          and case when not p_bursts
                   then (select true from messages m where m.chat_id = c.chat_id
                         and m.seq > c.answered_seq and m.role = 'user' and m.kind = 'text'
                         order by m.seq limit 1)
                   else a.held is not null or p_quiet = 0 or quiet_until(c, p_quiet)
                        <= clock_timestamp() end
        returning a.at::int, c.chat_id, c.attempts, c.epoch, c.try, c.reply_to, c.visitor,
                  p_chat_tokens > 0 and c.spent >= p_chat_tokens
                      and c.spent_on = (now() at time zone 'utc')::date as spent
    )
    select array_agg(t.at), json_agg(json_build_array(
               t.at, case when t.attempts > 5 then 'spent' else 'claimed' end,
               t.epoch, t.try, t.reply_to, coalesce(t.spent, false) or day.spent, t.visitor,
               l.age, l.lines))
    into v_taken, taken
    from mine t,
         (select p_day_tokens > 0 and exists (
              select from spending where day = (now() at time zone 'utc')::date
              and tokens >= p_day_tokens) as spent) day,
         lateral (select json_agg(json_build_array(m.role, m.text) order by m.seq) as lines,
                         extract(epoch from clock_timestamp() - max(m.created_at)
                             filter (where m.seq = t.reply_to)) as age
                  from (select * from messages m
                        where m.chat_id = t.chat_id and m.seq <= t.reply_to and m.kind = 'text'
                        order by m.seq desc limit p_history) m) l;
    if cardinality(v_taken) = cardinality(p_chats) then
        return;
    end if;
    select json_agg(json_build_array(x.at, x.outcome, case when x.outcome = 'wait' then
               greatest(0, extract(epoch from quiet_until(x.c, p_quiet) - clock_timestamp())) end))
    into others
    from (select g.at, c, case when g.held is not null then 'fenced'
                      when c.chat_id is null or not is_owed(c) then 'nothing'
                      when c.beat_at > clock_timestamp() - interval '20 seconds' then 'live'
                      else 'wait' end as outcome
          from unnest(p_chats, p_helds) with ordinality g (chat_id, held, at)
          left join chats c on c.chat_id = g.chat_id
          where g.at <> all (coalesce(v_taken, '{}'))) x;
end $$;
