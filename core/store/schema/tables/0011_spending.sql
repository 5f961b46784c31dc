-- What an answer may cost is reserved with its claim, and settled when it ends.
alter table spending
    add column reserved bigint not null default 0,
    -- The budget as the last claim knew it, and up to which percentage the team knows.
    add column budget bigint not null default 0,
    add column told int not null default 0;

alter table chats
    -- The call of the provider that runs now: the most that it may cost, what it has cost by an
    -- estimate without its text, and its day. Null: none runs.
    add column reserved bigint,
    add column reserved_input bigint,
    add column reserved_on date,
    -- Since when the answer waits, because what is left of a budget is reserved by others, and when
    -- a job will ask again.
    add column queued_since timestamptz,
    add column queued_until timestamptz,
    -- From where the chat was begun. The key of the hash is one of the installation's.
    add column address_hash bytea;

-- What the chats of one address cost on one day.
create table address_spending (
    day          date not null,
    address_hash bytea not null,
    tokens       bigint not null default 0,
    reserved     bigint not null default 0,
    primary key (day, address_hash)
);

insert into installation_keys (name, value)
values ('addresses', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''))
on conflict do nothing;

-- The decision about one call: `claimed`, `over` (a budget is spent), `queued` or `spent` (it was
-- queued for too long). For `claimed`: what was reserved, and the part of it that is read.
create type reservation as (outcome text, tokens bigint, input bigint);

-- They have one parameter more now.
drop function if exists claim_answers(json, boolean, double precision, int, bigint, bigint);
drop function if exists release_claim(text, int, int);
drop function if exists lock_chat(text);
