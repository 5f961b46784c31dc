-- What the installation keeps for itself: keys that its processes share.
create table installation_keys (
    name       text collate "C" primary key,
    value      text not null,
    created_at timestamptz not null default now()
);

-- Processes with sockets. Two at one address would take each other's pushes.
create table nodes (
    callback_url text collate "C" primary key,
    process_id   uuid not null,
    seen_at      timestamptz not null default now()
);
