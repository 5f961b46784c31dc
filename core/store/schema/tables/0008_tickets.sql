-- The unspent tickets of a chat are counted.
create index tickets_of_chat on tickets (chat_id) where chat_id is not null;
