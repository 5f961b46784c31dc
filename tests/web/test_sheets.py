"""The console's sheets become one. So a class that two of them lay out means two things."""

import re
from collections import defaultdict

from functions.routes.pages import WEB, web

RULE = re.compile(r"^([^\s@}][^{}]*)\{", re.M)
CLASS = re.compile(r"\.[\w-]+")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
# What changes with the size of the page or the reader's wishes stands in a sheet of its own.
CONDITIONS = "conditions.css"
CONSOLE = WEB / "console"


def test_the_console_gets_each_of_its_sheets_once() -> None:
    served = web.files["console/app.css"].content
    for sheet in CONSOLE.rglob("*.css"):
        own = web.files[sheet.relative_to(WEB).as_posix()].content
        assert own and served.count(own) == 1, sheet.name
    assert served.endswith(web.files[f"console/{CONDITIONS}"].content)


def test_each_class_is_laid_out_by_one_sheet() -> None:
    sheets = defaultdict(set)
    for sheet in CONSOLE.rglob("*.css"):
        for rule in RULE.findall(COMMENT.sub("", sheet.read_text(encoding="utf-8"))):
            for selector in map(str.strip, rule.split(",")):
                if sheet.name != CONDITIONS and CLASS.fullmatch(selector):
                    sheets[selector].add(sheet.name)
    assert len(sheets) > 50
    assert {name: found for name, found in sheets.items() if len(found) > 1} == {}
