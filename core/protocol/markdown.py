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
MAX_HTML = 100_000
# Each open bracket may be tried as a link to the end of the text.
MAX_BRACKETS = 1_000
CACHED_CHARACTERS = 4_000
# The parser leaves out what lies deeper than `maxNesting`; nothing is to be lost unseen.
MAX_NESTING = 50
DEEPEST = MAX_NESTING - 2

TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "del", "code", "pre", "blockquote", "a"),
    *("ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
SCHEMES = {"http", "https", "mailto"}


def html(text: str) -> str | None:
    """The text as sanitised HTML, or None where it is better shown as it is: when it is too
    long or too deep, or would become too much HTML."""
    if len(text) > MAX_CHARACTERS or text.count("[") > MAX_BRACKETS:
        return None
    return _cached(text) if len(text) <= CACHED_CHARACTERS else _render(text)


@lru_cache(maxsize=1024)
def _cached(text: str) -> str | None:
    return _render(text)


def _render(text: str) -> str | None:
    parser, clean = _tools()
    env: EnvType = {}
    tokens = parser.parse(text, env)
    if any(token.level >= DEEPEST for token in tokens):
        return None
    html = clean(parser.renderer.render(tokens, parser.options, env)).strip()
    return html if len(html) <= MAX_HTML else None


@lru_cache(maxsize=1)
def _tools() -> "tuple[MarkdownIt, Callable[[str], str]]":
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
    return _parser(), cleaner.clean


def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": MAX_NESTING})
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
