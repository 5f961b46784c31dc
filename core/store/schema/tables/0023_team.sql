-- When a manager was here last, also after the sign-ins have ended. Right to some minutes.
alter table managers add column seen_at timestamptz;
