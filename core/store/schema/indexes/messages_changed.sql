create index concurrently if not exists messages_changed on messages (chat_id, change)
    where change is not null;
