-- As in `0015_sites.sql`: nobody waits for long behind the wait for a table that is in use.
do $$
declare
    v_before text := current_setting('lock_timeout');
begin
    for attempt in 1 .. 200 loop
        begin
            perform set_config('lock_timeout', case when attempt % 20 = 0 then '1200' else '200' end,
                               true);
            lock table chats, messages in access exclusive mode;
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

-- Who answers: `assistant@version`, with the claim and with the message. Null: the echo, or a
-- release that did not say it.
alter table chats add column answered_by text collate "C";
alter table messages add column answered_by text collate "C";

-- Assistants that the team has made. Files are assistants, too, and have no row.
create table assistants (
    assistant_id text collate "C" primary key,
    -- Null: every site may choose it.
    site_id      text collate "C",
    -- The current one. It rises with each save, so nobody overwrites what they have not seen.
    version      int not null default 1,
    archived_at  timestamptz,
    created_at   timestamptz not null default clock_timestamp()
);

-- What each save has made. Nothing here ever changes.
create table assistant_versions (
    assistant_id  text collate "C" not null,
    version       int not null,
    name          text not null,
    instructions  text not null,
    -- What a file's front matter holds. A missing model is the environment's.
    options       jsonb not null default '{}',
    -- The version whose content this one has again.
    restored_from int,
    manager_id    text collate "C",
    created_at    timestamptz not null default clock_timestamp(),
    primary key (assistant_id, version)
);

-- What somebody tries out runs in no chat. Its cost is reserved here, until it is settled.
create table trials (
    trial_id uuid primary key,
    day      date not null,
    site_id  text collate "C" not null,
    reserved bigint not null,
    began_at timestamptz not null default clock_timestamp()
);
