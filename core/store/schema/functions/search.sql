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

-- The messages that match a query: p_words by the index of words, p_characters by that of characters.
-- They were written between two times (null: at any). So many are enough of each.
create or replace function messages_with(
    p_words tsquery, p_characters tsquery, p_after timestamptz, p_before timestamptz
) returns table (chat_id text, seq int) language sql stable as $$
    (select x.chat_id, x.seq from messages x
     where x.kind = 'text' and words_of(x.text) @@ p_words
       and (p_after is null or x.created_at >= p_after)
       and (p_before is null or x.created_at < p_before)
     limit 5000)
    union all
    (select x.chat_id, x.seq from messages x
     where x.kind = 'text' and is_unspaced(x.text) and words_of(spaced(x.text)) @@ p_characters
       and (p_after is null or x.created_at >= p_after)
       and (p_before is null or x.created_at < p_before)
     limit 5000)
$$;

-- The same for notes.
create or replace function notes_with(
    p_words tsquery, p_characters tsquery, p_after timestamptz, p_before timestamptz
) returns table (chat_id text, note_id uuid) language sql stable as $$
    (select x.chat_id, x.note_id from notes x
     where x.deleted_at is null and words_of(x.text) @@ p_words
       and (p_after is null or x.created_at >= p_after)
       and (p_before is null or x.created_at < p_before)
     limit 5000)
    union all
    (select x.chat_id, x.note_id from notes x
     where x.deleted_at is null
       and is_unspaced(x.text) and words_of(spaced(x.text)) @@ p_characters
       and (p_after is null or x.created_at >= p_after)
       and (p_before is null or x.created_at < p_before)
     limit 5000)
$$;

-- For each index of words those that are rare in it: so few messages, or visitors' names, have them
-- that they lead to these. What all have would only have to be read. Postgres counts that from time
-- to time. https://www.postgresql.org/docs/current/view-pg-stats.html
create or replace function rare_words(p_words text[]) returns table (name text, words text[])
language sql stable as $$
    with counted as materialized (
        select s.tablename as name, e.word, e.share
        from pg_stats s, unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs)
                         e (word, share)
        where s.schemaname = current_schema()
          and s.tablename in ('messages_by_words', 'messages_by_characters', 'chats_by_words',
                              'chats_by_characters', 'notes_by_words', 'notes_by_characters')
          and e.word is not null
    ), parts as materialized (
        -- What an index does not know, as a sign that stands alone, narrows nothing.
        select w.word, w.place, lower(x.part) as part
        from unnest(p_words) with ordinality w (word, place)
             cross join lateral parts_of(array[w.word]) p
             cross join lateral string_to_table(p.part, case when p.unspaced then null else '' end)
                        x (part)
        where numnode(beginnings(array[w.word])) > 0
    )
    select i.name, coalesce(array_agg(r.word order by r.place) filter (where r.is_rare), '{}')
    from (values ('messages_by_words'), ('messages_by_characters'), ('chats_by_words'),
                 ('chats_by_characters'), ('notes_by_words'), ('notes_by_characters')) i (name)
         left join lateral (
             select p.word, p.place, bool_or(0.02 > coalesce((
                 select sum(k.share) from counted k
                 where k.name = i.name and starts_with(k.word, p.part)), 0)) as is_rare
             from parts p group by p.word, p.place) r on true
    group by i.name
$$;

-- Whether a text has the words, also where a language has no spaces between them.
create or replace function text_has(p_text text, p_query tsquery) returns boolean
language sql immutable as $$
    select words_of(p_text) @@ p_query
        or is_unspaced(p_text) and words_of(spaced(p_text)) @@ p_query
$$;

drop function if exists
    chat_has_words(text, tsquery, text, timestamptz, timestamptz),
    found_chats(text, text, timestamptz, timestamptz);
