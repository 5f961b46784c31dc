-- The turns that a statement is given, read once from their JSON: to read it costs more than to look
-- at such a row. `place`: messages come first, then answers.
create type given_message as (
    place int, chat_id text, body text, client_id text, id uuid, reopens boolean
);
create type given_answer as (
    place int, chat_id text, epoch int, try int, reply_to int, body text, html text, renderer int,
    state text, usage jsonb, next text, reason text, id uuid, unless_newer boolean
);
