create index concurrently if not exists chats_prioritized
    on chats (priority) where priority is not null;
