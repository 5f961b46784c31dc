-- Cycles: what a chat goes through from its first message, or its reopening, to its closing. They follow
-- the chat's events, in the same transaction.

-- The chat's cycle that goes on, at its message `p_seq`. Without a row it begins here. Null: the last one has ended.
create or replace function running_cycle(p_chat text, p_seq int default null)
returns int language plpgsql as $$
declare
    y cycles;
begin
    select * into y from cycles x where x.chat_id = p_chat order by x.cycle desc limit 1;
    if y.cycle is null then
        insert into cycles (chat_id, cycle, began_at, first_response_at, first_responder_id)
        select c.chat_id, 1, coalesce(u.created_at, c.created_at), r.created_at, r.author_id
        from chats c
        left join lateral (
            select m.* from messages m where m.chat_id = p_chat and m.role = 'user'
            order by m.seq limit 1) u on true
        -- An answer from before there were cycles.
        left join lateral (
            select m.* from messages m
            where m.chat_id = p_chat and m.role = 'manager' and m.kind = 'text'
              and m.broadcast_id is null and m.seq > u.seq and m.seq < p_seq
            order by m.seq limit 1) r on true
        where c.chat_id = p_chat returning * into y;
    end if;
    return case when y.ended_at is null then y.cycle end;
end $$;

-- The next cycle begins, unless one goes on.
create or replace function begin_cycle(
    p_chat text, p_seq int, p_at timestamptz default clock_timestamp()
) returns int language plpgsql as $$
declare
    v_cycle int := running_cycle(p_chat, p_seq);
begin
    if v_cycle is null then
        insert into cycles (chat_id, cycle, began_at)
        select p_chat, max(y.cycle) + 1, p_at from cycles y where y.chat_id = p_chat
        having count(*) > 0
        returning cycle into v_cycle;
    end if;
    return v_cycle;
end $$;

create or replace function follow_cycle(e events) returns void language plpgsql as $$
declare
    v_cycle int;
begin
    if e.name = 'chat.closed' then
        v_cycle := running_cycle(e.chat_id, e.seq);
        update cycles y set ended_at = clock_timestamp()
        where y.chat_id = e.chat_id and y.cycle = v_cycle;
    elsif e.name = 'chat.reopened' then
        -- A release that knew no cycles closed it without an end.
        v_cycle := running_cycle(e.chat_id, e.seq);
        update cycles y set ended_at = clock_timestamp()
        where y.chat_id = e.chat_id and y.cycle = v_cycle;
        perform begin_cycle(e.chat_id, e.seq, case e.actor_kind when 'user' then c.last_user_at
                                       else clock_timestamp() end)
        from chats c where c.chat_id = e.chat_id;
    elsif e.name = 'message.sent' and e.actor_kind = 'manager' then
        -- Who writes into a closed chat opens it. A response needs somebody who has written.
        v_cycle := begin_cycle(e.chat_id, e.seq);
        update cycles y set first_response_at = clock_timestamp(), first_responder_id = e.actor_id
        from chats c
        where y.chat_id = e.chat_id and y.cycle = v_cycle and y.first_response_at is null
          and c.chat_id = e.chat_id and c.last_user_seq > 0 and c.last_user_at >= y.began_at;
    elsif e.name = 'chat.undone' then
        perform follow_undo(e.chat_id);
    end if;
end $$;

-- What is taken back was no end and no begin.
create or replace function follow_undo(p_chat text) returns void language plpgsql as $$
declare
    v_status text := (select c.status from chats c where c.chat_id = p_chat);
    y cycles;
begin
    select * into y from cycles x where x.chat_id = p_chat order by x.cycle desc limit 1;
    if v_status = 'open' and y.ended_at is not null then
        update cycles x set ended_at = null where x.chat_id = p_chat and x.cycle = y.cycle;
    elsif v_status = 'closed' and y.cycle > 1 and y.ended_at is null then
        delete from cycles x where x.chat_id = p_chat and x.cycle = y.cycle;
    end if;
end $$;
