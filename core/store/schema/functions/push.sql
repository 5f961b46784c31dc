-- Browsers that are woken when somebody waits.

-- Store a browser's subscription, or take it over from whoever used the browser before. A manager
-- has at most `p_most`: the one that was made first makes room. Null: the sign-in has ended.
create or replace function add_subscription(
    p_manager text, p_session bytea, p_endpoint text, p_hash bytea, p_p256dh bytea, p_auth bytea,
    p_key bytea, p_language text, p_agent text, p_most int
) returns uuid language plpgsql as $$
declare
    v_sign_in uuid;
    v_id uuid;
begin
    if p_session is not null then
        select s.sign_in_id into v_sign_in from sign_ins s
        where s.token_hash = p_session and s.manager_id = p_manager and s.expires_at > now()
        for key share;
        if not found then
            return null;
        end if;
    end if;
    insert into push_subscriptions as p
        (manager_id, sign_in_id, endpoint, endpoint_hash, p256dh, auth, key_id, language, user_agent)
    values (p_manager, v_sign_in, p_endpoint, p_hash, p_p256dh, p_auth, p_key, p_language, p_agent)
    on conflict (endpoint_hash) do update set
        manager_id = excluded.manager_id, sign_in_id = excluded.sign_in_id,
        p256dh = excluded.p256dh, auth = excluded.auth, key_id = excluded.key_id,
        language = excluded.language, user_agent = excluded.user_agent
    returning p.subscription_id into v_id;
    delete from push_subscriptions where subscription_id in (
        select o.subscription_id from push_subscriptions o
        where o.manager_id = p_manager and o.subscription_id <> v_id
        order by o.created_at desc offset p_most - 1);
    return v_id;
end $$;

-- A manager's subscriptions that can be used: made for this key, and of a sign-in that has not ended.
create or replace function subscriptions_of(p_manager text, p_key bytea)
returns setof push_subscriptions language sql stable as $$
    select p.* from push_subscriptions p left join sign_ins s using (sign_in_id)
    where p.manager_id = p_manager and p.key_id = p_key
      and (p.sign_in_id is null or s.expires_at > now())
    order by p.created_at
$$;

-- Whether a manager is not to be disturbed now.
create or replace function is_quiet(r notice_rules) returns boolean language plpgsql stable as $$
begin
    return (select coalesce(r.quiet_until > clock_timestamp(), false) or coalesce(
            case when r.quiet_from <= r.quiet_to
                 then x.now >= r.quiet_from and x.now < r.quiet_to
                 -- Over midnight.
                 else x.now >= r.quiet_from or x.now < r.quiet_to end, false)
        from (select (clock_timestamp() at time zone coalesce(r.time_zone, 'UTC'))::time as now) x);
end $$;

-- The managers who see a site, have a browser that can be woken, and wish to be woken now of a chat
-- that `p_owner` answers (null: nobody does). `p_urgent`: those too who are not to be disturbed.
create or replace function woken_of(p_site text, p_owner text, p_urgent boolean)
returns setof text language sql stable as $$
    select w.manager_id
    from (select distinct p.manager_id from push_subscriptions p
          left join sign_ins s using (sign_in_id)
          where p.sign_in_id is null or s.expires_at > now()) w
    left join managers m using (manager_id)
    left join notice_rules r using (manager_id)
    where m.removed_at is null and sees(sites_of(w.manager_id), p_site)
      and case when p_owner is null then 'unassigned'
               when p_owner = w.manager_id then 'mine' else 'sites' end
          = any (coalesce(r.push, '{mine,unassigned}'))
      and (p_urgent or r is null or not is_quiet(r))
    order by 1
$$;

-- Replace how a manager wishes to be told. Gives the sockets of the manager, which are to hear of it.
create or replace function set_notice_rules(p_manager text, p_rules jsonb) returns text[]
language plpgsql as $$
begin
    insert into notice_rules
        (manager_id, sound, desktop, push, quiet_until, quiet_from, quiet_to, time_zone)
    select p_manager, n.sound, n.desktop, n.push, n.quiet_until, n.quiet_from, n.quiet_to,
           n.time_zone
    from jsonb_populate_record(null::notice_rules, p_rules) n
    on conflict (manager_id) do update set
        sound = excluded.sound, desktop = excluded.desktop, push = excluded.push,
        quiet_until = excluded.quiet_until, quiet_from = excluded.quiet_from,
        quiet_to = excluded.quiet_to, time_zone = excluded.time_zone,
        updated_at = clock_timestamp();
    return (select array_agg(n.connection_id || ' ' || n.callback_url) from connections n
            where n.chat_id is null and n.manager_id = p_manager and n.expires_at > now());
end $$;
