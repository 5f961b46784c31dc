create index concurrently if not exists assignments_of_team on assignments (team_id, is_open)
    where team_id is not null;
