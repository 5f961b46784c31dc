-- Whoever works holds one of these tables and waits for the other. So both are locked or none.
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

-- How often a stored message of the chat was changed.
alter table chats add column change int not null default 0;
-- Which of these changes was the last one of this message. Null: it is as it was written.
alter table messages add column change int;
