-- Words of the team about chats, by site. A chat names them by id, so a tag can be renamed.
create table tags (
    tag_id     uuid primary key default gen_random_uuid(),
    site_id    text collate "C" not null,
    name       text not null,
    created_at timestamptz not null default clock_timestamp()
);

create unique index tags_named_once on tags (site_id, lower(name));

create table chat_tags (
    chat_id text collate "C" not null,
    tag_id  uuid not null references tags on delete cascade,
    primary key (chat_id, tag_id)
);

create index chat_tags_of_tag on chat_tags (tag_id, chat_id);
