-- A link signs one browser in, once. Of the link only the hash is stored.
create table sign_in_links (
    token_hash   bytea primary key,
    manager_id   text collate "C" not null,
    expires_at   timestamptz not null,
    -- The sign-in that it made. Null: nobody has used it.
    session_hash bytea,
    -- The end of what it makes. Null: that sign-in slides.
    until        timestamptz
);

create index sign_in_links_of_manager on sign_in_links (manager_id);
create index sign_in_links_by_expiry on sign_in_links (expires_at);

-- A token for a manager's programs.
create table api_tokens (
    token_id   uuid primary key default gen_random_uuid(),
    token_hash bytea not null unique,
    manager_id text collate "C" not null,
    name       text not null,
    created_at timestamptz not null default clock_timestamp(),
    used_on    date,
    -- Null: it has no end of its own.
    until      timestamptz
);

create index api_tokens_of_manager on api_tokens (manager_id);

-- A sign-in that slides ends a week after its last use. One of the team's own login does not slide.
alter table sign_ins add column slides boolean not null default false;

-- Tokens of the release before are both: links that work often, and tokens for programs. They, and
-- those that it still makes during a rolling deploy, go on for 30 days.
alter table managers add column
    token_until timestamptz not null default clock_timestamp() + interval '30 days';
