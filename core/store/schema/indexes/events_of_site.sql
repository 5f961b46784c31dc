create index concurrently if not exists events_of_site on events (site_id, id desc)
    where actor_kind = 'manager' or name like 'manager.%';
