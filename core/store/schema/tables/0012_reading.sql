-- The HTML of a text, and the version of the renderer that made it. Without a version the text is
-- not rendered yet. With a version and without HTML it is shown as it is.
alter table messages add column html text, add column renderer int;
alter table broadcasts add column html text, add column renderer int;

-- How many bytes the visitor wrote on this day (UTC).
alter table chats add column written_on date, add column written bigint not null default 0;

-- These have other parameters now.
drop function if exists
    append_message(chats, text, text, text, text, int, int, text, text, jsonb, uuid),
    own_chat(chats, text, text, text, text), resume_chats(json, int, int, double precision);
drop procedure if exists take_over(text, text, text, text, text);
drop function if exists begin_broadcast(text, text, text, text, text, text[], int);

-- The search knows the beginning of each text: otherwise the index of a long one takes four times
-- its room. What an index holds already stays in it, and is found. So none is built anew.
create or replace function words_of(p_text text) returns tsvector language sql immutable as $$
    select to_tsvector('simple', translate(left(p_text, 3000), '@.-/+<&~', '        '))
$$;

create or replace function spaced(p_text text) returns text language sql immutable as $$
    select regexp_replace(left(p_text, 1000), '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff])', ' \1 ', 'g')
$$;
