-- How much a chat presses: 1 low, 3 high, 4 urgent. Null: as any other.
alter table chats add column priority smallint;

-- A chat's life between two closings. The first one has a row once somebody has responded or closed
-- it, so a visitor's message writes none.
create table cycles (
    chat_id            text collate "C" not null,
    cycle              int not null,
    -- When its visitor wrote first, or when it was opened again.
    began_at           timestamptz not null,
    -- When a person wrote to the visitor first.
    first_response_at  timestamptz,
    first_responder_id text collate "C",
    ended_at           timestamptz,
    primary key (chat_id, cycle)
);
