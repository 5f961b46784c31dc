-- How far each manager has read in each chat.
create table read_marks (
    chat_id    text collate "C" not null,
    manager_id text collate "C" not null,
    seq        int not null,
    at         timestamptz not null default clock_timestamp(),
    primary key (chat_id, manager_id)
);

create index read_marks_of_manager on read_marks (manager_id, at);

-- Since when a manager has marks. In an older chat without one, the team's counts.
alter table managers add column reads_since timestamptz not null default clock_timestamp();
