-- The receivers of a site's notices, for admins.

-- False: there is no such site. A repeat adds nothing.
create or replace function add_receiver(p_site text, p_id uuid, p_fields jsonb, p_manager text)
returns boolean language plpgsql as $$
begin
    if not exists (select from sites where site_id = p_site) then
        return false;
    end if;
    insert into receivers (receiver_id, site_id, kind, name, email, sealed, language, events)
    select p_id, p_site, r.kind, r.name, r.email, r.sealed, r.language, r.events
    from jsonb_populate_record(null::receivers, p_fields) r
    on conflict (receiver_id) do nothing;
    if found then
        perform record_event('site.receiver_added', p_actor_kind => 'manager',
                             p_actor => p_manager, p_site => p_site,
                             p_data => jsonb_build_object('receiver_id', p_id));
    end if;
    return true;
end $$;

-- What was on its way to it is not sent any more. False: there is no such receiver.
create or replace function remove_receiver(p_site text, p_id uuid, p_manager text)
returns boolean language plpgsql as $$
begin
    update receivers set removed_at = clock_timestamp(), sealed = null, email = null
    where receiver_id = p_id and site_id = p_site and removed_at is null;
    if found then
        perform record_event('site.receiver_removed', p_actor_kind => 'manager',
                             p_actor => p_manager, p_site => p_site,
                             p_data => jsonb_build_object('receiver_id', p_id));
        return true;
    end if;
    return exists (select from receivers where receiver_id = p_id and site_id = p_site);
end $$;
