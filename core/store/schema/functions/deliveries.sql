-- Deliveries: notices on their way outside. Each is written in the transaction of the change that it
-- tells, claimed by one worker at a time, and ended by who still holds the claim.

-- What one person or place is spared of the same chat and kind.
create or replace function spared_for() returns interval language sql immutable as $$
    select interval '5 minutes'
$$;

-- Write one notice. A chat tool, a mailbox or a person gets one of each kind and chat in five
-- minutes, an urgent one beside, and one digest afterwards. A webhook gets all.
create or replace function add_delivery(
    p_kind text, p_what text, p_target text, p_site text, p_chat text default null,
    p_event bigint default null, p_data jsonb default '{}'
) returns uuid language plpgsql as $$
declare
    v_last timestamptz;
    v_id uuid;
begin
    if p_kind <> 'webhook' and p_chat is not null then
        select d.created_at into v_last from deliveries d
        where d.chat_id = p_chat and d.target = p_target and d.what = p_what and d.kind = p_kind
          and (d.data ? 'urgent') = (p_data ? 'urgent')
          -- Nobody has read what was not sent.
          and d.error is distinct from 'stale'
          and d.created_at > clock_timestamp() - spared_for()
        order by d.created_at desc limit 1;
    end if;
    if v_last is null then
        insert into deliveries (kind, what, target, site_id, chat_id, event_id, data, due_at)
        values (p_kind, p_what, p_target, p_site, p_chat, p_event, p_data,
                clock_timestamp() + held_for())
        returning id into v_id;
    else
        insert into deliveries (kind, what, target, site_id, due_at, data)
        values (p_kind, 'digest', p_target, p_site, v_last + spared_for(), p_data)
        on conflict (target) where what = 'digest' and done_at is null and dead_at is null
        do nothing;
        if found then
            perform begin_timer('digest', p_target, v_last + spared_for());
        end if;
    end if;
    return v_id;
end $$;

-- Tell whoever wants to hear of an event. Those who were alarmed hear when somebody has the chat.
create or replace function deliver_event(e events) returns void language plpgsql as $$
begin
    perform follow_event(e);
    perform follow_cycle(e);
    if e.name = 'chat.waiting' then
        perform begin_escalation(e.chat_id, e.site_id);
    elsif e.name in ('chat.taken_over', 'chat.closed', 'chat.handed_back', 'chat.person_not_needed')
    then
        perform clear_timer('escalation', e.chat_id);
    elsif e.name = 'message.sent' and e.actor_kind = 'manager' then
        perform begin_follow_up(e.chat_id);
    end if;
    if e.name <> 'message.sent' then
        -- What waits for an undo goes before what has happened since, which makes it impossible.
        if held_for() = interval '0' then
            update deliveries d set due_at = d.created_at
            where d.chat_id = e.chat_id and d.attempts = 0 and d.due_at > clock_timestamp()
              and d.created_at > clock_timestamp() - interval '1 minute';
        end if;
        perform add_delivery(r.kind, e.name, r.receiver_id::text, e.site_id, e.chat_id, e.id, e.data)
        from receivers r
        where r.site_id = e.site_id and e.name = any (r.events)
          and r.removed_at is null and r.gone_at is null;
    end if;
    if e.actor_kind = 'manager' and e.name in ('chat.taken_over', 'message.sent', 'chat.closed') then
        insert into deliveries (kind, what, target, site_id, chat_id, event_id, due_at)
        select distinct on (d.kind, d.target) d.kind, 'chat.taken', d.target, d.site_id, d.chat_id,
               e.id, clock_timestamp() + held_for()
        from deliveries d
        where d.chat_id = e.chat_id and d.what = 'chat.waiting' and d.attempts > 0
          and d.error is distinct from 'stale' and d.kind <> 'webhook' and d.dead_at is null
          and not exists (
              select from deliveries t
              where t.chat_id = d.chat_id and t.what = 'chat.taken' and t.target = d.target
                and t.kind = d.kind and t.created_at > d.created_at);
    end if;
end $$;

-- A delivery with all that its text needs, as it is now.
create or replace function notice_of(d deliveries) returns jsonb language plpgsql stable as $$
begin
    return (select to_jsonb(d) || jsonb_build_object(
            'site', (select jsonb_build_object('name', s.name, 'locale', s.locale, 'origins', s.origins)
                     from sites s where s.site_id = d.site_id),
            'receiver', (select to_jsonb(r) from receivers r
                         where d.kind <> 'push' and r.receiver_id::text = d.target
                           and r.removed_at is null and r.gone_at is null),
            'event', (select to_jsonb(e) from events e where e.id = d.event_id),
            'chat', (select jsonb_build_object(
                         'waiting_since', c.waiting_since, 'waiting_for', c.waiting_for,
                         'manager', c.manager_name, 'restriction', c.restriction,
                         'name', coalesce((select contact_name(k.root_id) from contacts k
                                           where k.contact_id = c.contact_id), c.visitor->>'name'),
                         'said', (select left(m.text, 500) from messages m
                                  where m.chat_id = c.chat_id and m.role = 'user' and m.kind = 'text'
                                  order by m.seq desc limit 1))
                     from chats c where c.chat_id = d.chat_id),
            'letter', case when d.what = 'reply' then letter_of(d) end,
            'waiting', case when d.what = 'digest' then (
                select count(*) from (
                    select from chats c where c.waiting_since is not null and c.site_id = d.site_id
                      and c.restriction is null
                    limit 1000) x) end));
end $$;

-- Claim what is due, the oldest first. Each claim is an attempt. `p_seconds`: after them, another
-- worker may take it.
create or replace function claim_deliveries(p_limit int, p_seconds double precision)
returns setof jsonb language plpgsql as $$
begin
    perform use_lookups();
    -- The disk is the answers'. A crash may lose this commit: then another worker sends it again.
    perform set_config('synchronous_commit', 'off', true);
    return query
    with due as materialized (
        select d.id from deliveries d
        -- A value, so that the index ends where the rows begin that are due later.
        where d.done_at is null and d.dead_at is null and d.due_at <= (select clock_timestamp())
        order by d.due_at limit p_limit for update skip locked
    ), claimed as (
        update deliveries d
        set attempts = d.attempts + 1, due_at = clock_timestamp() + make_interval(secs => p_seconds)
        from due where d.id = due.id returning d.*
    )
    select notice_of(c::deliveries) from claimed c;
end $$;

-- End an attempt, unless another worker has begun a later one. `p_outcome`: `done`, `later`, `dead`,
-- or `gone` if the receiver is not there any more. Where one has failed, the next of this target wait
-- as long: they would fail as well. Not all of them: a failure must not cost more, the more there are.
create or replace function end_delivery(
    p_id uuid, p_attempt int, p_outcome text, p_error text, p_seconds double precision
) returns boolean language plpgsql as $$
declare
    d deliveries;
    v_due timestamptz := clock_timestamp() + make_interval(secs => coalesce(p_seconds, 0));
begin
    perform use_lookups();
    -- As in `claim_deliveries`.
    perform set_config('synchronous_commit', 'off', true);
    update deliveries x set
        error = p_error,
        done_at = case when p_outcome = 'done' then clock_timestamp() end,
        dead_at = case when p_outcome in ('dead', 'gone') then clock_timestamp() end,
        due_at = case when p_outcome = 'later' then v_due else x.due_at end,
        -- A sign-in link is kept no longer than it is needed.
        data = case when p_outcome = 'done' then x.data - 'sealed' else x.data end
    where x.id = p_id and x.attempts = p_attempt and x.done_at is null and x.dead_at is null
    returning * into d;
    if d.id is null then
        return false;
    end if;
    if p_outcome = 'later' then
        update deliveries x set due_at = v_due
        where x.id in (select o.id from deliveries o
                       where o.target = d.target and o.done_at is null and o.dead_at is null
                         and o.due_at < (select clock_timestamp())
                       order by o.due_at limit 50 for update skip locked);
    elsif p_outcome = 'gone' then
        update receivers r set gone_at = clock_timestamp()
        where r.receiver_id::text = d.target and d.kind <> 'push' and r.gone_at is null;
    end if;
    return true;
end $$;

-- Send a dead delivery again, as if it were new. A digest of the same target that is on its way says
-- the same, so then nothing changes. False: there is none of this site.
create or replace function send_again(p_site text, p_id uuid) returns boolean language plpgsql as $$
begin
    update deliveries d set attempts = 0, dead_at = null, due_at = clock_timestamp(), error = null
    where d.id = p_id and d.site_id = p_site and d.dead_at is not null
      and (d.what <> 'digest' or not exists (
          select from deliveries o
          where o.target = d.target and o.what = 'digest' and o.done_at is null
            and o.dead_at is null));
    if found then
        update receivers r set gone_at = null from deliveries d
        where d.id = p_id and r.receiver_id::text = d.target and d.kind <> 'push';
        return true;
    end if;
    return exists (select from deliveries where id = p_id and site_id = p_site);
end $$;
