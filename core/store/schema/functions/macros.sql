-- Macros: several steps in a chat as one. They are kept beside the canned replies, and the same people
-- may use and change them.

-- So many each site, team and person has.
create or replace function most_macros() returns int language sql immutable as $$
    select 100
$$;

-- The macros that a manager may use, with the names of what is still there.
create or replace function macros_for(p_manager text, p_sites text[]) returns json
language plpgsql stable as $$
begin
    return (
        select json_agg(json_build_object(
            'macro_id', m.macro_id, 'site_id', m.site_id, 'team_id', m.team_id,
            'name', m.name, 'text', m.text, 'steps', m.steps,
            'editable', may_change_canned(p_manager, m.site_id, m.team_id, m.manager_id),
            'tags', (
                select json_agg(json_build_object('id', x.id, 'name', t.name, 'site', t.site_id)
                                order by x.place)
                from jsonb_array_elements_text(m.steps->'tags') with ordinality x (id, place)
                left join tags t on t.tag_id = x.id::uuid and sees(p_sites, t.site_id)),
            'assignee_name', (
                select g.name from managers g
                where g.manager_id = m.steps->>'assignee' and g.removed_at is null),
            'to_team', (
                select json_build_object('name', t.name, 'site', t.site_id) from teams t
                where t.team_id = m.steps->>'team' and t.removed_at is null
                  and sees(p_sites, t.site_id))
        ) order by lower(m.name), m.macro_id)
        from macros m
        where m.manager_id = p_manager or m.site_id is not null and sees(p_sites, m.site_id)
           or m.team_id is not null and may_change_canned(p_manager, null, m.team_id, null));
end $$;

-- Whether all that these steps name is there for a site; without one, for a site that somebody sees.
create or replace function steps_are_there(p_manager text, p_site text, p_steps jsonb)
returns boolean language plpgsql stable as $$
declare
    v_sites text[] := case when p_site is null then sites_of(p_manager) else array[p_site] end;
begin
    return not exists (
            select from jsonb_array_elements_text(p_steps->'tags') x
            where not exists (select from tags t where t.tag_id = x::uuid
                              and sees(v_sites, t.site_id)))
        and (not p_steps ? 'team' or exists (
            select from teams t where t.team_id = p_steps->>'team' and t.removed_at is null
              and sees(v_sites, t.site_id)))
        and (not p_steps ? 'assignee' or p_steps->>'assignee' = p_manager or exists (
            select from managers m where m.manager_id = p_steps->>'assignee'
              and m.removed_at is null
              and coalesce(sites_of(m.manager_id) && v_sites, true)));
end $$;

-- Keep a macro for a site, a team, or (both null) oneself. `done`, `scope` (they may not), `unknown` (it
-- is somebody else's), `gone` (a tag, person or team is not there), `taken` (its name is), or `full`.
create or replace function save_macro(
    p_manager text, p_macro uuid, p_site text, p_team text, p_name text, p_text text, p_steps jsonb
) returns text language plpgsql as $$
declare
    v_owner text := case when coalesce(p_site, p_team) is null then p_manager end;
    v_site text := coalesce(p_site, (select t.site_id from teams t where t.team_id = p_team));
begin
    if not may_change_canned(p_manager, p_site, p_team, v_owner) then
        return 'scope';
    elsif not steps_are_there(p_manager, v_site, p_steps) then
        return 'gone';
    end if;
    -- One at a time: the rows are counted.
    perform pg_advisory_xact_lock(hashtextextended(concat_ws(' ', p_site, p_team, v_owner), 38));
    if (
        select count(*) >= most_macros()
            or sum(octet_length(m.text)) + octet_length(p_text) > most_canned_bytes()
        from macros m where m.macro_id <> p_macro
          and (m.site_id = p_site or m.team_id = p_team or m.manager_id = v_owner))
    then
        return 'full';
    end if;
    insert into macros as m (macro_id, site_id, team_id, manager_id, name, text, steps)
    values (p_macro, p_site, p_team, v_owner, p_name, p_text, p_steps)
    on conflict (macro_id) do update set
        site_id = p_site, team_id = p_team, manager_id = v_owner, name = excluded.name,
        text = excluded.text, steps = excluded.steps, changed_at = excluded.changed_at
        where may_change_canned(p_manager, m.site_id, m.team_id, m.manager_id);
    if not found then
        return 'unknown';
    end if;
    perform record_canned('macro.saved', p_manager, p_site, p_team,
                          jsonb_build_object('macro_id', p_macro));
    return 'done';
exception
    when unique_violation then
        return 'taken';
end $$;

-- Delete a macro. False: there is none, or it is somebody else's.
create or replace function remove_macro(p_manager text, p_macro uuid) returns boolean
language plpgsql as $$
declare
    m macros;
begin
    select * into m from macros x where x.macro_id = p_macro for update;
    if m.macro_id is null
        or not may_change_canned(p_manager, m.site_id, m.team_id, m.manager_id)
    then
        return false;
    end if;
    delete from macros x where x.macro_id = p_macro;
    perform record_canned('macro.removed', p_manager, m.site_id, m.team_id,
                          jsonb_build_object('macro_id', p_macro));
    return true;
end $$;

-- Store the message of a macro, in a chat that the caller has locked, as `take_chat_over` does.
create or replace function answer_chat(
    c chats, p_manager text, p_name text, p_message json
) returns jsonb language plpgsql as $$
declare
    t record := own_chat(c, p_manager, p_name, p_message);
begin
    perform claim_chat(t.c, p_manager);
    perform keep_chat(t.c);
    perform begin_closing(array[c.chat_id]);
    return t.messages;
end $$;

-- Take the steps behind the message, in a chat that the caller has locked. `outcome`: `done`,
-- `unchanged`, or why one of them cannot be taken.
create or replace function take_steps(
    c chats, p_manager text, p_name text, p_steps jsonb, out outcome text, out messages jsonb
) language plpgsql as $$
declare
    v_ids uuid[] := array(select distinct x::uuid
                          from jsonb_array_elements_text(p_steps->'tags') x);
    v_tags text[];
    v_done text[];
begin
    -- Who deletes one of them comes before this, or after it.
    v_tags := array(select t.name from tags t
                    where t.tag_id = any (v_ids) and t.site_id = c.site_id
                    order by t.tag_id for key share);
    if cardinality(v_tags) < cardinality(v_ids) then
        outcome := 'tag';
        return;
    end if;
    if cardinality(v_tags) > 0 then
        v_done := v_done || put_tags(c, p_manager, v_tags, '{}');
    end if;
    if p_steps ? 'assignment' then
        v_done := v_done || place_later(c, p_manager, p_steps->'assignment');
    end if;
    c := lock_known_chat(c.chat_id);
    if p_steps ? 'until' then
        v_done := v_done || put_off(
            c, coalesce((p_steps->>'until')::timestamptz, 'infinity'), p_manager);
    elsif p_steps ? 'closes' then
        messages := put_status(c, 'closed', p_manager, p_name);
        v_done := v_done || case when messages is null then 'unchanged' else 'done' end;
    end if;
    outcome := coalesce(
        (select x from unnest(v_done) with ordinality d (x, place)
         where x not in ('done', 'unchanged') order by place limit 1),
        case when 'done' = any (v_done) then 'done' else 'unchanged' end);
end $$;

-- Take all steps of a macro in a chat, or none. `outcome`: as of `change_chat`, `tag` (one is not there)
-- or `newer` (a colleague has replied). A repeat of its message or of `p_undo` changes nothing.
create or replace function do_macro(
    p_chat text, p_manager text, p_name text, p_steps jsonb, p_message json, p_undo uuid
) returns jsonb language plpgsql as $$
declare
    c chats := lock_chat_for(p_manager, p_chat);
    m messages;
    v_begun timestamptz;
    v_was jsonb;
    v_messages jsonb;
    s record;
begin
    if c.chat_id is null then
        return jsonb_build_object('outcome', 'unknown');
    end if;
    select * into m from messages x where x.chat_id = p_chat and x.role = 'manager'
      and x.client_id = p_message->>'client_id';
    if m.seq is not null or exists (
        select from undoable u where u.undo_id = p_undo and u.chat_id = p_chat)
    then
        return jsonb_build_object('outcome', 'done', 'messages', case
            when m.seq is not null then jsonb_build_array(to_jsonb(m)) end);
    elsif has_newer_reply(p_chat, p_manager, (p_message->>'after_seq')::int) then
        return jsonb_build_object('outcome', 'newer');
    end if;
    -- What is thrown within it undoes all of it.
    begin
        if p_message is not null then
            v_messages := answer_chat(c, p_manager, p_name, p_message);
            c := lock_known_chat(p_chat);
        end if;
        -- The message stays when the rest is taken back.
        v_begun := clock_timestamp();
        v_was := touched_of(c);
        if p_undo is not null then
            perform set_config('switchboard.held', 'on', true);
        end if;
        s := take_steps(c, p_manager, p_name, p_steps);
        if s.outcome not in ('done', 'unchanged') then
            raise exception using errcode = 'SB038', message = s.outcome;
        elsif s.outcome = 'done' and p_undo is not null then
            perform keep_undo(p_undo, c, v_was, p_manager, v_begun);
        end if;
    exception
        when sqlstate 'SB038' then
            return jsonb_build_object('outcome', sqlerrm);
        when deadlock_detected or lock_not_available or foreign_key_violation then
            return jsonb_build_object('outcome', 'busy');
    end;
    return jsonb_build_object(
        'outcome', case when v_messages is null then s.outcome else 'done' end,
        'messages', nullif(coalesce(v_messages, '[]') || coalesce(s.messages, '[]'), '[]'));
end $$;

-- Run a macro in a chat. `results`: one, as of `change_chats`.
create or replace procedure run_macro(
    p_chat text, p_manager text, p_name text, p_steps jsonb, p_message json, p_undo uuid,
    out results jsonb
) language plpgsql as $$
declare
    v_result jsonb := do_macro(p_chat, p_manager, p_name, p_steps, p_message, p_undo);
begin
    commit;
    results := with_recipients(jsonb_build_array(
        jsonb_build_object('chat_id', p_chat) || v_result));
end $$;
