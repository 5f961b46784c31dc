-- Claim an answer and save its draft; `turns.sql` stores the finished answer. A claim is an
-- `epoch`, a `try` (the attempt) and a heartbeat. A step ends it by raising a number or by
-- clearing the heartbeat.

-- The visitor's first message that is not answered yet.
create or replace function first_pending(c chats) returns messages language plpgsql stable as $$
declare
    m messages;
begin
    select * into m from messages x
    where x.chat_id = c.chat_id and x.seq > c.answered_seq and x.role = 'user' and x.kind = 'text'
    order by x.seq limit 1;
    return m;
end $$;

-- The seconds to wait, because the visitor may still type: until `p_quiet` seconds pass without a
-- new message, but at most 3 seconds.
create or replace function quiet_for(c chats, p_quiet double precision) returns double precision
language plpgsql stable as $$
begin
    return extract(epoch from least(
        c.last_user_at + make_interval(secs => p_quiet),
        (first_pending(c)).created_at + interval '3 seconds') - clock_timestamp());
end $$;

-- The outcome of a request for a claim. `p_held` is the `try` of a claim that its holder renews.
--   claimed   the caller may write
--   nothing   no answer is pending, or it is queued and its job will come
--   live      another writer holds the claim
--   fenced    the claim to renew has been lost
--   wait      the visitor may still type
--   spent     claimed after five failures, so the writer only tells the visitor that it failed
-- Where answers cost something, `reserve_call` may change `claimed` into `queued` or `spent`.
create or replace function claim_outcome(
    c chats, p_held int, p_merge boolean, p_quiet double precision
) returns text language plpgsql volatile as $$
begin
    return case
        when p_held is not null then
            case when is_pending(c) and c.try = p_held and c.beat_at is not null
                 then 'claimed' else 'fenced' end
        when not is_pending(c) then 'nothing'
        when not is_unclaimed(c) then 'live'
        when c.queued_until > clock_timestamp() then 'nothing'
        when p_merge and p_quiet > 0 and quiet_for(c, p_quiet) > 0 then 'wait'
        when not p_merge and (first_pending(c)).seq is null then 'nothing'
        when c.attempts >= 5 then 'spent'
        else 'claimed' end;
end $$;

-- The last lines of a chat up to a message: `[{role, text}]`.
create or replace function lines_of(p_chat text, p_seq int, p_most int) returns json
language plpgsql stable as $$
begin
    return (
        select json_agg(json_build_object('role', m.role, 'text', m.text) order by m.seq)
        from (select x.role, x.text, x.seq from messages x
              where x.chat_id = p_chat and x.seq <= p_seq and x.kind = 'text'
                and x.state <> 'erased'
              order by x.seq desc limit p_most) m);
end $$;

-- `p_asked`: `[{chat_id, held, claimed_by, used}]`. `p_merge`: one answer to all pending messages.
-- `p_call`: what one call may cost (`spending.sql`); null: answers are free, or the release before
-- asks, which reserves nothing. Gives `[{place, outcome, delay, epoch, try, reply_to, over_budget,
-- visitor, age, lines, own, told, answerer}]`. `own`: the `try` of the live claim, if it was made for
-- the same `claimed_by`. `answerer`: see `assistant_for`.
create or replace function claim_answers(
    p_asked json, p_merge boolean, p_quiet double precision, p_history int,
    p_day_tokens bigint, p_chat_tokens bigint, p_call json default null
) returns json language plpgsql as $$
declare
    v_results json;
    v_told json;
begin
    perform use_lookups();
    perform lock_chats(array(select g.chat_id from json_to_recordset(p_asked) as g (chat_id text)));
    -- A crash may lose this commit. That is harmless: a writer saves or finishes before it shows.
    perform set_config('synchronous_commit', 'off', true);
    if p_call is not null then
        v_told := settle_asked(p_asked);
    end if;
    with asked as materialized (
        select g.*, c.old, row_number() over w > 1 as late,
               case when row_number() over w > 1 then 'live'
                    when (c.old).chat_id is null then 'nothing'
                    else claim_outcome(c.old, g.held, p_merge, p_quiet) end as outcome
        from rows from (json_to_recordset(p_asked) as (chat_id text, held int, claimed_by text))
             with ordinality g (chat_id, held, claimed_by, place)
        left join lateral (
            select x as old from chats x where x.chat_id = g.chat_id limit 1) c on true
        window w as (partition by g.chat_id order by g.held is null, g.place)
    ), chosen as materialized (
        select a.*, case when p_call is not null and a.outcome = 'claimed'
                         then assistant_for((a.old).site_id, p_call) end as answerer
        from asked a
    ), decided as materialized (
        select a.*, coalesce((a.answerer->>'lines')::int, p_history) as history,
               case when a.answerer is not null then reserve_call(
                   a.old, a.held is not null, a.answerer,
                   coalesce((a.answerer->>'lines')::int, p_history), p_day_tokens, p_chat_tokens)
               end as call
        from chosen a
    ), mine as (
        -- `updated_at` does not rise: a claim changes nothing in the summary.
        update chats c set
            try = c.try + 1, attempts = c.attempts + (a.held is null)::int,
            beat_at = clock_timestamp(), claimed_by = a.claimed_by, draft = '',
            reply_to = case when p_merge then c.last_user_seq else (first_pending(c)).seq end,
            reserved = coalesce((a.call).tokens, c.reserved),
            reserved_input = coalesce((a.call).input, c.reserved_input),
            reserved_on = case when (a.call).tokens is null then c.reserved_on else today() end,
            queued_since = null, queued_until = null,
            answered_by = (a.answerer->>'assistant') || '@' || (a.answerer->>'version')
        from decided a
        where c.chat_id = a.chat_id and a.outcome in ('claimed', 'spent')
          and (a.call).outcome is distinct from 'queued'
        returning a.place, c.chat_id, c.epoch, c.try, c.reply_to, c.visitor,
                  case when p_call is not null then (a.call).outcome = 'over'
                       else p_chat_tokens > 0 and spent_today(c) >= p_chat_tokens
                            or day_is_spent(p_day_tokens) end as over_budget
    )
    select json_agg(json_build_object(
               'place', a.place,
               'outcome', coalesce(nullif((a.call).outcome, 'over'), a.outcome),
               'delay', case
                   when a.outcome = 'wait' then greatest(0, quiet_for(a.old, p_quiet))
                   when (a.call).outcome = 'queued' then queue_delay(a.old) end,
               'epoch', m.epoch, 'try', m.try, 'reply_to', m.reply_to, 'visitor', m.visitor,
               'over_budget', m.over_budget, 'told', case when a.place = 1 then v_told end,
               'age', (select extract(epoch from clock_timestamp() - x.created_at) from messages x
                       where x.chat_id = m.chat_id and x.seq = m.reply_to),
               'lines', case when m.place is not null
                   then lines_of(m.chat_id, m.reply_to, a.history) end,
               'answerer', case when m.place is not null and a.answerer->>'assistant' is not null
                   then json_build_object(
                       'assistant', a.answerer->'assistant', 'version', a.answerer->'version',
                       'content', a.answerer->'content', 'missing', a.answerer->'missing') end,
               'own', case when a.outcome = 'live' and (a.old).claimed_by = a.claimed_by
                   then (a.old).try end))
    into v_results
    from decided a left join mine m using (place);
    return v_results;
end $$;

-- One flush: save the piece, check the claim and set the heartbeat. The piece has its offset, so a
-- repeat is harmless. `newer`: nothing was shown yet and the visitor wrote again, so the answer
-- should begin anew. `p_bursts` is `p_merge` by the name that the release before gave it.
create or replace procedure save_draft(
    p_chat text, p_epoch int, p_try int, p_offset int, p_piece text, p_bursts boolean,
    out outcome text, out users text[], out managers text[]
) language plpgsql as $$
begin
    update chats c
    set draft = left(c.draft, p_offset) || p_piece, beat_at = clock_timestamp()
    where c.chat_id = p_chat and c.epoch = p_epoch and c.try = p_try and c.beat_at is not null
      and not (p_bursts and p_offset = 0 and c.last_user_seq > c.reply_to);
    outcome := case when found then 'saved' else 'fenced' end;
    if outcome = 'fenced' then
        perform from chats c
        where c.chat_id = p_chat and c.epoch = p_epoch and c.try = p_try
          and c.beat_at is not null;
        outcome := case when found then 'newer' else 'fenced' end;
        return;
    end if;
    commit;
    if p_piece <> '' then
        users := users_of(p_chat);
        managers := watchers_of(p_chat);
    end if;
end $$;

-- Give a claim back without an answer, so that the next job may claim it at once. `p_tokens`: what
-- its call has cost. The release before does not say it. Gives what the team is told.
create or replace function release_claim(
    p_chat text, p_epoch int, p_try int, p_tokens bigint default null
) returns json language plpgsql as $$
declare
    v_told json;
begin
    perform lock_chats(array[p_chat]);
    v_told := settle_calls(json_build_array(json_build_object(
        'chat_id', p_chat, 'try', p_try, 'tokens', p_tokens)));
    update chats set beat_at = null, attempts = greatest(attempts - 1, 0)
    where chat_id = p_chat and epoch = p_epoch and try = p_try;
    return v_told;
end $$;
