-- Teams, as admins make them. A team is of one site, and so are its members.

-- Make a team, or change it: a repeat changes nothing. `p_members`: `[{manager_id, capacity}]`.
-- `outcome`: `done`, `site` (there is none, or the team is of another), or `member`: they do not see
-- the site.
create or replace function save_team(
    p_team text, p_site text, p_name text, p_balanced boolean, p_takes_new boolean,
    p_members jsonb, p_manager text
) returns text language plpgsql as $$
declare
    t teams;
begin
    perform from sites where site_id = p_site for no key update;
    if not found then
        return 'site';
    end if;
    select * into t from teams where team_id = p_team;
    if t.site_id <> p_site then
        return 'site';
    end if;
    if exists (select from jsonb_to_recordset(p_members) x (manager_id text)
               where not is_assignable(x.manager_id, p_site, null)) then
        return 'member';
    end if;
    perform lock_team(p_team);
    if p_takes_new then
        update teams set takes_new = false
        where site_id = p_site and team_id <> p_team and takes_new and removed_at is null;
    end if;
    insert into teams as x (team_id, site_id, name, balanced, takes_new)
    values (p_team, p_site, p_name, p_balanced, p_takes_new)
    on conflict (team_id) do update set
        name = excluded.name, balanced = excluded.balanced, takes_new = excluded.takes_new,
        removed_at = null;
    delete from team_members m where m.team_id = p_team and not exists (
        select from jsonb_to_recordset(p_members) x (manager_id text)
        where x.manager_id = m.manager_id);
    insert into team_members (team_id, manager_id, capacity)
    select p_team, x.manager_id, x.capacity
    from jsonb_to_recordset(p_members) x (manager_id text, capacity int)
    on conflict (team_id, manager_id) do update set capacity = excluded.capacity;
    perform record_event('team.saved', p_actor_kind => 'manager', p_actor => p_manager,
                         p_data => jsonb_build_object('team', p_team), p_site => p_site);
    perform begin_placement('team', p_team);
    return 'done';
end $$;

-- Remove a team. Its chats keep their assignees. False: there is no such team.
create or replace function remove_team(p_team text, p_manager text) returns boolean
language plpgsql as $$
declare
    v_site text;
begin
    update teams set removed_at = clock_timestamp(), takes_new = false
    where team_id = p_team and removed_at is null returning site_id into v_site;
    if v_site is null then
        return false;
    end if;
    delete from team_members where team_id = p_team;
    perform record_event('team.removed', p_actor_kind => 'manager', p_actor => p_manager,
                         p_data => jsonb_build_object('team', p_team), p_site => v_site);
    return true;
end $$;

-- The teams of these sites (null: all) with their members, and who can be made responsible there.
create or replace function teams_of(p_sites text[]) returns json language plpgsql stable as $$
begin
    return json_build_object(
        'teams', (select json_agg(to_jsonb(t) || jsonb_build_object('members', (
                      select coalesce(jsonb_agg(jsonb_build_object(
                          'manager_id', m.manager_id, 'capacity', m.capacity)
                          order by m.manager_id), '[]')
                      from team_members m where m.team_id = t.team_id))
                      order by lower(t.name), t.team_id)
                  from teams t where t.removed_at is null and sees(p_sites, t.site_id)),
        'people', (select json_agg(json_build_object(
                       'manager_id', m.manager_id, 'name', m.name, 'sites', sites_of(m.manager_id),
                       'here', m.away_since is null and m.manager_id = any (o.online))
                       order by lower(m.name), m.manager_id)
                   from managers m cross join (
                       select coalesce(array_agg(n.manager_id), '{}') as online from connections n
                       where n.chat_id is null and n.expires_at > now()) o
                   where m.removed_at is null
                     and (p_sites is null or sites_of(m.manager_id) is null
                          or sites_of(m.manager_id) && p_sites)));
end $$;
