create index concurrently if not exists events_of_waits on events (site_id, id desc)
    where name = 'chat.waiting';
