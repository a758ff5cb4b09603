"""Tables in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from measure import Run

Cell = str | int | float | None


def said(cell: Cell) -> str:
    """Return a cell as text: numbers with as many digits as mean something."""
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.3f}" if abs(cell) < 1 else f"{cell:.2f}" if abs(cell) < 100 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def show(title: str, rows: Sequence[dict[str, Cell]]) -> None:
    """Print rows as a table whose columns are as wide as they need."""
    print(f"\n{title}")
    if not rows:
        print("  nothing")
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([said(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    for number, line in enumerate(cells):
        padded = [
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  " + "  ".join(padded))
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))


def costs(runs: dict[str, Run], *, ours: str) -> list[dict[str, Cell]]:
    """Return a row for each contender, with its cost as a multiple of ours."""
    base = runs[ours]
    return [
        {
            "": name,
            "CPU s": round(run.cpu_s, 2),
            "x ours": round(run.cpu_s / base.cpu_s, 2),
            "peak MB": round(run.memory_bytes / 1e6),
            "x ours ": round(run.memory_bytes / base.memory_bytes, 2),
            "wall s": round(run.wall_s, 2),
        }
        for name, run in runs.items()
    ]
