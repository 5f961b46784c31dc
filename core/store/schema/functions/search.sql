-- The search for chats by the words of their messages, notes and visitors. Common words are looked
-- for in the list's next chats, because many of them have these.

create or replace function visitor_words(c chats) returns tsvector language sql immutable as $$
    select words_of(c.chat_id || ' ' || coalesce(c.visitor->>'name', '') || ' '
                    || coalesce(c.visitor->>'email', ''))
$$;

-- The parts of words: runs of characters that an index of words knows, and runs of those that stand
-- alone in an index of characters.
create or replace function parts_of(p_words text[]) returns table (part text, unspaced boolean)
language sql immutable as $$
    select string_agg(x.c, '' order by x.at), x.unspaced
    from (select y.*, y.at - row_number() over (partition by y.place, y.unspaced order by y.at) as run
          from (select w.place, c.at, c.c, is_unspaced(c.c) as unspaced
                from unnest(p_words) with ordinality w (word, place),
                     regexp_split_to_table(w.word, '') with ordinality c (c, at)) y) x
    group by x.place, x.unspaced, x.run
$$;

-- A query for all words, each by its beginning. They are split as the words of messages are.
create or replace function beginnings(p_words text[]) returns tsquery language sql stable as $$
    select to_tsquery('simple', string_agg(
        case when p.unspaced
             then '(' || regexp_replace(p.part, '(.)(?=.)', '\1 <-> ', 'g') || ')'
             else quote_literal(p.part) || ':*' end, ' & '))
    from parts_of(p_words) p
$$;

-- The chats that match a query, in messages, in notes (p_where: `messages`, `notes`), or in both
-- (`all`). What has the words was written between two times (null: at any). So many hits are enough
-- of each. The query is a text, as the release before passes it.
create or replace function found_chats(
    p_query text, p_where text, p_after timestamptz, p_before timestamptz
) returns table (chat_id text) language sql stable as $$
    (select c.chat_id from chats c
     where p_where <> 'notes' and p_query <> ''
       and visitor_words(c) @@ p_query::tsquery
       and (p_after is null or c.listed_at >= p_after)
       and (p_before is null or c.listed_at < p_before)
     limit 5000)
    union
    (select x.chat_id from messages x
     where p_where <> 'notes' and p_query <> ''
       and x.kind = 'text' and words_of(x.text) @@ p_query::tsquery
       and (p_after is null or x.created_at >= p_after)
       and (p_before is null or x.created_at < p_before)
     limit 5000)
    union
    (select x.chat_id from notes x
     where p_where <> 'messages' and p_query <> ''
       and x.deleted_at is null and words_of(x.text) @@ p_query::tsquery
       and (p_after is null or x.created_at >= p_after)
       and (p_before is null or x.created_at < p_before)
     limit 5000)
    union
    (select c.chat_id from chats c
     where p_where <> 'notes' and p_query <> ''
       and is_unspaced(c.visitor->>'name')
       and words_of(spaced(c.visitor->>'name')) @@ p_query::tsquery
       and (p_after is null or c.listed_at >= p_after)
       and (p_before is null or c.listed_at < p_before)
     limit 5000)
    union
    (select x.chat_id from messages x
     where p_where <> 'notes' and p_query <> ''
       and x.kind = 'text' and is_unspaced(x.text)
       and words_of(spaced(x.text)) @@ p_query::tsquery
       and (p_after is null or x.created_at >= p_after)
       and (p_before is null or x.created_at < p_before)
     limit 5000)
    union
    (select x.chat_id from notes x
     where p_where <> 'messages' and p_query <> ''
       and x.deleted_at is null and is_unspaced(x.text)
       and words_of(spaced(x.text)) @@ p_query::tsquery
       and (p_after is null or x.created_at >= p_after)
       and (p_before is null or x.created_at < p_before)
     limit 5000)
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
          and s.tablename in ('messages_by_words', 'chats_by_words', 'messages_by_characters',
                              'notes_by_words')
          and e.word is not null
    )
    select exists (
        select from (values ('messages_by_words'), ('chats_by_words'), ('messages_by_characters'),
                            ('notes_by_words')) i (name)
        where (select bool_and(0.02 <= coalesce((
                          select sum(k.share) from counted k
                          where k.tablename = i.name and starts_with(k.word, lower(w.word))), 0))
               from (select p.part as word from parts_of(p_words) p where not p.unspaced
                     union all
                     select c from parts_of(p_words) p, regexp_split_to_table(p.part, '') c
                     where p.unspaced) w))
$$;

-- Whether a text has the words, also where a language has no spaces between them.
create or replace function text_has(p_text text, p_query tsquery) returns boolean
language sql immutable as $$
    select words_of(p_text) @@ p_query
        or is_unspaced(p_text) and words_of(spaced(p_text)) @@ p_query
$$;

drop function if exists
    chat_has_words(text, tsquery, text, timestamptz, timestamptz);
