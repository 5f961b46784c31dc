-- Words are what stands between spaces and punctuation, however it is spelled: Postgres takes an
-- e-mail address, a host name or a number with a dot for one word, and nobody would find its parts.
-- A common word is looked for where most look for it, among the chats that come first.

-- Without what joins words for Postgres: the rest of the punctuation parts them anyway.
create function words_of(p_text text) returns tsvector language sql immutable as $$
    select to_tsvector('simple', translate(p_text, '@.-/+<&~', '        '))
$$;

create function visitor_words(c chats) returns tsvector language sql immutable as $$
    select words_of(c.chat_id || ' ' || coalesce(c.visitor->>'name', '') || ' '
                    || coalesce(c.visitor->>'email', ''))
$$;

-- New words wait in a list until there are so many (kB) that whoever comes must sort them in: often
-- and a little, where at 4 MB everybody would have waited for 30 ms.
create index messages_by_words on messages using gin (words_of(text))
    with (gin_pending_list_limit = 64) where kind = 'text';
create index chats_by_words on chats using gin (words_of(chat_id || ' '
    || coalesce(visitor->>'name', '') || ' ' || coalesce(visitor->>'email', '')));

-- All of these words, each by its beginning; read as messages are, which may be as several.
create function beginnings(p_words text[]) returns tsquery language sql stable as $$
    select to_tsquery('simple', string_agg(quote_literal(w) || ':*', ' & ')) from unnest(p_words) w
$$;

-- The hits are limited before anything is sorted. The words are a text, as the release before has
-- them.
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

drop index messages_by_word;
drop index chats_by_visitor;

-- Whether each word stands in so many messages, or so many visitors' names, that a page of chats
-- with it is soon found by looking at one chat after the other. As Postgres counted it, now and
-- then. https://www.postgresql.org/docs/current/view-pg-stats.html
create function are_common(p_words text[]) returns boolean language sql stable as $$
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

-- Whether a chat has the words, in the last 100 messages or in who its visitor is.
create function has_words(p_chat text, p_query tsquery) returns boolean language plpgsql stable as $$
begin
    return coalesce((select true from chats c
                     where c.chat_id = p_chat and visitor_words(c) @@ p_query), false)
        or coalesce((select true from (
                         select m.text from messages m
                         where m.chat_id = p_chat and m.kind = 'text'
                         order by m.seq desc limit 100) x
                     where words_of(x.text) @@ p_query limit 1), false);
end $$;
