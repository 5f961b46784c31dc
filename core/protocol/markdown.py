"""Markdown to HTML that is safe in a page: only text, structure and plain links.

People and models write it as it comes to them. So links need no brackets, a line break is kept, and
what only looks like markup stays as it is: a path of Windows, `\\(x\\)`, a year with a full stop.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from core.protocol.hosts import is_foreign, plain_link
from core.protocol.links import ADDRESS, linked, without_end
from core.protocol.text import balanced, turns, unturned

# Whoever stores HTML stores this with it. Raise it when other HTML is made of the same text.
RENDERER = 3

# A text beyond one of these is shown as it is. The worst one within takes 5 ms.
MAX_CHARACTERS = 8_000
MAX_HTML = 24_000
MAX_LINES = 600
MAX_MARKS = 2_000
MARKS = '[]()<>&*_~`\\"'
# Rows times columns: a short row is filled up to the width of its table.
MAX_CELLS = 1_000
# To clean a tag takes as long as to write it.
MAX_TAGS = 2_000
MAX_DEPTH = 15
# Links whose hosts are not written in ASCII alone. Each takes long to look at.
MAX_FOREIGN_LINKS = 40
TOO_DEEP = re.compile(
    rf"^(?:[ \t]*(?:[>*+-]|\d{{1,9}}[.)])){{{MAX_DEPTH},}}|^[ \t]{{{4 * MAX_DEPTH},}}[*+\-\d>]",
    re.MULTILINE,
)

# Short texts come again: greetings, what a team says often, what all chats are told.
SHORT = 300
LINK_LONGER = len(' target="_blank" rel="noopener noreferrer nofollow"')

TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "del", "code", "pre", "blockquote", "a"),
    *("ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
SCHEMES = {"http", "https", "mailto", "tel"}

# What must not be taken for markup is a character of no language until all is rendered. See
# https://www.unicode.org/faq/private_use.html#noncharacters
_HIDDEN = dict(zip("_*~\\.)<", map(chr, range(0xFDD0, 0xFDD7)), strict=True))
_HIDE = str.maketrans({of: _HIDDEN[of] for of in "_*~\\"})
_FOREIGN = str.maketrans(dict.fromkeys(_HIDDEN.values(), "\ufffd"))
_SHOWN = str.maketrans({sign: "&lt;" if of == "<" else of for of, sign in _HIDDEN.items()})
_PERCENT = {"".join(f"%{byte:02X}" for byte in sign.encode()): of for of, sign in _HIDDEN.items()}
_IN_ADDRESS = re.compile("|".join(_PERCENT))

_PATH = re.compile(r"(?<![\w\\])(?:[A-Za-z]:\\|\\\\[\w.-]+\\)[^\s`|]*")
# Markdown takes any sign after a backslash as it is; people and TeX mean the backslash, too.
_BACKSLASH = re.compile(r"\\(?=[^*_`~#|<>!\\.+\-])")
# A link in angle brackets is the only tag that there is.
_TAG = re.compile(r"<(?!https?://|mailto:|[\w.+-]+@)", re.IGNORECASE)
_NUMBER = re.compile(r"^([ \t>]*)(\d{1,9})([.)])(?=[ \t])", re.MULTILINE)
_IMAGE = re.compile(r'<img src="[^"]*" alt="([^"]*)"(?: title="[^"]*")? />')
# A link that leads nowhere that a page may lead to. Links hold no links.
_DEAD = re.compile(
    rf'<a href="(?!(?:{"|".join(sorted(SCHEMES))}):)[^"]*"(?: title="[^"]*")?>(.*?)</a>',
    re.DOTALL | re.IGNORECASE,
)
_LINK = re.compile(r"<a .*?</a>", re.DOTALL)
_CELL = re.compile(r"<t[dh][^>]*>.*?</t[dh]>", re.DOTALL)
_BREAK = re.compile(r"&lt;br ?/?&gt;", re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})(.*)$")


def html(text: str) -> str | None:
    """The text as sanitised HTML. None if the plain text should be shown instead.

    A text gets no HTML if it is too long or nested too deep, or if its HTML is too long.
    """
    return _short(text) if len(text) <= SHORT else _rendered(text)


@lru_cache(maxsize=512)
def _short(text: str) -> str | None:
    return _rendered(text)


def _rendered(text: str) -> str | None:
    text = balanced(text)
    if not _is_bounded(text):
        return None
    to_html, clean = _tools()
    page = _shown(to_html(_hidden(text)), turns(text))
    if "<img" in page or "<a " in page:
        page = _DEAD.sub(r"\1", _IMAGE.sub(r"\1", page))
    if _BREAK.search(page):
        page = _CELL.sub(_broken, page)
    page = linked(_IN_ADDRESS.sub(lambda found: _PERCENT[found[0]], page))
    if "<a " in page:
        # Nothing in a link's text hides where it leads.
        if sum(map(is_foreign, _LINK.findall(page))) > MAX_FOREIGN_LINKS:
            return None
        page = _LINK.sub(lambda found: plain_link(unturned(found[0])), page)
    # Cleaning takes longer than all the rest, and lengthens each link.
    if page.count("<") > MAX_TAGS or len(page) + page.count("<a ") * LINK_LONGER > MAX_HTML:
        return None
    page = clean(page).strip()
    return page if len(page.encode()) <= MAX_HTML else None


def closed(text: str) -> str:
    """A text that was cut off, so that nothing after it stands inside its last code block."""
    fence: tuple[str, str] | None = None
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if found is None:
            continue
        marks, rest = found[1], found[2]
        if fence is None:
            if "`" not in rest:
                fence = (" " * (len(line) - len(line.lstrip(" \t-+*0123456789.)"))), marks)
        elif marks.startswith(fence[1]) and not rest.strip():
            fence = None
    return text if fence is None else f"{text}\n{fence[0]}{fence[1]}"


def _is_bounded(text: str) -> bool:
    lines = text.split("\n")
    return (
        len(text) <= MAX_CHARACTERS
        and len(lines) <= MAX_LINES
        # A text of fewer characters has fewer of these.
        and (len(text) <= MAX_MARKS or sum(map(text.count, MARKS)) <= MAX_MARKS)
        and ("|" not in text or len(lines) * max(line.count("|") for line in lines) <= MAX_CELLS)
        and TOO_DEEP.search(text) is None
    )


def _hidden(text: str) -> str:
    """The text with what only looks like markup hidden."""
    if not text.isascii():
        text = text.translate(_FOREIGN)
    text = ADDRESS.sub(_whole, text)
    if "\\" in text:
        text = _PATH.sub(lambda found: found[0].translate(_HIDE), text)
        text = _BACKSLASH.sub(_HIDDEN["\\"], text)
    text = _TAG.sub(_HIDDEN["<"], text)
    numbers = {int(found[2]) for found in _NUMBER.finditer(text)}

    def of_list(found: re.Match[str]) -> str:
        """A number begins a list's item when it has a neighbour: otherwise it is a year, a day."""
        number = int(found[2])
        if number < 10 or number - 1 in numbers or number + 1 in numbers:
            return found[0]
        return found[1] + found[2] + _HIDDEN[found[3]]

    return _NUMBER.sub(of_list, text) if numbers else text


def _shown(page: str, most_turns: int) -> str:
    """The HTML with what was hidden. An entity may write a turn that nothing closes."""
    if page.isascii():
        return page
    page = page.translate(_SHOWN)
    return unturned(page) if turns(page) > most_turns else page


def _whole(found: re.Match[str]) -> str:
    """An address whose signs are no emphasis; those at its end may be."""
    address = without_end(found[0])
    return address.translate(_HIDE) + found[0][len(address) :]


def _broken(cell: re.Match[str]) -> str:
    """A cell has no other way to say that a line ends."""
    if "&lt;" not in cell[0]:
        return cell[0]
    if "<code>" not in cell[0]:
        return _BREAK.sub("<br>", cell[0])
    parts = re.split(r"(<code>.*?</code>)", cell[0], flags=re.DOTALL)
    return "".join(p if i % 2 else _BREAK.sub("<br>", p) for i, p in enumerate(parts))


@lru_cache(maxsize=1)
def _tools() -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Imported at first use: most cold starts render no text."""
    import comrak
    import nh3

    extensions, parsing, rendering = (
        comrak.ExtensionOptions(),
        comrak.ParseOptions(),
        comrak.RenderOptions(),
    )
    extensions.table = extensions.strikethrough = extensions.cjk_friendly_emphasis = True
    rendering.hardbreaks = rendering.escape = True
    cleaner = nh3.Cleaner(
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes=SCHEMES,
        url_relative="deny",
    )

    def to_html(text: str) -> str:
        return comrak.render_markdown(text, extensions, parsing, rendering)

    return to_html, cleaner.clean
