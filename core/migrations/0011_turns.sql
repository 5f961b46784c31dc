-- The steps of every turn, for many chats in one statement: to begin a statement (open the table's
-- indexes, read its checks) costs several times what a row of it costs.
--
-- Chats are locked in the order of their names, so that two statements cannot wait for each other,
-- and what is decided is decided by what is found under the lock. What is found by looking elsewhere
-- is only as new as the statement: there the unique keys decide, and the caller asks again.
--
-- The procedures of 0009 stay: processes of the release before still call them while this one is
-- rolled out.

alter table chats
    -- The last message that changed more of the summary than a message does.
    add column changed_seq int not null default 0;

-- New words wait in a list until there are so many (kB) that whoever comes must sort them in: often
-- and a little, where at 4 MB everybody would have waited for 30 ms.
alter index messages_by_word set (gin_pending_list_limit = 64);

-- Until the end of the transaction: every table is reached by its keys, however small it was when
-- a plan was made, and no plan is better for knowing the values.
create function use_lookups() returns void language plpgsql as $$
begin
    perform set_config('plan_cache_mode', 'force_generic_plan', true),
            set_config('enable_seqscan', 'off', true),
            set_config('enable_hashjoin', 'off', true),
            set_config('enable_mergejoin', 'off', true);
end $$;

-- What a bucket that holds `p_burst` and gains `p_rate` a second has in it now.
create function in_bucket(
    p_left double precision, p_at timestamptz, p_burst int, p_rate double precision
) returns double precision language sql volatile as $$
    select least(p_burst, coalesce(
        p_left + p_rate * extract(epoch from clock_timestamp() - p_at), p_burst))
$$;

-- Until when the visitor may still be typing: quiet for a while, and at most for 3 seconds.
create function quiet_until(c chats, p_quiet double precision) returns timestamptz
language plpgsql as $$
begin
    return least(
        c.last_user_at + make_interval(secs => p_quiet),
        (select m.created_at from messages m where m.chat_id = c.chat_id
         and m.seq > c.answered_seq and m.role = 'user' and m.kind = 'text'
         order by m.seq limit 1) + interval '3 seconds');
end $$;

create type new_message as (
    at int, seq int, id uuid, created_at timestamptz, owed boolean, changed boolean, claim json
);
create type old_message as (at int, message jsonb, owed boolean, wait double precision);

-- Whether what a visitor says now is all that is owed, and nobody writes.
create function is_free(c chats) returns boolean language sql immutable as $$
    select c.owner = 'assistant' and c.answered_seq >= c.last_user_seq and c.beat_at is null
$$;

-- One message of each chat, unless it was said before or is too much; those in `p_done` are not
-- looked at. `p_claim`: with a message that is all that is owed goes the right to answer it, in
-- `claim`: `[epoch, try, visitor]`, as claim_many gives it.
create function write_said(
    p_chats text[], p_texts text[], p_names text[], p_burst int, p_rate double precision,
    p_claim boolean, p_done int[], out stored new_message[]
) language plpgsql as $$
begin
    with first as materialized (
        select distinct on (g.chat_id collate "C") g.*
        from unnest(p_chats, p_texts, p_names) with ordinality g (chat_id, text, name, at)
        where g.chat_id is not null and g.at <> all (p_done)
        order by g.chat_id collate "C", g.at
    ), said as (
        update chats c set
            last_seq = c.last_seq + 1,
            last_user_seq = c.last_seq + 1,
            last_user_at = clock_timestamp(),
            unread = c.unread + 1,
            status = 'open',
            waiting_since = case when c.owner = 'manager'
                then coalesce(c.waiting_since, clock_timestamp()) else c.waiting_since end,
            waiting_for = case when c.owner = 'manager' and c.waiting_since is null
                then 'reply' else c.waiting_for end,
            allowance = case when p_burst > 0
                then in_bucket(c.allowance, c.allowed_at, p_burst, p_rate) - 1 end,
            allowed_at = clock_timestamp(),
            changed_seq = case when c.last_user_seq = 0 or c.status = 'closed'
                    or (c.owner = 'manager' and c.waiting_since is null)
                then c.last_seq + 1 else c.changed_seq end,
            -- Strictly rising, as keep_chat has it.
            updated_at = greatest(clock_timestamp(), c.updated_at + interval '1 microsecond'),
            listed_at = case when c.listed_at > clock_timestamp() - interval '1 minute'
                then c.listed_at else clock_timestamp() end,
            try = case when p_claim and is_free(c) then c.try + 1 else c.try end,
            attempts = case when p_claim and is_free(c) then 1 else c.attempts end,
            beat_at = case when p_claim and is_free(c) then clock_timestamp() else c.beat_at end,
            draft = case when p_claim and is_free(c) then '' else c.draft end,
            reply_to = case when p_claim and is_free(c) then c.last_seq + 1 else c.reply_to end
        from first f
        where c.chat_id = f.chat_id
          and (select true from messages m where m.chat_id = f.chat_id and m.role = 'user'
               and m.client_id = f.name limit 1) is null
          and (p_burst = 0 or in_bucket(c.allowance, c.allowed_at, p_burst, p_rate) >= 1)
        returning f.*, gen_random_uuid() as id, c.last_seq, c.last_user_at,
                  c.owner = 'assistant' and c.answered_seq < c.last_user_seq as owed,
                  c.changed_seq = c.last_seq as changed,
                  case when c.reply_to = c.last_seq
                      then json_build_array(c.epoch, c.try, c.visitor) end as claim
    ), written as (
        insert into messages (chat_id, seq, id, role, text, client_id, created_at)
        select s.chat_id, s.last_seq, s.id, 'user', s.text, s.name, s.last_user_at from said s
    )
    select coalesce(array_agg(
        (s.at, s.last_seq, s.id, s.last_user_at, s.owed, s.changed, s.claim)::new_message), '{}')
    into stored from said s;
end $$;

-- The last words of those who have the claim. `more`, by their places: the messages that come with
-- one because the assistant asked for a person.
create function write_answers(
    p_chats text[], p_epochs text[], p_tries text[], p_reply_tos text[], p_texts text[],
    p_states text[], p_usages text[], p_thens text[], p_reasons text[],
    out stored new_message[], out more jsonb[]
) language plpgsql as $$
declare
    v_place int;
    a record;
begin
    with last as materialized (
        select g.chat_id, g.epoch::int, g.try::int, g.reply_to::int, g.text, g.state,
               g.usage::jsonb, g.next, g.at
        from unnest(p_chats, p_epochs, p_tries, p_reply_tos, p_texts, p_states, p_usages, p_thens)
             with ordinality g (chat_id, epoch, try, reply_to, text, state, usage, next, at)
        order by g.chat_id collate "C", g.at
    ), said as (
        update chats c set
            last_seq = c.last_seq + 1,
            answered_seq = l.reply_to,
            retry_from = case when l.state = 'failed'
                then coalesce(c.retry_from, c.answered_seq) end,
            beat_at = null,
            draft = null,
            reply_to = null,
            attempts = 0,
            waiting_since = case
                when l.next in ('failed', 'budget') then coalesce(c.waiting_since, clock_timestamp())
                -- It answers again by itself: nobody has to come.
                when l.next = '' and c.waiting_for in ('failed', 'budget') then null
                else c.waiting_since end,
            waiting_for = case
                when l.next in ('failed', 'budget') then l.next
                when l.next = '' and c.waiting_for in ('failed', 'budget') then null
                else c.waiting_for end,
            changed_seq = case when l.next <> '' or c.waiting_for in ('failed', 'budget')
                then c.last_seq + 1 else c.changed_seq end,
            updated_at = greatest(clock_timestamp(), c.updated_at + interval '1 microsecond'),
            listed_at = case when c.listed_at > clock_timestamp() - interval '1 minute'
                then c.listed_at else clock_timestamp() end
        from last l
        where c.chat_id = l.chat_id
          and c.epoch = l.epoch and c.try = l.try and c.beat_at is not null
        returning l.*, gen_random_uuid() as id, c.last_seq, c.updated_at,
                  c.owner = 'assistant' and c.answered_seq < c.last_user_seq as owed,
                  c.changed_seq = c.last_seq as changed
    ), written as (
        insert into messages
            (chat_id, seq, id, role, text, reply_to, try, state, usage, created_at)
        select s.chat_id, s.last_seq, s.id, 'assistant', s.text, s.reply_to, s.try, s.state,
               s.usage, s.updated_at
        from said s
    )
    select coalesce(array_agg(
        (s.at, s.last_seq, s.id, s.updated_at, s.owed, s.changed, null)::new_message), '{}')
    into stored from said s;
    if 'asked' = any (p_thens) then
        for v_place in select at from unnest(stored) where p_thens[at] = 'asked' loop
            select * into a from ask_person(
                lock_known_chat(p_chats[v_place]), null, 'assistant', p_reasons[v_place]);
            perform keep_chat(a.c);
            more[v_place] := a.messages;
        end loop;
    end if;
end $$;

-- What visitors say and what was written for others, in one commit. Each is known by its place in
-- its arrays; either side may be empty.
--
-- Of what was said, in `said`: `[place, chat_id, seq, id, created_at, owed, users, summary, claim]`.
-- Of those in `unsaid` nothing was stored: the message was there already, or the chat must wait for
-- so many seconds: `[place, message, owed, users, wait]`. Who is in neither has a connection that is
-- not known.
--
-- Of the answers, in `answered`: `[place, seq, id, created_at, owed, users, summary, more]`. Those in
-- `before` were stored before: the step was done, and its answer got lost: `[place, message, owed,
-- users]`. Who is in neither has lost the claim.
create procedure take_turns(
    p_connections text[], p_texts text[], p_names text[], p_burst int, p_rate double precision,
    p_claim boolean,
    p_chats text[], p_epochs text[], p_tries text[], p_reply_tos text[], p_answers text[],
    p_states text[], p_usages text[], p_thens text[], p_reasons text[],
    out said json, out unsaid json, out answered json, out before json, out managers text
) language plpgsql as $$
declare
    v_chats text[] := '{}';
    v_some new_message[] := '{}';
    v_new new_message[];
    v_rest old_message[];
    v_old old_message[];
    v_done int[] := '{}';
    v_all int := 0;
    v_answers new_message[];
    v_more jsonb[];
begin
    perform use_lookups();
    if p_connections <> '{}' then
        select array_agg((select n.chat_id from connections n
                          where n.connection_id = g.connection_id and n.expires_at > now())
                         order by g.at)
        into v_chats from unnest(p_connections) with ordinality g (connection_id, at);
        v_all := cardinality(array_remove(v_chats, null));
    end if;
    if p_chats <> '{}' then
        if v_all > 0 then
            -- Two statements follow, and each by itself would begin at the first name again.
            perform from chats where chat_id = any (v_chats || p_chats)
            order by chat_id for no key update;
        end if;
        select a.stored, a.more into v_answers, v_more
        from write_answers(p_chats, p_epochs, p_tries, p_reply_tos, p_answers, p_states,
                           p_usages, p_thens, p_reasons) a;
    end if;
    loop
        if cardinality(v_done) < v_all then
            v_some := write_said(v_chats, p_texts, p_names, p_burst, p_rate, p_claim, v_done);
        end if;
        commit;
        perform use_lookups();
        v_new := v_new || v_some;
        v_done := v_done || array(select at from unnest(v_some));
        exit when cardinality(v_done) = v_all;
        -- The rest was said before, or too fast; or else it comes after another of its chat.
        select coalesce(array_agg((x.at, x.message, x.owed, x.wait)::old_message), '{}')
        into v_rest
        from (select g.at, is_owed(c) as owed,
                     (select to_jsonb(m) from messages m where m.chat_id = g.chat_id
                      and m.role = 'user' and m.client_id = g.name limit 1) as message,
                     (1 - in_bucket(c.allowance, c.allowed_at, p_burst, p_rate))
                         / greatest(p_rate, 0.000001) as wait
              from unnest(v_chats, p_names) with ordinality g (chat_id, name, at)
              join chats c on c.chat_id = g.chat_id
              where g.at <> all (v_done) offset 0) x
        where x.message is not null or (p_burst > 0 and x.wait > 0);
        v_old := v_old || v_rest;
        v_done := v_done || array(select at from unnest(v_rest));
        exit when cardinality(v_done) = v_all;
        insert into chats (chat_id)
        select distinct g.chat_id from unnest(v_chats) g (chat_id) where g.chat_id is not null
        on conflict do nothing;
    end loop;
    -- Only now: who registers after the commit finds the message in its resume instead.
    if v_all > 0 then
        select json_agg(json_build_array(
                   g.at, v_chats[g.at], g.seq, g.id, g.created_at, g.owed,
                   (select string_agg(n.connection_id || ' ' || n.callback_url, E'\n')
                    from connections n where n.chat_id = v_chats[g.at] and n.expires_at > now()),
                   case when g.changed then
                       (select to_jsonb(s) from summaries s where s.chat_id = v_chats[g.at]) end,
                   g.claim))
        into said from unnest(v_new) g;
    end if;
    if v_old is not null then
        select json_agg(json_build_array(
                   g.at, g.message, g.owed, array_to_string(users_of(v_chats[g.at]), E'\n'),
                   case when g.message is null then g.wait end))
        into unsaid from unnest(v_old) g;
    end if;
    if p_chats <> '{}' then
        select json_agg(json_build_array(
                   g.at, g.seq, g.id, g.created_at, g.owed and v_more[g.at] is null,
                   (select string_agg(n.connection_id || ' ' || n.callback_url, E'\n')
                    from connections n where n.chat_id = p_chats[g.at] and n.expires_at > now()),
                   case when g.changed then
                       (select to_jsonb(s) from summaries s where s.chat_id = p_chats[g.at]) end,
                   v_more[g.at]))
        into answered from unnest(v_answers) g;
        if cardinality(v_answers) < cardinality(p_chats) then
            select json_agg(json_build_array(
                       x.at, x.message, x.owed, array_to_string(users_of(x.chat_id), E'\n')))
            into before
            from (select g.at, g.chat_id, is_owed(c) as owed,
                         (select to_jsonb(m) from messages m
                          where m.chat_id = g.chat_id and m.seq > g.reply_to::int
                            and m.role = 'assistant' and m.reply_to = g.reply_to::int
                            and m.try = g.try::int and m.state = g.state limit 1) as message
                  from unnest(p_chats, p_tries, p_reply_tos, p_states) with ordinality
                       g (chat_id, try, reply_to, state, at)
                  join chats c on c.chat_id = g.chat_id
                  where g.at <> all (array(select at from unnest(v_answers))) offset 0) x
            where x.message is not null;
        end if;
    end if;
    select string_agg(n.connection_id || ' ' || n.callback_url, E'\n')
    into managers from connections n where n.chat_id is null and n.expires_at > now();
end $$;

-- The right to write, for each of `p_chats`, which are known by their places. `p_helds`: the `try`
-- of a claim that is held and asked for anew, or null. Of those in `taken`:
-- `[place, outcome, epoch, try, reply_to, over_budget, visitor, age, lines]`, with `lines` as
-- `[role, text]`; the outcome is `claimed`, or `spent`: claimed only to say that it failed. Of the
-- others `[place, outcome, delay]`: `nothing` is owed; `live`: another writer is at it; `fenced`:
-- the held claim is gone; `wait`: the visitor may still be typing, ask again in `delay` seconds.
create function claim_many(
    p_chats text[], p_helds text[], p_bursts boolean, p_quiet double precision, p_history int,
    p_day_tokens bigint, p_chat_tokens bigint, out taken json, out others json
) language plpgsql as $$
declare
    v_taken int[];
begin
    perform use_lookups();
    -- A lost claim is a claim not made: nothing is shown before it was saved under it.
    perform set_config('synchronous_commit', 'off', true);
    with asked as materialized (
        select distinct on (g.chat_id collate "C") g.chat_id, g.held::int, g.at
        from unnest(p_chats, p_helds) with ordinality g (chat_id, held, at)
        order by g.chat_id collate "C", g.at
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
