-- Escalation: who hears of a chat that still waits. A timer runs it; the step that ends the wait
-- ends the timer.

-- The steps that a site's chats take. Without any of its own, each target is heard of all the same:
-- the team's browsers at once, and after a minute each place that hears of nothing else.
create or replace function steps_of(p_site text) returns setof escalation_steps
language plpgsql stable as $$
begin
    return query select s.* from escalation_steps s where s.site_id = p_site;
    if found then
        return;
    end if;
    return query
    select p_site, 1, 0, false, 'team', null::uuid
    union all
    select p_site, 1 + row_number() over (order by r.created_at, r.receiver_id)::int, 60, false,
           'receiver', r.receiver_id
    from receivers r
    where r.site_id = p_site and r.events = '{}' and r.removed_at is null and r.gone_at is null;
end $$;

-- Whether somebody of the team is woken when a chat of a site waits.
create or replace function wakes_team(p_site text) returns boolean language plpgsql stable as $$
begin
    return exists (select from steps_of(p_site) s where s.action <> 'receiver');
end $$;

-- A chat begins to wait: set the timer of its first step, where anybody may hear of it.
create or replace function begin_escalation(p_chat text, p_site text) returns void
language plpgsql as $$
declare
    v_first int;
begin
    select min(s.after_seconds) into v_first from steps_of(p_site) s
    where s.action = 'receiver' or exists (select from push_subscriptions)
       or exists (select from escalation_steps x where x.site_id = p_site);
    if v_first is not null then
        perform set_timer('escalation', p_chat,
                          clock_timestamp() + make_interval(secs => v_first));
    end if;
end $$;

-- What decides about the next steps of a chat; null if it does not wait.
create or replace function escalation_of(p_chat text) returns jsonb language plpgsql stable as $$
begin
    return (select jsonb_build_object(
            'site', jsonb_build_object('time_zone', s.time_zone, 'hours', to_jsonb(s)->'hours',
                                       'special_days', to_jsonb(s)->'special_days'),
            'since', c.waiting_since,
            'taken', coalesce((select to_jsonb(e.taken) from escalations e
                               where e.chat_id = c.chat_id and e.since = c.waiting_since), '[]'),
            'steps', (select jsonb_agg(x order by x.position) from steps_of(c.site_id) x))
        from chats c join sites s using (site_id)
        where c.chat_id = p_chat and c.waiting_since is not null);
end $$;

-- Write the notices of one step.
create or replace function alarm_for(c chats, x escalation_steps) returns void language plpgsql as $$
declare
    v_data jsonb := case when x.action = 'everybody' then '{"urgent": true}' else '{}' end::jsonb;
begin
    if x.action in ('people', 'team', 'everybody') then
        perform add_delivery('push', 'chat.waiting', p, c.site_id, c.chat_id, p_data => v_data)
        from woken_of(c.site_id, case when c.owner = 'manager' then c.manager_id end,
                      x.action = 'everybody') p
        where x.action <> 'people' or c.manager_id is null or p = c.manager_id;
    end if;
    if x.action in ('receiver', 'everybody') then
        perform add_delivery(r.kind, 'chat.waiting', r.receiver_id::text, c.site_id, c.chat_id,
                             p_data => v_data)
        from receivers r
        where r.site_id = c.site_id and r.removed_at is null and r.gone_at is null
          and (x.action = 'everybody' or r.receiver_id = x.receiver_id);
    end if;
end $$;

-- Take these steps of the wait that began at `p_since`, and set the timer of the next one. Nothing
-- happens if that wait is over. A repeat takes no step twice.
create or replace function escalate(
    p_chat text, p_since timestamptz, p_due int[], p_next double precision
) returns boolean language plpgsql as $$
declare
    c chats := lock_known_chat(p_chat);
    x escalation_steps;
    v_taken int[];
begin
    if c.waiting_since is distinct from p_since then
        return false;
    end if;
    select e.taken into v_taken from escalations e where e.chat_id = p_chat and e.since = p_since;
    for x in
        select s.* from steps_of(c.site_id) s
        where s.position = any (p_due) and s.position <> all (coalesce(v_taken, '{}'))
        order by s.after_seconds, s.position
    loop
        perform alarm_for(c, x);
    end loop;
    insert into escalations as e (chat_id, since, taken)
    values (p_chat, p_since, coalesce(v_taken, '{}') || p_due)
    on conflict (chat_id) do update set since = excluded.since, taken = excluded.taken;
    if p_next is not null then
        perform set_timer('escalation', p_chat, clock_timestamp() + make_interval(secs => p_next));
    end if;
    return true;
end $$;

-- Replace the steps of a site: `[{after_seconds, only_open, action, receiver_id}]`. False: there is
-- no such site, or a receiver is not the site's.
create or replace function set_escalation(p_site text, p_steps jsonb, p_manager text)
returns boolean language plpgsql as $$
begin
    perform from sites where site_id = p_site for no key update;
    if not found or exists (
        select from jsonb_to_recordset(p_steps) x (receiver_id uuid)
        where x.receiver_id is not null and not exists (
            select from receivers r where r.receiver_id = x.receiver_id and r.site_id = p_site
              and r.removed_at is null))
    then
        return false;
    end if;
    delete from escalation_steps where site_id = p_site;
    insert into escalation_steps (site_id, position, after_seconds, only_open, action, receiver_id)
    select p_site, x.position, x.after_seconds, coalesce(x.only_open, false), x.action, x.receiver_id
    from rows from (jsonb_to_recordset(p_steps) as (
             after_seconds int, only_open boolean, action text, receiver_id uuid))
         with ordinality x (after_seconds, only_open, action, receiver_id, position);
    perform record_event('site.escalation_changed', p_actor_kind => 'manager',
                         p_actor => p_manager, p_site => p_site);
    return true;
end $$;
