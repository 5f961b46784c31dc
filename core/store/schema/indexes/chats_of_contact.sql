create index concurrently if not exists chats_of_contact
    on chats (contact_id, listed_at desc) where contact_id is not null;
