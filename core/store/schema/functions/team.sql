-- The team as admins change it in the browser. Links and removals are in managers.sql.

-- Note that a manager is here. Whoever changes the manager now holds the row: then it is left out.
create or replace function see_manager(p_manager text) returns void language plpgsql as $$
begin
    update managers set seen_at = clock_timestamp()
    where manager_id = (select m.manager_id from managers m where m.manager_id = p_manager
                        for no key update skip locked);
end $$;

-- Lock a manager and all admins, so that two of them cannot end each other's rank. Null: there is
-- no such manager.
create or replace function lock_manager(p_manager text) returns managers language plpgsql as $$
declare
    m managers;
begin
    perform from managers
    where removed_at is null and (role = 'admin' or manager_id = p_manager)
    order by manager_id for no key update;
    select * into m from managers where manager_id = p_manager and removed_at is null;
    return m;
end $$;

create or replace function is_last_admin(m managers) returns boolean language plpgsql as $$
begin
    return m.role = 'admin' and not exists (
        select from managers o
        where o.role = 'admin' and o.removed_at is null and o.manager_id <> m.manager_id);
end $$;

create or replace function are_sites(p_sites text[]) returns boolean language plpgsql as $$
begin
    return not exists (select from unnest(p_sites) s
                       where not exists (select from sites where site_id = s));
end $$;

-- Make a manager a member of these sites only.
create or replace function set_sites(p_manager text, p_sites text[], p_actor text)
returns void language plpgsql as $$
declare
    g record;
begin
    for g in
        select x.site_id, bool_or(x.wanted) as joins
        from (select unnest(p_sites) as site_id, true as wanted
              union all select site_id, false from members where manager_id = p_manager) x
        group by x.site_id order by x.site_id
    loop
        perform set_member(g.site_id, p_manager, g.joins, p_actor);
    end loop;
end $$;

-- Add a manager of these sites, with a link. A repeat changes nothing. `outcome`: `done`, `taken`
-- for an id that somebody has or had, or `site`: there is no such site.
create or replace function invite_manager(
    p_manager text, p_name text, p_role text, p_sites text[], p_link bytea, p_seconds int,
    p_actor text
) returns text language plpgsql as $$
begin
    if not are_sites(p_sites) then
        return 'site';
    end if;
    insert into managers (manager_id, name, role) values (p_manager, p_name, p_role)
    on conflict (manager_id) do nothing;
    if not found then
        return case when exists (select from sign_in_links
                                 where token_hash = p_link and manager_id = p_manager)
                    then 'done' else 'taken' end;
    end if;
    perform record_event('manager.added', p_actor_kind => 'manager', p_actor => p_actor,
                         p_data => jsonb_build_object('manager_id', p_manager, 'role', p_role));
    perform set_sites(p_manager, p_sites, p_actor);
    perform add_link(p_manager, p_link, p_seconds, null);
    return 'done';
end $$;

-- Give a manager another rank and other sites; null leaves them. `outcome`: `done`, also for a
-- repeat, `unknown`, `site`: there is no such site, or `last`: somebody has to be an admin.
create or replace function change_manager(
    p_manager text, p_role text, p_sites text[], p_actor text
) returns text language plpgsql as $$
declare
    m managers := lock_manager(p_manager);
begin
    if m.manager_id is null then
        return 'unknown';
    end if;
    if p_role <> m.role and is_last_admin(m) then
        return 'last';
    end if;
    if p_sites is not null then
        if not are_sites(p_sites) then
            return 'site';
        end if;
        perform set_sites(p_manager, p_sites, p_actor);
    end if;
    if p_role <> m.role then
        update managers set role = p_role where manager_id = p_manager;
        perform record_event('manager.ranked', p_actor_kind => 'manager', p_actor => p_actor,
                             p_data => jsonb_build_object('manager_id', p_manager, 'role', p_role));
        perform renew_sight(p_manager);
        perform recheck_assignments(p_manager);
    end if;
    return 'done';
end $$;

-- Give a manager another link, and end their sign-ins and sockets if that is wished. API tokens
-- stay. Gives the ended sockets; null: there is no such manager.
create or replace function renew_link(
    p_manager text, p_link bytea, p_seconds int, p_ends boolean, p_actor text
) returns text[] language plpgsql as $$
begin
    if not add_link(p_manager, p_link, p_seconds, null) then
        return null;
    end if;
    perform record_event('manager.relinked', p_actor_kind => 'manager', p_actor => p_actor,
                         p_data => jsonb_build_object('manager_id', p_manager));
    if not p_ends then
        return '{}';
    end if;
    return end_all_sign_ins(p_manager);
end $$;

-- Remove a colleague. `outcome`: `done`, `unknown`, or `last`: somebody has to be an admin.
create or replace function remove_colleague(
    p_manager text, p_actor text, out outcome text, out sockets text[]
) language plpgsql as $$
declare
    m managers := lock_manager(p_manager);
begin
    outcome := case when m.manager_id is null then 'unknown'
                    when is_last_admin(m) then 'last'
                    else 'done' end;
    if outcome = 'done' then
        sockets := take_off_team(p_manager, p_actor);
    end if;
end $$;
