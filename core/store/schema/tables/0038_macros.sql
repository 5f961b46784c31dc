-- Macros: several steps in a chat as one. Each is of a site, of a team, or of one person.
create table macros (
    macro_id   uuid primary key,
    site_id    text collate "C",
    team_id    text collate "C",
    manager_id text collate "C",
    name       text not null,
    -- What the visitor gets; `{{visitor.name}}` in it is filled in by whoever uses it.
    text       text,
    -- `{tags, assignee, team, snooze, closes}`, each if it is there. Tags, people and teams by id.
    steps      jsonb not null,
    changed_at timestamptz not null default clock_timestamp(),
    check (num_nonnulls(site_id, team_id, manager_id) = 1)
);

create unique index macros_named_once on macros
    (coalesce(site_id, ''), coalesce(team_id, ''), coalesce(manager_id, ''), lower(name));
