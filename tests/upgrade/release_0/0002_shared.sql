-- What every step of the story stands on. A step locks the chat's row first and then looks: each
-- statement of a volatile function takes a fresh snapshot, so what is read behind the lock is
-- current. It changes the row as a value and keeps it once, at the end.

create function lock_chat(p_chat text) returns chats language plpgsql as $$
declare
    c chats;
begin
    loop
        select * into c from chats where chat_id = p_chat for no key update;
        exit when found;
        insert into chats (chat_id) values (p_chat) on conflict do nothing;
    end loop;
    return c;
end $$;

-- The same for a chat that must exist; null when it does not.
create function lock_known_chat(p_chat text) returns chats language plpgsql as $$
declare
    c chats;
begin
    select * into c from chats where chat_id = p_chat for no key update;
    return c;
end $$;

create function keep_chat(c chats) returns void language plpgsql as $$
begin
    update chats set
        status = c.status, owner = c.owner, manager_id = c.manager_id,
        manager_name = c.manager_name, epoch = c.epoch, try = c.try, attempts = c.attempts,
        reply_to = c.reply_to, draft = c.draft, beat_at = c.beat_at, last_seq = c.last_seq,
        last_user_seq = c.last_user_seq, last_user_at = c.last_user_at,
        answered_seq = c.answered_seq, retry_from = c.retry_from,
        waiting_since = c.waiting_since, waiting_for = c.waiting_for,
        seen_by_user = c.seen_by_user, seen_by_manager = c.seen_by_manager, unread = c.unread,
        -- Strictly rising, so that nobody who asks for changes since a time can skip one.
        updated_at = greatest(clock_timestamp(), c.updated_at + interval '1 microsecond'),
        listed_at = case
            when c.last_seq = 0 then c.listed_at
            when c.listed_at > clock_timestamp() - interval '1 minute' then c.listed_at
            else clock_timestamp() end
    where chat_id = c.chat_id;
end $$;

-- Insert the chat's next message. The caller holds the lock and takes over `seq`.
create function add_message(
    c chats, p_role text, p_text text,
    p_kind text default 'text', p_client text default null, p_state text default 'final',
    p_reply_to int default null, p_try int default null,
    p_author_id text default null, p_author_name text default null, p_usage jsonb default null
) returns messages language plpgsql as $$
declare
    m messages;
begin
    insert into messages (chat_id, seq, role, kind, text, client_id, reply_to, try, state,
                          author_id, author_name, usage)
    values (c.chat_id, c.last_seq + 1, p_role, p_kind, p_text, p_client, p_reply_to, p_try,
            p_state, p_author_id, p_author_name, p_usage)
    returning * into m;
    return m;
end $$;

-- End the running answer: whatever was shown of it becomes an interrupted message, and its
-- writer is fenced out because the claim is gone.
create function interrupt(inout c chats, inout kept jsonb) language plpgsql as $$
declare
    m messages;
begin
    if c.beat_at is not null and c.draft <> '' then
        m := add_message(c, 'assistant', c.draft, p_state => 'interrupted',
                         p_reply_to => c.reply_to, p_try => c.try);
        c.last_seq := m.seq;
        kept := coalesce(kept, '[]') || to_jsonb(m);
    end if;
    c.beat_at := null;
    c.draft := null;
    c.reply_to := null;
    c.attempts := 0;
end $$;

create function is_owed(c chats) returns boolean language sql immutable as $$
    select c.owner = 'assistant' and c.answered_seq < c.last_user_seq
$$;

create view summaries as
select c.chat_id, c.owner, c.manager_id, c.manager_name, c.epoch, c.status,
       exists (select from connections n
               where n.chat_id = c.chat_id and n.expires_at > now()) as online,
       c.waiting_since, c.waiting_for,
       c.owner = 'assistant' and c.answered_seq < c.last_user_seq as unanswered,
       c.last_seq,
       (select to_jsonb(m) from messages m
        where m.chat_id = c.chat_id and m.seq = c.last_seq) as last_message,
       c.unread, c.seen_by_user, c.seen_by_manager, c.visitor, c.created_at, c.updated_at,
       c.listed_at
from chats c;

create function summary(p_chat text) returns jsonb language sql stable as $$
    select to_jsonb(s) from summaries s where s.chat_id = p_chat
$$;

-- Audiences, each element `connection_id callback_url`. They are read after the commit of what
-- they are told of: one that registers in between finds the change in its resume instead.
create function users_of(p_chat text) returns text[] language sql stable as $$
    select array_agg(connection_id || ' ' || callback_url) from connections
    where chat_id = p_chat and expires_at > now()
$$;

create function all_managers() returns text[] language sql stable as $$
    select array_agg(connection_id || ' ' || callback_url) from connections
    where chat_id is null and expires_at > now()
$$;

create function watchers_of(p_chat text) returns text[] language sql stable as $$
    select array_agg(n.connection_id || ' ' || n.callback_url)
    from watches w join connections n using (connection_id)
    where w.chat_id = p_chat and n.expires_at > now()
$$;
