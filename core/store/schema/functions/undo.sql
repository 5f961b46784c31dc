-- Taking back. Whoever changes chats may name the change; then its notices wait, and within some
-- seconds it can be taken back. What somebody else has changed meanwhile stays.

-- A page offers it for 8 s. The call may take a moment.
create or replace function undo_for() returns interval language sql immutable as $$
    select interval '9 seconds'
$$;

-- So long the notices of this transaction wait. Whoever takes back at the last moment comes before
-- whoever sends.
create or replace function held_for() returns interval language sql stable as $$
    select case current_setting('switchboard.held', true) when 'on' then interval '11 seconds'
           else interval '0' end
$$;

-- What a change can touch, in a chat that the caller has locked.
create or replace function touched_of(c chats) returns jsonb language plpgsql stable as $$
begin
    return jsonb_build_object(
        'status', c.status, 'snoozed_until', c.snoozed_until, 'unsnoozed_at', c.unsnoozed_at,
        'priority', c.priority,
        'assignment', (select to_jsonb(a) from assignments a where a.chat_id = c.chat_id),
        'tags', (select coalesce(jsonb_agg(g.tag_id order by g.tag_id), '[]')
                 from chat_tags g where g.chat_id = c.chat_id));
end $$;

-- Keep what a chat was before a change of this transaction, which began at `p_begun`.
create or replace function keep_undo(
    p_undo uuid, before chats, p_was jsonb, p_manager text, p_begun timestamptz
) returns void language plpgsql as $$
declare
    c chats := lock_known_chat(before.chat_id);
    v_became jsonb := touched_of(c);
    v_held uuid[] := array(select d.id from deliveries d
                           where d.chat_id = c.chat_id and d.created_at >= p_begun);
begin
    -- Who writes into a chat that was closed or reopened has changed it.
    if c.status <> before.status then
        v_became := v_became || jsonb_build_object('last_seq', c.last_seq);
        p_was := p_was || jsonb_build_object(
            'waiting_since', before.waiting_since, 'waiting_for', before.waiting_for,
            'answered_seq', before.answered_seq, 'retry_from', before.retry_from,
            'unread', before.unread);
    end if;
    insert into undoable (undo_id, chat_id, manager_id, was, became, held)
    values (p_undo, c.chat_id, p_manager, p_was, v_became, v_held);
    if v_held <> '{}' then
        perform set_timer('digest', 'undo:' || p_undo, clock_timestamp() + held_for());
    end if;
end $$;

-- Put back what a chat was, in a chat that the caller has locked. Gives the messages.
create or replace function put_back(c chats, u undoable, p_name text) returns jsonb
language plpgsql as $$
declare
    v_name text := case u.was->>'status' when 'closed' then 'closed' else 'reopened' end;
    m messages;
    w chats := jsonb_populate_record(c, u.was - 'assignment' - 'tags');
    o assignments;
begin
    if u.became ? 'last_seq' then
        m := append_message(c, 'manager', format('%s has %s this chat.', p_name, v_name),
                            p_author => u.manager_id, p_author_name => p_name,
                            p_event => jsonb_build_object('name', v_name));
        w.last_seq := m.seq;
        w.unread := case when c.seen_by_manager >= c.last_user_seq then 0 else w.unread end;
    end if;
    delete from assignments a where a.chat_id = c.chat_id returning a.* into o;
    insert into assignments
    select (jsonb_populate_record(null::assignments, u.was->'assignment')).*
    where jsonb_typeof(u.was->'assignment') = 'object';
    -- Who has heard meanwhile that it is theirs has heard it.
    update assignments a set untold = o.untold
    where a.chat_id = c.chat_id and a.manager_id = o.manager_id;
    perform set_timer('assigned', c.chat_id, (select clock_timestamp() from assignments a
                                              where a.chat_id = c.chat_id and a.untold));
    delete from chat_tags g where g.chat_id = c.chat_id and not u.was->'tags' ? g.tag_id::text;
    insert into chat_tags (chat_id, tag_id)
    select c.chat_id, t.tag_id from jsonb_array_elements_text(u.was->'tags') x
    join tags t on t.tag_id = x::uuid on conflict do nothing;
    perform keep_chat(w);
    perform set_timer('snooze', c.chat_id, w.snoozed_until);
    perform begin_closing(array[c.chat_id]);
    if u.became ? 'last_seq' and w.waiting_since is not null then
        -- It waits since then, and not since now: the next step may be due already.
        perform set_timer('escalation', c.chat_id, clock_timestamp());
        perform begin_placement('chat', c.chat_id);
    end if;
    return case when m.seq is not null then jsonb_build_array(to_jsonb(m)) end;
end $$;

-- Take one chat's part of a change back. `outcome`: `done`, `unknown`, `changed` (by somebody else), or
-- `late`. `owed`: an answer is pending again.
create or replace function undo_change(p_undo uuid, p_chat text, p_manager text, p_name text)
returns jsonb language plpgsql as $$
declare
    c chats := lock_chat_for(p_manager, p_chat);
    u undoable;
    v_now jsonb := touched_of(c);
    v_messages jsonb;
    v_outcome text;
begin
    select * into u from undoable x where x.undo_id = p_undo and x.chat_id = p_chat;
    if u.became ? 'last_seq' then
        v_now := v_now || jsonb_build_object('last_seq', c.last_seq);
    end if;
    v_outcome := case
        when c.chat_id is null then 'unknown'
        when u.undone_at is not null then 'done'
        when u.made_at < clock_timestamp() - undo_for() then 'late'
        -- That somebody is told changes nothing.
        when u.became #- '{assignment,untold}' <> v_now #- '{assignment,untold}' then 'changed'
        else 'new' end;
    if v_outcome = 'new' then
        v_outcome := 'done';
        delete from deliveries d where d.id = any (u.held);
        v_messages := put_back(c, u, p_name);
        update undoable x set undone_at = clock_timestamp()
        where x.undo_id = p_undo and x.chat_id = p_chat;
        perform record_event('chat.undone', p_chat, p_actor_kind => 'manager', p_actor => p_manager);
    end if;
    return jsonb_build_object('chat_id', p_chat, 'outcome', v_outcome, 'messages', v_messages,
                              'owed', is_pending(lock_known_chat(p_chat)));
end $$;

-- Take a change back, chat by chat. `results`: as of `change_chats`.
create or replace procedure undo_changes(
    p_undo uuid, p_manager text, p_name text, out results jsonb
) language plpgsql as $$
declare
    v_chat text;
    v_results jsonb := '[]';
begin
    foreach v_chat in array array(
        select u.chat_id from undoable u
        where u.undo_id = p_undo and u.manager_id = p_manager order by u.chat_id)
    loop
        begin
            v_results := v_results || undo_change(p_undo, v_chat, p_manager, p_name);
        exception when deadlock_detected or lock_not_available or foreign_key_violation then
            v_results := v_results || jsonb_build_object('chat_id', v_chat, 'outcome', 'busy');
        end;
        commit;
    end loop;
    results := with_recipients(v_results);
end $$;
