-- Canned replies: what the team writes often. Each is of a site, of a team, or of one person.
create table canned_replies (
    reply_id   uuid primary key,
    site_id    text collate "C",
    team_id    text collate "C",
    manager_id text collate "C",
    -- What one types behind the `/`.
    shortcut   text not null,
    -- `{{visitor.name}}` in it stays as it is: whoever uses it fills it in.
    text       text not null,
    changed_at timestamptz not null default clock_timestamp(),
    check (num_nonnulls(site_id, team_id, manager_id) = 1)
);

create unique index canned_replies_named_once on canned_replies
    (coalesce(site_id, ''), coalesce(team_id, ''), coalesce(manager_id, ''), lower(shortcut));
