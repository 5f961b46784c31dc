-- What a manager has changed in a chat and may still take back. A row is of no use after some seconds,
-- and the next change deletes it. It holds ids and states only.
create table undoable (
    undo_id    uuid not null,
    chat_id    text collate "C" not null,
    manager_id text collate "C" not null,
    made_at    timestamptz not null default clock_timestamp(),
    -- What the change could touch, before it and after it.
    was        jsonb not null,
    became     jsonb not null,
    -- The notices that wait for the end of the time.
    held       uuid[] not null,
    undone_at  timestamptz,
    primary key (undo_id, chat_id)
);

create index undoable_by_time on undoable (made_at);
