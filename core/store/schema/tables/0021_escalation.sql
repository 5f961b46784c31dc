-- Who hears of a chat that still waits, and when; and the mail that visitors get who have left.

-- The steps of a site, by the seconds of waiting. None: nobody is called but whoever asked to be.
create table escalation_steps (
    site_id       text collate "C" not null,
    position      int not null,
    after_seconds int not null check (after_seconds between 0 and 604800),
    -- Only the seconds count in which the site is open.
    only_open     boolean not null default false,
    -- `people`: whoever has the chat, else the team; `team`: all who see the site; `receiver`: one
    -- place outside; `everybody`: the team and all of these places, whatever else they wish.
    action        text not null check (action in ('people', 'team', 'receiver', 'everybody')),
    receiver_id   uuid,
    primary key (site_id, position)
);

-- Which steps were taken of a wait: `since` names it.
create table escalations (
    chat_id text collate "C" primary key,
    since   timestamptz not null,
    taken   int[] not null default '{}'
);

create index escalations_by_time on escalations (since);

-- What a visitor has got by mail: the chat's messages up to this one.
create table follow_ups (
    chat_id    text collate "C" primary key,
    mailed_seq int not null,
    mailed_at  timestamptz not null default clock_timestamp()
);

-- Contacts that got mail. The token stands in it, and stops it.
create table mailed_contacts (
    contact_id uuid primary key,
    token      uuid not null unique default gen_random_uuid(),
    stopped_at timestamptz
);
