create index concurrently if not exists chats_snoozed
    on chats (listed_at desc, chat_id desc) where snoozed_until is not null;
