-- The three steps of every turn, each for many chats in one statement: to begin a statement (open
-- the table's indexes, read its checks) costs several times what a row of it costs.
--
-- A step locks its chats in the order of their names, so that two of them cannot wait for each
-- other, and decides by what it finds under the lock. What it finds by looking elsewhere is only
-- as new as the statement: there the unique keys decide, and the caller asks again.
--
-- The procedures of 0009 stay: processes of the release before still call them while this one is
-- rolled out.

alter table chats
    -- The last message that changed more of the summary than a message does.
    add column changed_seq int not null default 0;

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

-- Visitors' messages, each known by its place in the arrays. Of those in `stored`:
-- `[place, chat_id, seq, id, created_at, owed, users, summary, claim]`. Of the `others` nothing was
-- stored: the message was there already, or the chat must wait for so many seconds:
-- `[place, message, owed, users, wait]`. Who is in neither has a connection that is not known.
--
-- `p_claim`: with a message that is all that is owed goes the right to answer it, as claim_many
-- gives it, in `claim`: `[epoch, try, visitor]`.
create procedure receive_many(
    p_connections text[], p_texts text[], p_names text[], p_burst int, p_rate double precision,
    p_claim boolean, out stored json, out others json, out managers text
) language plpgsql as $$
declare
    v_chats text[];
    v_some new_message[];
    v_new new_message[];
    v_rest old_message[];
    v_old old_message[];
    v_done int[] := '{}';
    v_all int;
begin
    perform use_lookups();
    select array_agg((select n.chat_id from connections n
                      where n.connection_id = g.connection_id and n.expires_at > now())
                     order by g.at)
    into v_chats from unnest(p_connections) with ordinality g (connection_id, at);
    v_all := cardinality(array_remove(v_chats, null));
    while cardinality(v_done) < v_all loop
        with first as materialized (
            select distinct on (g.chat_id collate "C") g.*
            from unnest(v_chats, p_texts, p_names) with ordinality g (chat_id, text, name, at)
            where g.chat_id is not null and g.at <> all (v_done)
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
        into v_some from said s;
        commit;
        perform use_lookups();
        v_new := v_new || v_some;
        v_done := v_done || array(select at from unnest(v_some));
        continue when cardinality(v_done) = v_all;
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
        continue when cardinality(v_done) = v_all;
        insert into chats (chat_id)
        select distinct g.chat_id from unnest(v_chats) g (chat_id) where g.chat_id is not null
        on conflict do nothing;
    end loop;
    -- Only now: who registers after the commit finds the message in its resume instead.
    select json_agg(json_build_array(
               g.at, v_chats[g.at], g.seq, g.id, g.created_at, g.owed,
               (select string_agg(n.connection_id || ' ' || n.callback_url, E'\n')
                from connections n where n.chat_id = v_chats[g.at] and n.expires_at > now()),
               case when g.changed then
                   (select to_jsonb(s) from summaries s where s.chat_id = v_chats[g.at]) end, g.claim))
    into stored from unnest(v_new) g;
    if v_old is not null then
        select json_agg(json_build_array(
                   g.at, g.message, g.owed, array_to_string(users_of(v_chats[g.at]), E'\n'),
                   case when g.message is null then g.wait end))
        into others from unnest(v_old) g;
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

-- The last words of answers, each known by its place in the arrays. Of those in `stored`:
-- `[place, seq, id, created_at, owed, users, summary, more]`, where `more` are the messages that
-- come with it because the assistant asked for a person. The `olds` were stored before: the step
-- was done, and its answer got lost: `[place, message, owed, users]`. Who is in neither has lost
-- the claim.
create procedure finish_many(
    p_chats text[], p_epochs text[], p_tries text[], p_reply_tos text[], p_texts text[],
    p_states text[], p_usages text[], p_thens text[], p_reasons text[],
    out stored json, out olds json, out managers text
) language plpgsql as $$
declare
    v_new new_message[];
    v_more jsonb[];
    v_place int;
    a record;
begin
    perform use_lookups();
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
    select array_agg((s.at, s.last_seq, s.id, s.updated_at, s.owed, s.changed, null)::new_message)
    into v_new from said s;
    if 'asked' = any (p_thens) then
        for v_place in select at from unnest(v_new) where p_thens[at] = 'asked' loop
            select * into a from ask_person(
                lock_known_chat(p_chats[v_place]), null, 'assistant', p_reasons[v_place]);
            perform keep_chat(a.c);
            v_more[v_place] := a.messages;
        end loop;
    end if;
    commit;
    perform use_lookups();
    if coalesce(cardinality(v_new), 0) < cardinality(p_chats) then
        select json_agg(json_build_array(
                   x.at, x.message, x.owed, array_to_string(users_of(x.chat_id), E'\n')))
        into olds
        from (select g.at, g.chat_id, is_owed(c) as owed,
                     (select to_jsonb(m) from messages m
                      where m.chat_id = g.chat_id and m.seq > g.reply_to::int
                        and m.role = 'assistant' and m.reply_to = g.reply_to::int
                        and m.try = g.try::int and m.state = g.state limit 1) as message
              from unnest(p_chats, p_tries, p_reply_tos, p_states) with ordinality
                   g (chat_id, try, reply_to, state, at)
              join chats c on c.chat_id = g.chat_id
              where g.at <> all (array(select at from unnest(v_new))) offset 0) x
        where x.message is not null;
    end if;
    select json_agg(json_build_array(
               g.at, g.seq, g.id, g.created_at, g.owed and v_more[g.at] is null,
               (select string_agg(n.connection_id || ' ' || n.callback_url, E'\n')
                from connections n where n.chat_id = p_chats[g.at] and n.expires_at > now()),
               case when g.changed then
                   (select to_jsonb(s) from summaries s where s.chat_id = p_chats[g.at]) end, v_more[g.at]))
    into stored from unnest(v_new) g;
    select string_agg(n.connection_id || ' ' || n.callback_url, E'\n')
    into managers from connections n where n.chat_id is null and n.expires_at > now();
end $$;

-- Many come back at once, when a network or a node does: enter, resume and leave for all of them.

-- One socket opens, up to the commit: see open_user, whose conditions these are. `changed`: the chat
-- is online now and was not.
create function enter_chat(
    p_connection text, p_url text, p_ticket bytea, p_chat text, p_seconds int,
    p_address text, p_chat_sockets int, p_address_sockets int,
    out outcome text, out chat_id text, out changed boolean
) language plpgsql as $$
declare
    c chats;
    t tickets;
    v_until timestamptz := clock_timestamp() + make_interval(secs => p_seconds);
    v_was_online boolean;
begin
    changed := false;
    perform from connections n where n.connection_id = p_connection;
    if found then
        outcome := 'opened';
        return;
    end if;
    if p_ticket is not null then
        delete from tickets x where x.ticket_hash = p_ticket and x.chat_id is not null
        returning * into t;
        if t.ticket_hash is null or t.expires_at <= clock_timestamp()
           or (p_chat is not null and p_chat <> t.chat_id) then
            outcome := 'refused';
            return;
        end if;
        p_chat := t.chat_id;
        v_until := least(v_until, t.until);
    end if;
    chat_id := p_chat;
    c := lock_chat(p_chat);
    outcome := too_many_sockets(p_chat, p_address, p_chat_sockets, p_address_sockets);
    if outcome is not null then
        return;
    end if;
    outcome := 'opened';
    v_was_online := exists (select from connections n
                            where n.chat_id = p_chat and n.expires_at > clock_timestamp());
    insert into connections (connection_id, callback_url, chat_id, expires_at, address)
    values (p_connection, p_url, p_chat, v_until, p_address)
    on conflict do nothing;
    changed := not v_was_online and c.listed_at is not null;
    if changed then
        perform keep_chat(c);
    end if;
end $$;

-- `[place, outcome, summary]` of each, and the managers who are to see the summaries.
create procedure enter_many(
    p_connections text[], p_urls text[], p_tickets text[], p_chats text[], p_addresses text[],
    p_seconds int, p_chat_sockets int, p_address_sockets int,
    out entered json, out managers text
) language plpgsql as $$
declare
    g record;
    r record;
    v_outcomes text[];
    v_changed text[];
begin
    perform use_lookups();
    for g in
        select x.*, decode(x.ticket, 'hex') as hash
        from unnest(p_connections, p_urls, p_tickets, p_chats, p_addresses) with ordinality
             x (connection_id, url, ticket, chat_id, address, at)
        order by coalesce(x.chat_id, (select t.chat_id from tickets t
                                      where t.ticket_hash = decode(x.ticket, 'hex'))) collate "C",
                 x.at
    loop
        r := enter_chat(g.connection_id, g.url, g.hash, g.chat_id, p_seconds, g.address,
                        p_chat_sockets, p_address_sockets);
        v_outcomes[g.at] := r.outcome;
        v_changed[g.at] := case when r.changed then r.chat_id end;
    end loop;
    commit;
    perform use_lookups();
    select string_agg(n.connection_id || ' ' || n.callback_url, E'\n')
    into managers from connections n where n.chat_id is null and n.expires_at > now();
    select json_agg(json_build_array(
               x.at, x.outcome,
               case when managers is not null then
                   (select to_jsonb(s) from summaries s where s.chat_id = x.changed) end) order by x.at)
    into entered from unnest(v_outcomes, v_changed) with ordinality x (outcome, changed, at);
end $$;

-- What was missed, in one snapshot, so that the messages and the draft fit together: of each
-- `[place, wait, summary, owed, draft, messages]`, without a summary where nobody knows the
-- connection. A message is a row of its columns, as core/rows.py reads them.
create function resume_many(
    p_connections text[], p_afters text[], p_limit int, p_burst int, p_rate double precision
) returns json language plpgsql as $$
declare
    v_chats text[];
    v_waits double precision[];
begin
    perform use_lookups();
    select array_agg(n.chat_id order by g.at), array_agg(n.wait order by g.at)
    into v_chats, v_waits
    from unnest(p_connections) with ordinality g (connection_id, at),
         lateral chat_of(g.connection_id, p_burst, p_rate) n;
    return (
        select json_agg(json_build_array(
                   g.at, g.wait,
                   (select to_jsonb(s) from summaries s where s.chat_id = g.chat_id),
                   is_owed(c),
                   case when c.beat_at is not null and c.draft <> ''
                       then json_build_array(c.reply_to, c.try, c.draft) end,
                   (select json_agg(json_build_array(
                               m.seq, m.id, m.role, m.kind, m.text, m.state, m.rev, m.created_at,
                               m.author_id, m.author_name, m.client_id, m.reply_to) order by m.seq)
                    from (select * from messages m
                          where m.chat_id = g.chat_id and m.seq > g.after::int
                          order by m.seq limit p_limit) m)) order by g.at)
        from unnest(v_chats, v_waits, p_afters) with ordinality g (chat_id, wait, after, at)
        left join chats c on c.chat_id = g.chat_id and g.wait = 0);
end $$;

-- One connection of at least `p_age` seconds is forgotten, up to the commit; `changed`, as above.
create function leave_chat(p_connection text, p_age int, out chat_id text, out changed boolean)
language plpgsql as $$
declare
    c chats;
begin
    changed := false;
    select n.chat_id into chat_id from connections n where n.connection_id = p_connection;
    if chat_id is not null then
        c := lock_chat(chat_id);
    end if;
    delete from connections n where n.connection_id = p_connection
        and n.connected_at <= clock_timestamp() - make_interval(secs => p_age);
    if not found then
        return;
    end if;
    delete from watches w where w.connection_id = p_connection;
    changed := c.listed_at is not null and not exists (
        select from connections n
        where n.chat_id = leave_chat.chat_id and n.expires_at > clock_timestamp());
    if changed then
        perform keep_chat(c);
    end if;
end $$;

-- `[place, summary]` of each, and the managers who are to see them.
create procedure leave_many(
    p_connections text[], p_ages text[], out gone json, out managers text
) language plpgsql as $$
declare
    g record;
    r record;
    v_changed text[] := array_fill(null::text, array[cardinality(p_connections)]);
begin
    perform use_lookups();
    for g in
        select x.*
        from unnest(p_connections, p_ages) with ordinality x (connection_id, age, at)
        order by (select n.chat_id from connections n
                  where n.connection_id = x.connection_id) collate "C", x.at
    loop
        r := leave_chat(g.connection_id, g.age::int);
        v_changed[g.at] := case when r.changed then r.chat_id end;
    end loop;
    commit;
    perform use_lookups();
    select string_agg(n.connection_id || ' ' || n.callback_url, E'\n')
    into managers from connections n where n.chat_id is null and n.expires_at > now();
    select json_agg(json_build_array(
               x.at,
               case when managers is not null then
                   (select to_jsonb(s) from summaries s where s.chat_id = x.changed) end) order by x.at)
    into gone from unnest(v_changed) with ordinality x (changed, at);
end $$;
