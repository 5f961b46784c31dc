-- What is said and what is answered, of many chats, in one statement and one commit. It takes the
-- place of receive_many and finish_many, which stay for processes of the release before.

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

-- Where nothing is limited nothing is counted.
create or replace function too_many_sockets(
    p_chat text, p_address text, p_chat_sockets int, p_address_sockets int
) returns text language plpgsql stable as $$
begin
    if p_chat_sockets <= 0 and p_address_sockets <= 0 then
        return null;
    end if;
    return case
        when p_chat_sockets > 0 and (
            select count(*) from (select from connections
                where chat_id = p_chat and expires_at > now() limit p_chat_sockets) x
            ) >= p_chat_sockets then 'chat'
        when p_address is not null and p_address_sockets > 0 and (
            select count(*) from (select from connections
                where address = p_address and expires_at > now() limit p_address_sockets) x
            ) >= p_address_sockets then 'address'
    end;
end $$;
