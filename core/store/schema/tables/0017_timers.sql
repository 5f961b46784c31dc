-- What is due later: one row for each kind and thing that it is about.
create table timers (
    kind   text collate "C" not null,
    -- The thing: a chat, a site, a delivery.
    ref    text collate "C" not null,
    -- While somebody has claimed it: when others may claim it again.
    due_at timestamptz not null,
    -- Whose turn it is. Null: nobody has claimed it since it was set.
    claim  uuid,
    tries  int not null default 0,
    unique (kind, ref)
);

create index timers_due on timers (due_at);

-- On AWS: for when somebody has ordered a call of the functions. One row.
create table timer_alarm (
    one boolean primary key default true check (one),
    at  timestamptz
);

insert into timer_alarm default values;
