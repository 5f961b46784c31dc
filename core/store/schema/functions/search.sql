-- The search for chats by the words of their messages and visitors. A common word is looked for
-- among the first chats of the list, because most of them have it.

create or replace function visitor_words(c chats) returns tsvector language sql immutable as $$
    select words_of(c.chat_id || ' ' || coalesce(c.visitor->>'name', '') || ' '
                    || coalesce(c.visitor->>'email', ''))
$$;

-- A query for all words, each by its beginning. They are split as the words of messages are.
create or replace function beginnings(p_words text[]) returns tsquery language sql stable as $$
    select to_tsquery('simple', string_agg(quote_literal(w) || ':*', ' & ')) from unnest(p_words) w
$$;

-- The chats that match a query. Hits are limited before anything sorts them. The query is a text,
-- as the release before passes it.
create or replace function chats_with_words(p_query text) returns table (chat_id text)
language sql stable as $$
    select n.chat_id from (
        select c.chat_id from chats c
        where p_query <> '' and visitor_words(c) @@ p_query::tsquery
        limit 5000) n
    union
    select m.chat_id from (
        select x.chat_id from messages x
        where p_query <> '' and x.kind = 'text' and words_of(x.text) @@ p_query::tsquery
        limit 5000) m
$$;

-- Whether each word is in so many messages, or visitors' names, that reading the chats one by one
-- soon fills a page. Postgres counts that from time to time.
-- https://www.postgresql.org/docs/current/view-pg-stats.html
create or replace function are_common(p_words text[]) returns boolean language sql stable as $$
    with counted as materialized (
        select s.tablename, e.word, e.share
        from pg_stats s, unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs)
                         e (word, share)
        where s.schemaname = current_schema()
          and s.tablename in ('messages_by_words', 'chats_by_words') and e.word is not null
    )
    select exists (
        select from (values ('messages_by_words'), ('chats_by_words')) i (name)
        where (select bool_and(0.01 <= coalesce((
                          select sum(k.share) from counted k
                          where k.tablename = i.name and starts_with(k.word, lower(w))), 0))
               from unnest(p_words) w))
$$;

-- Whether a chat has the words, in its last 100 messages or in its visitor's name or address.
create or replace function has_words(p_chat text, p_query tsquery) returns boolean language plpgsql stable as $$
begin
    return coalesce((select true from chats c
                     where c.chat_id = p_chat and visitor_words(c) @@ p_query), false)
        or coalesce((select true from (
                         select m.text from messages m
                         where m.chat_id = p_chat and m.kind = 'text'
                         order by m.seq desc limit 100) x
                     where words_of(x.text) @@ p_query limit 1), false);
end $$;
