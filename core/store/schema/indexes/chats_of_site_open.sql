create index concurrently if not exists chats_of_site_open
    on chats (site_id, owner, listed_at desc, chat_id desc)
    where status = 'open' and listed_at is not null;
