-- Who of the team looks at a chat: whoever watches it and is not away from the page. And the chats of
-- the rows that a manager's socket has on its screen; null: none.
lock table connections, watches in access exclusive mode;
alter table connections add column peeks text[];
alter table watches add column away boolean not null default false;
