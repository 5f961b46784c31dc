-- The limits of one chat, one connection and one address. The statements that do the work check
-- them, so they hold across any number of processes.

-- The tokens that a bucket has now. It holds `p_burst` and gains `p_rate` a second. A burst of 0
-- is no limit.
create or replace function in_bucket(
    p_left double precision, p_at timestamptz, p_burst int, p_rate double precision
) returns double precision language sql volatile as $$
    select case when p_burst = 0 then 'infinity' else least(p_burst, coalesce(
        p_left + p_rate * extract(epoch from clock_timestamp() - p_at), p_burst)) end
$$;

-- The seconds until a bucket with `p_tokens` has one whole token; 0 if it has one now.
create or replace function wait_for_token(p_tokens double precision, p_rate double precision)
returns double precision language sql immutable as $$
    select case when p_tokens >= 1 then 0 else (1 - p_tokens) / greatest(p_rate, 0.000001) end
$$;

-- Instead of seconds to wait: the contact is blocked.
create or replace function never() returns double precision language sql immutable as $$
    select -1::double precision
$$;

-- Instead of seconds to wait: the chat is closed, and its client begins another.
create or replace function chat_over() returns double precision language sql immutable as $$
    select -2::double precision
$$;

-- The chat of a visitor's connection, after taking one token from the connection's own bucket.
-- Null if the connection is not known.
create or replace function chat_of(
    p_connection text, p_burst int, p_rate double precision,
    out chat_id text, out wait double precision
) language plpgsql as $$
declare
    n connections;
    v_tokens double precision;
begin
    select * into n from connections x
    where x.connection_id = p_connection and x.expires_at > now() and x.chat_id is not null;
    if not found then
        return;
    end if;
    chat_id := n.chat_id;
    v_tokens := in_bucket(n.allowance, n.allowed_at, p_burst, p_rate);
    wait := wait_for_token(v_tokens, p_rate);
    if p_burst > 0 and wait = 0 then
        update connections x set allowance = v_tokens - 1, allowed_at = clock_timestamp()
        where x.connection_id = p_connection;
    end if;
end $$;

-- Make a chat, or store its visitor anew. Gives the seconds to wait if the address made too many.
-- A chat never changes its site.
drop function if exists begin_chat(text, jsonb, text, int, double precision, boolean);
create or replace function begin_chat(
    p_chat text, p_visitor jsonb, p_address text, p_burst int, p_rate double precision,
    p_verified boolean default false, p_site text default 'default'
) returns double precision language plpgsql as $$
declare
    a addresses;
    v_tokens double precision;
begin
    if p_address is not null and p_burst > 0 then
        insert into addresses (address, allowance, allowed_at)
        values (p_address, p_burst, clock_timestamp())
        on conflict (address) do update set address = excluded.address
        returning * into a;
        v_tokens := in_bucket(a.allowance, a.allowed_at, p_burst, p_rate);
        if v_tokens < 1 then
            return wait_for_token(v_tokens, p_rate);
        end if;
        update addresses set allowance = v_tokens - 1, allowed_at = clock_timestamp()
        where address = p_address;
    end if;
    insert into chats as c (chat_id, visitor, visitor_verified, address_hash, site_id)
    values (p_chat, p_visitor, p_verified, hash_of_address(p_address), p_site)
    on conflict (chat_id) do update
    set visitor = excluded.visitor, visitor_verified = excluded.visitor_verified,
        address_hash = coalesce(c.address_hash, excluded.address_hash);
    return 0;
end $$;

-- Whether one more socket would be over a limit: `chat`, `address`, or null.
create or replace function too_many_sockets(
    p_chat text, p_address text, p_chat_sockets int, p_address_sockets int
) returns text language plpgsql stable as $$
begin
    if p_chat_sockets <= 0 and p_address_sockets <= 0 then
        return null;
    end if;
    return case
        when p_chat_sockets > 0 and (
            select count(*) from (select from connections
                where chat_id = p_chat and expires_at > now() limit p_chat_sockets) x
            ) >= p_chat_sockets then 'chat'
        when p_address is not null and p_address_sockets > 0 and (
            select count(*) from (select from connections
                where address = p_address and expires_at > now() limit p_address_sockets) x
            ) >= p_address_sockets then 'address'
    end;
end $$;

create or replace function seconds_left_today() returns double precision language sql stable as $$
    select extract(epoch from (today() + 1)::timestamp - (now() at time zone 'utc'))
$$;

-- What the visitor of this chat wrote today (UTC), in bytes.
create or replace function written_today(c chats) returns bigint language sql stable as $$
    select case when c.written_on = today() then c.written else 0 end
$$;

-- Whether the visitor wrote so much today that no more is stored; 0 is no limit.
create or replace function is_full(c chats, p_bytes bigint) returns boolean language sql stable as $$
    select coalesce(p_bytes > 0 and written_today(c) >= p_bytes, false)
$$;
