"""Tables as CSV files that a spreadsheet opens without running anything.

What a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection), also where
another program would begin a cell: after a semicolon, a tab or a new line. Numbers of ours stay numbers.
UTF-8 with a mark at the start, which Excel needs.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from django.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FORMULA = re.compile(
    r"(^|[;\t\r\n])"  # where a cell begins, for whoever cuts there
    r"(?=[\s\ufeff\u200b\u2060]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n])"  # the wide signs count as the narrow
)
BYTE_ORDER_MARK = "\ufeff"


def harmless(value: object) -> object:
    """Return a cell's value so that no spreadsheet runs it."""
    return FORMULA.sub(r"\1'", value) if isinstance(value, str) else value


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return a table as a file to keep.

    Args:
        name: the file's name without its ending; letters, digits and hyphens only.
        columns: their names, the same in both languages, units last.
        rows: plain values.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([harmless(value) for value in row] for row in rows)
    response = HttpResponse(BYTE_ORDER_MARK + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
