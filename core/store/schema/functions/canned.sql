-- Canned replies. A site's are read by whoever sees it, and changed by admins. A team's are its
-- members' and the admins'. One's own are nobody else's, not even an admin's.

-- So many each site, team and person has.
create or replace function most_canned() returns int language sql immutable as $$
    select 300
$$;

-- And so many bytes of text: all of them are read at once.
create or replace function most_canned_bytes() returns int language sql immutable as $$
    select 300000
$$;

-- Whether somebody may change what is of this site, team or person; of a team, also read it.
create or replace function may_change_canned(
    p_manager text, p_site text, p_team text, p_owner text
) returns boolean language plpgsql stable as $$
declare
    v_admin boolean := coalesce((select m.role from managers m where m.manager_id = p_manager),
                                'admin') = 'admin';
begin
    return case
        when p_owner is not null then p_owner = p_manager
        when p_site is not null then
            v_admin and exists (select from sites s where s.site_id = p_site)
        else exists (
            select from teams t
            where t.team_id = p_team and t.removed_at is null
              and sees(sites_of(p_manager), t.site_id)
              and (v_admin or exists (select from team_members m where m.team_id = p_team
                                      and m.manager_id = p_manager))) end;
end $$;

-- What a manager may use: `{replies, macros, sites, teams}`, with where they may keep more.
create or replace function canned_for(p_manager text) returns json language plpgsql stable as $$
declare
    v_sites text[] := sites_of(p_manager);
begin
    return json_build_object(
        'replies', (
            select json_agg(x order by lower(x.shortcut), x.reply_id) from (
                select r.reply_id, r.site_id, r.team_id, r.shortcut, r.text,
                       may_change_canned(p_manager, r.site_id, r.team_id, r.manager_id) as editable
                from canned_replies r
                where r.manager_id = p_manager or r.site_id is not null and sees(v_sites, r.site_id)
                   or r.team_id is not null
                       and may_change_canned(p_manager, null, r.team_id, null)) x),
        'macros', macros_for(p_manager, v_sites),
        'sites', (
            select json_agg(json_build_object(
                       'id', s.site_id, 'name', s.name,
                       'editable', may_change_canned(p_manager, s.site_id, null, null))
                   order by lower(s.name), s.site_id)
            from sites s where s.archived_at is null and sees(v_sites, s.site_id)),
        'teams', (
            select json_agg(json_build_object('id', t.team_id, 'name', t.name, 'site', t.site_id)
                            order by lower(t.name), t.team_id)
            from teams t where may_change_canned(p_manager, null, t.team_id, null)));
end $$;

-- Write an event about what is of a site, a team, or a person.
create or replace function record_canned(
    p_name text, p_manager text, p_site text, p_team text, p_data jsonb
) returns void language plpgsql as $$
begin
    perform record_event(p_name, p_actor_kind => 'manager', p_actor => p_manager, p_data => p_data,
                         p_site => coalesce(p_site, (select t.site_id from teams t
                                                     where t.team_id = p_team)));
end $$;

-- Keep replies (`[{reply_id, shortcut, text}]`) for a site, a team, or (both null) oneself. `outcome`:
-- `done`, `scope` (they may not), `unknown` (it is somebody else's), `taken` (another one has the
-- shortcut), or `full`. With `p_replaces` a shortcut that is there gets the new text.
create or replace function save_canned(
    p_manager text, p_site text, p_team text, p_rows jsonb, p_replaces boolean
) returns text language plpgsql as $$
declare
    v_owner text := case when coalesce(p_site, p_team) is null then p_manager end;
    v_key text := concat_ws(' ', p_site, p_team, v_owner);
    r record;
begin
    if not may_change_canned(p_manager, p_site, p_team, v_owner) then
        return 'scope';
    end if;
    -- One at a time: the rows are counted.
    perform pg_advisory_xact_lock(hashtextextended(v_key, 27));
    for r in select * from jsonb_to_recordset(p_rows) x (reply_id uuid, shortcut text, text text) loop
        if p_replaces then
            delete from canned_replies c
            where coalesce(c.site_id, '') = coalesce(p_site, '')
              and coalesce(c.team_id, '') = coalesce(p_team, '')
              and coalesce(c.manager_id, '') = coalesce(v_owner, '')
              and lower(c.shortcut) = lower(r.shortcut);
        end if;
        insert into canned_replies as c
            (reply_id, site_id, team_id, manager_id, shortcut, text)
        values (r.reply_id, p_site, p_team, v_owner, r.shortcut, r.text)
        on conflict (reply_id) do update set
            site_id = p_site, team_id = p_team, manager_id = v_owner,
            shortcut = excluded.shortcut, text = excluded.text, changed_at = excluded.changed_at
            where may_change_canned(p_manager, c.site_id, c.team_id, c.manager_id);
        if not found then
            -- Not `return`: those before it may not stay.
            raise exception using errcode = 'insufficient_privilege';
        end if;
    end loop;
    if (select count(*) > most_canned() or sum(octet_length(c.text)) > most_canned_bytes()
        from canned_replies c
        where c.site_id = p_site or c.team_id = p_team or c.manager_id = v_owner)
    then
        raise exception using errcode = 'program_limit_exceeded';
    end if;
    perform record_canned(case when p_replaces then 'canned.imported' else 'canned.saved' end,
                          p_manager, p_site, p_team, case
        when p_replaces then jsonb_build_object('replies', jsonb_array_length(p_rows))
        else jsonb_build_object('reply_id', p_rows->0->'reply_id') end);
    return 'done';
exception
    when unique_violation then
        return 'taken';
    when insufficient_privilege then
        return 'unknown';
    when program_limit_exceeded then
        return 'full';
end $$;

-- Delete a reply. False: there is none, or it is somebody else's.
create or replace function remove_canned(p_manager text, p_reply uuid) returns boolean
language plpgsql as $$
declare
    c canned_replies;
begin
    select * into c from canned_replies x where x.reply_id = p_reply for update;
    if c.reply_id is null
        or not may_change_canned(p_manager, c.site_id, c.team_id, c.manager_id)
    then
        return false;
    end if;
    delete from canned_replies x where x.reply_id = p_reply;
    perform record_canned('canned.removed', p_manager, c.site_id, c.team_id,
                          jsonb_build_object('reply_id', p_reply));
    return true;
end $$;
