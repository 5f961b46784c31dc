-- An ID token of the team's own login makes one sign-in. Of each only its hash is stored.
create table spent_logins (
    token_hash   bytea primary key,
    session_hash bytea not null,
    expires_at   timestamptz not null
);

create index spent_logins_by_expiry on spent_logins (expires_at);
