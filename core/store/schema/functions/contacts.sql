-- Contacts: what is known of a visitor across chats. A step locks contacts before it locks chats.
-- One that holds a chat already takes only a contact that nobody else holds.

-- The sites whose contacts a manager sees. Null: an admin, who sees all.
create or replace function sites_seen_by(p_member text) returns text[] language plpgsql stable as $$
begin
    return (select case when p_member is null then array(select site_id from sites)
                    else array(select site_id from members where manager_id = p_member) end);
end $$;

-- Make the contact of a new chat, whose row names it already.
create or replace function add_contact(c chats) returns void language plpgsql as $$
begin
    insert into contacts (contact_id, root_id, site_id) values (c.contact_id, c.contact_id, c.site_id)
    on conflict do nothing;
end $$;

-- The contact was here now, and so was the one that shows it. It moves at most once a minute.
create or replace function see_contact(p_contact uuid, p_listed boolean) returns void
language plpgsql as $$
declare
    c record;
begin
    select x.root_id, x.listed, x.last_seen_at into c from contacts x where x.contact_id = p_contact;
    -- Most show themselves, and were seen a moment ago.
    if c.root_id = p_contact and c.listed >= p_listed
       and c.last_seen_at >= clock_timestamp() - interval '1 minute' then
        return;
    end if;
    update contacts set last_seen_at = clock_timestamp(), listed = listed or p_listed
    where contact_id = any (array(
        select k.contact_id from contacts k
        where k.contact_id in (p_contact, (select x.root_id from contacts x
                                           where x.contact_id = p_contact))
          and (k.last_seen_at < clock_timestamp() - interval '1 minute' or p_listed > k.listed)
        for no key update skip locked));
end $$;

-- The contact of a person whom the host site signed, locked. It is made if there is none.
-- `p_known`: `{sub, claimed, verified, device}`.
create or replace function known_contact(p_chat text, p_site text, p_known jsonb) returns uuid
language plpgsql as $$
declare
    v_email text := lower(p_known->'verified'->>'email');
    v_contact uuid;
begin
    -- The identity comes first: of several devices that come at once, one makes the contact.
    insert into contact_identities (site_id, kind, value, contact_id)
    values (p_site, 'sub', p_known->>'sub', coalesce(
        (select c.contact_id from chats c where c.chat_id = p_chat), gen_random_uuid()))
    on conflict do nothing;
    select i.contact_id into v_contact from contact_identities i
    where i.site_id = p_site and i.kind = 'sub' and i.value = p_known->>'sub';
    insert into contacts (contact_id, root_id, site_id) values (v_contact, v_contact, p_site)
    on conflict do nothing;
    update contacts k set
        claimed = k.claimed || (p_known->'claimed'), verified = p_known->'verified',
        device = coalesce(p_known->>'device', k.device), last_seen_at = clock_timestamp()
    where k.contact_id = v_contact;
    delete from contact_identities
    where contact_id = v_contact and kind = 'email' and value is distinct from v_email;
    if v_email is not null then
        insert into contact_identities (site_id, kind, value, contact_id)
        values (p_site, 'email', v_email, v_contact) on conflict do nothing;
    end if;
    perform see_contact(v_contact, false);
    return v_contact;
end $$;

create or replace function new_contact(p_site text, p_known jsonb) returns uuid
language plpgsql as $$
declare
    v_id uuid := gen_random_uuid();
begin
    insert into contacts (contact_id, root_id, site_id, claimed, verified, device)
    values (v_id, v_id, p_site, coalesce(p_known->'claimed', '{}'),
            coalesce(p_known->'verified', '{}'), p_known->>'device');
    return v_id;
end $$;

-- Make a chat as `begin_chat` does, and give it its contact. With a `sub` in `p_known` it is the
-- contact of that person, with `after` the one of that chat, with what is known of its visitor.
create or replace function begin_contact_chat(
    p_chat text, p_visitor jsonb, p_address text, p_burst int, p_rate double precision,
    p_verified boolean, p_site text, p_known jsonb
) returns double precision language plpgsql as $$
declare
    v_contact uuid;
    v_after chats;
    v_wait double precision;
begin
    if p_known->>'sub' is not null then
        v_contact := known_contact(p_chat, p_site, p_known);
    end if;
    if p_known->>'after' is not null then
        select * into v_after from chats c
        where c.chat_id = p_known->>'after' and c.site_id = p_site;
        v_contact := v_after.contact_id;
        p_verified := coalesce(v_after.visitor_verified, p_verified);
        -- What the host site has signed stays. All else the page knows better.
        p_visitor := case when p_verified then v_after.visitor || (p_visitor - '{name,email}'::text[])
                          else coalesce(v_after.visitor, '{}') || jsonb_strip_nulls(p_visitor) end;
    end if;
    v_wait := begin_chat(p_chat, p_visitor, p_address, p_burst, p_rate, p_verified, p_site);
    if v_wait > 0 then
        return v_wait;
    end if;
    if v_contact is null then
        -- A repeated statement finds its own contact.
        select c.contact_id into v_contact from chats c where c.chat_id = p_chat;
        if v_contact is null then
            select new_contact(c.site_id, p_known) into v_contact from chats c where c.chat_id = p_chat;
        end if;
    end if;
    update chats c set contact_id = k.contact_id, restriction = k.restriction
    from contacts k where c.chat_id = p_chat and k.contact_id = v_contact;
    perform keep_page(p_chat, p_visitor->>'page_url');
    return 0;
end $$;

-- Keep a page of the present visit: the last 20. After half an hour without one a visit has ended.
create or replace function keep_page(p_chat text, p_url text) returns void language plpgsql as $$
declare
    v_last visited_pages;
begin
    select * into v_last from visited_pages where chat_id = p_chat order by at desc limit 1;
    if p_url is null or v_last.url = p_url then
        return;
    end if;
    insert into visited_pages (chat_id, url) values (p_chat, p_url) on conflict do nothing;
    delete from visited_pages p
    where p.chat_id = p_chat
      and (p.at <= v_last.at and v_last.at < clock_timestamp() - interval '30 minutes'
           or p.at <= (select x.at from visited_pages x where x.chat_id = p_chat
                       order by x.at desc offset 20 limit 1));
end $$;

-- Give contacts to chats that have none: of the release before, and from before there were any.
create or replace function give_contacts(p_limit int) returns int language sql as $$
    with given as materialized (
        select c.chat_id, c.site_id, gen_random_uuid() as contact_id, c.created_at, c.updated_at,
               c.visitor_verified as signed, jsonb_strip_nulls(jsonb_build_object(
                   'locale', c.visitor->>'locale')) as said,
               jsonb_strip_nulls(jsonb_build_object(
                   'name', c.visitor->>'name', 'email', c.visitor->>'email')) as who
        from chats c where c.contact_id is null and c.listed_at is not null
        order by c.listed_at limit p_limit for no key update skip locked
    ), made as (
        insert into contacts (contact_id, root_id, site_id, claimed, verified, listed,
                              first_seen_at, last_seen_at)
        select g.contact_id, g.contact_id, g.site_id,
               g.said || case when g.signed then '{}' else g.who end,
               case when g.signed then g.who else '{}' end, true, g.created_at, g.updated_at
        from given g
    ), told as (
        update chats c set contact_id = g.contact_id from given g where c.chat_id = g.chat_id
        returning c.chat_id
    )
    select count(*)::int from told
$$;

-- Drop contacts that have no chat, and that nobody has touched: their chats had no messages.
create or replace function drop_contacts(p_limit int) returns int language sql as $$
    with gone as (
        delete from contacts where contact_id in (
            select k.contact_id from contacts k
            where not k.listed and k.last_seen_at < now() - interval '1 day'
              -- Not `exists`: Postgres may hash it, and then it reads all chats.
              and coalesce((select false from chats c where c.contact_id = k.contact_id limit 1), true)
            order by k.last_seen_at limit p_limit for update skip locked)
          -- Whoever comes back in this moment was seen just now.
          and last_seen_at < now() - interval '1 day'
        returning contact_id
    ), unnamed as (
        delete from contact_identities
        where contact_id = any (array(select g.contact_id from gone g))
    ), unmailed as (
        delete from mailed_contacts
        where contact_id = any (array(select g.contact_id from gone g))
    )
    select count(*)::int from gone
$$;
