-- Which teams a note names. Its people of that moment have a row each in `mentions`.
create table mentioned_teams (
    note_id uuid not null references notes on delete cascade,
    team_id text collate "C" not null,
    primary key (note_id, team_id)
);
