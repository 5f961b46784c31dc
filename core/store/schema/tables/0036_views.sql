-- Saved views: what is asked of the list of chats, under a name. Each is of a site, or of one person.
create table views (
    view_id    uuid primary key,
    site_id    text collate "C",
    manager_id text collate "C",
    name       text not null,
    -- The parameters of the list, by their names.
    query      jsonb not null,
    position   int not null,
    changed_at timestamptz not null default clock_timestamp(),
    check (num_nonnulls(site_id, manager_id) = 1)
);

create unique index views_named_once on views
    (coalesce(site_id, ''), coalesce(manager_id, ''), lower(name));
create index views_of_manager on views (manager_id) where manager_id is not null;
