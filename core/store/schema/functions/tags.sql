-- Tags: the team's words about a chat. Visitors and assistants never see them.

-- Give a chat tags, by their names, and take others away, by their ids. A name that its site does not
-- have yet is made. `outcome`: `done`, `unknown`, or `full`, as `put_tags`.
create or replace procedure tag_chat(
    p_chat text, p_manager text, p_add text[], p_remove uuid[],
    out outcome text, out chat jsonb, out managers text[]
) language plpgsql as $$
declare
    c chats := lock_chat_for(p_manager, p_chat);
begin
    outcome := case when c.chat_id is null then 'unknown'
                    else put_tags(c, p_manager, p_add, p_remove) end;
    if outcome not in ('done', 'unchanged') then
        return;
    end if;
    outcome := 'done';
    commit;
    chat := summary(p_chat);
    managers := managers_of(p_chat);
end $$;

-- The same in a chat that the caller has locked. `done`, `unchanged`, or `full`: the chat would have
-- more than 20 tags, or its site more than 500.
create or replace function put_tags(c chats, p_manager text, p_add text[], p_remove uuid[])
returns text language plpgsql as $$
declare
    v_names text[] := array(select distinct lower(n) from unnest(p_add) n);
    v_kept text[] := array(select lower(t.name) from chat_tags g join tags t using (tag_id)
                           where g.chat_id = c.chat_id and g.tag_id <> all (p_remove));
    v_added uuid[];
    v_removed uuid[];
begin
    if cardinality(v_names) > 0 then
        -- A site's tags are counted.
        perform pg_advisory_xact_lock(hashtextextended(c.site_id, 31));
    end if;
    if (select count(distinct n) from unnest(v_kept || v_names) n) > 20
        or cardinality(v_names) > 0 and 500 < cardinality(v_names) + (
            select count(*) from tags t
            where t.site_id = c.site_id and lower(t.name) <> all (v_names))
    then
        return 'full';
    end if;
    with gone as (
        delete from chat_tags g where g.chat_id = c.chat_id and g.tag_id = any (p_remove)
        returning g.tag_id)
    select array_agg(g.tag_id) into v_removed from gone g;
    insert into tags (site_id, name) select c.site_id, n from unnest(p_add) n order by lower(n)
    on conflict (site_id, lower(name)) do nothing;
    insert into chat_tags (chat_id, tag_id)
    select c.chat_id, t.tag_id from tags t
    where t.site_id = c.site_id and lower(t.name) = any (v_names)
    on conflict do nothing;
    v_added := array(select t.tag_id from chat_tags g join tags t using (tag_id)
                     where g.chat_id = c.chat_id and lower(t.name) <> all (v_kept));
    if v_added = '{}' and v_removed is null then
        return 'unchanged';
    end if;
    perform keep_chat(c);
    perform record_event('chat.tagged', c.chat_id, p_actor_kind => 'manager', p_actor => p_manager,
                         p_data => jsonb_build_object(
                             'added', v_added, 'removed', coalesce(v_removed, '{}')));
    return 'done';
end $$;

-- Rename a tag, or (null) delete it. `done`, `unknown`, or `taken`: its site has another one of the name.
create or replace function change_tag(p_tag uuid, p_name text, p_manager text) returns text
language plpgsql as $$
declare
    t tags;
begin
    select * into t from tags x where x.tag_id = p_tag for update;
    if t.tag_id is null then
        return 'unknown';
    end if;
    if p_name is null then
        delete from tags x where x.tag_id = p_tag;
    else
        update tags x set name = p_name where x.tag_id = p_tag;
    end if;
    perform record_event(case when p_name is null then 'tag.removed' else 'tag.renamed' end,
                         p_actor_kind => 'manager', p_actor => p_manager,
                         p_data => jsonb_build_object('tag_id', p_tag), p_site => t.site_id);
    return 'done';
exception
    when unique_violation then
        return 'taken';
end $$;
