create index concurrently if not exists follow_ups_by_time on follow_ups (mailed_at);
