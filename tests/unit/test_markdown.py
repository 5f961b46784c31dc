"""Markdown to HTML: what it keeps, what it never lets through, and how long it may take."""

import re
from html.parser import HTMLParser
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.protocol.markdown import MAX_CHARACTERS, MAX_HTML, TAGS, html

REL = 'target="_blank" rel="noopener noreferrer nofollow"'
SAFE_LINK = re.compile(r"(https?:|mailto:)", re.IGNORECASE)
FRAGMENTS = """
<script> </p> <img/src=x/onerror=alert(1)> <a/href=' '> " javascript: data:text/html, //evil.example
http://x <http://a &#x6a; &lt; [a]( ) ]( ![ ` ``` > - | |-| * _ ~~ 🙋
"""
PARTS = [*FRAGMENTS.split(), " ", "\n", "\n\n", "\t", "\0"]
HOSTILE = st.lists(st.sampled_from(PARTS) | st.text(max_size=8), max_size=60).map("".join)


class Seen(HTMLParser):
    """The tags and attributes of a page, as a browser would find them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("Hi", "<p>Hi</p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("**a** _b_ ~~c~~ `d`", "<p><strong>a</strong> <em>b</em> <s>c</s> <code>d</code></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("```py\nif a < b:\n```", "<pre><code>if a &lt; b:\n</code></pre>"),
        ("# A\n\n---", "<h1>A</h1>\n<hr>"),
        ("[tea](https://tea.example)", f'<p><a href="https://tea.example" {REL}>tea</a></p>'),
        (
            "<mailto:a@b.example>",
            f'<p><a href="mailto:a@b.example" {REL}>mailto:a@b.example</a></p>',
        ),
        ("Grüße 👩‍👩‍👧‍👦 日本語", "<p>Grüße 👩‍👩‍👧‍👦 日本語</p>"),
        ("", ""),
    ],
)
def test_markdown_becomes_html(text: str, page: str) -> None:
    assert html(text) == page


def test_a_table_keeps_its_cells() -> None:
    page = html("|a|b|\n|-|:-:|\n|1|2|")
    assert page
    assert [tag for tag, _ in Seen(page).tags].count("td") == 2
    assert "style" not in page


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](vbscript:x)",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](file:///etc/passwd)",
        "[x](/manager)",
        "[x](//evil.example)",
        "[x](tel:1)",
        "[x]: javascript:alert(1)\n\n[x]",
        "<javascript:alert(1)>",
    ],
)
def test_a_link_leads_only_to_the_web_or_to_mail(text: str) -> None:
    page = html(text)
    assert page is not None
    assert "href" not in page


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<b onclick=x>b</b>",
        "<!-- x -->",
    ],
)
def test_raw_html_is_shown_as_text(text: str) -> None:
    page = html(f"a {text}")
    assert page
    assert [tag for tag, _ in Seen(page).tags] == ["p"]
    assert "&lt;" in page


def test_an_image_is_its_description() -> None:
    assert html("![our *shop* <b>](https://spy.example/pixel.png)") == "<p>our shop &lt;b&gt;</p>"


@given(HOSTILE)
def test_whatever_comes_only_plain_structure_and_safe_links_leave(text: str) -> None:
    page = html(text)
    assert page is not None
    for tag, attributes in Seen(page).tags:
        assert tag in TAGS
        assert attributes.keys() <= {"href", "title", "start", "target", "rel"}
        if "href" in attributes:
            assert SAFE_LINK.match(attributes["href"] or "")


@pytest.mark.parametrize(
    "text",
    [
        "x" * (MAX_CHARACTERS + 1),
        "a line\n" * 10_000,
        "[" * MAX_CHARACTERS,
        "> " * 60 + "deep",
        "\n".join("  " * depth + "- a" for depth in range(40)),
        "|a|b|\n|-|-|\n" + "|\n" * 9_000,
    ],
    ids=["long", "lines", "brackets", "quotes", "lists", "table"],
)
def test_what_would_cost_too_much_or_lose_words_is_not_rendered(text: str) -> None:
    assert html(text) is None


UNITS = [
    *(
        "*a **b ",
        "_*",
        "`",
        "`a",
        "<",
        "<a ",
        "&#1;",
        "\\",
        "~~a",
        "> ",
        "- ",
        "1. ",
        "> - ",
        "a\n",
    ),
    *(
        "|a",
        "```\n",
        "# a\n",
        "[a]: b\n",
        "    a\n",
        "\t",
        "http://a ",
        "<b>",
        "a\n=\n",
        "> a\nb\n",
    ),
]


@pytest.mark.parametrize("unit", UNITS)
def test_hostile_shapes_take_bounded_time_and_room(unit: str) -> None:
    text = (unit * MAX_CHARACTERS)[:MAX_CHARACTERS]
    started = process_time()
    page = html(text)
    assert process_time() - started < 2
    assert len(page or "") <= MAX_HTML
