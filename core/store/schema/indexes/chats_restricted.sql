create index concurrently if not exists chats_restricted
    on chats (listed_at desc, chat_id desc) where restriction is not null;
