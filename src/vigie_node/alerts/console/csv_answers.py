"""Tables as CSV files that a spreadsheet opens without running anything.

A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection);
numbers of ours stay numbers. UTF-8 with a mark at the start, which Excel needs.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from django.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"


def harmless(value: object) -> object:
    """Return a cell's value so that no spreadsheet runs it."""
    if isinstance(value, str) and value.lstrip(" ").startswith(RUNS):
        return f"'{value}"
    return value


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
