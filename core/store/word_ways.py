"""Where words lead: from the indexes of messages, notes and visitors to chats."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

# So many hits of an index are looked at.
MOST = 5_000
# By which words each index is asked. What most texts have is left out: it would only be read.
Leading = Mapping[str, Sequence[str]]
# The indexes of words and of characters, of messages and of notes, and of visitors.
OF_TEXTS = ("messages_by_words", "messages_by_characters", "notes_by_words", "notes_by_characters")
OF_VISITORS = ("chats_by_words", "chats_by_characters")


class Queries:
    """The query for all words, and that for each index. Each is made once, as a column of `q`."""

    def __init__(
        self, words: Sequence[str], leading: Leading, given: Callable[[object], str]
    ) -> None:
        """`given`: gives a place for a value in the statement."""
        by = {index: tuple(leading.get(index) or words) for index in (*OF_TEXTS, *OF_VISITORS)}
        each = dict.fromkeys((tuple(words), *by.values()))
        names = {asked: f"query{n}" for n, asked in enumerate(each)}
        columns = (f"beginnings({given(list(asked))}) as {names[asked]}" for asked in each)
        self.statement = f"select {', '.join(columns)}"
        self.all = f"(select q.{names[tuple(words)]} from q)"
        self._by = {index: f"(select q.{names[asked]} from q)" for index, asked in by.items()}

    def by(self, *indexes: str) -> Iterator[str]:
        return (self._by[index] for index in indexes)


class Led(NamedTuple):
    """What an index leads to.

    `place`: `messages`, `notes`, or `visitor`; `source`: the chats `s`, each with its `hits`;
    `has`: whether such a chat `n` has all words there.
    """

    place: str
    source: str
    has: str


def led(where: str, queries: Queries, after: str, before: str) -> Sequence[Led]:
    """To what the words lead in each place, between two times."""
    chats = "cross join lateral (select c.* from chats c where c.chat_id = h.chat_id offset 0) c"
    messages, notes = (
        f"(select c.*, h.hits from (select x.chat_id, array_agg(x.{hit}) as hits from {found} x"
        f" group by x.chat_id) h {chats}) s"
        for hit, found in zip(
            ("seq", "note_id"), _texts_with(queries.by(*OF_TEXTS), after, before), strict=True
        )
    )
    in_texts = (
        Led(
            "messages",
            messages,
            "select true from messages x where x.chat_id = n.chat_id and x.seq = any (n.hits)"
            f" and text_has(x.text, {queries.all}) limit 1",
        ),
        Led(
            "notes",
            notes,
            "select true from notes x where x.note_id = any (n.hits)"
            f" and text_has(x.text, {queries.all}) limit 1",
        ),
    )
    visitors = [
        Led(
            "visitor",
            f"(select c.*, null as hits from chats c where {has}"
            f" and {in_time('c.listed_at', after, before)} offset 0) s",
            "select true from chats c where c.chat_id = n.chat_id"
            f" and ({' or '.join(visitor_has('c', queries.all, queries.all))})",
        )
        for has in visitor_has("c", *queries.by(*OF_VISITORS))
    ]
    return [one for one in (*in_texts, *visitors) if is_asked(where, one.place)]


def are_many(after: str, before: str) -> str:
    """Whether words lead to more messages or notes than are looked at.

    $1 to $4: the words that each index is asked by.
    """
    queries = (query(f"${n}") for n in range(1, 5))
    found = _texts_with(queries, after, before)
    return " or ".join(f"{MOST} <= (select count(*) from {one})" for one in found)


def _texts_with(queries: Iterable[str], after: str, before: str) -> tuple[str, str]:
    words, characters, note_words, note_characters = queries
    return (
        f"messages_with({words}, {characters}, {after}, {before})",
        f"notes_with({note_words}, {note_characters}, {after}, {before})",
    )


def is_asked(where: str, place: str) -> bool:
    """Whether a place is looked at. Who a visitor is belongs to the messages."""
    return where == "all" or (where == "notes") == (place == "notes")


def query(words: str) -> str:
    """The words in this place as a query, made once: that takes longer than to use it."""
    return f"(select beginnings({words}))"


def in_time(at: str, after: str, before: str) -> str:
    """Whether something was between two times, where these are given."""
    return f"({after} is null or {at} >= {after}) and ({before} is null or {at} < {before})"


def visitor_has(chat: str, words: str, characters: str) -> tuple[str, str]:
    """Whether who a chat's visitor is matches a query: a condition for each index."""
    return (
        f"visitor_words({chat}) @@ {words}",
        f"is_unspaced({chat}.visitor->>'name')"
        f" and words_of(spaced({chat}.visitor->>'name')) @@ {characters}",
    )
