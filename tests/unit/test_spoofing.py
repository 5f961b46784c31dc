"""Nothing in a text hides where a link leads, or turns what stands beside it."""

import time

import pytest

from core.protocol.markdown import MAX_CHARACTERS, html
from core.protocol.text import balanced, line, turns

APPLE, ASCII = "аррӏе.com", "xn--80ak6aa92e.com"
RLO, LRI, PDF, PDI = "\u202e", "\u2066", "\u202c", "\u2069"


def text_of(page: str | None) -> str:
    """What is read of the first link."""
    assert page is not None
    return page.split(">", 2)[2].split("</a>")[0]


@pytest.mark.parametrize(
    "written",
    [
        f"http://{APPLE}/x",
        f"<http://{APPLE}>",
        f"<http://{ASCII}>",
        f"http://{ASCII}",
        f"www.{APPLE}",
        f"a@{APPLE}",
        f"[{APPLE}](http://{APPLE})",
        f"[{APPLE}](http://{ASCII})",
        f"[**{APPLE}**](http://{ASCII}:80/)",
        f"[{APPLE.upper()}](http://u:p@{APPLE})",
        "http://gооgle.com",
        "http://αpple.example",
    ],
)
def test_a_host_that_mixes_scripts_is_shown_in_ascii(written: str) -> None:
    shown = text_of(html(written))
    assert shown.isascii() and "xn--" in shown, shown


@pytest.mark.parametrize(
    "host",
    ["bücher.example", "例え.jp", "東京タワー.example", "пример.рф", "مثال.إختبار", "한국.example"],
)
def test_a_host_of_one_script_is_shown_as_it_is_written(host: str) -> None:
    assert host in text_of(html(f"http://{host}/"))


def test_what_a_link_is_called_is_left_alone() -> None:
    assert text_of(html(f"[наш сайт](http://{APPLE})")) == "наш сайт"
    assert text_of(html("[Größe](https://a.example/%C3%BC)")) == "Größe"


@pytest.mark.parametrize(
    "written",
    [f"[a{RLO}b](http://x.example)", f"http://x.example/{RLO}gnp.exe", f'[a](http://x "{RLO}")'],
)
def test_no_link_turns_its_direction(written: str) -> None:
    page = html(written)
    assert page is not None and RLO not in page


def test_what_an_entity_turns_is_not_left_open() -> None:
    page = html(f"&#x202e;abc {LRI}def{PDI}")
    assert page is not None and turns(page) == 0


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (f"a {RLO}b", f"a {RLO}b{PDF}"),
        (f"a {RLO}b\nc", f"a {RLO}b{PDF}\nc"),
        (f"{LRI}a{RLO}b{PDI}", f"{LRI}a{RLO}b{PDF}{PDI}"),
        (f"a{PDF}b{PDI}", "ab"),
        (f"{LRI}a{PDI}", f"{LRI}a{PDI}"),
        (RLO * 100, RLO * 16 + PDF * 16),
    ],
)
def test_a_turn_ends_in_the_line_in_which_it_begins(written: str, kept: str) -> None:
    assert balanced(written) == kept
    assert balanced(kept) == kept
    assert line(written.replace("\n", ""), 200).isascii()


def test_many_foreign_links_cost_little() -> None:
    def seconds(written: str) -> float:
        began = time.process_time()
        html(written[:MAX_CHARACTERS])
        return time.process_time() - began

    plain = "".join(f"[a](http://a{n}.example/) " for n in range(400))
    foreign = "".join(f"[а](http://xn--{n}а.com) " for n in range(400))
    html(plain)
    assert min(seconds(foreign) for _ in range(5)) < 3 * min(seconds(plain) for _ in range(5))
