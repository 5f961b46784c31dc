-- Whoever works holds some of these tables and waits for others. So all are locked at once or none,
-- and nobody waits for long behind this. Only a wait of more than a second ends an autovacuum.
do $$
declare
    v_before text := current_setting('lock_timeout');
begin
    for attempt in 1 .. 200 loop
        begin
            perform set_config('lock_timeout', case when attempt % 20 = 0 then '1200' else '200' end,
                               true);
            lock table chats, connections, broadcasts, events, managers in access exclusive mode;
            exit;
        exception when lock_not_available or deadlock_detected then
            if attempt = 200 then
                raise;
            end if;
            perform pg_sleep(0.05 + random() * 0.2);
        end;
    end loop;
    perform set_config('lock_timeout', v_before, true);
end $$;

-- Websites with their own widget, assistant and members. What is null comes from the environment,
-- also later.
create table sites (
    site_id         text collate "C" primary key,
    -- Stands in the page: it selects the site. Which pages may use it, the origins say.
    public_key      text collate "C" not null unique,
    name            text not null,
    origins         text[],
    answering       text check (answering in ('always', 'when_away', 'never')),
    assistant_id    text,
    locale          text,
    time_zone       text,
    -- The widget's colours and place, and its words by language. A missing name is inherited.
    theme           jsonb not null default '{}',
    texts           jsonb not null default '{}',
    privacy_url     text,
    consent         text,
    -- They hold beside the installation's limits, and never raise them.
    tokens_per_day  bigint check (tokens_per_day >= 0),
    tokens_per_chat bigint check (tokens_per_chat >= 0),
    -- The key with which this site signs its people in. It is encrypted, under a key of SECRET_KEY.
    identity_key    bytea,
    -- It rises with each change, so nobody overwrites what they have not seen.
    rev             int not null default 1,
    archived_at     timestamptz,
    created_at      timestamptz not null default clock_timestamp(),
    updated_at      timestamptz not null default clock_timestamp()
);

insert into sites (site_id, public_key, name)
values ('default', 'site_' || replace(gen_random_uuid()::text, '-', ''), 'Website');

-- Admins see all sites, agents those whose members they are.
create table members (
    site_id    text collate "C" not null,
    manager_id text collate "C" not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (site_id, manager_id)
);

create index members_of_manager on members (manager_id);

insert into members (site_id, manager_id)
select 'default', manager_id from managers where removed_at is null;

-- A constant default rewrites nothing, and the release before need not know of it.
alter table chats add column site_id text collate "C" not null default 'default';
alter table connections
    -- A visitor's: the chat's site.
    add column site_id text collate "C" not null default 'default',
    -- A manager's: the sites that they see. Null: all.
    add column sites text[];
-- Null: to chats of all sites.
alter table broadcasts add column site_id text collate "C";
-- Null: of no site. What there is was about the only one.
alter table events add column site_id text collate "C" default 'default';
alter table events alter column site_id drop default;

-- What the answers of one site cost on one day. `spending` counts all sites.
create table site_spending (
    day      date not null,
    site_id  text collate "C" not null,
    tokens   bigint not null default 0,
    reserved bigint not null default 0,
    primary key (day, site_id)
);
