"""Where the chats of a page have the words that were looked for: in messages, in notes."""

_IN_TIME = (
    "($3::timestamptz is null or x.created_at >= $3)"
    " and ($4::timestamptz is null or x.created_at < $4)"
)


def hits(*, common: bool) -> str:
    """The newest message with all words $2 in each of the chats $1, where a message has them.

    It was written between $3 and $4. Rare words lead to their messages. Common ones are looked for
    in the newest messages.
    """
    if common:
        return (
            "select m.* from unnest($1::text[]) c (chat_id) cross join lateral ("
            " select x.chat_id, x.seq, x.role, x.text from ("
            "  select * from messages y where y.chat_id = c.chat_id and y.kind = 'text'"
            f"  order by y.seq desc limit 100) x where {_IN_TIME}"
            " and text_has(x.text, beginnings($2))"
            " order by x.seq desc limit 1) m"
        )
    return (
        "select m.chat_id, m.seq, m.role, m.text from ("
        " select x.chat_id, max(x.seq) as seq from ("
        "  (select x.chat_id, x.seq, x.created_at from messages x"
        "   where x.kind = 'text' and words_of(x.text) @@ beginnings($2) limit 5000)"
        "  union all"
        "  (select x.chat_id, x.seq, x.created_at from messages x"
        "   where x.kind = 'text' and is_unspaced(x.text)"
        "     and words_of(spaced(x.text)) @@ beginnings($2) limit 5000)) x"
        f" where x.chat_id = any ($1) and {_IN_TIME} group by x.chat_id) n"
        " join messages m on m.chat_id = n.chat_id and m.seq = n.seq"
    )


def note_hits() -> str:
    """The newest note with all words $2 in each of the chats $1, of the newest 100 of each.

    It was written between $3 and $4.
    """
    return (
        "select note_of(n::notes) as note from unnest($1::text[]) c (chat_id) cross join lateral ("
        " select x.* from ("
        "  select * from notes y where y.chat_id = c.chat_id and y.deleted_at is null"
        f"  order by y.created_at desc, y.note_id desc limit 100) x where {_IN_TIME}"
        " and text_has(x.text, beginnings($2))"
        " limit 1) n"
    )
