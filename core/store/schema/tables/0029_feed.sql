-- What a manager's socket gets. Null: everything. `list`: summaries of all chats, and messages only
-- of those that it watches.
alter table connections add column feed text collate "C";
