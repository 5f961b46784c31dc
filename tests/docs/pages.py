"""The project's documents, read as markdown: headings, links, tables, and what stands in code."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.server import ROOT

TOP = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")

Row = list[str]


class Page:
    """One document. `tables` are the rows below each heading, each cell as it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.relative_to(ROOT).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self._tokens = MarkdownIt("commonmark").enable("table").parse(self.text)

    @cached_property
    def anchors(self) -> list[str]:
        """Where `#…` may lead, as GitHub names it."""
        found: list[str] = []
        for title in self._headings():
            name = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            times = sum(
                re.fullmatch(rf"{re.escape(name)}(-\d+)?", one) is not None for one in found
            )
            found.append(f"{name}-{times}" if times else name)
        return found

    @cached_property
    def links(self) -> list[str]:
        """Where links lead, and where pictures are."""
        found = [
            str(token.attrs.get("href") or token.attrs.get("src"))
            for token in self._inline()
            if token.type in ("link_open", "image")
        ]
        written = (one.content for one in self._tokens if one.type == "html_block")
        raw = [*written, *(one.content for one in self._inline() if one.type == "html_inline")]
        return [
            *found,
            *(link for one in raw for link in re.findall(r'(?:src|href)="([^"]+)"', one)),
        ]

    @cached_property
    def codes(self) -> list[str]:
        """What stands between backticks within a sentence."""
        return [token.content for token in self._inline() if token.type == "code_inline"]

    @cached_property
    def fences(self) -> list[str]:
        """The blocks of code."""
        return [token.content for token in self._tokens if token.type == "fence"]

    @cached_property
    def tables(self) -> dict[str, list[Row]]:
        """The rows of the tables below each heading, without their heads."""
        found: dict[str, list[Row]] = {}
        heading, in_body = "", False
        for before, token in zip([None, *self._tokens], self._tokens, strict=False):
            if before is not None and before.type == "heading_open":
                heading = token.content
            elif token.type in ("tbody_open", "tbody_close"):
                in_body = token.type == "tbody_open"
            elif in_body and token.type == "tr_open":
                found.setdefault(heading, []).append([])
            elif in_body and token.type == "inline":
                found[heading][-1].append(token.content)
        return found

    def _headings(self) -> Iterator[str]:
        for before, token in zip(self._tokens, self._tokens[1:], strict=False):
            if before.type == "heading_open":
                yield token.content

    def _inline(self) -> Iterator[Token]:
        for token in self._tokens:
            yield from token.children or ()


def every_page() -> list[Page]:
    """The documents at the top, and all of `docs/`."""
    paths = [*(ROOT / name for name in TOP), *sorted((ROOT / "docs").rglob("*.md"))]
    return [Page(path) for path in paths]


def page(name: str) -> Page:
    return Page(ROOT / name)


def coded(cell: str) -> list[str]:
    """What stands between backticks in a cell."""
    return re.findall(r"`([^`]*)`", cell)
