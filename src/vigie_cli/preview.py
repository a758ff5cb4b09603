"""`vigie preview`: what a file would be read as, before the long work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.signs import shown
from vigie_cli import exits
from vigie_cli.values import add_reading, mapping, whole_number

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.collect import Preview
    from vigie.terms.languages import Message, Words

CELL_MAX = 60  # characters


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    about = words("show how a file would be read: its columns, what they are taken for, its first posts")
    own = commands.add_parser("preview", parents=[common], help=about, description=about, allow_abbrev=False)
    own.add_argument(
        "file", type=Path, metavar="FILE", help=words("CSV, XLSX, NDJSON, JSON or Parquet, also .gz or .zst")
    )
    own.add_argument(
        "--rows", type=whole_number, default=5, help=words("how many posts to show (default: 5)")
    )
    add_reading(own, words)
    own.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Show the file as it is understood."""
    from vigie.collect import preview

    seen = preview(
        chosen.file,
        mapping=mapping(chosen.map),
        encoding=chosen.encoding,
        time_unit=chosen.time_unit,
        layout=chosen.layout,
        rows=chosen.rows,
    )
    _show(seen, words)
    return exits.DONE


def _show(seen: Preview, words: Words) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from vigie.collect import DECISIONS

    console = Console(highlight=False, markup=False)
    packed = f" ({seen.compression})" if seen.compression else ""
    console.print(words("Format: {format}", format=f"{seen.format}{packed}"))
    console.print(read_as(seen.title, seen.sure, words))
    columns = Table(words("column of the file"), words("read as"), words("decided"))
    for column in seen.columns:
        unit = seen.time_units.get(column.target or "")
        target = (column.target or words("not read")) + (f" ({unit})" if unit else "")
        decided = words(DECISIONS[column.decided]) if column.decided else ""
        columns.add_row(*(Text(_plain(cell)) for cell in (column.source, target, decided)))
    if seen.columns:
        console.print(columns)
    posts = Table(*seen.posts.schema.names, title=words("First posts"), title_justify="left")
    for row in seen.posts.to_pylist():
        posts.add_row(*(Text(_plain("" if value is None else str(value))) for value in row.values()))
    console.print(posts)


def read_as(title: Message | str, sure: float, words: Words) -> str:
    """Return what a file was taken for, and how sure that is."""
    return words("Read as: {title}, sure: {percent} %", title=title, percent=round(100 * sure))


def _plain(text: str) -> str:
    """Return text that cannot command a terminal, cut to a cell."""
    return shown(text if len(text) <= CELL_MAX else text[: CELL_MAX - 1] + "…")
