"""Canned replies out of a CSV file, as other products and spreadsheets write it."""

import csv
import io
from collections.abc import Iterator, Sequence

# What the two columns are called elsewhere.
SHORTCUTS = ("shortcut", "short_code", "shortcode", "name", "title", "kürzel")
TEXTS = ("text", "content", "message", "body", "nachricht")
MARKS = ",;\t"


def rows(content: str) -> Iterator[tuple[int, str, str]]:
    """Each reply with the number of its line. Raises nothing: what is missing is empty.

    Where a first line names its columns they may stand anywhere; else they are the first two.
    """
    content = content.lstrip("\ufeff")
    head = content.split("\n", 1)[0]
    mark = max(MARKS, key=head.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=mark)
    places = (0, 1)
    for n, cells in enumerate(reader):
        if n == 0 and (named := _places(cells)):
            places = named
        elif any(cell.strip() for cell in cells):
            first, second = (cells[at].strip() if at < len(cells) else "" for at in places)
            yield reader.line_num, first, second


def _places(cells: Sequence[str]) -> tuple[int, int] | None:
    names = [cell.strip().lower() for cell in cells]
    found = [next((n for n, x in enumerate(names) if x in of), -1) for of in (SHORTCUTS, TEXTS)]
    return (found[0], found[1]) if min(found) >= 0 else None
