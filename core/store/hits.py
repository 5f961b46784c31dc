"""Where chats have the words that were looked for: in messages, in notes, in a visitor's name."""

from collections.abc import Mapping

from core.model import Where
from core.store.word_ways import WordPlace, in_time, is_asked, query, visitor_has

# So many of a chat's newest messages, or notes, are looked at.
_NEWEST = 100
# Most chats have what was found in one of these.
_FIRST = 5


_QUERY = query("$2")
_IN_TIME = in_time("x.created_at", "$3::timestamptz", "$4::timestamptz")


def has_words(words: str, where: Where, after: str, before: str) -> str:
    """Whether a chat `c` has all words: in its newest messages or notes, or in its visitor."""
    found = query(words)
    visitor = (
        "select true from chats v where v.chat_id = c.chat_id"
        f" and ({' or '.join(visitor_has('v', found, found))})"
        f" and {in_time('v.listed_at', after, before)}"
    )
    messages, notes = (
        f"select true from ({texts}) x"
        f" where {in_time('x.created_at', after, before)} and text_has(x.text, {found}) limit 1"
        for texts in (_messages(_NEWEST), _notes(_NEWEST))
    )
    places: Mapping[WordPlace, str] = {"visitor": visitor, "messages": messages, "notes": notes}
    return " or ".join(
        f"coalesce(({one}), false)" for place, one in places.items() if is_asked(where, place)
    )


def newest_hits(*, first: bool) -> str:
    """The newest message with all words $2 in each of the chats $1, if one of the newest has them.

    It was written between $3 and $4. `first` looks at few messages of each chat.
    """
    return (
        "select m.* from unnest($1::text[]) c (chat_id) cross join lateral ("
        " select x.chat_id, x.seq, x.role, x.text"
        f" from ({_messages(_FIRST if first else _NEWEST)}) x"
        f" where {_IN_TIME} and text_has(x.text, {_QUERY})"
        " order by x.seq desc limit 1) m"
    )


def hits_by_index() -> str:
    """The newest message with all words $2 in each of the chats $1, where a message has them.

    It was written between $3 and $4. The index of words is asked by $5, that of characters by $6.
    """
    found = (
        f"words_of(x.text) @@ {query('$5')}",
        f"is_unspaced(x.text) and words_of(spaced(x.text)) @@ {query('$6')}",
    )
    pages = (
        "(select x.chat_id, x.seq, x.text from messages x where x.chat_id = any ($1)"
        f" and {_IN_TIME} and x.kind = 'text' and {one} offset 0)"
        for one in found
    )
    return (
        "select m.chat_id, m.seq, m.role, m.text from ("
        f" select x.chat_id, max(x.seq) as seq from ({' union all '.join(pages)}) x"
        f" where ($2::text[] = $5 and $2 = $6) or text_has(x.text, {_QUERY}) group by x.chat_id) n"
        " join messages m on m.chat_id = n.chat_id and m.seq = n.seq"
    )


def note_hits() -> str:
    """The newest note with all words $2 in each of the chats $1, of the newest of each.

    It was written between $3 and $4.
    """
    return (
        "select note_of(n::notes) as note from unnest($1::text[]) c (chat_id) cross join lateral ("
        f" select x.* from ({_notes(_NEWEST)}) x"
        f" where {_IN_TIME} and text_has(x.text, {_QUERY})"
        " limit 1) n"
    )


def _messages(newest: int) -> str:
    return (
        "select * from messages y where y.chat_id = c.chat_id and y.kind = 'text'"
        f" order by y.seq desc limit {newest}"
    )


def _notes(newest: int) -> str:
    return (
        "select * from notes y where y.chat_id = c.chat_id and y.deleted_at is null"
        f" order by y.created_at desc, y.note_id desc limit {newest}"
    )
