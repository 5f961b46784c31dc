-- The messages that visitors have missed. One snapshot, so the messages and the draft belong
-- together. `p_resuming`: `[{connection_id, after, changed}]`.
-- Each of them, by `place`, gets a row with its chat. There `message` is the beginning of the chat's
-- last one. `changed`: those up to `after` that changed since. The release before does not ask for
-- them. A connection that is not known gets no chat.
-- Each missed message gets a row without `wait`. They are at most `p_limit`, and end with the one
-- that begins below `p_bytes`.
drop function if exists resume_chats(json, int, int, int, double precision);
create function resume_chats(
    p_resuming json, p_limit int, p_bytes int, p_burst int, p_rate double precision
) returns table (
    place bigint, wait double precision, chat json, pending boolean, team jsonb, draft json,
    change int, changed json, message readings
) language plpgsql as $$
declare
    v_chats text[];
    v_waits double precision[];
    -- By site, since many come back at once.
    v_teams jsonb;
begin
    perform use_lookups();
    select array_agg(n.chat_id order by g.place), array_agg(n.wait order by g.place)
    into v_chats, v_waits
    from rows from (json_to_recordset(p_resuming) as (connection_id text))
         with ordinality g (connection_id, place)
    cross join lateral chat_of(g.connection_id, p_burst, p_rate) n;
    select jsonb_object_agg(s.site_id, team_of_site(s)) into v_teams
    from sites s where s.site_id = any (array(
        select c.site_id from unnest(v_chats, v_waits) x (chat_id, wait)
        cross join lateral (
            select o.site_id from chats o where o.chat_id = x.chat_id limit 1) c
        where x.wait = 0));
    -- A message as a row costs a third of what it costs as JSON, here and where it is read.
    return query
        select g.place, coalesce(v_waits[g.place], 0),
               (select to_json(s) from summaries_for_visitors s where s.chat_id = c.chat_id),
               is_pending(c), team_for(c, v_teams->c.site_id),
               case when c.beat_at is not null and c.draft <> '' then
                   json_build_object('reply_to', c.reply_to, 'try', c.try, 'text', c.draft) end,
               c.change,
               case when c.change > g.changed then
                   changed_messages(c.chat_id, g.changed, g.after, p_limit) end,
               (select row(null, null, p.*)::readings from previews p
                where p.chat_id = c.chat_id and p.seq = c.last_seq)
        from rows from (json_to_recordset(p_resuming) as (after int, changed int))
             with ordinality g (after, changed, place)
        left join chats c on c.chat_id = v_chats[g.place] and v_waits[g.place] = 0
        union all
        select g.place, null, null, null, null, null, null, null, m.message
        from rows from (json_to_recordset(p_resuming) as (after int))
             with ordinality g (after, place)
        -- Few pages are too large. Only there is it worth to add up message by message.
        cross join lateral (
            select case when p_bytes < (
                select sum(octet_length(x.text) + coalesce(octet_length(x.html), 0))
                from (select * from readings x
                      where x.chat_id = v_chats[g.place] and x.seq > g.after
                      order by x.seq limit p_limit) x)
            then (select max(x.seq)
                  from (select x.seq, sum(octet_length(x.text) + coalesce(octet_length(x.html), 0)) over (
                                   order by x.seq
                                   rows between unbounded preceding and 1 preceding) as begins
                        from readings x
                        where x.chat_id = v_chats[g.place] and x.seq > g.after
                        order by x.seq limit p_limit) x
                  where coalesce(x.begins, 0) < p_bytes) end) e (last)
        cross join lateral (
            select x from readings x
            where x.chat_id = v_chats[g.place] and x.seq > g.after
              and x.seq <= coalesce(e.last, 2147483647)
            order by x.seq limit p_limit) m (message)
        where v_waits[g.place] = 0;
end $$;
