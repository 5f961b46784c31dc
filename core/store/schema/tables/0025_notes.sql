-- What the team writes for itself in a chat. A note takes no `seq`, and goes to managers only.
create table notes (
    note_id     uuid primary key default gen_random_uuid(),
    chat_id     text collate "C" not null,
    -- `@[id]` in it names somebody. A deleted note has none: its row stays, so that a repeat of it
    -- stores nothing.
    text        text not null,
    client_id   text collate "C",
    author_id   text collate "C" not null,
    author_name text not null,
    created_at  timestamptz not null default clock_timestamp(),
    deleted_at  timestamptz
);

create index notes_of_chat on notes (chat_id, created_at desc, note_id desc)
    where deleted_at is null;
create unique index notes_named_once on notes (chat_id, author_id, client_id)
    where client_id is not null;

-- Who is named in a note. The author has one that is seen already.
create table mentions (
    note_id    uuid not null references notes on delete cascade,
    manager_id text collate "C" not null,
    chat_id    text collate "C" not null,
    created_at timestamptz not null,
    seen_at    timestamptz,
    primary key (note_id, manager_id)
);

create index mentions_of_manager on mentions (manager_id, created_at desc, note_id desc);
create index mentions_unseen on mentions (manager_id, chat_id) where seen_at is null;
