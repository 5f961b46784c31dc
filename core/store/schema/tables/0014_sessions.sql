-- What managers see of their sign-ins. The browser says what it is, when it signs in.
alter table sign_ins
    add column sign_in_id uuid not null default gen_random_uuid(),
    add column user_agent text,
    -- Right to some minutes: not each call is a write.
    add column seen_at timestamptz not null default now();

create unique index sign_ins_by_id on sign_ins (sign_in_id);
