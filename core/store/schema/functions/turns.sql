-- The two steps of every turn, each for many chats in one statement. To begin a statement (open
-- the table's indexes, read its checks) costs several times as much as one more row. Messages and
-- answers share one commit.
--
-- A chat is looked up in a subquery with `limit 1`. Postgres guesses how many rows an array has. A
-- join could read all chats, where a table has no more than some thousand.

-- The first message of each chat among the places in `p_left`. `seq` and `created_at` are set if
-- the message is stored already. The caller has locked the chats.
drop function if exists next_messages(json, text[], int[]);
drop function if exists next_messages(given_message[], int[]);
create function next_messages(p_messages given_message[], p_left int[])
returns table (
    place int, chat_id text, body text, client_id text, id uuid, reopens boolean, seq int,
    created_at timestamptz
) language sql stable as $$
    select g.place, g.chat_id, g.body, g.client_id, g.id, g.reopens, m.seq, m.created_at
    from (select distinct on (x.chat_id collate "C") x.*
          from unnest(p_messages) x where x.place = any (p_left)
          order by x.chat_id collate "C", x.place) g
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

-- Whether this message is refused, since its site begins a new chat after closing. Only a client that
-- says that it can begin one is refused; all others reopen the chat.
drop function if exists begins_anew(chats, json);
create or replace function begins_anew(c chats, p_reopens boolean) returns boolean
language plpgsql stable as $$
begin
    return (select c.status = 'closed' and c.restriction is null and coalesce(not p_reopens, false)
           and exists (select from sites s where s.site_id = c.site_id and s.after_closing = 'new'));
end $$;

-- Store the messages that are new and within the limit. `p_claimed_by` claims a message as well that
-- is all that is pending. Turns come as an array: to scan a function's rows costs as much as
-- to store a message.
drop function if exists store_messages(json, text[], int[], int, double precision, boolean);
create or replace function store_messages(
    p_messages given_message[], p_left int[], p_burst int, p_rate double precision, p_bytes bigint,
    p_claimed_by text
) returns turn[] language plpgsql as $$
declare
    v_turns turn[];
    v_events json;
begin
    with given as materialized (
        select l.place, l.chat_id, l.body, l.client_id, l.site_id, l.owner, l.reopens, l.is_first,
               l.snoozed, coalesce(l.id, gen_random_uuid()) as id, clock_timestamp() as at,
               l.owner <> l.owned_by as passes,
               p_claimed_by is not null and l.owner = 'assistant' and l.idle as claims,
               l.owner = 'manager' and l.waiting_since is null and l.restriction is null as waits,
               case when l.manager_id is null then 'new' else 'reply' end as waits_for
        from (select n.place, n.chat_id, n.body, n.client_id, n.id, x.*
              from next_messages(p_messages, p_left) n cross join lateral (
                  select o.site_id, o.owner as owned_by, o.waiting_since, o.restriction,
                         o.manager_id, o.status = 'closed' as reopens,
                         o.snoozed_until is not null as snoozed, o.last_user_seq = 0 as is_first,
                         is_idle(o) as idle, answerer(o, s) as owner
                  from chats o left join sites s using (site_id)
                  where o.chat_id = n.chat_id and case when o.status = 'closed'
                      then not begins_anew(o, n.reopens) else true end
                  limit 1) x
              where n.seq is null) l
    ), stored as (
        update chats c set
            last_seq = c.last_seq + 1, last_user_seq = c.last_seq + 1, last_user_at = g.at,
            unread = c.unread + 1, status = 'open', snoozed_until = null,
            waiting_since = case when g.waits then g.at else c.waiting_since end,
            waiting_for = case when g.waits then g.waits_for else c.waiting_for end,
            owner = g.owner, epoch = c.epoch + g.passes::int,
            allowance = in_bucket(c.allowance, c.allowed_at, p_burst, p_rate) - 1,
            allowed_at = g.at,
            written = written_today(c) + octet_length(g.body), written_on = today(),
            updated_at = raised(c.updated_at), listed_at = relisted(c.listed_at),
            try = c.try + g.claims::int,
            attempts = case when g.claims then 1 else c.attempts end,
            beat_at = case when g.claims then g.at else c.beat_at end,
            claimed_by = case when g.claims then p_claimed_by else c.claimed_by end,
            draft = case when g.claims then '' else c.draft end,
            -- Only the echo's answers are claimed here.
            answered_by = case when g.claims then null else c.answered_by end,
            reply_to = case when g.claims then c.last_seq + 1 else c.reply_to end
        from given g
        where c.chat_id = g.chat_id
          and in_bucket(c.allowance, c.allowed_at, p_burst, p_rate) >= 1
          and not is_full(c, p_bytes) and c.restriction is distinct from 'blocked'
        returning g.*, c.last_seq, is_pending(c) as pending, case when g.claims then
            json_build_object('epoch', c.epoch, 'try', c.try, 'visitor', c.visitor) end as claim
    ), written as (
        insert into messages (chat_id, seq, id, role, text, client_id, created_at)
        select s.chat_id, s.last_seq, s.id, 'user', s.body, s.client_id, s.at from stored s
    )
    select array_agg(row(
        s.place, s.chat_id, s.last_seq, s.last_seq, s.pending, true,
        s.waits or s.passes or s.reopens or s.is_first or s.snoozed, null::float8, s.claim, s.id,
        s.at)::turn),
        json_agg(json_build_object(
            'chat_id', s.chat_id, 'seq', s.last_seq, 'site_id', s.site_id,
            'waits_for', case when s.waits then s.waits_for end, 'reopened', s.reopens,
            'snoozed', s.snoozed))
        filter (where s.waits or s.reopens or s.snoozed)
    into v_turns, v_events from stored s;
    -- Most messages change nothing that is recorded.
    if v_events is not null then
        perform record_event(e.name, g.chat_id, g.seq, 'user', null, e.data, g.site_id)
        from json_to_recordset(v_events) as g
             (chat_id text, seq int, site_id text, waits_for text, reopened boolean,
              snoozed boolean)
        cross join lateral (values
            ('chat.waiting', g.waits_for is not null, jsonb_build_object('for', g.waits_for)),
            ('chat.unsnoozed', g.snoozed, '{"for": "message"}'),
            ('chat.reopened', g.reopened, '{}')) e (name, happened, data)
        where e.happened;
    end if;
    return coalesce(v_turns, '{}');
end $$;

-- The messages that are stored already, and those over a limit. A repeat takes a token like any
-- message. Others get it again only while it is young, because its first push may be lost.
drop function if exists repeat_messages(json, text[], int[], int, double precision);
create or replace function repeat_messages(
    p_messages given_message[], p_left int[], p_burst int, p_rate double precision, p_bytes bigint
) returns turn[] language plpgsql as $$
declare
    v_turns turn[];
begin
    with given as materialized (
        select n.*, x.*
        from next_messages(p_messages, p_left) n cross join lateral (
            select is_pending(o) as pending, n.seq is null and is_full(o, p_bytes) as is_full,
                   n.seq is null and coalesce(o.restriction = 'blocked', false) as is_blocked,
                   n.seq is null and case when o.status = 'closed'
                       then begins_anew(o, n.reopens) else false end as is_over,
                   in_bucket(o.allowance, o.allowed_at, p_burst, p_rate) as tokens
            from chats o where o.chat_id = n.chat_id limit 1) x
    ), drawn as (
        update chats c set allowance = g.tokens - 1, allowed_at = clock_timestamp()
        from given g where c.chat_id = g.chat_id and g.tokens >= 1
    )
    select array_agg(row(
        g.place, g.chat_id, g.seq, g.seq, g.pending,
        g.created_at > clock_timestamp() - interval '60 seconds', false,
        case when g.is_blocked then never()
             when g.is_over then chat_over()
             when g.is_full then seconds_left_today()
             else nullif(wait_for_token(g.tokens, p_rate), 0) end, null::json, null::uuid,
        null::timestamptz)::turn)
    into v_turns from given g
    where g.seq is not null or g.tokens < 1 or g.is_full or g.is_blocked or g.is_over;
    return coalesce(v_turns, '{}');
end $$;

-- Store the finished answers of writers that still hold their claim. One that says `unless_newer`
-- gives way if the visitor wrote again: it is not stored.
drop function if exists finish_answers(json, int);
create or replace function finish_answers(p_answers given_answer[]) returns turn[]
language plpgsql as $$
declare
    v_turns turn[];
    v_events json;
begin
    with given as materialized (
        select g.place, g.chat_id, g.epoch, g.try, g.reply_to, g.body, g.html, g.renderer, g.state,
               g.usage, g.next, coalesce(g.id, gen_random_uuid()) as id, clock_timestamp() as at,
               coalesce(g.next in ('failed', 'budget'), false) as waits,
               o.waiting_since is null as waits_anew, o.site_id, o.answered_by, o.snoozed_until,
               -- The assistant answers again, so no person is needed, unless one was asked for.
               g.next is null and coalesce(o.waiting_for in ('new', 'failed', 'budget'), false)
                   as relieved
        from unnest(p_answers) g
        cross join lateral (
            select x.waiting_since, x.waiting_for, x.site_id, x.answered_by, x.snoozed_until
            from chats x where x.chat_id = g.chat_id
              and x.epoch = g.epoch and x.try = g.try and x.beat_at is not null
              and (g.unless_newer is not true or x.last_user_seq <= g.reply_to)
            limit 1) o
    ), stored as (
        update chats c set
            last_seq = c.last_seq + 1, answered_seq = g.reply_to,
            retry_from = case when g.state = 'failed'
                then coalesce(c.retry_from, c.answered_seq) end,
            beat_at = null, draft = null, reply_to = null, attempts = 0,
            waiting_since = case when g.waits then coalesce(c.waiting_since, g.at)
                when not g.relieved then c.waiting_since end,
            waiting_for = case
                when g.waits and c.waiting_for is distinct from 'asked' then g.next
                when not g.relieved then c.waiting_for end,
            snoozed_until = case when not g.waits then c.snoozed_until end,
            unsnoozed_at = case when g.waits and c.snoozed_until is not null then g.at
                else c.unsnoozed_at end,
            updated_at = raised(c.updated_at), listed_at = relisted(c.listed_at)
        from given g where c.chat_id = g.chat_id
        returning g.*, c.last_seq, is_pending(c) as pending
    ), written as (
        insert into messages (chat_id, seq, id, role, text, html, renderer, reply_to, try, state,
                              usage, created_at, answered_by)
        select s.chat_id, s.last_seq, s.id, 'assistant', s.body, s.html, s.renderer, s.reply_to,
               s.try, s.state, s.usage, s.at, s.answered_by
        from stored s
    )
    select array_agg(row(
        s.place, s.chat_id, s.last_seq, s.last_seq, s.pending, true,
        s.next is not null or s.relieved, null::float8, null::json, s.id, s.at)::turn),
        json_agg(json_build_object('chat_id', s.chat_id, 'seq', s.last_seq, 'next', s.next,
                                   'site_id', s.site_id, 'anew', s.waits_anew,
                                   'snoozed', s.snoozed_until is not null))
        filter (where s.waits and (s.waits_anew or s.snoozed_until is not null))
    into v_turns, v_events from stored s;
    if v_events is not null then
        perform record_event(e.name, g.chat_id, g.seq, 'assistant', null,
                             jsonb_build_object('for', e.reason), g.site_id)
        from json_to_recordset(v_events) as g
             (chat_id text, seq int, next text, site_id text, anew boolean, snoozed boolean)
        cross join lateral (values
            ('chat.waiting', g.anew, g.next),
            ('chat.unsnoozed', g.snoozed, 'wait')) e (name, happened, reason)
        where e.happened;
    end if;
    return coalesce(v_turns, '{}');
end $$;

-- The answers that an earlier call has stored, and that are not in `p_turns`. The caller repeats
-- when it did not get the result. They are published again, with the event that came with them.
drop function if exists repeat_answers(json, int, turn[]);
create or replace function repeat_answers(p_answers given_answer[], p_turns turn[]) returns turn[]
language plpgsql stable as $$
begin
    return (select array_agg(row(
            g.place, g.chat_id, m.seq,
            coalesce((select x.seq from messages x where g.next = 'asked' and x.chat_id = g.chat_id
                      and x.seq = m.seq + 1 and x.kind = 'event'), m.seq),
            c.pending, true, g.next is not null, null::float8, null::json, null::uuid,
            null::timestamptz)::turn)
        from unnest(p_answers) g
        cross join lateral (
            select is_pending(x) as pending from chats x where x.chat_id = g.chat_id limit 1) c
        cross join lateral (
            select x.seq from messages x
            where x.chat_id = g.chat_id and x.seq > g.reply_to and x.role = 'assistant'
              and x.reply_to = g.reply_to and x.try = g.try and x.state = g.state limit 1) m
        where g.place <> all (array(select t.place from unnest(p_turns) t)));
end $$;

-- Let the chats wait in which the assistant has asked for a person.
drop function if exists ask_for_persons(json, int, turn[]);
create or replace function ask_for_persons(p_answers given_answer[], inout p_turns turn[])
language plpgsql as $$
declare
    g record;
    a record;
begin
    for g in
        select t.chat_id, x.reason, i
        from generate_subscripts(p_turns, 1) i, lateral unnest(p_turns[i:i]) t
        join unnest(p_answers) x using (place)
        where x.next = 'asked'
    loop
        a := ask_person(lock_known_chat(g.chat_id), null, 'assistant', g.reason);
        perform keep_chat(a.c);
        p_turns[g.i].last_seq := (a.c).last_seq;
    end loop;
end $$;

-- Store visitors' messages and finished answers in one commit. Either may be empty.
--
-- `p_messages`: `[{connection_id, id, text, client_id, reopens}]`;
-- `p_answers`: `[{chat_id, id, epoch, try, reply_to, text, html, renderer, state, usage, tokens,
-- next, reason, unless_newer}]`. Random bytes cost Postgres more than the caller, so the caller makes
-- each `id`; the release before gives none. Gives `[{place, messages, pending, users, managers, chat,
-- changed, wait, claim, heard, told}]` in no order, and the managers who see every site. Places count
-- the messages first, then the answers. A message of an unknown connection has no result, nor has an
-- answer that lost its claim or gives way. `heard`: others get it. A `chat` that has not `changed` is
-- for those who get summaries only.
drop procedure if exists store_turns(json, json, int, double precision, boolean);
create or replace procedure store_turns(
    p_messages json, p_answers json, p_burst int, p_rate double precision, p_bytes bigint,
    p_claimed_by text, out results json, out managers text[]
) language plpgsql as $$
declare
    v_messages given_message[];
    v_answers given_answer[];
    v_count int := 0;
    v_left int[] := '{}';
    v_chats text[];
    v_some turn[];
    v_turns turn[];
    v_changed text[];
    v_asked boolean;
    v_ended json;
    v_told json;
    v_managers record;
begin
    perform use_lookups();
    if p_messages::text <> '[]' then
        select array_agg(row(g.place, g.chat_id, g.text, g.client_id, g.id, g.reopens)::given_message)
                   filter (where g.chat_id is not null),
               coalesce(array_agg(g.place) filter (where g.chat_id is not null), '{}'),
               array_agg(g.chat_id)
        into v_messages, v_left, v_chats
        from (select x.place::int, x.text, x.client_id, x.id, x.reopens,
                     (select n.chat_id from connections n
                      where n.connection_id = x.connection_id and n.expires_at > now()) as chat_id
              from rows from (json_to_recordset(p_messages) as (
                       connection_id text, text text, client_id text, id uuid, reopens boolean
                   )) with ordinality x (connection_id, text, client_id, id, reopens, place)
              offset 0) g;
        v_count := cardinality(v_chats);
    end if;
    if p_answers::text <> '[]' then
        -- The release before gives no `tokens`. An answer that cost nothing has neither.
        select array_agg(row(
                   v_count + g.place, g.chat_id, g.epoch, g.try, g.reply_to, g.text, g.html,
                   g.renderer, g.state, g.usage, g.next, g.reason, g.id, g.unless_newer
               )::given_answer),
               v_chats || array_agg(g.chat_id), bool_or(g.next = 'asked'),
               json_agg(json_build_object(
                   'chat_id', g.chat_id, 'try', g.try, 'unless_newer', g.unless_newer,
                   'epoch', g.epoch, 'reply_to', g.reply_to, 'tokens', coalesce(
                       g.tokens,
                       (g.usage->>'input_tokens')::bigint + (g.usage->>'output_tokens')::bigint)))
               filter (where g.tokens is not null or g.usage->>'input_tokens' is not null)
        into v_answers, v_chats, v_asked, v_ended
        from rows from (json_to_recordset(p_answers) as (
                 chat_id text, epoch int, try int, reply_to int, text text, html text,
                 renderer int, state text, usage jsonb, next text, reason text, id uuid,
                 unless_newer boolean, tokens bigint
             )) with ordinality g (chat_id, epoch, try, reply_to, text, html, renderer, state, usage,
                                   next, reason, id, unless_newer, tokens, place);
    end if;
    perform lock_chats(v_chats);
    if v_answers is not null then
        if v_ended is not null then
            v_told := settle_calls(v_ended);
        end if;
        v_turns := finish_answers(v_answers);
        if v_asked then
            v_turns := ask_for_persons(v_answers, v_turns);
        end if;
        if cardinality(v_turns) < cardinality(v_answers) then
            v_turns := v_turns || repeat_answers(v_answers, v_turns);
        end if;
    end if;
    while v_left <> '{}' loop
        v_some := store_messages(v_messages, v_left, p_burst, p_rate, p_bytes, p_claimed_by);
        if cardinality(v_some) = 0 then
            v_some := repeat_messages(v_messages, v_left, p_burst, p_rate, p_bytes);
        end if;
        v_turns := v_turns || v_some;
        -- Nothing comes of a chat that is gone.
        exit when cardinality(v_some) in (0, cardinality(v_left));
        v_left := array(select i from unnest(v_left) i
                        where i <> all (array(select t.place from unnest(v_some) t)));
    end loop;
    -- What was stored earlier has no `id` here. Its timers were begun then.
    v_changed := array(select t.chat_id from unnest(v_turns) t where t.changed and t.id is not null);
    if v_changed <> '{}' then
        perform begin_closing(v_changed);
    end if;
    commit;
    perform use_lookups();
    -- After the commit: a connection that comes later finds the message in its resume.
    v_managers := managers_by_site();
    managers := v_managers.everywhere;
    -- A row becomes JSON for a third of what `json_build_object` costs.
    select json_agg(x) into results from (
        select t.place, t.pending, t.wait, t.claim, t.heard,
               case when t.place = (v_turns[1]).place then v_told end as told,
               t.chat_id, t.first_seq as seq,
               -- The caller knows what it has just stored, but for these.
               t.id, t.at,
               case when t.id is null or t.last_seq > t.first_seq then (
                   select json_agg(m order by m.seq) from messages m
                   where m.chat_id = t.chat_id and m.seq between t.first_seq and t.last_seq)
               end as messages,
               case when t.heard then (
                   select array_agg(n.connection_id || ' ' || n.callback_url) from connections n
                   where n.chat_id = t.chat_id and n.expires_at > now()) end as users,
               case when t.heard and (v_managers.by_site is not null or v_managers.listing)
                   then managers_beside(v_managers.by_site, t.chat_id) end as managers,
               t.changed,
               case when t.changed or case when v_managers.listing and t.heard
                        then t.place > v_count or is_heard_at_once(t.chat_id) end
                   then summary(t.chat_id) end as chat
        from unnest(v_turns) t) x;
end $$;
