"""What the documents name is there: links, headings, files, functions and commands."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import Page, every_page, page
from tests.server import ROOT

PAGES = {one.name: one for one in every_page()}
ROOMS = ("core", "functions", "local", "infra", "tests", "docs", ".ci")
PATH = re.compile(rf"(?:{'|'.join(map(re.escape, ROOMS))})/[\w./-]*")
FILE = re.compile(r"[\w./-]+\.(?:py|sql|js|md|yml|yaml|toml|sh)")
# A file, and after a colon what is in it.
NAMED = re.compile(r"`([\w./-]+\.(?:py|sql|js))`: ((?:`\w+`(?:, | and )?)+)")
# A word that is only a name: with a `_` in it, a capital inside, or in capitals.
NAME = re.compile(r"[A-Za-z]\w*_\w+|[A-Za-z]+[a-z][A-Z]\w*|[A-Z]{3,}")
# Names of other programs.
OTHERS = {"FORWARDED_ALLOW_IPS", "pg_notify", "SET"}
PLANNED = re.compile(r"^\+ (\S+)", re.MULTILINE)


@pytest.fixture(params=PAGES)
def document(request: pytest.FixtureRequest) -> Page:
    return PAGES[request.param]


def missing_links(one: Page) -> list[str]:
    """The links to files and headings of this repository that lead nowhere."""
    missing = []
    for link in one.links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (one.path.parent / path).resolve() if path else one.path
        if not target.exists() or (anchor and anchor not in Page(target).anchors):
            missing.append(link)
    return missing


def test_every_link_is_alive(document: Page) -> None:
    assert not missing_links(document)


def test_a_dead_link_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.docs.pages.ROOT", tmp_path)
    text = "# A b\n[1](#a-b) [2](#c) [3](x.md) ![4](no.png)\n\n<img src='no' alt=''>\n"
    (tmp_path / "page.md").write_text(text.replace("'", '"'))
    assert missing_links(Page(tmp_path / "page.md")) == ["#c", "x.md", "no.png", "no"]


def test_every_page_is_linked() -> None:
    linked = {
        (one.path.parent / link.partition("#")[0]).resolve()
        for one in PAGES.values()
        for link in one.links
    }
    assert not [
        name for name, one in PAGES.items() if one.path not in linked | {ROOT / "README.md"}
    ]


def test_the_readme_is_short() -> None:
    assert len(page("README.md").text.splitlines()) <= 140


def files(name: str) -> list[Path]:
    """The files that a name means: a path, or a name that stands somewhere in the code."""
    if "/" in name:
        return [path for path in [ROOT / name] if path.exists()]
    found = [ROOT / name, *(path for room in ROOMS[:5] for path in (ROOT / room).rglob(name))]
    return [path for path in found if path.is_file() and "node_modules" not in path.parts]


def test_every_file_that_is_named_is_there(document: Page) -> None:
    planned = {name for fence in document.fences for name in PLANNED.findall(fence)}
    changed = [name for fence in document.fences for name in re.findall(r"^~ (\S+)", fence, re.M)]
    named = [code for code in document.codes if PATH.fullmatch(code) or FILE.fullmatch(code)]
    assert not [name for name in {*named, *changed} - planned if not files(name)]


def test_every_function_that_is_named_is_in_its_file(document: Page) -> None:
    missing = [
        f"{file}: {name}"
        for file, names in NAMED.findall(document.text)
        for name in re.findall(r"\w+", names)
        if name != "and" and not any(_has(path, name) for path in files(file))
    ]
    assert not missing


def test_every_name_of_the_code_is_somewhere_in_it(document: Page) -> None:
    named = {code for code in document.codes if NAME.fullmatch(code)} - OTHERS
    assert not [name for name in named if not re.search(rf"\b{name}\b", code_of_the_project())]


@cache
def code_of_the_project() -> str:
    """All of it but the documents and their own tests."""
    kinds = {".py", ".sql", ".js", ".yaml", ".sh"}
    paths = [
        path for room in ROOMS[:5] for path in (ROOT / room).rglob("*") if path.suffix in kinds
    ]
    mine = [path for path in paths if path.parent != Path(__file__).parent]
    texts = [path.read_text(encoding="utf-8") for path in (*mine, ROOT / "docker-compose.yml")]
    return "\n".join(texts)


def _has(path: Path, name: str) -> bool:
    return re.search(rf"\b{name}\b", path.read_text(encoding="utf-8")) is not None


def test_every_command_of_make_is_there(document: Page) -> None:
    lines = [*document.codes, *(line for fence in document.fences for line in fence.splitlines())]
    named = [
        found[1] for line in lines if (found := re.match(r"(?:\w+=\S+ )?make ([a-z-]+)", line))
    ]
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert set(named) <= set(targets)


def test_contributing_names_every_command_of_make() -> None:
    offered = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert offered and {f"make {name}" for name in offered} <= set(page("CONTRIBUTING.md").codes)
