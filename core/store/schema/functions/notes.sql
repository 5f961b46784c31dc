-- Notes of the team, and who is named in them. Nothing here reaches a visitor or an assistant.

-- Whom a note names itself, by what stands in the brackets. Who is named as one of a team only does
-- not stand here: a team may have 500 people, and a note has to fit into a frame.
create or replace function whom_it_names(n notes, out id text, out name text) returns setof record
language sql stable as $$
    select m.manager_id, m.name from mentions x join managers m using (manager_id)
    where x.note_id = n.note_id and position('@[' || m.manager_id || ']' in n.text) > 0
    union all
    select 'team:' || t.team_id, t.name from mentioned_teams x join teams t using (team_id)
    where x.note_id = n.note_id
$$;

-- A note as its frame has it.
create or replace function note_of(n notes) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'chat_id', n.chat_id, 'id', n.note_id, 'text', n.text, 'client_id', n.client_id,
        'author', jsonb_build_object('id', n.author_id, 'name', n.author_name),
        'created_at', n.created_at, 'deleted', n.deleted_at is not null,
        'mentions', coalesce((
            select jsonb_agg(jsonb_build_object('id', x.id, 'name', left(x.name, 60))
                             order by x.name)
            from whom_it_names(n) x), '[]'))
$$;

-- The teams whom a text names, as `@[team:id]`, of those of the site.
create or replace function teams_named_in(p_text text, p_site text) returns setof text
language sql stable as $$
    select t.team_id
    from (select distinct x.found[1] as id
          from regexp_matches(p_text, '@\[team:([a-z0-9-]{1,64})\]', 'g') x (found)) n
    join teams t on t.team_id = n.id
    where t.removed_at is null and t.site_id = p_site
$$;

-- The managers whom a text names, as `@[id]` or as one of a team, of those who see the site. These
-- two are the one place that knows what a name in brackets means.
create or replace function named_in(p_text text, p_site text) returns setof text
language sql stable as $$
    select m.manager_id
    from (select x.found[1] as id
          from regexp_matches(p_text, '@\[([^][\n]+)\]', 'g') x (found)
          union
          select o.manager_id from teams_named_in(p_text, p_site) t (id)
          join team_members o on o.team_id = t.id) n
    join managers m on m.manager_id = n.id
    where m.removed_at is null and sees(sites_of(m.manager_id), p_site)
$$;

-- In how many notes a manager is named that they have not seen, up to 100.
create or replace function unseen_mentions(p_manager text) returns int language sql stable as $$
    select count(*)::int from (
        select from mentions x join chats c using (chat_id)
        where x.manager_id = p_manager and x.seen_at is null
          and sees(sites_of(p_manager), c.site_id) limit 100) u
$$;

-- What those hear whose count is another one now: `[{unread, sockets}]`.
create or replace function counts_of(p_managers text[]) returns jsonb language sql stable as $$
    select jsonb_agg(jsonb_build_object(
        'unread', unseen_mentions(m), 'sockets', sockets_of_manager(m)))
    from unnest(p_managers) m
$$;

-- Wake the browsers of those whom a note names, unless they are not to be disturbed.
create or replace function wake_named(n notes, p_site text) returns void language sql as $$
    select add_delivery('push', 'note.mentioned', x.manager_id, p_site, n.chat_id)
    from mentions x left join notice_rules r using (manager_id)
    where x.note_id = n.note_id and x.seen_at is null and (r is null or not is_quiet(r))
      and exists (select from push_subscriptions p where p.manager_id = x.manager_id)
$$;

-- Write a note. A repeat gives the first one, and nobody hears of it again.
create or replace procedure add_note(
    p_chat text, p_manager text, p_name text, p_text text, p_client text,
    out note jsonb, out managers text[], out counts jsonb, out to_deliver boolean
) language plpgsql as $$
declare
    c chats := lock_chat_for(p_manager, p_chat);
    n notes;
    v_named text[];
begin
    if c.chat_id is null then
        return;
    end if;
    insert into notes (chat_id, text, client_id, author_id, author_name)
    values (p_chat, p_text, p_client, p_manager, p_name)
    on conflict (chat_id, author_id, client_id) where client_id is not null do nothing
    returning * into n;
    if not found then
        select * into n from notes x
        where x.chat_id = p_chat and x.author_id = p_manager and x.client_id = p_client;
        note := note_of(n);
        return;
    end if;
    insert into mentions (note_id, manager_id, chat_id, created_at, seen_at)
    select n.note_id, m, p_chat, n.created_at, case when m = p_manager then n.created_at end
    from named_in(p_text, c.site_id) m;
    insert into mentioned_teams (note_id, team_id)
    select n.note_id, t from teams_named_in(p_text, c.site_id) t;
    v_named := array(select x.manager_id from mentions x
                     where x.note_id = n.note_id and x.seen_at is null);
    perform record_event('note.added', p_chat, p_actor_kind => 'manager', p_actor => p_manager,
                         p_data => jsonb_build_object('note_id', n.note_id));
    perform wake_named(n, c.site_id);
    to_deliver := cardinality(v_named) > 0;
    commit;
    note := note_of(n);
    managers := managers_of_site((select x.site_id from chats x where x.chat_id = p_chat));
    counts := counts_of(v_named);
end $$;

-- Take one's own note back, within so many seconds. `outcome`: `done`, also for a repeat, `unknown`,
-- `others` or `late`.
create or replace procedure delete_note(
    p_chat text, p_note uuid, p_manager text, p_seconds int,
    out outcome text, out note jsonb, out managers text[], out counts jsonb
) language plpgsql as $$
declare
    c chats := lock_chat_for(p_manager, p_chat);
    n notes;
    v_named text[];
begin
    select * into n from notes x where x.chat_id = c.chat_id and x.note_id = p_note;
    outcome := case
        when n.note_id is null then 'unknown'
        when n.author_id <> p_manager then 'others'
        when n.deleted_at is not null then 'done'
        when n.created_at < clock_timestamp() - make_interval(secs => p_seconds) then 'late'
        else 'done' end;
    if outcome <> 'done' or n.deleted_at is not null then
        return;
    end if;
    update notes x set text = '', deleted_at = clock_timestamp()
    where x.note_id = p_note returning * into n;
    delete from mentioned_teams x where x.note_id = p_note;
    with gone as (delete from mentions x where x.note_id = p_note returning x.*)
    select array_agg(g.manager_id) filter (where g.seen_at is null) into v_named from gone g;
    perform record_event('note.deleted', p_chat, p_actor_kind => 'manager', p_actor => p_manager,
                         p_data => jsonb_build_object('note_id', n.note_id));
    commit;
    note := note_of(n);
    managers := managers_of_site((select x.site_id from chats x where x.chat_id = p_chat));
    counts := counts_of(v_named);
end $$;

-- A manager has seen the notes of a chat that name them. `counts` is null if there were none.
create or replace procedure see_mentions(
    p_manager text, p_chat text, out unread int, out counts jsonb
) language plpgsql as $$
declare
    v_any boolean;
begin
    update mentions x set seen_at = clock_timestamp()
    where x.manager_id = p_manager and x.chat_id = p_chat and x.seen_at is null;
    v_any := found;
    commit;
    if v_any then
        counts := counts_of(array[p_manager]);
    end if;
    unread := unseen_mentions(p_manager);
end $$;
