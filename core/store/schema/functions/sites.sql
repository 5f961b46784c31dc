-- Sites, and the managers who are their members. Admins see all sites.

-- Whoever is new to the team sees the site that is always there, until an admin changes it.
create or replace function join_first_site(p_manager text) returns void language sql as $$
    insert into members (site_id, manager_id) values ('default', p_manager) on conflict do nothing
$$;
