"""Hosts of links as people may read them: one that mixes scripts is shown in ASCII.

A Cyrillic word before `.com` looks like a Latin one.
https://www.unicode.org/reports/tr39/#Restriction_Level_Detection
"""

import html
import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

# Beside Latin letters these look like no others.
EAST_ASIAN = {"CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL", "IDEOGRAPHIC"}
PREFIX = "xn--"
MAX_HOST = 253
_SCRIPT = re.compile(r"[A-Z]+")
_AUTHORITY = re.compile(r"(?:https?://|mailto:)([^/?#]*)", re.IGNORECASE)
_HOST = re.compile(r'<a href="(?:https?://|mailto:)([^/?#"]*)', re.IGNORECASE)
_HREF = re.compile(r'<a href="([^"]*)"')


def is_foreign(link: str) -> bool:
    """Whether the host of a link's HTML has letters that are not ASCII, or stands for some."""
    found = _HOST.match(link)
    return found is not None and (
        not found[1].isascii() or "%" in found[1] or PREFIX in found[1].lower()
    )


def plain_link(link: str) -> str:
    """A link's HTML, in which a host that mixes scripts is written in ASCII."""
    found = _HREF.match(link)
    if found is None or not is_foreign(link):
        return link
    host = _host(html.unescape(found[1]))
    shown = _decoded(host)
    if not _mixes_scripts(shown):
        return link
    start, text = link[: found.end()], link[found.end() :]
    return start + re.sub(re.escape(html.escape(shown)), encoded(host), text, flags=re.IGNORECASE)


def encoded(host: str) -> str:
    """A host in ASCII."""
    labels = unicodedata.normalize("NFKC", host).lower().split(".")
    return ".".join(
        one if one.isascii() else PREFIX + one.encode("punycode").decode() for one in labels
    )


@lru_cache(maxsize=1024)
def _decoded(host: str) -> str:
    return ".".join(map(_decoded_label, host.split(".")))


def _decoded_label(label: str) -> str:
    if not label.lower().startswith(PREFIX):
        return label
    try:
        return label[len(PREFIX) :].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _host(address: str) -> str:
    found = _AUTHORITY.match(address)
    host = unquote(found[1]).rpartition("@")[2].partition(":")[0] if found else ""
    return host if len(host) <= MAX_HOST else ""


@lru_cache(maxsize=1024)
def _mixes_scripts(host: str) -> bool:
    scripts = {_script(one) for one in host if unicodedata.category(one).startswith("L")}
    if scripts <= EAST_ASIAN | {"LATIN"}:
        return False
    return len(scripts) > 1


def _script(letter: str) -> str:
    found = _SCRIPT.match(unicodedata.name(letter, ""))
    return found[0] if found else ""
