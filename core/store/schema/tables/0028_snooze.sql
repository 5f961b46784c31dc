alter table chats
    -- The team has put it off until then. Infinity: until its visitor writes. Null: it has not.
    add column snoozed_until timestamptz,
    -- When it came back.
    add column unsnoozed_at timestamptz;
