"""Markdown to HTML: what it keeps, what it never lets through, and how long it may take."""

import re
from html.parser import HTMLParser
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.protocol.markdown import MAX_CHARACTERS, MAX_HTML, TAGS, closed, html

REL = 'target="_blank" rel="noopener noreferrer nofollow"'
SAFE_LINK = re.compile(r"(https?:|mailto:|tel:)", re.IGNORECASE)
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
        ("**a** _b_ ~~c~~ `d`", "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code></p>"),
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


def link(address: str, text: str | None = None) -> str:
    return f'<a href="{address}" {REL}>{text or address}</a>'


@pytest.mark.parametrize(
    ("text", "page"),
    [
        # Links need no brackets, and leave the sentence its signs.
        ("See https://a.example/x.", f"See {link('https://a.example/x')}."),
        ("(http://a.example/x_(y))", f"({link('http://a.example/x_(y)')})"),
        ("www.a.example, ok", f"{link('https://www.a.example', 'www.a.example')}, ok"),
        ("https://a.example/__init__/*b*c", link("https://a.example/__init__/*b*c")),
        ("**https://a.example/x.**", f"<strong>{link('https://a.example/x')}.</strong>"),
        ("https://a.example/?b=1&c=2", link("https://a.example/?b=1&amp;c=2")),
        ("请看https://a.example/x。谢谢", f"请看{link('https://a.example/x')}。谢谢"),
        ("Ask a.b@c.example!", f"Ask {link('mailto:a.b@c.example', 'a.b@c.example')}!"),
        ("+49 (151) 123-4567 is", f"{link('tel:+491511234567', '+49 (151) 123-4567')} is"),
        ("`https://a.example` +1 2", "<code>https://a.example</code> +1 2"),
        ("[www.b.example](https://a.example)", link("https://a.example", "www.b.example")),
        # Emphasis stands beside letters that know no spaces.
        ("**「重点」**内容", "<strong>「重点」</strong>内容"),
        ("これは**強調。**です", "これは<strong>強調。</strong>です"),
        # What only looks like markup.
        ("2024. That was it", "2024. That was it"),
        ("30. November", "30. November"),
        (r"C:\new\(x\)\_a\*.txt", r"C:\new\(x\)\_a\*.txt"),
        (r"\\server\share\x_y_z", r"\\server\share\x_y_z"),
        (r"so \(x^2\) and \[y\]", r"so \(x^2\) and \[y\]"),
        (r"a \*star\* and snake\_case", "a *star* and snake_case"),
        ("a <b> c", "a &lt;b&gt; c"),
        ("<b>\nc", "&lt;b&gt;<br>\nc"),
        ("\ufdd0a", "\ufffda"),
    ],
)
def test_it_is_read_as_people_and_models_write_it(text: str, page: str) -> None:
    assert html(text) == f"<p>{page}</p>"


def test_a_number_with_a_neighbour_begins_an_item() -> None:
    assert html("9. a\n10. b") == '<ol start="9">\n<li>a</li>\n<li>b</li>\n</ol>'


def test_a_line_breaks_in_a_cell_and_nowhere_else() -> None:
    page = html("|a|\n|-|\n|b<br>c `<br>`|\n\nd<br>") or ""
    assert "<td>b<br>c <code>&lt;br&gt;</code></td>" in page
    assert "d&lt;br&gt;" in page


@pytest.mark.parametrize(
    "cut",
    [
        "a\n```python\nx",
        "- a\n  ```\n  x",
        "1. a\n   ~~~~\n   ```",
        "> ```\n> x",
        "**a",
        "|a|\n|-|\n|b",
    ],
)
def test_what_is_added_to_a_cut_text_stands_in_a_block_of_its_own(cut: str) -> None:
    page = html(closed(cut) + "\n\nSorry.") or ""
    assert page.endswith("<p>Sorry.</p>")


def test_a_text_that_is_whole_is_left_alone() -> None:
    for text in ("a\n```\nb\n```\nc", "`a", "~~a~~", ""):
        assert closed(text) == text


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
        "[x]: javascript:alert(1)\n\n[x]",
        "<javascript:alert(1)>",
    ],
)
def test_a_link_leads_only_to_the_web_to_mail_or_to_a_phone(text: str) -> None:
    page = html(text)
    assert page is not None
    assert "<a" not in page and "href" not in page


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
        "www.a ",
        "https://a.example/((( ",
        "http://a?x=1&y=2\n",
        "a@b.example ",
        "a@",
        "+1234567 ",
        "+1 ",
        "12. a\n",
        "C:\\",
        "請**a**",
        "***a** b* ",
        "<br>",
    ),
    *("[a](b)", "|" * 50 + "\n", "|-" * 30 + "|\n", "|a|b|\n|-|-|\n|1|2|\n\n", "  - a\n"),
]


@pytest.mark.parametrize("length", [MAX_CHARACTERS, MAX_CHARACTERS // 3, MAX_CHARACTERS // 10])
@pytest.mark.parametrize("unit", UNITS)
def test_hostile_shapes_take_bounded_time_and_room(unit: str, length: int) -> None:
    text = (unit * length)[:length]
    html("warm")
    times = []
    for _ in range(5):
        started = process_time()
        page = html(text)
        times.append(process_time() - started)
    # 5 ms where nothing else runs; a busy machine takes several times as long.
    assert min(times) < 0.025
    assert len(page or "") <= MAX_HTML
