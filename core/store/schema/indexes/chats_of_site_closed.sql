create index concurrently if not exists chats_of_site_closed
    on chats (site_id, listed_at desc, chat_id desc) where status = 'closed';
