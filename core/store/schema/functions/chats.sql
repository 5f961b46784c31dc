-- Shared by all steps. A step locks the chat's row before it reads it. Each statement of a volatile
-- function takes a new snapshot, so a read after the lock is current.

-- A writer without a heartbeat for so long may lose its claim to another.
create or replace function lease() returns interval language sql immutable as $$
    select interval '20 seconds'
$$;

create or replace function is_pending(c chats) returns boolean language sql immutable as $$
    select c.owner = 'assistant' and c.answered_seq < c.last_user_seq and c.restriction is null
$$;

-- Whether no writer holds the claim.
create or replace function is_unclaimed(c chats) returns boolean language sql volatile as $$
    select coalesce(c.beat_at <= clock_timestamp() - lease(), true)
$$;

-- The next `updated_at`. It always rises, so a client that asks for newer changes misses none.
create or replace function raised(p_at timestamptz) returns timestamptz language sql volatile as $$
    select greatest(clock_timestamp(), p_at + interval '1 microsecond')
$$;

-- The next `listed_at`. It moves at most once a minute.
create or replace function relisted(p_at timestamptz) returns timestamptz language sql volatile as $$
    select case when p_at > clock_timestamp() - interval '1 minute' then p_at
                else clock_timestamp() end
$$;

-- Use index lookups and generic plans until the end of the transaction. Postgres may have planned
-- while a table was small, and no plan here gets better by knowing the values.
create or replace function use_lookups() returns void language plpgsql as $$
declare
    -- To assign costs half of what `perform` does.
    v text[] := array[
        set_config('plan_cache_mode', 'force_generic_plan', true),
        set_config('enable_seqscan', 'off', true),
        set_config('enable_hashjoin', 'off', true),
        set_config('enable_mergejoin', 'off', true)];
begin
end $$;

drop function if exists lock_chat(text, text);
create or replace function lock_chat(
    p_chat text, p_address text default null, p_site text default 'default'
) returns chats language plpgsql as $$
declare
    c chats;
begin
    loop
        select * into c from chats where chat_id = p_chat for no key update;
        exit when found;
        insert into chats (chat_id, address_hash, site_id, contact_id)
        values (p_chat, hash_of_address(p_address), p_site, gen_random_uuid())
        on conflict do nothing returning * into c;
        if found then
            perform add_contact(c);
        end if;
    end loop;
    return c;
end $$;

-- The same, but it does not make the chat. Gives null if there is none.
create or replace function lock_known_chat(p_chat text) returns chats language plpgsql as $$
declare
    c chats;
begin
    select * into c from chats where chat_id = p_chat for no key update;
    return c;
end $$;

-- Lock the chats that exist, in the order of their ids, and give them. The order prevents
-- deadlocks of two steps that lock many chats.
create or replace function lock_chats(p_chats text[]) returns text[] language plpgsql as $$
begin
    -- One chat is found without a bitmap and a sort.
    if cardinality(p_chats) = 1 then
        return array(select chat_id from chats where chat_id = p_chats[1] for no key update);
    end if;
    return array(select chat_id from chats where chat_id = any (p_chats)
                 order by chat_id for no key update);
end $$;

-- A locked chat has changed in nothing that its row holds: somebody came, or left.
create or replace function touch_chat(p_chat text) returns void language plpgsql as $$
begin
    update chats set
        updated_at = raised(updated_at),
        listed_at = case when last_seq = 0 then listed_at else relisted(listed_at) end
    where chat_id = p_chat;
end $$;

-- Write a locked chat's row back. Without `p_relist` a chat keeps its place in the lists.
drop function if exists keep_chat(chats);
create or replace function keep_chat(c chats, p_relist boolean default true)
returns void language plpgsql as $$
begin
    update chats set
        status = c.status, owner = c.owner, manager_id = c.manager_id,
        manager_name = c.manager_name, epoch = c.epoch, try = c.try, attempts = c.attempts,
        reply_to = c.reply_to, draft = c.draft, beat_at = c.beat_at, last_seq = c.last_seq,
        last_user_seq = c.last_user_seq, last_user_at = c.last_user_at,
        answered_seq = c.answered_seq, retry_from = c.retry_from,
        waiting_since = c.waiting_since, waiting_for = c.waiting_for,
        seen_by_user = c.seen_by_user, seen_by_manager = c.seen_by_manager, unread = c.unread,
        allowance = c.allowance, allowed_at = c.allowed_at,
        reserved_input = c.reserved_input, queued_since = c.queued_since,
        queued_until = c.queued_until,
        snoozed_until = c.snoozed_until, unsnoozed_at = c.unsnoozed_at, priority = c.priority,
        updated_at = raised(c.updated_at),
        listed_at = case when c.last_seq = 0 or not (p_relist or c.listed_at is null)
                         then c.listed_at else relisted(c.listed_at) end
    where chat_id = c.chat_id;
end $$;

-- Insert the chat's next message. The caller holds the lock, and sets `last_seq` to its `seq`.
create or replace function append_message(
    c chats, p_role text, p_text text,
    p_client text default null, p_state text default 'final',
    p_reply_to int default null, p_try int default null,
    p_author text default null, p_author_name text default null, p_event jsonb default null,
    p_broadcast uuid default null, p_html text default null, p_renderer int default null
) returns messages language plpgsql as $$
declare
    m messages;
begin
    insert into messages (chat_id, seq, role, kind, text, client_id, reply_to, try, state,
                          author_id, author_name, event, broadcast_id, html, renderer)
    values (c.chat_id, c.last_seq + 1, p_role, case when p_event is null then 'text' else 'event' end,
            p_text, p_client, p_reply_to, p_try, p_state, p_author, p_author_name, p_event,
            p_broadcast, p_html, p_renderer)
    returning * into m;
    -- What happens in a chat that is read is nothing to read.
    if p_event is not null then
        update read_marks r set seq = m.seq where r.chat_id = c.chat_id and r.seq = m.seq - 1;
    end if;
    return m;
end $$;

-- End the running answer. Its draft becomes an interrupted message. Its writer has lost the claim
-- and cannot save any more.
create or replace function interrupt(inout c chats, inout kept jsonb) language plpgsql as $$
declare
    m messages;
begin
    if c.beat_at is not null and c.draft <> '' then
        m := append_message(c, 'assistant', c.draft, p_state => 'interrupted',
                            p_reply_to => c.reply_to, p_try => c.try);
        update messages x set answered_by = c.answered_by
        where x.chat_id = m.chat_id and x.seq = m.seq;
        c.last_seq := m.seq;
        kept := coalesce(kept, '[]') || to_jsonb(m);
    end if;
    -- Its writer settles what it cost. If the writer is gone, the draft must be counted.
    c.reserved_input := estimated_cost(c);
    c.queued_since := null;
    c.queued_until := null;
    c.beat_at := null;
    c.draft := null;
    c.reply_to := null;
    c.attempts := 0;
end $$;

-- The chat waits for a person from now on. A chat that waits already gets no second event.
create or replace function await_person(
    inout c chats, p_for text, p_actor_kind text, p_actor text default null
) language plpgsql as $$
begin
    -- Nobody is called to somebody who is kept apart.
    if c.restriction is not null then
        return;
    end if;
    if c.waiting_since is null then
        perform record_event('chat.waiting', c.chat_id, c.last_seq, p_actor_kind, p_actor,
                             jsonb_build_object('for', p_for));
    end if;
    c.waiting_since := coalesce(c.waiting_since, clock_timestamp());
    c.waiting_for := p_for;
    c := unsnooze(c, 'wait');
end $$;

-- What is read of a message.
drop view if exists readings cascade;
create view readings as
select m.html, m.renderer, m.chat_id, m.seq, m.id, m.role, m.kind, m.text, m.client_id, m.reply_to,
       m.state, m.rev, m.author_id, m.author_name, m.created_at, m.event, m.broadcast_id, m.change
from messages m;

-- A list shows the beginning of each last message: without its HTML, and one character more than
-- the 500 that it shows. The columns are in the order of `readings`.
create or replace view previews as
select m.chat_id, m.seq, m.id, m.role, m.kind, left(m.text, 501) as text, m.client_id, m.reply_to,
       m.state, m.rev, m.author_id, m.author_name, m.created_at, m.event, m.broadcast_id, m.change
from messages m;

-- The name by which the team knows a contact. The shown one's own comes before those of merged ones.
create or replace function contact_name(p_root uuid) returns text language plpgsql stable as $$
begin
    return (select n.name
        from contacts k cross join lateral (values
            (1, k.edited->>'name'), (2, k.verified->>'name'), (3, k.claimed->>'name')) n (rank, name)
        where k.root_id = p_root and n.name is not null
        order by n.rank, k.merged_at nulls first limit 1);
end $$;

-- A chat's `priority` counts them.
create or replace function priorities() returns text[] language sql immutable as $$
    select array['low', 'normal', 'high', 'urgent']
$$;

-- `of_team` has fields of the summary by their names there: what the team says about the chat. A new one
-- needs a line here and one in `frames.py`.
drop view if exists summaries_for_visitors;
drop view if exists summaries;
create view summaries as
select c.chat_id, c.owner, c.manager_id, c.manager_name, c.epoch, c.status,
       -- Not `exists`: Postgres may hash it, and then it reads all connections for one page.
       coalesce((select true from connections n
                 where n.chat_id = c.chat_id and n.expires_at > now() limit 1), false) as online,
       c.waiting_since, c.waiting_for, is_pending(c) as unanswered, c.last_seq,
       (select to_jsonb(m) from previews m
        where m.chat_id = c.chat_id and m.seq = c.last_seq) as last_message,
       c.unread, c.seen_by_user, c.seen_by_manager, c.visitor, c.created_at, c.updated_at,
       c.listed_at,
       -- A broadcast is not somebody who writes in this chat.
       (select m.created_at from messages m
        where m.chat_id = c.chat_id and m.seq <= c.last_seq
          and m.broadcast_id is null
        order by m.seq desc limit 1) as active_at,
       c.visitor_verified, c.site_id,
       c.restriction,
       (select jsonb_build_object('id', k.root_id, 'name', contact_name(k.root_id))
        from contacts k where k.contact_id = c.contact_id) as contact,
       jsonb_strip_nulls(coalesce((
            select jsonb_build_object(
                'assignee', case when a.manager_id is not null then jsonb_build_object(
                    'id', a.manager_id, 'name', coalesce(
                        (select m.name from managers m where m.manager_id = a.manager_id),
                        a.manager_id)) end,
                'team', (select jsonb_build_object('id', t.team_id, 'name', t.name) from teams t
                         where t.team_id = a.team_id and t.removed_at is null))
            from assignments a where a.chat_id = c.chat_id), '{}') || jsonb_build_object(
            'snoozed', case when c.snoozed_until is not null then jsonb_build_object(
                'until', nullif(c.snoozed_until, 'infinity')) end,
            'unsnoozed_at', c.unsnoozed_at,
            'priority', (priorities())[c.priority],
            'cycle', (
                select jsonb_build_object('number', y.cycle, 'began_at', y.began_at,
                                          'first_response_at', y.first_response_at,
                                          'ended_at', y.ended_at)
                from cycles y where y.chat_id = c.chat_id order by y.cycle desc limit 1),
            'tags', (
                select jsonb_agg(jsonb_build_object('id', t.tag_id, 'name', t.name)
                                 order by lower(t.name))
                from chat_tags g join tags t using (tag_id) where g.chat_id = c.chat_id)))
           as of_team
from chats c;

-- What a visitor gets of it, without the last message. What only the team sees is not looked up.
create or replace view summaries_for_visitors as
select s.chat_id, s.owner, s.manager_id, s.manager_name, s.epoch, s.status, s.online,
       s.waiting_since, s.waiting_for, s.unanswered, s.last_seq, s.unread, s.seen_by_user,
       s.seen_by_manager, s.visitor, s.visitor_verified, s.created_at, s.updated_at,
       s.site_id
from summaries s;

-- With it comes whether a notice about the chat is to be delivered now, and who gets its summaries
-- only, since they do not watch it: `listing`.
create or replace function summary(p_chat text) returns jsonb language plpgsql stable as $$
begin
    return (select to_jsonb(s) || jsonb_build_object('to_deliver', coalesce((
        select true from deliveries d
        where d.chat_id = p_chat and d.done_at is null and d.dead_at is null
          and d.due_at <= clock_timestamp() limit 1), false), 'listing', (
        select jsonb_agg(n.connection_id || ' ' || n.callback_url) from connections n
        where n.chat_id is null and n.expires_at > now() and n.feed = 'list'
          and sees(n.sites, s.site_id)
          and not exists (select from watches w
                          where w.chat_id = p_chat and w.connection_id = n.connection_id)))
    from summaries s where s.chat_id = p_chat);
end $$;

-- The recipients of a change, each element `connection_id callback_url`. They are read after the
-- commit. A connection that registers after the commit finds the change in its resume.
create or replace function users_of(p_chat text) returns text[] language plpgsql stable as $$
begin
    return (select array_agg(connection_id || ' ' || callback_url) from connections
            where chat_id = p_chat and expires_at > now());
end $$;

create or replace function all_managers() returns text[] language plpgsql stable as $$
begin
    return (select array_agg(connection_id || ' ' || callback_url) from connections
            where chat_id is null and expires_at > now());
end $$;

-- The managers who see this site.
create or replace function managers_of_site(p_site text) returns text[]
language plpgsql stable as $$
begin
    return (select array_agg(n.connection_id || ' ' || n.callback_url) from connections n
            where n.chat_id is null and n.expires_at > now()
              and (n.sites is null or p_site = any (n.sites)));
end $$;

-- The managers who see this chat's site. The release before sends them all; today those of the
-- summary's `listing` get no messages.
create or replace function managers_of(p_chat text) returns text[] language plpgsql stable as $$
begin
    return managers_of_site((select c.site_id from chats c where c.chat_id = p_chat));
end $$;

-- The same for many chats: the managers who see every site, and those of each site beside them. Null:
-- there are no others. `listing`: some get summaries, and messages only of what they watch.
drop function if exists managers_by_site();
create or replace function managers_by_site(
    out everywhere text[], out by_site jsonb, out listing boolean
) language plpgsql stable as $$
declare
    v_others boolean;
begin
    select array_agg(n.connection_id || ' ' || n.callback_url)
               filter (where n.sites is null and n.feed is null),
           bool_or(n.sites is not null and n.feed is null), coalesce(bool_or(n.feed = 'list'), false)
    into everywhere, v_others, listing
    from connections n where n.chat_id is null and n.expires_at > now();
    if v_others then
        select jsonb_object_agg(x.site_id, x.sockets) into by_site
        from (select s.site_id, jsonb_agg(n.connection_id || ' ' || n.callback_url) as sockets
              from connections n cross join lateral unnest(n.sites) s (site_id)
              where n.chat_id is null and n.expires_at > now() and n.feed is null
              group by s.site_id) x;
    end if;
end $$;

-- Of those, the ones beside who sees this chat, and who else watches it.
create or replace function managers_beside(p_by_site jsonb, p_chat text) returns jsonb
language plpgsql stable as $$
begin
    return (select coalesce(p_by_site -> c.site_id, '[]') || coalesce((
                select jsonb_agg(n.connection_id || ' ' || n.callback_url)
                from watches w join connections n using (connection_id)
                where w.chat_id = p_chat and n.feed = 'list' and n.expires_at > now()
                  and sees(n.sites, c.site_id)), '[]')
            from chats c where c.chat_id = p_chat);
end $$;

-- Whether who only gets summaries gets one of this chat before the assistant has answered: somebody
-- waits in it, or no answer comes, or none has come to an older message for long.
create or replace function is_heard_at_once(p_chat text) returns boolean language plpgsql stable as $$
begin
    return (select c.waiting_since is not null or not is_pending(c) or exists (
                select from messages m
                where m.chat_id = p_chat and m.role = 'user' and m.seq > c.answered_seq
                  and m.seq < c.last_user_seq
                  and m.created_at < clock_timestamp() - interval '20 seconds')
            from chats c where c.chat_id = p_chat);
end $$;

create or replace function watchers_of(p_chat text) returns text[] language plpgsql stable as $$
begin
    return (select array_agg(n.connection_id || ' ' || n.callback_url)
            from watches w join connections n using (connection_id)
            where w.chat_id = p_chat and n.expires_at > now()
              and (n.sites is null
                   or (select c.site_id from chats c where c.chat_id = p_chat) = any (n.sites)));
end $$;
