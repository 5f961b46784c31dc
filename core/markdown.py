"""Markdown to HTML that is safe to put into a page: nothing but text, structure and plain links."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

MAX_CHARACTERS = 20_000
CACHED_CHARACTERS = 4_000

TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "del", "code", "pre", "blockquote", "a"),
    *("ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
SCHEMES = {"http", "https", "mailto"}


def html(text: str) -> str | None:
    """The text as sanitised HTML, or None where it is better shown as it is: too long, or of a
    shape that would take too long to read."""
    if len(text) > MAX_CHARACTERS:
        return None
    return _cached(text) if len(text) <= CACHED_CHARACTERS else _render(text)


@lru_cache(maxsize=1024)
def _cached(text: str) -> str | None:
    return _render(text)


def _render(text: str) -> str | None:
    render, clean = _tools()
    return clean(render(text)).strip()


@lru_cache(maxsize=1)
def _tools() -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Imported at first use: most cold starts never show a text."""
    import nh3

    cleaner = nh3.Cleaner(
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes=SCHEMES,
        url_relative="deny",
    )
    return _parser().render, cleaner.clean


def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 100})
    parser.enable(["table", "strikethrough"])
    parser.add_render_rule("image", _described)
    return parser


def _described(
    renderer: "RendererHTML",
    tokens: "Sequence[Token]",
    index: int,
    options: "OptionsDict",
    env: "EnvType",
) -> str:
    """An image's description in its place: loading one would tell a stranger who reads the chat."""
    from markdown_it.common.utils import escapeHtml

    return escapeHtml(renderer.renderInlineAsText(tokens[index].children, options, env))
