-- Who answers: the assistant or the team. A site's mode decides, and whether somebody is here.

-- Whether these are a site's hours. A span holds by the clock on its wall: `core/hours.py` says the
-- same.
create or replace function is_open(s sites, p_at timestamptz) returns boolean
language plpgsql stable as $$
declare
    v_wall timestamp;
    v_spans jsonb;
begin
    if s.hours is null and s.special_days = '{}' then
        return true;
    end if;
    v_wall := p_at at time zone coalesce(s.time_zone, 'UTC');
    v_spans := coalesce(s.special_days -> to_char(v_wall, 'YYYY-MM-DD') -> 'hours',
                        s.hours -> (extract(isodow from v_wall)::int - 1));
    return v_spans is null or exists (
        select from jsonb_array_elements(v_spans) x
        where v_wall::time >= (x->>0)::time and v_wall::time < (x->>1)::time);
end $$;

-- How many of the team are here: in the site's hours, not away, and with an open console, or with a
-- browser that is woken when somebody waits, if any step wakes the team.
create or replace function people_here(s sites) returns int language plpgsql stable as $$
begin
    if not is_open(s, clock_timestamp()) then
        return 0;
    end if;
    return (select count(distinct x.manager_id)
            from (select n.manager_id from connections n
                  where n.chat_id is null and n.expires_at > now() and sees(n.sites, s.site_id)
                  union all
                  select w from woken_of(s.site_id, null, false) w
                  -- Most have no browser that can be woken.
                  where case when exists (select from push_subscriptions)
                      then wakes_team(s.site_id) end) x
            left join managers m using (manager_id)
            where m.away_since is null);
end $$;

-- Whether the assistant answers a new message on this site.
create or replace function assistant_answers(s sites) returns boolean language sql stable as $$
    select case coalesce(s.answering, 'always')
        when 'always' then true when 'never' then false else people_here(s) = 0 end
$$;

-- Who answers from now on. A person who has the chat keeps it, and a running answer is not cut.
create or replace function answerer(c chats, s sites) returns text language sql stable as $$
    select case
        when c.manager_id is not null or c.beat_at is not null or c.restriction is not null
            then c.owner
        when assistant_answers(s) then 'assistant' else 'manager' end
$$;

-- The same for one chat. Somebody who needs no person is not passed to one.
create or replace function answerer_now(c chats) returns text language plpgsql stable as $$
begin
    return case when c.owner = 'assistant' then c.owner
                else answerer(c, (select s from sites s where s.site_id = c.site_id)) end;
end $$;

-- What a site's visitors are told of the team: its hours, and how many are here.
create or replace function team_of_site(s sites) returns jsonb language plpgsql stable as $$
begin
    return jsonb_build_object('site', s.site_id, 'time_zone', s.time_zone, 'hours', s.hours,
                              'special_days', s.special_days, 'here', people_here(s),
                              'waiting', null);
end $$;

-- How many others of the site wait longer for a person.
create or replace function others_waiting(c chats) returns bigint language plpgsql stable as $$
begin
    return (select count(*)
            from (select w.site_id, w.status, w.manager_id from chats w
                  where w.waiting_since < coalesce(c.waiting_since, clock_timestamp())
                  order by w.waiting_since desc limit 200) x
            where x.site_id = c.site_id and x.status = 'open' and x.manager_id is null);
end $$;

-- What the chat's visitor is told of its site's team, with `waiting`, which counts only while
-- somebody is here. Null: a person has the chat.
drop function if exists team_of(chats, jsonb);
create or replace function team_for(c chats, p_team jsonb) returns jsonb language sql stable as $$
    select case
        when c.chat_id is null or c.manager_id is not null then null
        when (p_team->>'here')::int = 0 then p_team
        else p_team || jsonb_build_object('waiting', others_waiting(c)) end
$$;

create or replace function team_of(c chats) returns jsonb language plpgsql stable as $$
begin
    return case when c.manager_id is null then
        team_for(c, team_of_site((select s from sites s where s.site_id = c.site_id))) end;
end $$;

-- The last waits of a site, and when a person ended each: `[{began, ended}]`.
create or replace function waits_of(p_site text, p_days int, p_most int) returns json
language plpgsql stable as $$
begin
    return (
        select json_agg(json_build_object('began', w.at, 'ended', e.at))
        from (select x.id, x.at, x.chat_id from events x
              where x.site_id = p_site and x.name = 'chat.waiting'
                and x.at > now() - make_interval(days => p_days)
              order by x.id desc limit p_most) w
        cross join lateral (
            select x.at, x.name from events x
            where x.chat_id = w.chat_id and x.id > w.id
              and x.name in ('chat.taken_over', 'message.sent', 'chat.handed_back', 'chat.closed',
                             'chat.person_not_needed', 'chat.waiting')
            order by x.id limit 1) e
        where e.name in ('chat.taken_over', 'message.sent'));
end $$;

-- A manager is away by hand, or is there again. Visitors are told from then on.
create or replace function set_away(p_manager text, p_away boolean) returns timestamptz
language plpgsql as $$
declare
    v_since timestamptz;
begin
    update managers m set away_since = case when p_away then coalesce(m.away_since, clock_timestamp()) end
    where m.manager_id = p_manager returning m.away_since into v_since;
    if not p_away then
        perform arrive(p_manager);
    end if;
    return v_since;
end $$;
