create index concurrently if not exists chats_of_nobody
    on chats (listed_at desc, chat_id desc)
    where status = 'open' and owner = 'manager' and manager_id is null and listed_at is not null;
