-- Whether the host site signed the visitor's name and e-mail address. Else the visitor said them.
alter table chats add column visitor_verified boolean not null default false;

-- It has one parameter more now.
drop function if exists begin_chat(text, jsonb, text, int, double precision);
