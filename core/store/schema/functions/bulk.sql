-- Many chats at once. Each is changed in a transaction of its own, in the order of their ids: nobody
-- waits for more than one of them, and nothing waits for itself in two orders.

-- Change a chat. `p_act` has one of `status`, `until` (null: for good), `back`, `assignment`, `priority`,
-- or `tags` (`{add, remove}`, names). `outcome`: `done`, `unchanged`, `unknown`, or why it was refused. A repeat of
-- `p_undo` changes nothing.
create or replace function change_chat(
    p_chat text, p_manager text, p_name text, p_act jsonb, p_undo uuid
) returns jsonb language plpgsql as $$
declare
    c chats := lock_chat_for(p_manager, p_chat);
    v_begun timestamptz := clock_timestamp();
    v_was jsonb;
    v_outcome text;
    v_messages jsonb;
begin
    if c.chat_id is null then
        return jsonb_build_object('chat_id', p_chat, 'outcome', 'unknown');
    end if;
    if p_undo is not null then
        if exists (select from undoable u where u.undo_id = p_undo and u.chat_id = p_chat) then
            return jsonb_build_object('chat_id', p_chat, 'outcome', 'done');
        end if;
        perform set_config('switchboard.held', 'on', true);
        v_was := touched_of(c);
    end if;
    if p_act ? 'status' then
        v_messages := put_status(c, p_act->>'status', p_manager, p_name);
        v_outcome := case when v_messages is null then 'unchanged' else 'done' end;
    elsif p_act ? 'until' then
        v_outcome := put_off(c, coalesce((p_act->>'until')::timestamptz, 'infinity'), p_manager);
    elsif p_act ? 'back' then
        v_outcome := case when bring_back(c, p_manager) then 'done' else 'unchanged' end;
    elsif p_act ? 'priority' then
        v_outcome := put_priority(c, p_manager, p_act->>'priority');
    elsif p_act ? 'assignment' then
        v_outcome := place_later(c, p_manager, p_act->'assignment');
    else
        v_outcome := put_tags(
            c, p_manager, array(select jsonb_array_elements_text(p_act->'tags'->'add')), array(
                select t.tag_id from tags t where t.site_id = c.site_id and lower(t.name) in (
                    select lower(x) from jsonb_array_elements_text(p_act->'tags'->'remove') x)));
    end if;
    if v_outcome = 'done' and p_undo is not null then
        perform keep_undo(p_undo, c, v_was, p_manager, v_begun);
    end if;
    return jsonb_build_object('chat_id', p_chat, 'outcome', v_outcome, 'messages', v_messages);
end $$;

-- Assign a chat that the caller has locked. A balanced team gives it to a member once it cannot be taken
-- back any more.
create or replace function place_later(c chats, p_manager text, p_changes jsonb) returns text
language plpgsql as $$
declare
    a record := put_assignment(c, p_manager, p_changes);
begin
    if a.outcome = 'done' and a.places is not null then
        perform begin_timer('placement', 'chat:' || c.chat_id, clock_timestamp() + held_for());
    end if;
    return a.outcome;
end $$;

-- What was done, with the chats as they are now and who hears of it.
create or replace function with_recipients(p_results jsonb) returns jsonb
language plpgsql stable as $$
begin
    return (select jsonb_agg(r || case
                when r->>'outcome' in ('done', 'unchanged') then jsonb_build_object(
                    'chat', summary(r->>'chat_id'), 'managers', managers_of(r->>'chat_id'),
                    -- What tells the visitor nothing is the team's alone.
                    'users', case when jsonb_typeof(r->'messages') = 'array'
                                  then users_of(r->>'chat_id') end)
                else '{}' end order by place)
            from jsonb_array_elements(p_results) with ordinality x (r, place));
end $$;

-- Change many chats. `results`: `[{chat_id, outcome, messages?, chat?, users?, managers?}]`.
create or replace procedure change_chats(
    p_chats text[], p_manager text, p_name text, p_act jsonb, p_undo uuid, out results jsonb
) language plpgsql as $$
declare
    v_chat text;
    v_results jsonb := '[]';
begin
    delete from undoable where (undo_id, chat_id) in (
        select u.undo_id, u.chat_id from undoable u
        where u.made_at < clock_timestamp() - interval '1 minute'
        order by u.made_at limit 1000 for update skip locked);
    commit;
    foreach v_chat in array array(select distinct x collate "C" from unnest(p_chats) x order by 1)
    loop
        begin
            v_results := v_results || change_chat(v_chat, p_manager, p_name, p_act, p_undo);
        exception when deadlock_detected or lock_not_available or foreign_key_violation then
            v_results := v_results || jsonb_build_object('chat_id', v_chat, 'outcome', 'busy');
        end;
        commit;
    end loop;
    results := with_recipients(v_results);
end $$;
