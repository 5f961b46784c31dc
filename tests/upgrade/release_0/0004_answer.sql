-- The answer's side: claim, save, finish. The claim is `epoch` and `try`; whoever raises either,
-- or takes the heartbeat away, ends it.

-- Outcomes: `nothing` is owed; `live`: another writer is at it; `fenced`: the held claim is gone;
-- `wait`: the visitor may still be typing, ask again in `delay` seconds; `spent`: claimed, but
-- only to say that it failed; `claimed`.
create function claim_answer(
    p_chat text, p_bursts boolean, p_quiet double precision, p_history int,
    p_held int default null,
    out outcome text, out delay double precision, out epoch int, out try int, out reply_to int,
    out age double precision, out visitor jsonb, out lines jsonb
) language plpgsql as $$
declare
    c chats;
    v_first int;
    v_first_at timestamptz;
begin
    -- A lost claim is a claim not made: nothing is shown before it was saved under it.
    perform set_config('synchronous_commit', 'off', true);
    c := lock_known_chat(p_chat);
    if c.chat_id is null or not is_owed(c) then
        outcome := case when p_held is null then 'nothing' else 'fenced' end;
        return;
    end if;
    if p_held is not null and (c.try <> p_held or c.beat_at is null) then
        outcome := 'fenced';
        return;
    end if;
    if p_held is null and c.beat_at > clock_timestamp() - interval '20 seconds' then
        outcome := 'live';
        return;
    end if;

    select m.seq, m.created_at into v_first, v_first_at from messages m
    where m.chat_id = p_chat and m.seq > c.answered_seq and m.role = 'user' and m.kind = 'text'
    order by m.seq limit 1;
    if p_bursts and p_held is null then
        delay := extract(epoch from least(
            c.last_user_at + make_interval(secs => p_quiet),
            v_first_at + make_interval(secs => 3)) - clock_timestamp());
        if p_quiet > 0 and delay > 0 then
            outcome := 'wait';
            return;
        end if;
    end if;

    if p_held is null then
        c.attempts := c.attempts + 1;
    end if;
    outcome := case when c.attempts > 5 then 'spent' else 'claimed' end;
    c.try := c.try + 1;
    c.beat_at := clock_timestamp();
    c.draft := '';
    c.reply_to := case when p_bursts then c.last_user_seq else v_first end;
    -- Not through keep_chat: a claim changes nothing that a summary shows.
    update chats set try = c.try, attempts = c.attempts, beat_at = c.beat_at, draft = c.draft,
                     reply_to = c.reply_to
    where chat_id = p_chat;

    epoch := c.epoch;
    try := c.try;
    reply_to := c.reply_to;
    visitor := c.visitor;
    select jsonb_agg(jsonb_build_object('role', m.role, 'text', m.text) order by m.seq),
           extract(epoch from clock_timestamp()
                   - max(m.created_at) filter (where m.seq = c.reply_to))
    into lines, age
    from (select * from messages m
          where m.chat_id = p_chat and m.seq <= c.reply_to and m.kind = 'text'
          order by m.seq desc limit p_history) m;
end $$;

-- One flush: keep the piece, check the claim and beat the heart. Repeating it is harmless, since
-- the piece has its offset. `newer`: nothing was shown yet and the visitor wrote again, so the
-- answer should begin anew with all of it.
create procedure save_draft(
    p_chat text, p_epoch int, p_try int, p_offset int, p_piece text, p_bursts boolean,
    out outcome text, out users text[], out managers text[]
) language plpgsql as $$
begin
    update chats c
    set draft = left(c.draft, p_offset) || p_piece, beat_at = clock_timestamp()
    where c.chat_id = p_chat and c.epoch = p_epoch and c.try = p_try and c.beat_at is not null
      and not (p_bursts and p_offset = 0 and c.last_user_seq > c.reply_to);
    outcome := case when found then 'saved' else 'fenced' end;
    if outcome = 'fenced' then
        perform from chats c
        where c.chat_id = p_chat and c.epoch = p_epoch and c.try = p_try
          and c.beat_at is not null;
        outcome := case when found then 'newer' else 'fenced' end;
        return;
    end if;
    commit;
    if p_piece <> '' then
        users := users_of(p_chat);
        managers := watchers_of(p_chat);
    end if;
end $$;

-- The answer's last word. `p_then`: what the chat waits for afterwards: `failed`, `budget`,
-- `asked` (the assistant asked for a person), or nothing.
create procedure finish_answer(
    p_chat text, p_epoch int, p_try int, p_reply_to int, p_text text, p_state text,
    p_usage jsonb, p_then text, p_reason text,
    out outcome text, out owed boolean, out messages jsonb, out chat jsonb,
    out users text[], out managers text[]
) language plpgsql as $$
declare
    a record;
    c chats;
    m messages;
begin
    c := lock_known_chat(p_chat);
    if c.epoch = p_epoch and c.try = p_try and c.beat_at is not null then
        m := add_message(c, 'assistant', p_text, p_state => p_state, p_reply_to => p_reply_to,
                         p_try => p_try, p_usage => p_usage);
        c.last_seq := m.seq;
        messages := jsonb_build_array(to_jsonb(m));
        c.retry_from := case when p_state = 'failed'
                             then coalesce(c.retry_from, c.answered_seq) end;
        c.answered_seq := p_reply_to;
        c.beat_at := null;
        c.draft := null;
        c.reply_to := null;
        c.attempts := 0;
        if p_then = 'asked' then
            select * into a from ask_person(c, messages, 'assistant', p_reason);
            c := a.c;
            messages := a.messages;
        elsif p_then <> '' then
            c.waiting_since := coalesce(c.waiting_since, clock_timestamp());
            c.waiting_for := p_then;
        elsif c.waiting_for in ('failed', 'budget') then
            -- It answers again by itself: nobody has to come.
            c.waiting_since := null;
            c.waiting_for := null;
            p_then := 'answered';
        end if;
        perform keep_chat(c);
        outcome := 'finished';
    else
        -- Either the claim was lost, or this very step was done and its answer got lost.
        select * into m from messages x
        where x.chat_id = p_chat and x.seq > p_reply_to and x.role = 'assistant'
          and x.reply_to = p_reply_to and x.try = p_try and x.state = p_state
        limit 1;
        outcome := case when found then 'finished' else 'fenced' end;
        if outcome = 'fenced' then
            return;
        end if;
        messages := jsonb_build_array(to_jsonb(m));
    end if;
    owed := is_owed(c);
    commit;
    if p_then <> '' then
        chat := summary(p_chat);
    end if;
    users := users_of(p_chat);
    managers := all_managers();
end $$;
