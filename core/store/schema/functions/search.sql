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

-- So many hits of an index are looked at.
create or replace function most_hits() returns int language sql immutable as $$ select 5000 $$;

-- The messages that match a query: p_words by the index of words, p_characters by the other one.
-- They were written between two times (null: at any).
create or replace function messages_with(
    p_words tsquery, p_characters tsquery, p_after timestamptz, p_before timestamptz
) returns table (chat_id text, seq int) language sql stable as $$
    (select x.chat_id, x.seq from messages x
     where x.kind = 'text' and words_of(x.text) @@ p_words
       and (p_after is null or x.created_at >= p_after)
       and (p_before is null or x.created_at < p_before)
     limit most_hits())
    union all
    (select x.chat_id, x.seq from messages x
     where x.kind = 'text' and is_unspaced(x.text) and words_of(spaced(x.text)) @@ p_characters
       and (p_after is null or x.created_at >= p_after)
       and (p_before is null or x.created_at < p_before)
     limit most_hits())
$$;

-- The same for notes.
create or replace function notes_with(
    p_words tsquery, p_characters tsquery, p_after timestamptz, p_before timestamptz
) returns table (chat_id text, note_id uuid) language sql stable as $$
    (select x.chat_id, x.note_id from notes x
     where x.deleted_at is null and words_of(x.text) @@ p_words
       and (p_after is null or x.created_at >= p_after)
       and (p_before is null or x.created_at < p_before)
     limit most_hits())
    union all
    (select x.chat_id, x.note_id from notes x
     where x.deleted_at is null
       and is_unspaced(x.text) and words_of(spaced(x.text)) @@ p_characters
       and (p_after is null or x.created_at >= p_after)
       and (p_before is null or x.created_at < p_before)
     limit most_hits())
$$;

-- An index that has a word so often reads for long, some 20 ms. For visitors it is a tenth: what
-- fewer words lead to is cut in no other place.
create or replace function many_entries() returns real language sql immutable as $$ select 2e6 $$;

-- How words lead by each index. is_common: so many chats have each of them that a list's next ones
-- soon fill a page. asked_by: the words without those that it has very often.
-- Postgres counts that from time to time, and shows it to the owner of an index only. It expects far
-- more rows than there are, so it would compile the statement at each call.
-- https://www.postgresql.org/docs/current/view-pg-stats.html
create or replace function word_ways(p_words text[])
returns table (name text, is_common boolean, asked_by text[])
language sql stable security definer set search_path from current set jit = off as $$
    with indexes as materialized (
        -- After `reindex` an index counts its entries, and not its rows.
        select i.name, least(r.reltuples, o.reltuples) as rows,
               -- What a page has, or more.
               case when t.oid is not null
                    then greatest(50, least(0.02 * t.reltuples, i.most)) end as common,
               many_entries() / case when starts_with(i.name, 'chats') then 10 else 1 end as many
        from (values ('messages_by_words', 'messages', 'messages', 'infinity'::real),
                     ('messages_by_characters', 'messages', 'messages', 'infinity'),
                     ('chats_by_words', 'chats', 'chats', 20000),
                     ('notes_by_words', 'notes', 'chats', 'infinity'),
                     -- Few have such names and notes. So these make nothing common.
                     ('chats_by_characters', 'chats', null, null),
                     ('notes_by_characters', 'notes', null, null)) i (name, own, of, most)
             join pg_class r on r.oid = to_regclass(i.name)
             join pg_class o on o.oid = to_regclass(i.own)
             left join pg_class t on t.oid = to_regclass(i.of)
    ), counted as materialized (
        select i.name, e.word, e.share * i.rows as entries
        from indexes i join pg_stats s on s.tablename = i.name and s.schemaname = current_schema()
             cross join lateral unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs)
                                     e (word, share)
        where e.word is not null and i.rows > 0
    ), parts as materialized (
        -- A sign that stands alone narrows nothing.
        select w.word, w.place, lower(x.part) as part
        from unnest(p_words) with ordinality w (word, place)
             cross join lateral parts_of(array[w.word]) p
             cross join lateral string_to_table(p.part, case when p.unspaced then null else '' end)
                                     x (part)
        where numnode(beginnings(array[w.word])) > 0
    )
    select i.name, coalesce(bool_and(r.entries >= i.common), false),
           coalesce(array_agg(r.word order by r.place) filter (where r.entries < i.many), '{}')
    from indexes i
         left join lateral (
             select p.word, p.place, min(coalesce((
                 select sum(k.entries) from counted k
                 where k.name = i.name and starts_with(k.word, p.part)), 0)) as entries
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
