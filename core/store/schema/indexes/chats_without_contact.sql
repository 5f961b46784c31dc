create index concurrently if not exists chats_without_contact
    on chats (listed_at) where contact_id is null and listed_at is not null;
