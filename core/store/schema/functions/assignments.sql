-- Responsibility. A chat has an assignee, a team, both or neither. None of this changes who answers.
-- A step locks the chat before its assignment.

-- Whether this manager may be made responsible for chats of this site. In open mode the only manager
-- has no row, and can only assign themselves.
create or replace function is_assignable(p_manager text, p_site text, p_actor text) returns boolean
language plpgsql stable as $$
begin
    return coalesce(p_manager = p_actor, false) or exists (
        select from managers m where m.manager_id = p_manager and m.removed_at is null
          and sees(sites_of(m.manager_id), p_site));
end $$;

-- Write who is responsible for a chat that the caller has locked. False: it is so already. `p_reason`
-- says which step does it: null is a call.
create or replace function set_assignment(
    c chats, p_team text, p_manager text, p_actor text, p_reason text default null
) returns boolean language plpgsql as $$
declare
    o assignments;
    v_untold boolean;
begin
    select * into o from assignments a where a.chat_id = c.chat_id;
    if o.team_id is not distinct from p_team and o.manager_id is not distinct from p_manager then
        return false;
    end if;
    v_untold := case when p_manager is distinct from o.manager_id
                     then nullif(p_manager <> coalesce(p_actor, ''), false)
                     else o.untold end;
    insert into assignments as a
           (chat_id, team_id, manager_id, is_open, passed, returned_by, untold)
    values (c.chat_id, p_team, p_manager, c.status = 'open',
            p_manager is null,
            case when p_manager is null and p_actor in (o.manager_id, c.manager_id)
                 then p_actor end,
            v_untold)
    on conflict (chat_id) do update set
        team_id = excluded.team_id, manager_id = excluded.manager_id,
        is_open = excluded.is_open, passed = excluded.passed, returned_by = excluded.returned_by,
        untold = excluded.untold,
        queued_at = case when a.team_id is distinct from excluded.team_id
                         then excluded.queued_at else a.queued_at end;
    update chats x set updated_at = raised(x.updated_at), listed_at = case
        when x.last_seq = 0 or x.listed_at is null then x.listed_at else relisted(x.listed_at) end
    where x.chat_id = c.chat_id;
    perform record_event(
        'chat.assigned', c.chat_id, null, case when p_actor is not null then 'manager' end, p_actor,
        jsonb_strip_nulls(jsonb_build_object('to', p_manager, 'team', p_team,
                                             'from', o.manager_id, 'for', p_reason)));
    -- They are told once it cannot be taken back any more, if it is still theirs.
    perform set_timer('assigned', c.chat_id,
                      case when v_untold then clock_timestamp() + held_for() end);
    return true;
end $$;

-- Whether a manager should hear that a chat is theirs: it is so still, and they do not answer there.
create or replace function is_news_to(p_manager text, p_chat text) returns boolean
language plpgsql stable as $$
begin
    return exists (select from assignments a join chats c using (chat_id)
                   where a.chat_id = p_chat and a.manager_id = p_manager and c.status = 'open'
                     and c.manager_id is distinct from p_manager
                     and is_assignable(p_manager, c.site_id, null));
end $$;

-- Tell the assignee of a chat once that somebody else has made them responsible: their sockets, and
-- their browsers as they wish. Whoever gets many at once is woken for the first five. Nothing: it is
-- no news.
create or replace function tell_assigned(
    p_chat text, out name text, out sockets text[], out to_deliver boolean
) language plpgsql as $$
declare
    c chats := lock_known_chat(p_chat);
    v_manager text;
begin
    select a.manager_id into v_manager from assignments a where a.chat_id = p_chat and a.untold;
    if v_manager is null or not is_news_to(v_manager, p_chat) then
        return;
    end if;
    update assignments a set untold = null where a.chat_id = p_chat;
    name := coalesce((select contact_name(k.root_id) from contacts k
                      where k.contact_id = c.contact_id), c.visitor->>'name');
    sockets := sockets_of_manager(v_manager);
    -- Two at once would count the same ones.
    perform pg_advisory_xact_lock(hashtextextended(v_manager, 40));
    to_deliver := exists (
        select from managers m left join notice_rules r using (manager_id)
        where m.manager_id = v_manager and 'mine' = any (coalesce(r.push, '{mine,unassigned}'))
          and (r is null or not is_quiet(r))
          and exists (select from push_subscriptions p where p.manager_id = v_manager)
          and 5 > (select count(*) from deliveries d
                   where d.created_at > clock_timestamp() - interval '1 minute'
                     and d.target = v_manager and d.what = 'chat.yours'));
    if to_deliver then
        -- No digest in its place: this is not about who waits.
        insert into deliveries (kind, what, target, site_id, chat_id, data, due_at)
        values ('push', 'chat.yours', v_manager, c.site_id, p_chat, '{}', clock_timestamp());
    end if;
end $$;

-- Whoever answers a chat that is nobody's becomes its assignee. The caller has locked it and writes
-- it back.
create or replace function claim_chat(c chats, p_manager text) returns void language plpgsql as $$
declare
    v_assignee text;
begin
    select a.manager_id into v_assignee from assignments a where a.chat_id = c.chat_id;
    insert into assignments as a (chat_id, manager_id, is_open)
    values (c.chat_id, p_manager, c.status = 'open')
    on conflict (chat_id) do update set
        manager_id = coalesce(a.manager_id, excluded.manager_id), is_open = excluded.is_open
    where a.manager_id is null or a.is_open <> excluded.is_open;
    if v_assignee is null then
        -- It follows from what the audit log names already.
        perform record_event('chat.assigned', c.chat_id,
                             p_data => jsonb_build_object('to', p_manager, 'for', 'reply'));
    end if;
end $$;

-- Let the assignment follow an event of its chat, in the same transaction.
create or replace function follow_event(e events) returns void language plpgsql as $$
begin
    case e.name
        when 'chat.closed' then
            perform clear_timer('snooze', e.chat_id);
            update assignments a set is_open = false, passed = false, returned_by = null
            where a.chat_id = e.chat_id and a.is_open;
            if found then
                -- Its assignee has a place for another one.
                perform begin_placement('chat', e.chat_id);
            end if;
        when 'chat.reopened' then
            -- Nobody waits for somebody who is not here, if there is a team.
            update assignments a set
                is_open = true, queued_at = clock_timestamp(),
                manager_id = case when a.team_id is null or is_here(a.manager_id, e.site_id)
                                  then a.manager_id end
            where a.chat_id = e.chat_id;
            perform queue_chat(e.chat_id, e.site_id);
        when 'chat.snoozed' then
            -- Its assignee has a place for another one.
            perform begin_placement('manager', a.manager_id) from assignments a
            where a.chat_id = e.chat_id and a.manager_id is not null;
        when 'chat.unsnoozed' then
            perform clear_timer('snooze', e.chat_id);
            perform begin_placement('chat', e.chat_id) from assignments a
            where a.chat_id = e.chat_id and a.manager_id is null;
        when 'chat.waiting' then
            perform queue_chat(e.chat_id, e.site_id);
        when 'chat.handed_back' then
            -- Whoever leaves a chat to the team is not responsible for it, nor who fell silent.
            update assignments a set manager_id = null, returned_by = a.manager_id
            from chats c
            where a.chat_id = e.chat_id and c.chat_id = e.chat_id and a.manager_id is not null
              and (e.data->>'for' = 'silence'
                   or c.waiting_since is not null and a.manager_id = e.actor_id);
            perform queue_chat(e.chat_id, e.site_id);
        else
            null;
    end case;
end $$;

-- Give a chat that waits and is nobody's to its team, or to the one of its site that takes such
-- chats. It is placed after the commit.
create or replace function queue_chat(p_chat text, p_site text) returns void language plpgsql as $$
declare
    a assignments;
    t teams;
begin
    select * into a from assignments x where x.chat_id = p_chat;
    if a.manager_id is not null then
        return;
    end if;
    select * into t from teams x where x.team_id = a.team_id and x.removed_at is null;
    if t.team_id is null then
        select x.* into t from teams x
        where x.site_id = p_site and x.takes_new and x.removed_at is null
          and exists (select from chats c where c.chat_id = p_chat and c.manager_id is null
                      and c.restriction is null);
    end if;
    if t.team_id is null then
        return;
    end if;
    insert into assignments as x (chat_id, team_id) values (p_chat, t.team_id)
    on conflict (chat_id) do update set team_id = excluded.team_id, is_open = true,
                                        queued_at = clock_timestamp();
    if t.balanced then
        perform begin_placement('chat', p_chat);
    end if;
end $$;

-- Assign a chat: `p_changes` may have `assignee` and `team`, each an id or null. `outcome`: `done`,
-- `unknown`, or as `put_assignment`. `changes`: `[{chat, managers}]`.
create or replace procedure assign_chat(
    p_chat text, p_manager text, p_changes jsonb, out outcome text, out changes json
) language plpgsql as $$
declare
    c chats;
    a record;
    v_placed text[];
begin
    c := lock_chat_for(p_manager, p_chat);
    if c.chat_id is null then
        outcome := 'unknown';
        return;
    end if;
    a := put_assignment(c, p_manager, p_changes);
    outcome := case a.outcome when 'unchanged' then 'done' else a.outcome end;
    if outcome <> 'done' then
        return;
    end if;
    commit;
    if a.places is not null then
        call place_team(a.places, 20, v_placed);
    end if;
    changes := assigned_changes(p_chat || coalesce(v_placed, '{}'));
end $$;

-- The same in a chat that the caller has locked. A chat that is given to another team loses an assignee
-- who is not of it. `outcome`: `done`, `unchanged`, `assignee` (they do not see the chat's site), or
-- `team` (it is of another site). `places`: this team gives its chats to its members.
create or replace function put_assignment(
    c chats, p_manager text, p_changes jsonb, out outcome text, out places text
) language plpgsql as $$
declare
    a assignments;
    t teams;
    v_assignee text;
begin
    select * into a from assignments x where x.chat_id = c.chat_id;
    select * into t from teams x where x.removed_at is null and x.site_id = c.site_id
        and x.team_id = case when p_changes ? 'team' then p_changes->>'team' else a.team_id end;
    v_assignee := case
        when p_changes ? 'assignee' then p_changes->>'assignee'
        when t.team_id is null or t.team_id = a.team_id or exists (
            select from team_members m
            where m.team_id = t.team_id and m.manager_id = a.manager_id) then a.manager_id end;
    outcome := case
        when p_changes->>'team' <> coalesce(t.team_id, '') then 'team'
        when p_changes->>'assignee' is not null
            and not is_assignable(v_assignee, c.site_id, p_manager) then 'assignee' end;
    if outcome is not null then
        return;
    end if;
    outcome := 'unchanged';
    if set_assignment(c, t.team_id, v_assignee, p_manager) then
        outcome := 'done';
        if a.manager_id is not null and v_assignee is distinct from a.manager_id then
            perform begin_placement('manager', a.manager_id);
        end if;
    end if;
    places := case when t.balanced and v_assignee is null then t.team_id end;
end $$;

-- Give what waits for this manager back to the team, so that another one gets it. `changes`: as above.
create or replace procedure give_back(p_manager text, out given int, out changes json)
language plpgsql as $$
declare
    c chats;
    a assignments;
    v_chats text[];
    v_placed text[];
    v_team text;
begin
    perform use_lookups();
    v_chats := lock_chats(array(
        select x.chat_id from assignments x where x.manager_id = p_manager and x.is_open));
    for c in
        select x.* from chats x
        where x.chat_id = any (v_chats) and x.status = 'open' and x.waiting_since is not null
        order by x.chat_id
    loop
        select * into a from assignments x where x.chat_id = c.chat_id;
        if a.manager_id = p_manager then
            v_team := coalesce(a.team_id, (
                select t.team_id from teams t
                where t.site_id = c.site_id and t.takes_new and t.removed_at is null));
            perform set_assignment(c, v_team, null, p_manager, 'given_back');
            perform begin_placement('chat', c.chat_id);
            v_placed := v_placed || c.chat_id;
        end if;
    end loop;
    given := coalesce(cardinality(v_placed), 0);
    commit;
    changes := assigned_changes(v_placed);
end $$;

-- What the managers who see them are told of chats whose assignment has changed.
create or replace function assigned_changes(p_chats text[]) returns json
language plpgsql stable as $$
begin
    return (select json_agg(json_build_object('chat', summary(x), 'managers', managers_of(x)))
            from (select distinct unnest(p_chats) as x) u);
end $$;
