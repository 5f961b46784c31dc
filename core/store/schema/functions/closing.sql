-- Closing idle chats, and handing back what a manager has left. Each site that wants it has one timer
-- for each of the two, set when something begins that will once be due. What happens meanwhile moves
-- nothing: the timer's own run looks, and sets itself for the next chat.

-- When the site's next idle chat closes. Null: no chat will, unless somebody writes. A chat that waits
-- for a person stays open. What is due and not done yet is looked at again in a minute.
create or replace function next_closing(p_site text) returns timestamptz language sql stable as $$
    select greatest(min(x.listed_at) + make_interval(mins => s.close_after),
                    statement_timestamp() + interval '1 minute')
    from sites s cross join (values ('assistant'), ('manager')) o (owner) cross join lateral (
        select c.listed_at from chats c
        where c.site_id = s.site_id and c.status = 'open' and c.owner = o.owner
          and c.listed_at is not null and c.waiting_since is null and c.snoozed_until is null
        order by c.listed_at limit 1) x
    where s.site_id = p_site and s.close_after > 0
    group by s.close_after
$$;

-- When the site's next chat is handed back to the assistant. Null: in none a visitor waits.
create or replace function next_hand_back(p_site text) returns timestamptz language sql stable as $$
    select greatest(x.waiting_since + make_interval(mins => s.hand_back_after),
                    statement_timestamp() + interval '1 minute')
    from sites s cross join lateral (
        select c.waiting_since from chats c
        where c.site_id = s.site_id and c.status = 'open' and c.owner = 'manager'
          and c.manager_id is not null and c.waiting_since is not null
          and c.restriction is null
        order by c.waiting_since limit 1) x
    where s.site_id = p_site and s.hand_back_after > 0
      and coalesce(s.answering, 'always') <> 'never'
$$;

-- Begin the timers of the sites of these chats, which have begun, were opened or wait now. A later one
-- is due later than what is there already.
create or replace function begin_closing(p_chats text[]) returns void language plpgsql as $$
begin
    perform begin_timer('close', x.site_id, clock_timestamp() + make_interval(mins => s.close_after))
    from (select distinct c.site_id from chats c
          where c.chat_id = any (p_chats) and c.status = 'open') x
    join sites s using (site_id) where s.close_after > 0;
    perform begin_timer('hand_back', x.site_id, x.since + make_interval(mins => s.hand_back_after))
    from (select c.site_id, min(c.waiting_since) as since from chats c
          where c.chat_id = any (p_chats) and c.status = 'open' and c.owner = 'manager'
            and c.manager_id is not null and c.waiting_since is not null
          group by c.site_id) x
    join sites s using (site_id)
    where s.hand_back_after > 0 and coalesce(s.answering, 'always') <> 'never';
end $$;

-- Look at all sites, or at one whose settings have changed: their timers may be missing, or late.
create or replace function renew_closing(p_site text default null) returns void
language plpgsql as $$
begin
    perform set_timer('close', s.site_id, x.due)
    from sites s cross join next_closing(s.site_id) x (due)
    left join timers t on t.kind = 'close' and t.ref = s.site_id
    where coalesce(s.site_id = p_site, s.close_after > 0)
      and (p_site is not null or t.due_at is null and x.due is not null);
    perform set_timer('hand_back', s.site_id, x.due)
    from sites s cross join next_hand_back(s.site_id) x (due)
    left join timers t on t.kind = 'hand_back' and t.ref = s.site_id
    where coalesce(s.site_id = p_site, s.hand_back_after > 0)
      and (p_site is not null or t.due_at is null and x.due is not null);
end $$;

-- Close the chats of a site that have been idle for long enough, and set its timer for the next one.
-- `closed`: `[{chat, users, managers}]`. `listed_at` moves once a minute, so the last message counts.
create or replace procedure close_idle_chats(p_site text, p_limit int, out closed json)
language plpgsql as $$
declare
    v_before timestamptz := clock_timestamp() - make_interval(mins => (
        select s.close_after from sites s where s.site_id = p_site and s.close_after > 0));
    v_chats text[];
begin
    perform use_lookups();
    with idle as materialized (
        select c.chat_id from chats c
        where c.site_id = p_site and c.status = 'open' and c.listed_at < v_before
          and c.waiting_since is null and c.snoozed_until is null and not is_pending(c)
          and not exists (select from messages m where m.chat_id = c.chat_id and m.seq = c.last_seq
                          and m.created_at >= v_before)
        order by c.listed_at limit p_limit for no key update skip locked
    ), done as (
        update chats c set status = 'closed', unread = 0, updated_at = raised(c.updated_at)
        from idle i where c.chat_id = i.chat_id
        returning c.chat_id, c.last_seq, c.site_id
    ), recorded as (
        insert into events (name, chat_id, seq, data, site_id)
        select 'chat.closed', d.chat_id, d.last_seq, '{"for": "idle"}', d.site_id from done d
    )
    select array_agg(d.chat_id) into v_chats from done d;
    perform set_timer('close', p_site, case when cardinality(v_chats) = p_limit
        then clock_timestamp() else next_closing(p_site) end);
    commit;
    select json_agg(json_build_object('chat', summary(x), 'users', users_of(x),
                                      'managers', managers_of(x)))
    into closed from unnest(v_chats) x;
end $$;

-- Hand back to the assistant the chats of a site whose visitor has waited for a silent manager for
-- long enough, and set its timer for the next one. `handed`: `[{chat_id, messages, chat, users,
-- managers}]`. An answer is pending in each.
create or replace procedure hand_back_silent(p_site text, p_limit int, out handed json)
language plpgsql as $$
declare
    v_before timestamptz := clock_timestamp() - make_interval(mins => (
        select s.hand_back_after from sites s
        where s.site_id = p_site and s.hand_back_after > 0
          and coalesce(s.answering, 'always') <> 'never'));
    v_chats text[] := '{}';
    v_events jsonb := '{}';
    c chats;
    m messages;
begin
    for c in
        select * from chats x
        where x.site_id = p_site and x.status = 'open' and x.owner = 'manager'
          and x.manager_id is not null and x.waiting_since <= v_before and x.restriction is null
        order by x.waiting_since limit p_limit for no key update skip locked
    loop
        c.epoch := c.epoch + 1;
        c.owner := 'assistant';
        c.manager_id := null;
        c.manager_name := null;
        c.waiting_since := null;
        c.waiting_for := null;
        c.retry_from := null;
        c.attempts := 0;
        m := append_message(c, 'assistant', 'The assistant answers again.',
                            p_event => '{"name": "handed_back", "reason": "silence"}');
        c.last_seq := m.seq;
        perform keep_chat(c);
        perform record_event('chat.handed_back', c.chat_id, m.seq, p_data => '{"for": "silence"}');
        v_chats := v_chats || c.chat_id;
        v_events := v_events || jsonb_build_object(c.chat_id, jsonb_build_array(to_jsonb(m)));
    end loop;
    perform set_timer('hand_back', p_site, case when cardinality(v_chats) = p_limit
        then clock_timestamp() else next_hand_back(p_site) end);
    commit;
    select json_agg(json_build_object('chat_id', x, 'messages', v_events -> x, 'chat', summary(x),
                                      'users', users_of(x), 'managers', managers_of(x)))
    into handed from unnest(v_chats) x;
end $$;
