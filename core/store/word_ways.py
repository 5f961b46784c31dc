"""Where words lead: from the indexes of messages, notes and visitors to chats."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from core.model import Where

Index = Literal[
    "messages_by_words",
    "messages_by_characters",
    "notes_by_words",
    "notes_by_characters",
    "chats_by_words",
    "chats_by_characters",
]
WordPlace = Literal["messages", "notes", "visitor"]
# The words by which an index is asked; a missing one by all. What so many texts have that it reads
# for long is left out, and looked for in what the others lead to.
Leading = Mapping[Index, Sequence[str]]
# So many chats of visitors are looked at. What more have is common (`word_ways` in `search.sql`).
MOST_VISITORS = 20_000


class Pair(NamedTuple):
    """The queries for an index of words, and for one of characters."""

    words: str
    characters: str


class Queries:
    """The query for all words, and those for each place. Each is made once, as a column of `q`."""

    def __init__(
        self, words: Sequence[str], leading: Leading, given: Callable[[object], str]
    ) -> None:
        """`given`: gives a place for a value in the statement."""
        each = dict.fromkeys((tuple(words), *map(tuple, leading.values())))
        columns = {asked: f"query{n}" for n, asked in enumerate(each)}
        made = (f"beginnings({given(list(asked))}) as {name}" for asked, name in columns.items())
        self.statement = f"select {', '.join(made)}"

        def by(index: Index) -> str:
            return f"(select q.{columns[tuple(leading.get(index, words))]} from q)"

        self.all = f"(select q.{columns[tuple(words)]} from q)"
        self.messages = Pair(by("messages_by_words"), by("messages_by_characters"))
        self.notes = Pair(by("notes_by_words"), by("notes_by_characters"))
        self.visitors = Pair(by("chats_by_words"), by("chats_by_characters"))

    def are_exact(self, place: WordPlace) -> bool:
        """Whether the indexes of a place are asked for all words: what they lead to has these."""
        pairs = {"messages": self.messages, "notes": self.notes, "visitor": self.visitors}
        return pairs[place] == Pair(self.all, self.all)


class Lead(NamedTuple):
    """What a place leads to.

    `source`: the chats `s`, each with its `hits`; `has`: whether such a chat `n` has all words.
    """

    place: WordPlace
    source: str
    has: str


def leads(where: Where, queries: Queries, after: str, before: str) -> Sequence[Lead]:
    """To what words lead that were written between two times."""
    messages = _messages_with(queries.messages, after, before)
    notes = _notes_with(queries.notes, after, before)
    found = [
        Lead(
            "messages",
            _of_texts(messages, "seq"),
            "select true from messages x where x.chat_id = n.chat_id and x.seq = any (n.hits)"
            f" and text_has(x.text, {queries.all}) limit 1",
        ),
        Lead(
            "notes",
            _of_texts(notes, "note_id"),
            "select true from notes x where x.note_id = any (n.hits)"
            f" and text_has(x.text, {queries.all}) limit 1",
        ),
        *_visitors(queries, after, before),
    ]
    return [
        one._replace(has="true") if queries.are_exact(one.place) else one
        for one in found
        if is_asked(where, one.place)
    ]


def lead_to_many(where: Where, queries: Queries, after: str, before: str) -> str:
    """Whether fewer words than all lead to more messages or notes than are looked at."""
    asked: Mapping[WordPlace, str] = {
        "messages": _messages_with(queries.messages, after, before),
        "notes": _notes_with(queries.notes, after, before),
    }
    counts = [
        f"most_hits() <= (select count(*) from {found})"
        for place, found in asked.items()
        if is_asked(where, place) and not queries.are_exact(place)
    ]
    return " or ".join(("false", *counts))


def is_asked(where: Where, place: WordPlace) -> bool:
    """Whether a place is looked at. Who a visitor is belongs to the messages."""
    return where == "all" or (where == "notes") == (place == "notes")


def place_of(index: Index) -> WordPlace:
    table = index.partition("_")[0]
    return "visitor" if table == "chats" else "notes" if table == "notes" else "messages"


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


def _messages_with(pair: Pair, after: str, before: str) -> str:
    return f"messages_with({pair.words}, {pair.characters}, {after}, {before})"


def _notes_with(pair: Pair, after: str, before: str) -> str:
    return f"notes_with({pair.words}, {pair.characters}, {after}, {before})"


def _of_texts(source: str, hit: str) -> str:
    return (
        "(select c.*, h.hits"
        f" from (select x.chat_id, array_agg(x.{hit}) as hits from {source} x group by x.chat_id) h"
        " cross join lateral (select c.* from chats c where c.chat_id = h.chat_id offset 0) c) s"
    )


def _visitors(queries: Queries, after: str, before: str) -> Sequence[Lead]:
    # Many visitors may share a name. So their chats are put in order where they are found.
    has = (
        "select true from chats c where c.chat_id = n.chat_id"
        f" and ({' or '.join(visitor_has('c', queries.all, queries.all))})"
    )
    return [
        Lead(
            "visitor",
            f"(select c.*, null as hits from chats c where {matches}"
            f" and {in_time('c.listed_at', after, before)} limit {MOST_VISITORS}) s",
            has,
        )
        for matches in visitor_has("c", *queries.visitors)
    ]
