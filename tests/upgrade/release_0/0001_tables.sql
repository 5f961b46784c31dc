-- Everything that is decided under one lock stands in the chat's one row. Room is left on each
-- page so that its frequent updates stay in place, and no index covers what every message changes.
create table chats (
    chat_id         text collate "C" primary key,
    status          text not null default 'open' check (status in ('open', 'closed')),
    visitor         jsonb not null default '{}',

    -- Who answers now. Each change of owner raises the epoch.
    owner           text not null default 'assistant' check (owner in ('assistant', 'manager')),
    manager_id      text collate "C",
    manager_name    text,
    epoch           int not null default 1,

    -- The claim: the right to write the answer now. No heartbeat, no claim.
    try             int not null default 0,
    attempts        int not null default 0,
    reply_to        int,
    draft           text,
    beat_at         timestamptz,

    -- What was said, and what is owed.
    last_seq        int not null default 0,
    last_user_seq   int not null default 0,
    last_user_at    timestamptz,
    answered_seq    int not null default 0,
    retry_from      int,
    waiting_since   timestamptz,
    waiting_for     text check (waiting_for in ('asked', 'failed', 'budget', 'reply')),

    seen_by_user    int not null default 0,
    seen_by_manager int not null default 0,
    unread          int not null default 0,

    created_at      timestamptz not null default clock_timestamp(),
    updated_at      timestamptz not null default clock_timestamp(),
    -- The order of lists: moves at most once a minute, and is null until something was said.
    listed_at       timestamptz
) with (fillfactor = 80);

create index chats_by_time on chats (listed_at desc, chat_id desc) where listed_at is not null;
create index chats_open_by_owner on chats (owner, listed_at desc, chat_id desc)
    where status = 'open' and listed_at is not null;
create index chats_of_manager on chats (manager_id, listed_at desc, chat_id desc)
    where status = 'open' and manager_id is not null and listed_at is not null;
create index chats_closed on chats (listed_at desc, chat_id desc) where status = 'closed';
create index chats_waiting on chats (waiting_since, chat_id) where waiting_since is not null;
create index chats_unused on chats (created_at) where listed_at is null;
create index chats_by_visitor on chats using gin (to_tsvector('simple',
    chat_id || ' ' || coalesce(visitor->>'name', '') || ' ' || coalesce(visitor->>'email', '')));

create table messages (
    chat_id      text collate "C" not null,
    seq          int not null,
    id           uuid not null default gen_random_uuid(),
    role         text not null check (role in ('user', 'manager', 'assistant')),
    kind         text not null default 'text' check (kind in ('text', 'event')),
    text         text not null,
    client_id    text collate "C",
    reply_to     int,
    try          int,
    state        text not null default 'final'
                 check (state in ('final', 'interrupted', 'failed', 'erased')),
    rev          int not null default 1,
    author_id    text collate "C",
    author_name  text,
    usage        jsonb,
    created_at   timestamptz not null default clock_timestamp(),
    primary key (chat_id, seq)
);

create unique index messages_named_once on messages (chat_id, role, client_id)
    where client_id is not null;
-- A failed reply may be tried again, and an interrupted one be answered after a hand-back.
create unique index messages_answered_once on messages (chat_id, reply_to)
    where reply_to is not null and state = 'final';
create index messages_by_word on messages using gin (to_tsvector('simple', text))
    where kind = 'text';

-- One row a socket. A user's has a chat; a manager's has none and gets everything.
create table connections (
    connection_id text collate "C" primary key,
    callback_url  text not null,
    chat_id       text collate "C",
    manager_id    text collate "C",
    manager_name  text,
    connected_at  timestamptz not null default clock_timestamp(),
    expires_at    timestamptz not null
);

create index connections_of_chat on connections (chat_id) where chat_id is not null;
create index connections_of_managers on connections (expires_at) where chat_id is null;
create index connections_by_expiry on connections (expires_at);

create table watches (
    connection_id text collate "C" not null,
    chat_id       text collate "C" not null,
    primary key (chat_id, connection_id)
);

create index watches_of_connection on watches (connection_id);

create table broadcasts (
    broadcast_id uuid primary key default gen_random_uuid(),
    text         text not null,
    client_id    text collate "C" unique,
    author_id    text collate "C",
    author_name  text,
    recipients   int not null default 0,
    pages        int not null default 0,
    created_at   timestamptz not null default clock_timestamp()
);

create table broadcast_recipients (
    broadcast_id uuid not null,
    page         int not null,
    chat_id      text collate "C" not null,
    outcome      text check (outcome in ('stored', 'delivered', 'failed')),
    primary key (broadcast_id, page, chat_id)
);
