-- What is on its way to places outside: mail, push notices, chat tools, webhooks.

-- Where notices of a site go. A hook's address is a secret: it is encrypted, under a key of
-- SECRET_KEY. A mailbox's address is none.
create table receivers (
    receiver_id uuid primary key default gen_random_uuid(),
    site_id     text collate "C" not null,
    kind        text not null check (kind in ('mail', 'slack', 'discord', 'teams', 'webhook')),
    name        text not null,
    email       text,
    sealed      bytea,
    language    text not null default 'en',
    -- The events that it hears of at once.
    events      text[] not null default '{}',
    created_at  timestamptz not null default clock_timestamp(),
    -- It said that it is not there any more.
    gone_at     timestamptz,
    removed_at  timestamptz
);

create index receivers_of_site on receivers (site_id, created_at, receiver_id)
    where removed_at is null;

-- Each row is one notice to one receiver: ids and codes only, its text is read when it is sent. It
-- is sent at least once, and `id` is the same in each attempt. Whoever claims a row moves `due_at`
-- on, so that another one takes it over if the claim is never ended.
create table deliveries (
    id         uuid primary key default gen_random_uuid(),
    -- How it goes: `mail`, `push` or a kind of receiver.
    kind       text not null,
    -- What it says: the name of an event, or `test`.
    what       text not null,
    -- A receiver's id; for `push` a manager's.
    target     text collate "C" not null,
    site_id    text collate "C" not null,
    chat_id    text collate "C",
    event_id   bigint,
    data       jsonb not null default '{}',
    attempts   int not null default 0,
    due_at     timestamptz not null default clock_timestamp(),
    done_at    timestamptz,
    dead_at    timestamptz,
    -- A code: why the last attempt failed, or why nothing had to be sent.
    error      text,
    created_at timestamptz not null default clock_timestamp()
);

create index deliveries_due on deliveries (due_at) where done_at is null and dead_at is null;
create index deliveries_open_of_target on deliveries (target, due_at)
    where done_at is null and dead_at is null;
create index deliveries_of_chat on deliveries (chat_id, created_at) where chat_id is not null;
create index deliveries_of_site on deliveries (site_id, created_at desc, id desc);
create index deliveries_by_time on deliveries (created_at);
-- A target gets one digest of what it was spared.
create unique index deliveries_digest on deliveries (target)
    where what = 'digest' and done_at is null and dead_at is null;

-- An event about a chat is delivered to whoever wants to hear of it. The step that writes it need
-- not know of that, and a message writes none.
create function event_is_delivered() returns trigger language plpgsql as $$
begin
    perform deliver_event(new);
    return null;
end $$;

create trigger event_is_delivered after insert on events
    for each row when (new.chat_id is not null and (new.name like 'chat.%' or new.name = 'message.sent'))
    execute function event_is_delivered();
