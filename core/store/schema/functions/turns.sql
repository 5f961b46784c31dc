-- The two steps of every turn, each for many chats in one statement. To begin a statement (open
-- the table's indexes, read its checks) costs several times as much as one more row. Messages and
-- answers share one commit.

-- The first message of each chat among the places in `p_left`. `seq` and `created_at` are set if
-- the message is stored already. The caller has locked the chats.
create or replace function next_messages(p_messages json, p_chats text[], p_left int[])
returns table (place int, chat_id text, body text, client_id text, seq int, created_at timestamptz)
language sql stable as $$
    select g.place, g.chat_id, g.text, g.client_id, m.seq, m.created_at
    from (select distinct on (p_chats[x.place] collate "C")
                 x.place::int, p_chats[x.place] as chat_id, x.text, x.client_id
          from rows from (json_to_recordset(p_messages) as (text text, client_id text))
               with ordinality x (text, client_id, place)
          where x.place = any (p_left)
          order by p_chats[x.place] collate "C", x.place) g
    left join lateral (
        select x.seq, x.created_at from messages x
        where x.chat_id = g.chat_id and x.role = 'user' and x.client_id = g.client_id
        limit 1) m on true
$$;

-- Whether nothing is pending and nobody writes. Then the next message is all that is pending.
create or replace function is_idle(c chats) returns boolean language sql immutable as $$
    select c.owner = 'assistant' and c.answered_seq >= c.last_user_seq and c.beat_at is null
       and c.restriction is null
$$;

-- Store the messages that are new and within the limit. With `p_claim`, a message that is all that
-- is pending is claimed as well.
create or replace function store_messages(
    p_messages json, p_chats text[], p_left int[], p_burst int, p_rate double precision,
    p_claim boolean
) returns setof turn language plpgsql as $$
declare
    v_first json := p_messages->0;
    v_claimed_by text := v_first->>'claimed_by';
    v_bytes bigint := v_first->>'day_bytes';
begin
    return query
    with given as materialized (
        select n.*, o as old, clock_timestamp() as at, p_claim and is_idle(o) as claims,
               o.owner = 'manager' and o.waiting_since is null and o.restriction is null as waits
        from next_messages(p_messages, p_chats, p_left) n join chats o using (chat_id)
        where n.seq is null
    ), stored as (
        update chats c set
            last_seq = c.last_seq + 1, last_user_seq = c.last_seq + 1, last_user_at = g.at,
            unread = c.unread + 1, status = 'open',
            waiting_since = case when g.waits then g.at else c.waiting_since end,
            waiting_for = case when g.waits then 'reply' else c.waiting_for end,
            allowance = in_bucket(c.allowance, c.allowed_at, p_burst, p_rate) - 1,
            allowed_at = g.at,
            written = written_today(c) + octet_length(g.body), written_on = today(),
            updated_at = raised(c.updated_at), listed_at = relisted(c.listed_at),
            try = c.try + g.claims::int,
            attempts = case when g.claims then 1 else c.attempts end,
            beat_at = case when g.claims then g.at else c.beat_at end,
            claimed_by = case when g.claims then v_claimed_by else c.claimed_by end,
            draft = case when g.claims then '' else c.draft end,
            reply_to = case when g.claims then c.last_seq + 1 else c.reply_to end
        from given g
        where c.chat_id = g.chat_id
          and in_bucket(c.allowance, c.allowed_at, p_burst, p_rate) >= 1
          and not is_full(c, v_bytes) and c.restriction is distinct from 'blocked'
        returning g.*, c.last_seq, is_pending(c) as pending, case when g.claims then
            json_build_object('epoch', c.epoch, 'try', c.try, 'visitor', c.visitor) end as claim
    ), written as (
        insert into messages (chat_id, seq, role, text, client_id, created_at)
        select s.chat_id, s.last_seq, 'user', s.body, s.client_id, s.at from stored s
    ), recorded as (
        insert into events (name, chat_id, seq, actor_kind, data, site_id)
        select e.name, s.chat_id, s.last_seq, 'user', e.data, (s.old).site_id
        from stored s cross join lateral (values
            ('chat.waiting', s.waits, '{"for": "reply"}'::jsonb),
            ('chat.reopened', (s.old).status = 'closed', '{}')) e (name, happened, data)
        where e.happened
    )
    select s.place, s.chat_id, s.last_seq, s.last_seq, s.pending, true,
           s.waits or (s.old).status = 'closed' or (s.old).last_user_seq = 0, null::float8, s.claim
    from stored s;
end $$;

-- The messages that are stored already, and those over a limit. A repeat takes a token like any
-- message. Others get it again only while it is young, because its first push may be lost.
create or replace function repeat_messages(
    p_messages json, p_chats text[], p_left int[], p_burst int, p_rate double precision
) returns setof turn language plpgsql as $$
declare
    v_bytes bigint := p_messages->0->>'day_bytes';
begin
    return query
    with given as materialized (
        select n.*, is_pending(o) as pending, n.seq is null and is_full(o, v_bytes) as is_full,
               n.seq is null and coalesce(o.restriction = 'blocked', false) as is_blocked,
               in_bucket(o.allowance, o.allowed_at, p_burst, p_rate) as tokens
        from next_messages(p_messages, p_chats, p_left) n join chats o using (chat_id)
    ), drawn as (
        update chats c set allowance = g.tokens - 1, allowed_at = clock_timestamp()
        from given g where c.chat_id = g.chat_id and g.tokens >= 1
    )
    select g.place, g.chat_id, g.seq, g.seq, g.pending,
           g.created_at > clock_timestamp() - interval '60 seconds', false,
           case when g.is_blocked then never()
                when g.is_full then seconds_left_today()
                else nullif(wait_for_token(g.tokens, p_rate), 0) end, null::json
    from given g where g.seq is not null or g.tokens < 1 or g.is_full or g.is_blocked;
end $$;

-- Store the finished answers of writers that still hold their claim. Their places come after the
-- `p_before` messages.
create or replace function finish_answers(p_answers json, p_before int) returns setof turn
language plpgsql as $$
begin
    return query
    with given as materialized (
        select g.*, clock_timestamp() as at, coalesce(g.next in ('failed', 'budget'), false) as waits,
               o.waiting_since is null as waits_anew, o.site_id,
               -- The assistant answers again, so no person is needed any more.
               g.next is null and coalesce(o.waiting_for in ('failed', 'budget'), false) as relieved
        from rows from (json_to_recordset(p_answers) as (
                 chat_id text, epoch int, try int, reply_to int, text text, html text,
                 renderer int, state text, usage jsonb, next text
             )) with ordinality g (chat_id, epoch, try, reply_to, body, html, renderer, state, usage,
                                   next, place)
        join chats o using (chat_id)
        where o.epoch = g.epoch and o.try = g.try and o.beat_at is not null
    ), stored as (
        update chats c set
            last_seq = c.last_seq + 1, answered_seq = g.reply_to,
            retry_from = case when g.state = 'failed'
                then coalesce(c.retry_from, c.answered_seq) end,
            beat_at = null, draft = null, reply_to = null, attempts = 0,
            waiting_since = case when g.waits then coalesce(c.waiting_since, g.at)
                when not g.relieved then c.waiting_since end,
            waiting_for = case when g.waits then g.next when not g.relieved then c.waiting_for end,
            updated_at = raised(c.updated_at), listed_at = relisted(c.listed_at)
        from given g where c.chat_id = g.chat_id
        returning g.*, c.last_seq, is_pending(c) as pending
    ), written as (
        insert into messages (chat_id, seq, role, text, html, renderer, reply_to, try, state, usage,
                              created_at)
        select s.chat_id, s.last_seq, 'assistant', s.body, s.html, s.renderer, s.reply_to, s.try,
               s.state, s.usage, s.at
        from stored s
    ), recorded as (
        insert into events (name, chat_id, seq, actor_kind, data, site_id)
        select 'chat.waiting', s.chat_id, s.last_seq, 'assistant',
               jsonb_build_object('for', s.next), s.site_id
        from stored s where s.waits and s.waits_anew
    )
    select p_before + s.place::int, s.chat_id, s.last_seq, s.last_seq, s.pending, true,
           s.next is not null or s.relieved, null::float8, null::json
    from stored s;
end $$;

-- The answers that an earlier call has stored, and that are not in `p_turns`. The caller repeats
-- when it did not get the result. They are published again, with the event that came with them.
create or replace function repeat_answers(p_answers json, p_before int, p_turns turn[])
returns setof turn language plpgsql as $$
begin
    return query
    select p_before + g.place::int, g.chat_id, m.seq,
           coalesce((select x.seq from messages x where g.next = 'asked' and x.chat_id = g.chat_id
                     and x.seq = m.seq + 1 and x.kind = 'event'), m.seq),
           is_pending(c), true, g.next is not null, null::float8, null::json
    from rows from (json_to_recordset(p_answers) as (
             chat_id text, try int, reply_to int, state text, next text
         )) with ordinality g (chat_id, try, reply_to, state, next, place)
    join chats c using (chat_id)
    cross join lateral (
        select x.seq from messages x
        where x.chat_id = g.chat_id and x.seq > g.reply_to and x.role = 'assistant'
          and x.reply_to = g.reply_to and x.try = g.try and x.state = g.state limit 1) m
    where p_before + g.place <> all (array(select t.place from unnest(p_turns) t));
end $$;

-- Hand the chats over in which the assistant has asked for a person.
create or replace function ask_for_persons(p_answers json, p_before int, inout p_turns turn[])
language plpgsql as $$
declare
    g record;
    a record;
begin
    for g in
        select t.chat_id, x.reason, i
        from generate_subscripts(p_turns, 1) i, lateral unnest(p_turns[i:i]) t
        join rows from (json_to_recordset(p_answers) as (next text, reason text))
             with ordinality x (next, reason, place) on p_before + x.place = t.place
        where x.next = 'asked'
    loop
        a := ask_person(lock_known_chat(g.chat_id), null, 'assistant', g.reason);
        perform keep_chat(a.c);
        p_turns[g.i].last_seq := (a.c).last_seq;
        p_turns[g.i].pending := false;
    end loop;
end $$;

-- Store visitors' messages and finished answers in one commit. Either may be empty.
--
-- `p_messages`: `[{connection_id, text, client_id, claimed_by, day_bytes}]`; `p_answers`: `[{chat_id,
-- epoch, try, reply_to, text, html, renderer, state, usage, tokens, next, reason}]`. Gives `[{place,
-- messages, pending, users, managers, chat, wait, claim, heard, told}]` in no order, and the managers
-- who see every site. Places count the messages first, then the answers. A message of an unknown
-- connection has no result, nor has an answer that lost its claim. `heard`: others get it.
create or replace procedure store_turns(
    p_messages json, p_answers json, p_burst int, p_rate double precision, p_claim boolean,
    out results json, out managers text[]
) language plpgsql as $$
declare
    v_count int := json_array_length(p_messages);
    v_chats text[];
    v_locked text[];
    v_left int[];
    v_some turn[];
    v_turns turn[];
    v_told json;
    v_by_site jsonb;
begin
    perform use_lookups();
    v_chats := array(
        select (select n.chat_id from connections n
                where n.connection_id = g.connection_id and n.expires_at > now())
        from rows from (json_to_recordset(p_messages) as (connection_id text))
             with ordinality g (connection_id, place) order by g.place);
    v_locked := lock_chats(v_chats || array(
        select g.chat_id from json_to_recordset(p_answers) as g (chat_id text)));
    if json_array_length(p_answers) > 0 then
        v_told := settle_answers(p_answers);
        v_turns := array(select t from finish_answers(p_answers, v_count) t);
        v_turns := ask_for_persons(p_answers, v_count, v_turns);
        v_turns := v_turns || array(select t from repeat_answers(p_answers, v_count, v_turns) t);
    end if;
    v_left := array(select i from generate_series(1, v_count) i where v_chats[i] = any (v_locked));
    while v_left <> '{}' loop
        v_some := array(select t from store_messages(
            p_messages, v_chats, v_left, p_burst, p_rate, p_claim) t);
        if cardinality(v_some) = 0 then
            v_some := array(select t from repeat_messages(
                p_messages, v_chats, v_left, p_burst, p_rate) t);
        end if;
        v_turns := v_turns || v_some;
        v_left := array(select i from unnest(v_left) i
                        where i <> all (array(select t.place from unnest(v_some) t)));
    end loop;
    commit;
    perform use_lookups();
    -- After the commit: a connection that comes later finds the message in its resume.
    select m.everywhere, m.by_site into managers, v_by_site from managers_by_site() m;
    select json_agg(json_build_object(
               'place', t.place, 'pending', t.pending, 'wait', t.wait, 'claim', t.claim,
               'heard', t.heard, 'told', case when t.place = (v_turns[1]).place then v_told end,
               'messages', (select json_agg(m order by m.seq) from messages m
                            where m.chat_id = t.chat_id
                              and m.seq between t.first_seq and t.last_seq),
               'users', case when t.heard then users_of(t.chat_id) end,
               'managers', case when v_by_site is not null and t.heard
                                then managers_beside(v_by_site, t.chat_id) end,
               'chat', case when t.changed then summary(t.chat_id) end))
    into results from unnest(v_turns) t;
end $$;
