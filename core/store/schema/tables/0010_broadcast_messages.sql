-- The broadcast that a message belongs to. Before, its `client_id` said so, which clients choose.
alter table messages add column broadcast_id uuid;
update messages m set broadcast_id = r.broadcast_id from broadcast_recipients r
where m.chat_id = r.chat_id and m.role = 'manager' and m.client_id = 'broadcast:' || r.broadcast_id;

-- It has one parameter more now.
drop function if exists
    append_message(chats, text, text, text, text, int, int, text, text, jsonb);
