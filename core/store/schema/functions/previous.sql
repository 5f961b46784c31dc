-- The functions that the release of 2026-11-25 calls and this one does not. They call the new
-- ones. Processes of that release go on while this one is rolled out, and a way back stays open.
-- This file goes with the next release. It is loaded only into a database that the older release
-- has used.

-- Functions of earlier releases that nothing calls.
drop routine if exists
    receive(text, text, text), receive(text, text, text, int, double precision),
    receive_message(text, text, text), receive_message(text, text, text, int, double precision),
    receive_all, receive_many, write_said, write_answers, write_answer, finish_answer, finish_all,
    finish_many, claim_answer, claim_all, enter_user, enter_manager, open_user, resume_user,
    resume_chat, leave, seen_by_user(text, int), stop_by_user(text), ask_for_person(text, text),
    stop_answer(text), add_message, is_owed, is_free, quiet_until, draw, budget_spent,
    note, note_message, note_broadcast, charge_message;
drop type if exists new_message, old_message;

create or replace view audit as
select e.id, e.at, e.actor_id as manager_id, coalesce(m.name, e.actor_id) as manager_name,
       case when e.name = 'broadcast.sent' then 'broadcast' else split_part(e.name, '.', 2) end as action,
       e.chat_id, coalesce(e.seq::text, e.data->>'broadcast_id') as detail
from events e left join managers m on m.manager_id = e.actor_id
where e.actor_kind = 'manager';

-- Who hears of a change: all of its consoles get everything.
create or replace function managers_before() returns text language plpgsql stable as $$
begin
    return (select string_agg(n.connection_id || ' ' || n.callback_url, E'\n') from connections n
            where n.chat_id is null and n.expires_at > now() and n.sites is null);
end $$;

create or replace procedure enter_many(
    p_connections text[], p_urls text[], p_tickets text[], p_chats text[], p_addresses text[],
    p_seconds int, p_chat_sockets int, p_address_sockets int,
    out entered json, out managers text
) language plpgsql as $$
declare
    v_entering json := (
        select json_agg(json_build_object(
                   'connection_id', g.connection_id, 'callback_url', g.callback_url,
                   'ticket', g.ticket, 'chat_id', g.chat_id, 'address', g.address) order by g.place)
        from unnest(p_connections, p_urls, p_tickets, p_chats, p_addresses)
             with ordinality g (connection_id, callback_url, ticket, chat_id, address, place));
    v_results json;
    v_managers text[];
begin
    call enter_visitors(v_entering, p_seconds, p_chat_sockets, p_address_sockets,
                        v_results, v_managers);
    select json_agg(json_build_array(r->'place', r->'outcome', r->'chat')
                    order by (r->>'place')::int)
    into entered from json_array_elements(v_results) r;
    managers := managers_before();
end $$;

create or replace procedure leave_many(
    p_connections text[], p_ages text[], out gone json, out managers text
) language plpgsql as $$
declare
    v_leaving json := (
        select json_agg(json_build_object('connection_id', g.connection_id, 'age', g.age::int)
                        order by g.place)
        from unnest(p_connections, p_ages) with ordinality g (connection_id, age, place));
    v_results json;
    v_managers text[];
begin
    call leave_connections(v_leaving, v_results, v_managers);
    select json_agg(json_build_array(r->'place', r->'chat') order by (r->>'place')::int)
    into gone from json_array_elements(v_results) r;
    managers := managers_before();
end $$;

create or replace function resume_many(
    p_connections text[], p_afters text[], p_limit int, p_burst int, p_rate double precision
) returns json language plpgsql as $$
begin
    perform use_lookups();
    return (
        with r as materialized (
            select * from resume_chats(
                (select json_agg(json_build_object('connection_id', g.connection_id,
                                                   'after', g.after::int) order by g.place)
                 from unnest(p_connections, p_afters) with ordinality g (connection_id, after, place)),
                p_limit, null, p_burst, p_rate)
        ), m as materialized (
            select r.place, json_agg(json_build_array(
                       (r.message).seq, (r.message).id, (r.message).role, (r.message).kind,
                       (r.message).text, (r.message).state, (r.message).rev,
                       (r.message).created_at, (r.message).author_id, (r.message).author_name,
                       (r.message).client_id, (r.message).reply_to)
                       order by (r.message).seq) as messages
            from r where r.wait is null group by r.place)
        select json_agg(json_build_array(
                   h.place, h.wait,
                   h.chat::jsonb || jsonb_build_object(
                       'last_message',
                       case when (h.message).seq is not null then to_jsonb(h.message) end),
                   h.pending,
                   case when h.draft is not null then json_build_array(
                       h.draft->'reply_to', h.draft->'try', h.draft->'text') end,
                   m.messages)
                   order by h.place)
        from r h left join m using (place) where h.wait is not null);
end $$;

create or replace procedure take_over(
    p_chat text, p_manager text, p_name text, p_text text, p_client text,
    out outcome text, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
begin
    call take_chat_over(
        p_chat, p_manager, p_name,
        case when p_text is not null
             then json_build_object('text', p_text, 'client_id', p_client) end,
        outcome, messages, chat, users, managers);
end $$;

create or replace function begin_broadcast(
    p_text text, p_client text, p_manager text, p_name text, p_audience text, p_chats text[],
    p_page_size int
) returns broadcasts language sql as $$
    select start_broadcast(
        json_build_object('text', p_text, 'client_id', p_client, 'author_id', p_manager,
                          'author_name', p_name),
        p_audience, p_chats, p_page_size)
$$;

create or replace function claim_many(
    p_chats text[], p_helds text[], p_bursts boolean, p_quiet double precision, p_history int,
    p_day_tokens bigint, p_chat_tokens bigint, out taken json, out others json
) language plpgsql as $$
begin
    select json_agg(json_build_array(
               r->'place', r->'outcome', r->'epoch', r->'try', r->'reply_to', r->'over_budget',
               r->'visitor', r->'age',
               (select json_agg(json_build_array(l->'role', l->'text'))
                from json_array_elements(r->'lines') l)))
               filter (where r->>'outcome' in ('claimed', 'spent')),
           json_agg(json_build_array(r->'place', r->'outcome', r->'delay'))
               filter (where r->>'outcome' not in ('claimed', 'spent'))
    into taken, others
    from json_array_elements(claim_answers(
        (select json_agg(json_build_object('chat_id', g.chat_id, 'held', g.held::int)
                         order by g.place)
         from unnest(p_chats, p_helds) with ordinality g (chat_id, held, place)),
        p_bursts, p_quiet, p_history, p_day_tokens, p_chat_tokens)) r;
end $$;

create or replace procedure take_turns(
    p_connections text[], p_texts text[], p_names text[], p_burst int, p_rate double precision,
    p_claim boolean,
    p_chats text[], p_epochs text[], p_tries text[], p_reply_tos text[], p_answers text[],
    p_states text[], p_usages text[], p_thens text[], p_reasons text[],
    out said json, out unsaid json, out answered json, out before json, out managers text
) language plpgsql as $$
declare
    v_count int := cardinality(p_connections);
    v_messages json := (
        select coalesce(json_agg(json_build_object(
                   'connection_id', g.connection_id, 'text', g.text, 'client_id', g.client_id)
                   order by g.place), '[]')
        from unnest(p_connections, p_texts, p_names)
             with ordinality g (connection_id, text, client_id, place));
    v_answers json := (
        select coalesce(json_agg(json_build_object(
                   'chat_id', g.chat_id, 'epoch', g.epoch::int, 'try', g.try::int,
                   'reply_to', g.reply_to::int, 'text', g.text, 'state', g.state,
                   'usage', g.usage::json, 'next', nullif(g.next, ''), 'reason', g.reason)
                   order by g.place), '[]')
        from unnest(p_chats, p_epochs, p_tries, p_reply_tos, p_answers, p_states, p_usages,
                    p_thens, p_reasons) with ordinality
             g (chat_id, epoch, try, reply_to, text, state, usage, next, reason, place));
    v_results json;
    v_managers text[];
begin
    -- Its processes have no names, and count no bytes.
    call store_turns(v_messages, v_answers, p_burst, p_rate, 0, case when p_claim then '' end,
                     v_results, v_managers);
    managers := managers_before();
    with turns as (
        select (r->>'place')::int as place, r, r->'claim' as claim,
               case when json_typeof(r->'messages') = 'array' then r->'messages'->0
                    when json_typeof(r->'id') = 'string' then
                        json_build_object('chat_id', r->'chat_id', 'seq', r->'seq',
                                          'id', r->'id', 'created_at', r->'at') end as m,
               (select string_agg(u, E'\n') from json_array_elements_text(
                   case when json_typeof(r->'users') = 'array' then r->'users' end) u) as users,
               json_typeof(r->'chat') <> 'null' or json_typeof(r->'claim') <> 'null' as new
        from json_array_elements(v_results) r
    )
    select json_agg(json_build_array(
               place, m->'chat_id', m->'seq', m->'id', m->'created_at', r->'pending', users,
               r->'chat', case when json_typeof(claim) = 'object' then json_build_array(
                   claim->'epoch', claim->'try', claim->'visitor') end))
               filter (where place <= v_count and new),
           json_agg(json_build_array(place, m, r->'pending', users, r->'wait'))
               filter (where place <= v_count and not new),
           json_agg(json_build_array(
               place - v_count, m->'seq', m->'id', m->'created_at', r->'pending', users, r->'chat',
               (select json_agg(x) from json_array_elements(
                    case when json_typeof(r->'messages') = 'array' then r->'messages' end)
                                        with ordinality e (x, n) where n > 1)))
               filter (where place > v_count)
    into said, unsaid, answered from turns;
end $$;

-- It charged the cost of an unfinished answer. Its writers reserve nothing.
create or replace function charge_tokens(p_chat text, p_tokens bigint) returns void
language plpgsql as $$
begin
    update chats c set spent = spent_today(c) + p_tokens, spent_on = today() where chat_id = p_chat;
    perform book_calls((
        select json_agg(json_build_object(
            'day', today(), 'address_hash', c.address_hash, 'tokens', p_tokens, 'reserved', 0))
        from chats c where c.chat_id = p_chat));
end $$;

create or replace procedure ask_for_person(
    p_connection text, p_reason text, p_burst int, p_rate double precision,
    out wait double precision,
    out known boolean, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    v_pending boolean;
    v_team json;
begin
    call want_person(p_connection, true, p_reason, p_burst, p_rate,
                     wait, known, v_pending, v_team, messages, chat, users, managers);
end $$;

create or replace procedure seen_by_manager(
    p_connection text, p_chat text, p_seq int,
    out outcome text, out seq int, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    v_mark int;
    v_own text[];
begin
    call read_chat(p_connection, p_chat, p_seq, outcome, seq, v_mark, v_own, chat, users, managers);
    users := coalesce(users, users_of(p_chat));
end $$;

create or replace function are_common(p_words text[]) returns boolean language sql stable as $$
    select exists (select from word_ways(p_words) w where w.is_common)
$$;

create or replace function chats_with_words(p_query text) returns table (chat_id text)
language sql stable as $$
    (select c.chat_id from chats c
     where p_query <> '' and visitor_words(c) @@ p_query::tsquery limit 5000)
    union
    (select c.chat_id from chats c
     where p_query <> '' and is_unspaced(c.visitor->>'name')
       and words_of(spaced(c.visitor->>'name')) @@ p_query::tsquery limit 5000)
    union
    select h.chat_id from messages_with(p_query::tsquery, p_query::tsquery, null, null) h
    where p_query <> ''
$$;

create or replace function has_words(p_chat text, p_query tsquery) returns boolean
language sql stable as $$
    select exists (select from chats c where c.chat_id = p_chat
                     and (visitor_words(c) @@ p_query
                          or words_of(spaced(c.visitor->>'name')) @@ p_query))
        or exists (select from (select m.text from messages m
                                where m.chat_id = p_chat and m.kind = 'text'
                                order by m.seq desc limit 100) x
                   where text_has(x.text, p_query))
$$;
