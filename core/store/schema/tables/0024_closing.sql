-- When a site's chats close, and what happens then. Null: as it was before there was a choice.
alter table sites
    -- Minutes without a message. 0: never. Null: a day, by the sweep.
    add column close_after int check (close_after >= 0),
    -- Minutes for which a visitor waits in a manager's chat, until the assistant answers again. 0 and
    -- null: never.
    add column hand_back_after int check (hand_back_after >= 0),
    -- Where a visitor of a closed chat writes. Null: `reopen`.
    add column after_closing text check (after_closing in ('reopen', 'new'));
