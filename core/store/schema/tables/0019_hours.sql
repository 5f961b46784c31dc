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
            lock table chats, managers, sites in access exclusive mode;
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

-- `new`: a person is owed from the first message. What stands there was checked by a narrower rule,
-- so no row is read again.
alter table chats drop constraint chats_waiting_for_check;
alter table chats add constraint chats_waiting_for_check
    check (waiting_for in ('new', 'asked', 'failed', 'budget', 'reply')) not valid;

alter table sites
    -- When the team is there, in the site's own zone: seven days from Monday, each with its spans,
    -- `[["09:00", "12:30"], ["13:30", "18:00"]]`. Null: always.
    add column hours jsonb,
    -- Other hours on some dates: `{"2026-12-24": {"name": "Christmas Eve", "hours": []}}`.
    add column special_days jsonb not null default '{}';

-- Since when they are away by hand. Null: they are not.
alter table managers add column away_since timestamptz;
