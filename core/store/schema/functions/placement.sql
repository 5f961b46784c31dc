-- Placement: a balanced team's chats are given to its members who are here, the oldest wait first. It
-- runs after the commit of what made it necessary, by a timer. So no step waits for a team's lock.

-- Look at what this chat or manager has made possible, at once, or when it cannot be taken back.
create or replace function begin_placement(p_of text, p_id text) returns void language plpgsql as $$
begin
    perform begin_timer('placement', p_of || ':' || p_id, clock_timestamp() + held_for());
end $$;

-- A manager has come: their console is open, or they are not away any more. Somebody may wait for them.
create or replace function arrive(p_manager text) returns void language plpgsql as $$
begin
    if exists (select from team_members m join teams t using (team_id)
               where m.manager_id = p_manager and t.balanced and t.removed_at is null) then
        perform begin_placement('manager', p_manager);
    end if;
end $$;

-- A manager may see less than before. What they may not have any more goes to others.
create or replace function recheck_assignments(p_manager text) returns void language plpgsql as $$
begin
    if exists (select from assignments a where a.manager_id = p_manager and a.is_open) then
        perform begin_placement('manager', p_manager);
    end if;
end $$;

-- Whether a manager is here for a site: in its hours, not away by hand, and with an open console.
create or replace function is_here(p_manager text, p_site text) returns boolean
language plpgsql stable as $$
begin
    return exists (select from sites s where s.site_id = p_site and is_open(s, clock_timestamp()))
       and exists (select from connections n left join managers m using (manager_id)
                   where n.manager_id = p_manager and n.chat_id is null and n.expires_at > now()
                     and sees(n.sites, p_site) and m.away_since is null);
end $$;

-- How many open chats a manager is responsible for, but for those that are put off. The chat says
-- whether it is open: an earlier release may have closed it.
create or replace function chats_assigned(p_manager text) returns bigint
language plpgsql stable as $$
begin
    return (select count(*) from assignments a join chats c using (chat_id)
            where a.manager_id = p_manager and a.is_open and c.status = 'open'
              and c.snoozed_until is null);
end $$;

-- The members who can take another chat: who has the fewest comes first, then who got none for longest.
create or replace function free_members(t teams) returns text[] language plpgsql stable as $$
begin
    return array(
        select m.manager_id
        from team_members m cross join lateral chats_assigned(m.manager_id) n (chats)
        where m.team_id = t.team_id and n.chats < m.capacity and is_here(m.manager_id, t.site_id)
        order by n.chats, m.assigned_at nulls first, m.manager_id);
end $$;

-- Whether a chat of a team is to be placed: it waits for a person, or it was passed on.
create or replace function is_queued(c chats, a assignments) returns boolean
language sql immutable as $$
    select a.is_open and a.manager_id is null and c.status = 'open' and c.restriction is null
       and c.snoozed_until is null
       and (a.passed or c.waiting_since is not null)
$$;

-- One at a time places the chats of a team, and of each team with which it shares a member: else two
-- would count the same places. Held until the commit. `skip locked` would leave chats lying.
create or replace function lock_team(p_team text) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(x.key)
    from (select hashtextextended(p_team, 26) as key
          union
          select hashtextextended(o.team_id, 26)
          from team_members m join team_members o using (manager_id) where m.team_id = p_team
          order by 1) x;
end $$;

-- Give the team's next chat to one of its members. Null: none waits, or nobody can take one.
create or replace function place_next(p_team text) returns text language plpgsql as $$
declare
    t teams;
    c chats;
    a assignments;
    v_people text[];
    v_chat text;
    v_manager text;
begin
    perform use_lookups();
    perform lock_team(p_team);
    select * into t from teams x where x.team_id = p_team and x.balanced and x.removed_at is null;
    v_people := free_members(t);
    if cardinality(v_people) = 0 then
        return null;
    end if;
    loop
        select q.chat_id, p.manager_id into v_chat, v_manager
        from assignments q join chats x using (chat_id)
        cross join lateral (
            select u.manager_id from unnest(v_people) with ordinality u (manager_id, place)
            where u.manager_id is distinct from q.returned_by order by u.place limit 1) p
        where q.team_id = p_team and q.is_open and q.manager_id is null and is_queued(x, q)
        order by q.queued_at, q.chat_id limit 1;
        exit when not found;
        c := lock_known_chat(v_chat);
        select * into a from assignments x where x.chat_id = v_chat and x.team_id = p_team;
        if is_queued(c, a) then
            perform set_assignment(c, p_team, v_manager, null, 'balance');
            update team_members m set assigned_at = clock_timestamp()
            where m.team_id = p_team and m.manager_id = v_manager;
            return v_chat;
        end if;
    end loop;
    return null;
end $$;

-- Place a team's chats, at most so many, each in a transaction of its own: a chat's lock is held no
-- longer than that.
create or replace procedure place_team(p_team text, p_limit int, out placed text[])
language plpgsql as $$
declare
    v_chat text;
begin
    placed := '{}';
    while cardinality(placed) < p_limit loop
        v_chat := place_next(p_team);
        commit;
        exit when v_chat is null;
        placed := placed || v_chat;
    end loop;
end $$;

-- The balanced teams whose chats may be placed now: those of these chats, and those of one chat, manager
-- or team (`chat:…`), or all that have chats.
create or replace function teams_to_place(p_of text, p_id text, p_chats text[]) returns text[]
language plpgsql stable as $$
declare
    a assignments;
begin
    select * into a from assignments x where p_of = 'chat' and x.chat_id = p_id;
    return array(
        select t.team_id from teams t
        where t.balanced and t.removed_at is null and (
            t.team_id in (select x.team_id from assignments x where x.chat_id = any (p_chats))
            or case p_of
                when 'all' then exists (select from assignments x where x.team_id = t.team_id
                                        and x.is_open and x.manager_id is null)
                when 'team' then t.team_id = p_id
                else t.team_id = a.team_id or exists (
                    select from team_members m where m.team_id = t.team_id
                      and m.manager_id = case p_of when 'chat' then a.manager_id else p_id end) end)
        order by t.team_id);
end $$;

-- Whether nobody has seen a manager for five minutes.
create or replace function is_gone(p_manager text) returns boolean language plpgsql stable as $$
begin
    return not exists (select from connections n where n.manager_id = p_manager
                       and n.chat_id is null and n.expires_at > now())
       and not exists (select from managers m where m.manager_id = p_manager
                       and m.seen_at > clock_timestamp() - interval '5 minutes');
end $$;

-- Take from their assignees the chats that they may not have any more (of one manager), or that wait
-- for somebody who is gone (null: of all). Gives the chats.
create or replace function release_chats(p_manager text, p_limit int) returns text[]
language plpgsql as $$
declare
    c chats;
    a assignments;
    v_chat text;
    v_chats text[];
begin
    perform use_lookups();
    if p_manager is not null then
        v_chats := array(
            select x.chat_id from assignments x join chats y using (chat_id)
            where x.manager_id = p_manager and x.is_open
              and not is_assignable(p_manager, y.site_id, null)
            limit p_limit);
    else
        v_chats := array(
            select y.chat_id from chats y join assignments x using (chat_id)
            where y.waiting_since < clock_timestamp() - interval '5 minutes'
              -- Who put it off comes back for it.
              and y.snoozed_until is null
              and x.team_id is not null and x.manager_id is not null and is_gone(x.manager_id)
            order by y.waiting_since limit p_limit);
    end if;
    foreach v_chat in array lock_chats(v_chats) loop
        select * into c from chats x where x.chat_id = v_chat;
        select * into a from assignments x where x.chat_id = v_chat;
        if a.manager_id = coalesce(p_manager, a.manager_id)
            and (p_manager is not null
                 or c.waiting_since is not null and c.snoozed_until is null)
        then
            perform set_assignment(c, a.team_id, null, null, 'absent');
        end if;
    end loop;
    return v_chats;
end $$;

-- Place what this has made possible: `chat:…`, `manager:…`, `team:…` or `all:`. `changes`: `[{chat,
-- managers}]`.
create or replace procedure place_chats(p_ref text, p_limit int, out changes json)
language plpgsql as $$
declare
    v_of text := split_part(p_ref, ':', 1);
    v_id text := substr(p_ref, length(v_of) + 2);
    v_team text;
    v_some text[];
    v_chats text[] := '{}';
begin
    if v_of in ('all', 'manager') then
        v_chats := release_chats(case v_of when 'manager' then v_id end, p_limit);
        commit;
    end if;
    foreach v_team in array teams_to_place(v_of, v_id, v_chats) loop
        call place_team(v_team, p_limit, v_some);
        if cardinality(v_some) = p_limit then
            perform begin_placement('team', v_team);
            commit;
        end if;
        v_chats := v_chats || v_some;
    end loop;
    changes := assigned_changes(v_chats);
end $$;
