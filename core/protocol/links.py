"""Links that nobody marked as such: addresses of the web, of mail, and phone numbers."""

import html
import re
from itertools import islice

# What ends an address where words have no spaces between them, and what quotes it.
ENDS = r"\s<>\"`，。、；：！？（）【】「」『』《》〈〉“”„»«…"
# Each part is bounded: no text may take longer than its length.
WEB = rf"(?:https?://|www\.(?=[\w-]))[^{ENDS}]{{1,2000}}"
MAIL = r"[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,63}"
PHONE = r"\+\d[\d ()/.-]{6,22}\d"
DIGITS = range(7, 16)
LINK = re.compile(
    rf"(?P<web>(?<![\w@/]){WEB}|(?<=[^\x00-\x7f]){WEB})|(?<![\w.+%-])(?P<mail>{MAIL})"
    rf"|(?<![\w+/])(?P<phone>{PHONE})(?!\w)",
    re.IGNORECASE,
)
ADDRESS = re.compile(WEB, re.IGNORECASE)
TAG = re.compile(r"(<[^>]*>)")
# More of them stay texts.
MAX_LINKS = 100
SIGN = re.compile(r"://|www\.|[@+]")
# Inside these, a text stands for itself.
OPENING, CLOSING = ("<a ", "<code", "<pre"), ("</a", "</code", "</pre")


def without_end(address: str) -> str:
    """Without what belongs to the sentence: its full stop, and brackets that it does not open."""
    while address:
        last = address[-1]
        if last in "?!.,:;*_~'|" or (
            last in ")]}" and address.count(last) > address.count("([{"[")]}".index(last)])
        ):
            address = address[:-1]
        else:
            break
    return address


def linked(page: str) -> str:
    """HTML with links around what is found in its texts."""
    if not SIGN.search(page):
        return page
    closed, left = 0, MAX_LINKS
    parts = TAG.split(page)
    for index, part in enumerate(parts):
        if index % 2:
            closed += part.startswith(OPENING) - part.startswith(CLOSING)
        elif left > 0 and not closed and SIGN.search(part):
            pieces = _pieces(html.unescape(part), left)
            left -= len(pieces) // 2
            parts[index] = "".join(pieces)
    return "".join(parts)


def _pieces(text: str, at_most: int) -> list[str]:
    """The text as HTML; each second piece is a link."""
    pieces: list[str] = []
    done = 0
    for found in islice(LINK.finditer(text), at_most):
        kind, shown = found.lastgroup, found[0]
        if kind == "web":
            shown = without_end(shown)
        elif kind == "phone":
            # A lone digit belongs to the sentence.
            shown = re.sub(r"(?:[ ()/.-]+\d)+$", "", shown)
            if len(re.sub(r"\D", "", shown)) not in DIGITS:
                continue
        pieces += (_escape(text[done : found.start()]), _link(shown, str(kind)))
        done = found.start() + len(shown)
    return [*pieces, _escape(text[done:])]


def _link(shown: str, kind: str) -> str:
    if kind == "mail":
        leads = f"mailto:{shown}"
    elif kind == "phone":
        leads = "tel:+" + re.sub(r"\D", "", shown)
    else:
        leads = shown if "://" in shown else f"https://{shown}"
    return f'<a href="{_escape(leads)}">{_escape(shown)}</a>'


def _escape(text: str) -> str:
    return html.escape(text, quote=True)
