-- Chinese, Japanese, Thai, Lao, Burmese and Khmer have no spaces between words. So each of their
-- characters is a word here, and a word of a query is found as a phrase. Two characters are too few
-- for an index of trigrams. Few texts have any, so these indexes are small or empty.

create function is_unspaced(p_text text) returns boolean language sql immutable as $$
    select p_text ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]'
$$;

create function spaced(p_text text) returns text language sql immutable as $$
    select regexp_replace(p_text, '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff])', ' \1 ', 'g')
$$;

create index messages_by_characters on messages using gin (words_of(spaced(text)))
    with (gin_pending_list_limit = 64) where kind = 'text' and is_unspaced(text);
create index chats_by_characters on chats using gin (words_of(spaced(visitor->>'name')))
    where is_unspaced(visitor->>'name');
