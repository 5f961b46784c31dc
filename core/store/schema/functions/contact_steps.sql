-- What managers do with contacts: look, edit, merge, take apart, block. `p_member`: the manager who
-- sees only the contacts of their sites; null: an admin. Each step that changes gives `changes`,
-- `[{messages, chat, users}]`, and the managers who get them.

create or replace function contact_words(k contacts) returns tsvector language sql immutable as $$
    select words_of(
        coalesce(k.edited->>'name', '') || ' ' || coalesce(k.edited->>'email', '') || ' '
        || coalesce(k.verified->>'name', '') || ' ' || coalesce(k.verified->>'email', '') || ' '
        || coalesce(k.claimed->>'name', '') || ' ' || coalesce(k.claimed->>'email', ''))
$$;

create or replace function contact_names(k contacts) returns text language sql immutable as $$
    select coalesce(k.edited->>'name', '') || ' ' || coalesce(k.verified->>'name', '') || ' '
        || coalesce(k.claimed->>'name', '')
$$;

-- The contacts with all words, and those with this very name or address in a signed identity.
create or replace function contacts_with(p_words tsquery, p_value text, p_sites text[])
returns table (root_id uuid) language sql stable as $$
    select n.root_id from (
        select k.root_id from contacts k
        where contact_words(k) @@ p_words and k.site_id = any (p_sites) limit 1000) n
    union
    select n.root_id from (
        select k.root_id from contacts k
        where is_unspaced(contact_names(k)) and words_of(spaced(contact_names(k))) @@ p_words
          and k.site_id = any (p_sites) limit 1000) n
    union
    select k.root_id from contact_identities i join contacts k using (contact_id)
    where i.site_id = any (p_sites) and (i.kind, i.value) in (('sub', p_value),
                                                              ('email', lower(p_value)))
$$;

-- A contact with those that were merged into it, as rows: its own comes first.
create or replace function contact_card(p_root uuid) returns json language plpgsql stable as $$
begin
    return (select json_agg(k order by k.merged_at nulls first) from contacts k where k.root_id = p_root);
end $$;

-- The newest chats of a contact and of those that were merged into it.
create or replace function chats_of_contact(p_root uuid, p_most int)
returns table (chat_id text, listed_at timestamptz) language sql stable as $$
    select n.* from contacts k
    cross join lateral (
        select c.chat_id, c.listed_at from chats c
        where c.contact_id = k.contact_id and c.listed_at is not null
        order by c.listed_at desc limit p_most) n
    where k.root_id = p_root order by n.listed_at desc limit p_most
$$;

-- Lock a contact with all that belong to it, and give the one that shows it. Null: there is none,
-- or the manager does not see it. Of one site one step goes on at a time, so that what belongs
-- together does not change while it is locked.
create or replace function lock_contact(p_contact uuid, p_member text) returns contacts
language plpgsql as $$
declare
    k contacts;
begin
    perform pg_advisory_xact_lock(hashtextextended('contacts of ' || x.site_id, 0))
    from contacts x where x.contact_id = p_contact and x.site_id = any (sites_seen_by(p_member));
    if not found then
        return null;
    end if;
    perform from contacts x
    where x.root_id = (select y.root_id from contacts y where y.contact_id = p_contact)
    order by x.contact_id for no key update;
    select x.* into k from contacts x
    where x.contact_id = (select y.root_id from contacts y where y.contact_id = p_contact);
    return k;
end $$;

create or replace function record_contact_event(
    k contacts, p_name text, p_manager text, p_data jsonb default '{}'
) returns void language sql as $$
    select record_event(p_name, p_actor_kind => 'manager', p_actor => p_manager,
                        p_data => p_data || jsonb_build_object('contact_id', k.contact_id),
                        p_site => k.site_id)
$$;

-- The summaries of the newest chats of contacts are other ones now. Gives these chats.
create or replace function touch_chats(p_roots uuid[]) returns text[] language plpgsql as $$
declare
    v_chats text[] := lock_chats(array(
        select c.chat_id from unnest(p_roots) k cross join lateral chats_of_contact(k, 20) c));
begin
    update chats set updated_at = raised(updated_at) where chat_id = any (v_chats);
    return v_chats;
end $$;

create or replace function changed_chats(p_chats text[], p_messages jsonb default '{}')
returns jsonb language sql stable as $$
    select jsonb_agg(jsonb_build_object(
        'chat', summary(x.chat_id), 'messages', coalesce(p_messages->x.chat_id, '[]'),
        'users', case when p_messages ? x.chat_id then to_jsonb(users_of(x.chat_id)) end))
    from unnest(p_chats) x (chat_id)
$$;

-- Write down what the team knows better. `p_fields`: as `edited` in the table; null takes what was
-- written away. `full`: it has too many attributes.
create or replace procedure edit_contact(
    p_contact uuid, p_member text, p_manager text, p_fields jsonb, p_most int,
    out outcome text, out changes jsonb, out managers text[]
) language plpgsql as $$
declare
    k contacts := lock_contact(p_contact, p_member);
    v_edited jsonb;
    v_chats text[];
begin
    outcome := 'unknown';
    if k.contact_id is null then
        return;
    end if;
    v_edited := jsonb_strip_nulls(k.edited || p_fields || jsonb_build_object(
        'attributes', coalesce(k.edited->'attributes', '{}') || coalesce(p_fields->'attributes', '{}')));
    if v_edited->'attributes' = '{}' then
        v_edited := v_edited - 'attributes';
    end if;
    outcome := 'full';
    if (select count(*) from jsonb_object_keys(coalesce(v_edited->'attributes', '{}'))) > p_most then
        return;
    end if;
    outcome := 'done';
    if v_edited = k.edited then
        return;
    end if;
    update contacts set edited = v_edited, listed = true where contact_id = k.contact_id;
    perform record_contact_event(k, 'contact.edited', p_manager, jsonb_build_object(
        'fields', (select jsonb_agg(f order by f) from jsonb_object_keys(p_fields) f)));
    v_chats := touch_chats(array[k.contact_id]);
    commit;
    changes := changed_chats(v_chats);
    managers := managers_of_site(k.site_id);
end $$;

-- Show `p_other` as a part of `p_contact`. Nothing is moved: `unmerge_contact` takes it back.
create or replace procedure merge_contacts(
    p_contact uuid, p_other uuid, p_member text, p_manager text, p_most int,
    out outcome text, out changes jsonb, out managers text[]
) language plpgsql as $$
declare
    k contacts;
    o contacts;
    v_chats text[];
begin
    select case when count(*) < 2 then 'unknown' when count(distinct x.site_id) > 1 then 'sites' end
    into outcome from contacts x
    where x.contact_id in (p_contact, p_other) and x.site_id = any (sites_seen_by(p_member));
    if outcome is not null then
        return;
    end if;
    k := lock_contact(p_contact, p_member);
    o := lock_contact(p_other, p_member);
    outcome := case
        when k.contact_id is null or o.contact_id is null then 'unknown'
        when k.restriction is distinct from o.restriction then 'restriction'
        when (select count(*) from contacts where root_id in (k.contact_id, o.contact_id)) > p_most
            then 'full'
        else 'done' end;
    -- A repeated statement finds its own merge.
    if outcome <> 'done' or k.contact_id = o.contact_id then
        return;
    end if;
    update contacts set merged_into = k.contact_id, merged_at = clock_timestamp()
    where contact_id = o.contact_id;
    update contacts set root_id = k.contact_id where root_id = o.contact_id;
    update contacts set listed = true where contact_id = k.contact_id;
    perform record_contact_event(k, 'contact.merged', p_manager,
                                 jsonb_build_object('other_id', o.contact_id));
    v_chats := touch_chats(array[k.contact_id]);
    commit;
    changes := changed_chats(v_chats);
    managers := managers_of_site(k.site_id);
end $$;

-- Take a merged contact out again, with what had been merged into it before.
create or replace procedure unmerge_contact(
    p_contact uuid, p_member text, p_manager text,
    out outcome text, out changes jsonb, out managers text[]
) language plpgsql as $$
declare
    k contacts := lock_contact(p_contact, p_member);
    o contacts;
    v_chats text[];
begin
    select * into o from contacts where contact_id = p_contact;
    outcome := case when k.contact_id is null then 'unknown' else 'done' end;
    if outcome = 'unknown' or o.merged_into is null then
        return;
    end if;
    with recursive parts as (
        select contact_id from contacts where contact_id = p_contact
        union all
        select x.contact_id from parts p join contacts x on x.merged_into = p.contact_id
        where x.root_id = k.contact_id
    )
    update contacts x set root_id = p_contact from parts p where x.contact_id = p.contact_id;
    update contacts set merged_into = null, merged_at = null where contact_id = p_contact;
    perform record_contact_event(k, 'contact.unmerged', p_manager,
                                 jsonb_build_object('other_id', p_contact));
    v_chats := touch_chats(array[k.contact_id, p_contact]);
    commit;
    changes := changed_chats(v_chats);
    managers := managers_of_site(k.site_id);
end $$;
