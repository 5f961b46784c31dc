"""What one capability costs: notes have their own files, and a line in a few lists.

`docs/adding-a-feature.md` promises it. If a file has to be added to `LISTS`, mend the shape first.
"""

import re

import pytest

from tests.server import ROOT

pytestmark = pytest.mark.inbox

# "Note" alone has other meanings, too.
WORD = re.compile(
    r"\b[Nn]otes(?![a-z])|NoteHit|noteHit|Notes?Of|\bnote_(?:id|of|hits|frames|texts)\b"
    r"|team-note|data-note|mention(?:s|ed)?\b|Mention"
)
MOST = 10
ROOMS = ("core", "functions", "local", "infra")
KINDS = {".py", ".js", ".css", ".sql", ".html", ".yaml"}
OWN = re.compile(
    r"core/(?:chat|store)/notes\.py|core/protocol/note_frames\.py"
    r"|core/store/schema/(?:functions/notes|tables/00(?:25_notes|39_mentioned_teams))\.sql"
    r"|functions/routes/notes\.py"
    r"|functions/web/console/(?:panels/notes\.(?:js|css)|(?:chat_)?notes\.js|note_texts\.js"
    r"|mentions\.js|naming\.js)"
)
# Old files, and in how many of their lines the notes stand. `infra/template.yaml` is one more: it
# has the hash of all SQL.
LISTS = {
    "core/app.py": 3,
    "core/chat/news.py": 2,
    "core/store/store.py": 2,
    "core/store/sweep.py": 1,
    "functions/http.py": 2,
    "functions/routes/pages.py": 1,
    "functions/web/console/panels/index.js": 1,
}
WRITTEN_BY_A_COMMAND = {"functions/web/client/types.js"}
# What came later and uses them: the search in notes.
SEARCH = {
    "core/chat/lists.py",
    "core/model.py",
    "core/store/hits.py",
    "core/store/lists.py",
    "core/store/schema/functions/search.sql",
    "core/store/word_ways.py",
    "core/store/schema/indexes/notes_by_characters.sql",
    "core/store/schema/indexes/notes_by_words.sql",
    "functions/routes/inbox.py",
    "functions/routes/schemas.py",
    "functions/web/console/inbox.js",
    "functions/web/console/narrow.js",
    "functions/web/console/reveal.js",
    "functions/web/console/row.js",
    "functions/web/console/summaries.js",
    "functions/web/console/texts_de.js",
    "functions/web/console/texts_en.js",
    "infra/frame_types.py",
}
# They say that they have no notes, or mean something else by the word.
OTHERWISE = {
    "core/chat/transcripts.py",
    "core/delivery/carriers/hooks.py",
    "core/protocol/frames.py",
    "core/protocol/transcript.py",
    "functions/routes/transcripts.py",
    "functions/web/console/settings/try_box.js",
    "functions/web/view/chime.js",
    "infra/audit.py",
}


def named() -> dict[str, int]:
    """In how many lines each file of the program names notes or mentions."""
    paths = [path for room in ROOMS for path in (ROOT / room).rglob("*")]
    found = {
        path.relative_to(ROOT).as_posix(): sum(
            bool(WORD.search(line)) for line in path.read_text(encoding="utf-8").splitlines()
        )
        for path in paths
        if path.suffix in KINDS
    }
    return {name: lines for name, lines in found.items() if lines}


def test_notes_touch_few_files_that_are_not_their_own() -> None:
    found = {name: lines for name, lines in named().items() if not OWN.fullmatch(name)}
    known = LISTS.keys() | WRITTEN_BY_A_COMMAND | SEARCH | OTHERWISE
    assert sorted(found) == sorted(known)
    assert {name: found[name] for name in LISTS} == LISTS
    template = 1
    assert len(LISTS) + len(WRITTEN_BY_A_COMMAND) + template <= MOST


def test_each_of_their_own_files_is_there() -> None:
    """Else the pattern of them would hide others."""
    assert sum(bool(OWN.fullmatch(name)) for name in named()) == 14
