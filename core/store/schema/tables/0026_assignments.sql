-- Who is responsible for a chat: a person, a team, or both. Who answers it stands in the chat's own
-- row, which messages change. This one they leave alone.

create table teams (
    team_id    text collate "C" primary key,
    site_id    text collate "C" not null,
    name       text not null,
    -- Its chats are given to its members by themselves.
    balanced   boolean not null default false,
    -- It gets what begins to wait on its site and is nobody's.
    takes_new  boolean not null default false,
    created_at timestamptz not null default clock_timestamp(),
    removed_at timestamptz
);

create index teams_of_site on teams (site_id) where removed_at is null;
create unique index teams_that_take_new on teams (site_id) where takes_new and removed_at is null;

create table team_members (
    team_id     text collate "C" not null,
    manager_id  text collate "C" not null,
    -- So many open chats they get by themselves, of all teams. By hand they may get more.
    capacity    int not null check (capacity between 0 and 1000),
    assigned_at timestamptz,
    primary key (team_id, manager_id)
);

create index team_members_of_manager on team_members (manager_id);

create table assignments (
    chat_id     text collate "C" primary key,
    team_id     text collate "C",
    -- The assignee.
    manager_id  text collate "C",
    -- As the chat's status: it follows the chat's events.
    is_open     boolean not null default true,
    -- Somebody has given it to the team, so it does not have to wait for a person to be placed.
    passed      boolean not null default false,
    -- Who has given it back: it is not placed with them again.
    returned_by text collate "C",
    -- The order of the team's queue.
    queued_at   timestamptz not null default clock_timestamp()
);

create index assignments_in_queue on assignments (team_id, queued_at)
    where is_open and manager_id is null and team_id is not null;
create index assignments_of_manager on assignments (manager_id)
    where is_open and manager_id is not null;
