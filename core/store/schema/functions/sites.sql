-- Sites, and the managers who are their members. Admins see all sites.

-- Make a site. A repeat gives the stored one.
create or replace function make_site(p_site text, p_key text, p_name text, p_manager text)
returns jsonb language plpgsql as $$
declare
    s sites;
begin
    insert into sites (site_id, public_key, name) values (p_site, p_key, p_name)
    on conflict (site_id) do nothing returning * into s;
    if found then
        perform record_event('site.made', p_actor_kind => 'manager', p_actor => p_manager,
                             p_site => p_site);
    else
        select * into s from sites where site_id = p_site;
    end if;
    return to_jsonb(s);
end $$;

-- Change the named fields of a site, if nobody else has changed it since `p_rev`. `archived` is true
-- or false. A repeat changes nothing. `outcome`: `done`, `unknown`, or `newer` with the newer site.
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
            n.rev := s.rev + 1;
            n.updated_at := clock_timestamp();
            update sites set
                name = n.name, origins = n.origins, answering = n.answering,
                assistant_id = n.assistant_id, locale = n.locale, time_zone = n.time_zone,
                theme = n.theme, texts = n.texts, privacy_url = n.privacy_url,
                consent = n.consent, tokens_per_day = n.tokens_per_day,
                tokens_per_chat = n.tokens_per_chat, identity_key = n.identity_key,
                archived_at = n.archived_at, rev = n.rev, updated_at = n.updated_at
            where site_id = p_site;
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
create or replace function join_first_site(p_manager text) returns void language sql as $$
    insert into members (site_id, manager_id) values ('default', p_manager) on conflict do nothing
$$;
