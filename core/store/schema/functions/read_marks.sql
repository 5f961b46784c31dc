-- How far each manager has read. A colleague's reading says nothing of one's own.

-- Without a mark: in a chat from before the manager's marks as far as the team, else nothing.
create or replace function read_to(
    p_manager text, p_chat text, p_created timestamptz, p_team int
) returns int language plpgsql stable as $$
begin
    return coalesce(
        (select r.seq from read_marks r where r.chat_id = p_chat and r.manager_id = p_manager),
        case when p_created >= (select m.reads_since from managers m
                                where m.manager_id = p_manager) then 0 else p_team end);
end $$;

-- Move a mark forward. Whether it moved.
create or replace function read_on(p_manager text, p_chat text, p_seq int) returns boolean
language plpgsql as $$
begin
    insert into read_marks as r (chat_id, manager_id, seq) values (p_chat, p_manager, p_seq)
    on conflict (chat_id, manager_id) do update set seq = p_seq, at = clock_timestamp()
    where r.seq < p_seq;
    return found;
end $$;

-- A manager has read so far. `mark` and `own`: their mark moved, and their sockets. `seq` is the
-- team's mark, which the visitor sees. It moves, and `chat` is set, only if the visitor's newest
-- message was new to all.
create or replace procedure read_chat(
    p_connection text, p_chat text, p_seq int,
    out outcome text, out seq int, out mark int, out own text[],
    out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    c chats;
    n connections;
begin
    select * into n from connections x
    where x.connection_id = p_connection and x.expires_at > now() and x.chat_id is null;
    if n.connection_id is null then
        outcome := 'unconnected';
        return;
    end if;
    c := lock_known_chat(p_chat);
    if c.chat_id is null or not sees(n.sites, c.site_id) then
        outcome := 'unknown';
        return;
    end if;
    outcome := 'done';
    -- The first mark in an older chat does not go back behind what counted as read.
    p_seq := least(c.last_seq, greatest(
        p_seq, read_to(n.manager_id, p_chat, c.created_at, c.seen_by_manager)));
    if read_on(n.manager_id, p_chat, p_seq) then
        mark := p_seq;
    end if;
    if c.seen_by_manager < least(p_seq, c.last_user_seq) then
        c.seen_by_manager := p_seq;
        c.unread := (select count(*) from messages m where m.chat_id = p_chat
                     and m.seq > c.seen_by_manager and m.role = 'user' and m.kind = 'text');
        perform keep_chat(c);
        commit;
        chat := summary(p_chat);
        users := users_of(p_chat);
        managers := managers_of(p_chat);
    end if;
    commit;
    seq := c.seen_by_manager;
    own := case when mark is not null then sockets_of_manager(n.manager_id) end;
end $$;

-- The visitor's newest message is new again, for this manager.
create or replace procedure mark_unread(
    p_manager text, p_chat text, out outcome text, out seq int, out own text[]
) language plpgsql as $$
declare
    c chats;
begin
    c := lock_chat_for(p_manager, p_chat);
    if c.chat_id is null then
        outcome := 'unknown';
        return;
    end if;
    outcome := 'done';
    seq := greatest(coalesce(nullif(c.last_user_seq, 0), c.last_seq) - 1, 0);
    insert into read_marks (chat_id, manager_id, seq) values (p_chat, p_manager, seq)
    on conflict (chat_id, manager_id) do update set seq = excluded.seq, at = clock_timestamp();
    commit;
    own := sockets_of_manager(p_manager);
end $$;
