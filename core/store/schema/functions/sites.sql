-- Sites, and the managers who are their members. Admins see all sites.

-- The sites that a manager sees; null: all. In open mode the only manager has no row.
create or replace function sites_of(p_manager text) returns text[] language plpgsql stable as $$
begin
    if coalesce((select m.role from managers m where m.manager_id = p_manager), 'admin') = 'admin'
        or not exists (select from sites s where not exists (
               select from members m where m.site_id = s.site_id and m.manager_id = p_manager))
    then
        return null;
    end if;
    return array(select m.site_id from members m where m.manager_id = p_manager order by 1);
end $$;

-- Whether somebody who sees these sites sees this one.
create or replace function sees(p_sites text[], p_site text) returns boolean
language sql immutable as $$
    select p_sites is null or p_site = any (p_sites)
$$;

-- Let the open sockets of a manager, or of all (null), see what they may see now. What they watched
-- of other sites they watch no more. A socket that opens meanwhile waits for the caller's lock.
create or replace function renew_sight(p_manager text) returns void language plpgsql as $$
begin
    perform use_lookups();
    update connections n set sites = sites_of(n.manager_id)
    where n.chat_id is null and (p_manager is null or n.manager_id = p_manager)
      and n.sites is distinct from sites_of(n.manager_id);
    delete from watches w using connections n, chats c
    where n.connection_id = w.connection_id and c.chat_id = w.chat_id and n.chat_id is null
      and (p_manager is null or n.manager_id = p_manager) and not sees(n.sites, c.site_id);
end $$;

-- Lock the chat, if it exists and the manager sees its site.
create or replace function lock_chat_for(p_manager text, p_chat text) returns chats
language plpgsql as $$
declare
    c chats;
begin
    c := lock_known_chat(p_chat);
    if not sees(sites_of(p_manager), c.site_id) then
        return null;
    end if;
    return c;
end $$;

-- Make a site. A repeat gives the stored one.
create or replace function make_site(p_site text, p_key text, p_name text, p_manager text)
returns jsonb language plpgsql as $$
declare
    s sites;
begin
    perform from managers order by manager_id for no key update;
    insert into sites (site_id, public_key, name) values (p_site, p_key, p_name)
    on conflict (site_id) do nothing returning * into s;
    if found then
        perform record_event('site.made', p_actor_kind => 'manager', p_actor => p_manager,
                             p_site => p_site);
        perform renew_sight(null);
    else
        select * into s from sites where site_id = p_site;
    end if;
    return to_jsonb(s);
end $$;

-- Change the named fields of a site, if nobody else has changed it since `p_rev`. `archived` is true
-- or false. A repeat changes nothing. `outcome`: `done`, `unknown`, `zone` (Postgres does not know this
-- time zone), or `newer` with the newer site.
create or replace function change_site(
    p_site text, p_rev int, p_changes jsonb, p_manager text, out outcome text, out site jsonb
) language plpgsql as $$
declare
    s sites;
    n sites;
begin
    select * into s from sites where site_id = p_site for no key update;
    if not found then
        outcome := 'unknown';
        return;
    end if;
    n := jsonb_populate_record(s, p_changes - 'archived');
    if p_changes ? 'archived' then
        n.archived_at := case when (p_changes->>'archived')::boolean
                              then coalesce(s.archived_at, clock_timestamp()) end;
    end if;
    outcome := 'done';
    if n is distinct from s then
        if p_rev is not null and s.rev <> p_rev then
            outcome := 'newer';
            n := s;
        else
            if n.time_zone is distinct from s.time_zone and not exists (
                select from pg_timezone_names z where z.name = n.time_zone) and n.time_zone is not null
            then
                outcome := 'zone';
                return;
            end if;
            n.rev := s.rev + 1;
            n.updated_at := clock_timestamp();
            update sites set
                name = n.name, origins = n.origins, answering = n.answering,
                assistant_id = n.assistant_id, locale = n.locale, time_zone = n.time_zone,
                theme = n.theme, texts = n.texts, privacy_url = n.privacy_url,
                consent = n.consent, tokens_per_day = n.tokens_per_day,
                tokens_per_chat = n.tokens_per_chat, identity_key = n.identity_key,
                hours = n.hours, special_days = n.special_days,
                close_after = n.close_after, hand_back_after = n.hand_back_after,
                after_closing = n.after_closing,
                archived_at = n.archived_at, rev = n.rev, updated_at = n.updated_at
            where site_id = p_site;
            if (n.close_after, n.hand_back_after, n.answering)
                is distinct from (s.close_after, s.hand_back_after, s.answering) then
                perform renew_closing(p_site);
            end if;
            perform record_event(
                'site.changed', p_actor_kind => 'manager', p_actor => p_manager,
                p_data => jsonb_build_object('fields', (
                    select jsonb_agg(k order by k) from jsonb_object_keys(p_changes) k)),
                p_site => p_site);
        end if;
    end if;
    site := to_jsonb(n);
end $$;

-- Whoever is new to the team sees the site that is always there, until an admin changes it.
create or replace function join_first_site(p_manager text) returns void language plpgsql as $$
begin
    insert into members (site_id, manager_id) values ('default', p_manager) on conflict do nothing;
end $$;

-- Make a manager a member of a site, or end that. `unknown`: there is no such site or manager, else
-- `done`, also for a repeat.
create or replace function set_member(
    p_site text, p_manager text, p_joins boolean, p_actor text
) returns text language plpgsql as $$
begin
    perform from managers where manager_id = p_manager and removed_at is null for no key update;
    if not found or not exists (select from sites where site_id = p_site) then
        return 'unknown';
    end if;
    if p_joins then
        insert into members (site_id, manager_id) values (p_site, p_manager)
        on conflict do nothing;
    else
        delete from members where site_id = p_site and manager_id = p_manager;
    end if;
    if found then
        perform record_event(
            case when p_joins then 'site.member_added' else 'site.member_removed' end,
            p_actor_kind => 'manager', p_actor => p_actor,
            p_data => jsonb_build_object('manager_id', p_manager), p_site => p_site);
        perform renew_sight(p_manager);
        if not p_joins then
            perform recheck_assignments(p_manager);
        end if;
    end if;
    return 'done';
end $$;
