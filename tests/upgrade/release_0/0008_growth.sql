-- Found by counting scans: `exists` may be hashed, which reads every socket for one page of a list;
-- a subquery with a limit cannot be.
create or replace view summaries as
select c.chat_id, c.owner, c.manager_id, c.manager_name, c.epoch, c.status,
       coalesce((select true from connections n
                 where n.chat_id = c.chat_id and n.expires_at > now() limit 1), false) as online,
       c.waiting_since, c.waiting_for,
       c.owner = 'assistant' and c.answered_seq < c.last_user_seq as unanswered,
       c.last_seq,
       (select to_jsonb(m) from messages m
        where m.chat_id = c.chat_id and m.seq = c.last_seq) as last_message,
       c.unread, c.seen_by_user, c.seen_by_manager, c.visitor, c.created_at, c.updated_at,
       c.listed_at
from chats c;

create index tickets_of_manager on tickets (manager_id) where manager_id is not null;
