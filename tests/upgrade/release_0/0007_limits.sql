-- Limits that tell: how often one chat, one connection and one address may do what, held in the
-- statements that run anyway, so that they are right across any number of processes.

alter table chats
    -- A token bucket: what is left of it, and when that was.
    add column allowance double precision,
    add column allowed_at timestamptz,
    -- What the assistant's answers in this chat cost today, in the provider's tokens.
    add column spent_on date,
    add column spent bigint not null default 0;

alter table connections
    add column address text,
    add column allowance double precision,
    add column allowed_at timestamptz;

create index connections_of_address on connections (address) where address is not null;

create table addresses (
    address    text collate "C" primary key,
    allowance  double precision not null,
    allowed_at timestamptz not null
);

create index addresses_by_time on addresses (allowed_at);

create table spending (
    day    date primary key,
    tokens bigint not null default 0
);

-- One draw from a bucket that holds `p_burst` and gains `p_rate` a second. `wait` is 0 when it was
-- allowed, else the seconds until it will be; a burst of 0 is no limit.
create function draw(
    p_allowance double precision, p_allowed_at timestamptz, p_burst int, p_rate double precision,
    out allowance double precision, out wait double precision
) language plpgsql as $$
begin
    allowance := least(p_burst, coalesce(
        p_allowance + p_rate * extract(epoch from clock_timestamp() - p_allowed_at), p_burst));
    wait := 0;
    if p_burst = 0 then
        allowance := null;
    elsif allowance >= 1 then
        allowance := allowance - 1;
    else
        wait := (1 - allowance) / greatest(p_rate, 0.000001);
    end if;
end $$;

-- The chat of a user's connection, after one draw from the connection's own bucket. Null when the
-- connection is not known.
create function chat_of(
    p_connection text, p_burst int, p_rate double precision,
    out chat_id text, out wait double precision
) language plpgsql as $$
declare
    n connections;
    d record;
begin
    select * into n from connections x
    where x.connection_id = p_connection and x.expires_at > now() and x.chat_id is not null;
    if not found then
        return;
    end if;
    chat_id := n.chat_id;
    select * into d from draw(n.allowance, n.allowed_at, p_burst, p_rate);
    wait := d.wait;
    if p_burst > 0 and wait = 0 then
        update connections x set allowance = d.allowance, allowed_at = clock_timestamp()
        where x.connection_id = p_connection;
    end if;
end $$;

create function begin_chat(
    p_chat text, p_visitor jsonb, p_address text, p_burst int, p_rate double precision
) returns double precision language plpgsql as $$
declare
    a addresses;
    d record;
begin
    if p_address is not null and p_burst > 0 then
        insert into addresses (address, allowance, allowed_at)
        values (p_address, p_burst, clock_timestamp())
        on conflict (address) do update set address = excluded.address
        returning * into a;
        select * into d from draw(a.allowance, a.allowed_at, p_burst, p_rate);
        if d.wait > 0 then
            return d.wait;
        end if;
        update addresses set allowance = d.allowance, allowed_at = clock_timestamp()
        where address = p_address;
    end if;
    insert into chats (chat_id, visitor) values (p_chat, p_visitor)
    on conflict (chat_id) do update set visitor = excluded.visitor;
    return 0;
end $$;

-- Whether one more socket would be too many: `chat`, `address`, or null.
create function too_many_sockets(
    p_chat text, p_address text, p_chat_sockets int, p_address_sockets int
) returns text language sql stable as $$
    select case
        when p_chat_sockets > 0 and (
            select count(*) from (select from connections
                where chat_id = p_chat and expires_at > now() limit p_chat_sockets) x
            ) >= p_chat_sockets then 'chat'
        when p_address is not null and p_address_sockets > 0 and (
            select count(*) from (select from connections
                where address = p_address and expires_at > now() limit p_address_sockets) x
            ) >= p_address_sockets then 'address'
    end
$$;

create function add_ticket(
    p_ticket bytea, p_chat text, p_manager text, p_seconds int, p_until timestamptz,
    p_address text, p_chat_sockets int, p_address_sockets int
) returns text language plpgsql as $$
declare
    v_many text;
begin
    if p_chat is not null then
        v_many := too_many_sockets(p_chat, p_address, p_chat_sockets, p_address_sockets);
        if v_many is not null then
            return v_many;
        end if;
    end if;
    insert into tickets (ticket_hash, chat_id, manager_id, expires_at, until)
    values (p_ticket, p_chat, p_manager, clock_timestamp() + make_interval(secs => p_seconds),
            p_until)
    on conflict (ticket_hash) do nothing;
    return null;
end $$;

-- A user's socket is opened by a ticket, or in open mode (`p_ticket` null) by the chat's name.
-- Repeating it is harmless: a ticket is spent together with the row it makes.
create procedure open_user(
    p_connection text, p_url text, p_ticket bytea, p_chat text, p_seconds int,
    p_address text, p_chat_sockets int, p_address_sockets int,
    out outcome text, out chat jsonb, out managers text[]
) language plpgsql as $$
declare
    c chats;
    t tickets;
    v_until timestamptz := clock_timestamp() + make_interval(secs => p_seconds);
    v_was_online boolean;
begin
    perform from connections n where n.connection_id = p_connection;
    if found then
        outcome := 'opened';
        return;
    end if;
    if p_ticket is not null then
        delete from tickets x where x.ticket_hash = p_ticket and x.chat_id is not null
        returning * into t;
        if t.ticket_hash is null or t.expires_at <= clock_timestamp()
           or (p_chat is not null and p_chat <> t.chat_id) then
            outcome := 'refused';
            return;
        end if;
        p_chat := t.chat_id;
        v_until := least(v_until, t.until);
    end if;
    c := lock_chat(p_chat);
    outcome := too_many_sockets(p_chat, p_address, p_chat_sockets, p_address_sockets);
    if outcome is not null then
        return;
    end if;
    outcome := 'opened';
    v_was_online := exists (select from connections n
                            where n.chat_id = p_chat and n.expires_at > clock_timestamp());
    insert into connections (connection_id, callback_url, chat_id, expires_at, address)
    values (p_connection, p_url, p_chat, v_until, p_address)
    on conflict (connection_id) do nothing;
    if v_was_online or c.listed_at is null then
        return;
    end if;
    perform keep_chat(c);
    commit;
    chat := summary(p_chat);
    managers := all_managers();
end $$;

create or replace function keep_chat(c chats) returns void language plpgsql as $$
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
        -- Strictly rising, so that nobody who asks for changes since a time can skip one.
        updated_at = greatest(clock_timestamp(), c.updated_at + interval '1 microsecond'),
        listed_at = case
            when c.last_seq = 0 then c.listed_at
            when c.listed_at > clock_timestamp() - interval '1 minute' then c.listed_at
            else clock_timestamp() end
    where chat_id = c.chat_id;
end $$;

-- `wait`: seconds until the chat may write again; nothing was stored then. A repeated message is
-- answered with the stored one and draws nothing.
create function receive_message(
    p_chat text, p_text text, p_client text, p_burst int, p_rate double precision,
    out message jsonb, out owed boolean, out changed boolean, out wait double precision
) language plpgsql as $$
declare
    c chats;
    d record;
    m messages;
begin
    c := lock_chat(p_chat);
    wait := 0;
    select * into m from messages
    where chat_id = p_chat and role = 'user' and client_id = p_client;
    changed := not found and (c.last_user_seq = 0 or c.status = 'closed'
                              or (c.owner = 'manager' and c.waiting_since is null));
    if not found then
        select * into d from draw(c.allowance, c.allowed_at, p_burst, p_rate);
        wait := d.wait;
        if wait > 0 then
            return;
        end if;
        c.allowance := d.allowance;
        c.allowed_at := clock_timestamp();
        m := add_message(c, 'user', p_text, p_client => p_client);
        c.last_seq := m.seq;
        c.last_user_seq := m.seq;
        c.last_user_at := m.created_at;
        c.unread := c.unread + 1;
        c.status := 'open';
        if c.owner = 'manager' and c.waiting_since is null then
            c.waiting_since := m.created_at;
            c.waiting_for := 'reply';
        end if;
        perform keep_chat(c);
    end if;
    message := to_jsonb(m);
    owed := is_owed(c);
end $$;

create procedure receive(
    p_connection text, p_text text, p_client text, p_burst int, p_rate double precision,
    out known boolean, out wait double precision, out message jsonb, out owed boolean,
    out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
declare
    v_chat text;
    v_changed boolean;
begin
    select n.chat_id into v_chat from connections n
    where n.connection_id = p_connection and n.expires_at > now() and n.chat_id is not null;
    known := found;
    if not known then
        return;
    end if;
    select r.message, r.owed, r.changed, r.wait into message, owed, v_changed, wait
    from receive_message(v_chat, p_text, p_client, p_burst, p_rate) r;
    if wait > 0 then
        return;
    end if;
    commit;
    if v_changed then
        chat := summary(v_chat);
    end if;
    users := users_of(v_chat);
    managers := all_managers();
end $$;

-- The same steps as before, each behind one draw from the connection's bucket.
create procedure seen_by_user(
    p_connection text, p_seq int, p_burst int, p_rate double precision,
    out wait double precision,
    out known boolean, out chat_id text, out seq int, out users text[], out managers text[]
) language plpgsql as $$
begin
    select c.wait into wait from chat_of(p_connection, p_burst, p_rate) c;
    if wait > 0 then
        known := true;
    else
        call seen_by_user(p_connection, p_seq, known, chat_id, seq, users, managers);
    end if;
end $$;

create procedure stop_by_user(
    p_connection text, p_burst int, p_rate double precision,
    out wait double precision,
    out known boolean, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
begin
    select c.wait into wait from chat_of(p_connection, p_burst, p_rate) c;
    if wait > 0 then
        known := true;
    else
        call stop_by_user(p_connection, known, messages, chat, users, managers);
    end if;
end $$;

create procedure ask_for_person(
    p_connection text, p_reason text, p_burst int, p_rate double precision,
    out wait double precision,
    out known boolean, out messages jsonb, out chat jsonb, out users text[], out managers text[]
) language plpgsql as $$
begin
    select c.wait into wait from chat_of(p_connection, p_burst, p_rate) c;
    if wait > 0 then
        known := true;
    else
        call ask_for_person(p_connection, p_reason, known, messages, chat, users, managers);
    end if;
end $$;

-- What the assistant cost, for the installation and for the chat, by the day (UTC).
create function charge_tokens(p_chat text, p_tokens bigint) returns void language sql as $$
    update chats set
        spent = p_tokens + case when spent_on = (now() at time zone 'utc')::date then spent
                                else 0 end,
        spent_on = (now() at time zone 'utc')::date
    where chat_id = p_chat;
    insert into spending (day, tokens) values ((now() at time zone 'utc')::date, p_tokens)
    on conflict (day) do update set tokens = spending.tokens + excluded.tokens;
$$;

create function charge_message() returns trigger language plpgsql as $$
begin
    perform charge_tokens(new.chat_id, coalesce((new.usage->>'input_tokens')::bigint, 0)
                                + coalesce((new.usage->>'output_tokens')::bigint, 0));
    return null;
end $$;

create trigger charge_for_messages after insert on messages for each row
    when (new.usage is not null) execute function charge_message();

-- Whether today's budget is spent, of the installation or of the chat; 0 is no limit.
create function budget_spent(p_chat text, p_day_tokens bigint, p_chat_tokens bigint)
returns boolean language sql stable as $$
    select (p_day_tokens > 0 and exists (
               select from spending where day = (now() at time zone 'utc')::date
               and tokens >= p_day_tokens))
        or (p_chat_tokens > 0 and exists (
               select from chats where chat_id = p_chat
               and spent_on = (now() at time zone 'utc')::date and spent >= p_chat_tokens))
$$;
