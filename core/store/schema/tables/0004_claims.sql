-- The process whose claim it is. It knows its answers, so it takes a claim that no answer of its
-- own has: the claim's result was lost with the connection.
alter table chats add column claimed_by text collate "C";
