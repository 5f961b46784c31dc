-- Browsers that are woken when somebody waits: one row for each.
create table push_subscriptions (
    subscription_id uuid primary key default gen_random_uuid(),
    manager_id      text collate "C" not null,
    -- It ends with the sign-in. Null: in open mode nobody signs in.
    sign_in_id      uuid references sign_ins (sign_in_id) on delete cascade,
    -- The browser's own address at its push service. Who knows it may wake the browser.
    endpoint        text not null,
    endpoint_hash   bytea not null unique,
    p256dh          bytea not null,
    auth            bytea not null,
    -- The key of ours that it was made for. The service takes nothing signed by another.
    key_id          bytea not null,
    language        text not null default 'en',
    user_agent      text,
    created_at      timestamptz not null default clock_timestamp(),
    used_at         timestamptz,
    -- What it got last, so that a repeated delivery wakes nobody twice.
    last_notice     uuid
);

create index push_subscriptions_of_manager on push_subscriptions (manager_id);
create index push_subscriptions_of_sign_in on push_subscriptions (sign_in_id);

-- How each manager wishes to be told, on all devices. Who has no row wishes what the defaults say.
-- Each list names the chats that are told of: `mine` (I own them), `sites` (a colleague does, on a
-- site that I see), `unassigned` (nobody does).
create table notice_rules (
    manager_id  text collate "C" primary key,
    sound       text[] not null default '{mine,unassigned}',
    desktop     text[] not null default '{mine,unassigned}',
    push        text[] not null default '{mine,unassigned}',
    -- Do not disturb: until then, and each day between these times of this zone.
    quiet_until timestamptz,
    quiet_from  time,
    quiet_to    time,
    time_zone   text,
    updated_at  timestamptz not null default clock_timestamp()
);
