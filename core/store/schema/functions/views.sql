-- Saved views of the list of chats. A site's are read by whoever sees it, and changed by whoever may
-- change its canned replies. One's own are nobody else's.

-- So many each site and person has.
create or replace function most_views() returns int language sql immutable as $$
    select 50
$$;

-- What a manager may look at: `{views, sites, teams}`, with where they may keep more, and their teams.
create or replace function views_for(p_manager text) returns json language plpgsql stable as $$
declare
    v_sites text[] := sites_of(p_manager);
begin
    return json_build_object(
        'views', (
            select json_agg(json_build_object(
                       'view_id', v.view_id, 'site_id', v.site_id, 'name', v.name,
                       'query', v.query, 'position', v.position, 'editable',
                       may_change_canned(p_manager, v.site_id, null, v.manager_id))
                   order by v.site_id is null, v.position, lower(v.name), v.view_id)
            from views v
            where v.manager_id = p_manager or v.site_id is not null and sees(v_sites, v.site_id)),
        'sites', (
            select json_agg(json_build_object('id', s.site_id, 'name', s.name)
                   order by lower(s.name), s.site_id)
            from sites s where s.archived_at is null
              and may_change_canned(p_manager, s.site_id, null, null)),
        'teams', (
            select json_agg(json_build_object('id', t.team_id, 'name', t.name)
                            order by lower(t.name), t.team_id)
            from team_members m join teams t on t.team_id = m.team_id
            where m.manager_id = p_manager and t.removed_at is null
              and sees(v_sites, t.site_id)));
end $$;

-- Keep a view for a site, or (null) for oneself. Without a position it stays where it is; a new one is
-- the last. `done`, `scope` (they may not), `unknown` (it is somebody else's), `taken` (another one
-- there has the name), or `full`.
create or replace function save_view(
    p_manager text, p_view uuid, p_site text, p_name text, p_query jsonb, p_position int
) returns text language plpgsql as $$
declare
    v_owner text := case when p_site is null then p_manager end;
    v_last int;
    v_count int;
begin
    if not may_change_canned(p_manager, p_site, null, v_owner) then
        return 'scope';
    end if;
    -- One at a time: the rows are counted.
    perform pg_advisory_xact_lock(hashtextextended(concat_ws(' ', p_site, v_owner), 36));
    select count(*), coalesce(max(v.position), 0) into v_count, v_last
    from views v where v.view_id <> p_view and (v.site_id = p_site or v.manager_id = v_owner);
    if v_count >= most_views() then
        return 'full';
    end if;
    insert into views as v (view_id, site_id, manager_id, name, query, position)
    values (p_view, p_site, v_owner, p_name, p_query,
            coalesce(p_position, least(v_last, 999) + 1))
    on conflict (view_id) do update set
        site_id = p_site, manager_id = v_owner, name = excluded.name, query = excluded.query,
        position = coalesce(p_position, v.position), changed_at = excluded.changed_at
        where may_change_canned(p_manager, v.site_id, null, v.manager_id);
    if not found then
        return 'unknown';
    end if;
    perform record_canned('view.saved', p_manager, p_site, null,
                          jsonb_build_object('view_id', p_view));
    return 'done';
exception
    when unique_violation then
        return 'taken';
end $$;

-- Delete a view. False: there is none, or it is somebody else's.
create or replace function remove_view(p_manager text, p_view uuid) returns boolean
language plpgsql as $$
declare
    v views;
begin
    select * into v from views x where x.view_id = p_view for update;
    if v.view_id is null or not may_change_canned(p_manager, v.site_id, null, v.manager_id) then
        return false;
    end if;
    delete from views x where x.view_id = p_view;
    perform record_canned('view.removed', p_manager, v.site_id, null,
                          jsonb_build_object('view_id', p_view));
    return true;
end $$;
