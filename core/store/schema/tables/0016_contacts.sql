-- As in `0014_sites.sql`: nobody waits for long behind the wait for a table that is in use.
do $$
declare
    v_before text := current_setting('lock_timeout');
begin
    for attempt in 1 .. 200 loop
        begin
            perform set_config('lock_timeout', case when attempt % 20 = 0 then '1200' else '200' end,
                               true);
            lock table chats in access exclusive mode;
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

-- Null: the contact of this chat comes with the sweep.
alter table chats add column contact_id uuid;
-- The contact's restriction, beside what a message is stored with: no message looks up a contact.
-- Not checked here: a check would read the whole table first.
alter table chats add column restriction text;

-- What is known of a visitor across chats. What the team wrote counts before what the host site
-- signed, and that before what the visitor said.
create table contacts (
    contact_id    uuid primary key default gen_random_uuid(),
    site_id       text collate "C" not null default 'default',
    -- `{name, email, locale, time_zone, attributes}` each.
    claimed       jsonb not null default '{}',
    verified      jsonb not null default '{}',
    edited        jsonb not null default '{}',
    device        text,
    restriction   text check (restriction in ('blocked', 'spam')),
    restricted_at timestamptz,
    first_seen_at timestamptz not null default clock_timestamp(),
    last_seen_at  timestamptz not null default clock_timestamp(),
    -- Lists show whoever has written, and whomever the team has touched.
    listed        boolean not null default false,
    -- A merged contact keeps all that it has, its chats too. `root_id` is the one that shows it.
    merged_into   uuid,
    merged_at     timestamptz,
    root_id       uuid not null
);

create index contacts_of_site on contacts (site_id, last_seen_at desc, contact_id desc)
    where merged_into is null and listed;
create index contacts_restricted on contacts (site_id, last_seen_at desc, contact_id desc)
    where merged_into is null and restriction is not null;
create index contacts_of_root on contacts (root_id);
create index contacts_unlisted on contacts (last_seen_at) where not listed;
create index contacts_by_words on contacts using gin (words_of(
    coalesce(edited->>'name', '') || ' ' || coalesce(edited->>'email', '') || ' '
    || coalesce(verified->>'name', '') || ' ' || coalesce(verified->>'email', '') || ' '
    || coalesce(claimed->>'name', '') || ' ' || coalesce(claimed->>'email', '')));
create index contacts_by_characters on contacts using gin (words_of(spaced(
    coalesce(edited->>'name', '') || ' ' || coalesce(verified->>'name', '') || ' '
    || coalesce(claimed->>'name', ''))))
    where is_unspaced(coalesce(edited->>'name', '') || ' ' || coalesce(verified->>'name', '') || ' '
                      || coalesce(claimed->>'name', ''));

-- What the host site signed: its own name for the person (`sub`), and their e-mail address.
create table contact_identities (
    site_id     text collate "C" not null,
    kind        text not null check (kind in ('sub', 'email')),
    value       text collate "C" not null,
    contact_id  uuid not null,
    verified_at timestamptz not null default clock_timestamp(),
    primary key (site_id, kind, value)
);

create index contact_identities_of_contact on contact_identities (contact_id);

-- The last pages of a visitor's present visit.
create table visited_pages (
    chat_id text collate "C" not null,
    at      timestamptz not null default clock_timestamp(),
    url     text not null,
    primary key (chat_id, at)
);

create index visited_pages_by_time on visited_pages (at);
