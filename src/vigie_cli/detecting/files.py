"""Posts out of files for methods that look at whole posts, and what is told of the reading."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from vigie_cli import exits
from vigie_cli.telling import aside, stage
from vigie_cli.values import mapping

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    import pyarrow as pa

    from vigie.collect import Plan, Rejects
    from vigie.intake import Reading
    from vigie.terms.languages import Words

REJECTED = "rejected.ndjson"
REASONS_SHOWN = 5


def add_files(parser: argparse.ArgumentParser, words: Words) -> None:
    """Add which files are read, where results go, and how much is told."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help=words("posts: CSV, XLSX, NDJSON, JSON or Parquet, also .gz or .zst"),
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help=words("folder for the results")
    )
    parser.add_argument("--json", action="store_true", help=words("print a summary for machines"))
    parser.add_argument("--quiet", action="store_true", help=words("tell only errors"))


def given(chosen: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Return the options that the person gave, by name; the method's rule knows the others."""
    return {name: value for name in names if (value := getattr(chosen, name)) is not None}


def reading(chosen: argparse.Namespace) -> Reading:
    """Return how the person wants files to be read."""
    from vigie.intake import Reading

    return Reading(
        mapping=mapping(chosen.map),
        encoding=chosen.encoding,
        time_unit=chosen.time_unit,
        layout=chosen.layout,
    )


def planned_files(chosen: argparse.Namespace) -> list[tuple[Plan, str]]:
    """Return how each file is read, and its SHA-256.

    Raises:
        FileError: one cannot be read as posts.
    """
    from vigie.intake import plan_all
    from vigie.store import digest

    plans = plan_all(chosen.files, reading(chosen))
    return [(plan, digest(path)) for plan, path in zip(plans, chosen.files, strict=True)]


def read_posts(
    chosen: argparse.Namespace,
    folder: Path,
    words: Words,
    *,
    columns: Sequence[str],
    planned: Sequence[tuple[Plan, str]] | None = None,
) -> tuple[pa.Table, dict[str, Any]]:
    """Return the posts of files, and what a manifest says of them: `inputs`, `rows_set_aside`.

    Rows that are set aside are written to `folder`, if there are any.

    Args:
        chosen: which files, and how they are read.
        folder: where rows that are set aside are written.
        words: in which language they are told.
        columns: of the posts.
        planned: what `planned_files` returned, where it was asked already.

    Raises:
        FileError: a file cannot be read as posts, or none holds any.
    """
    import pyarrow as pa

    from vigie.collect import Rejects, read_planned
    from vigie.collect.errors import EmptyFileError
    from vigie.intake import input_told
    from vigie.terms.posts import conform

    aside_file = folder / REJECTED
    with aside_file.open("w", encoding="utf-8") as sink:
        rejects = Rejects(sink, words=words)
        with stage(words("Reading posts"), words, quiet=chosen.quiet) as progress, reasons(rejects, words):
            planned = planned_files(chosen) if planned is None else planned
            batches = read_planned(
                [plan for plan, _ in planned], columns=columns, rejects=rejects, progress=progress
            )
            parts = [conform(pa.Table.from_batches([batch]), columns=tuple(columns)) for batch in batches]
            if not parts:  # a table's head without a row, say
                raise EmptyFileError(path=planned[0][0].path)
    if not rejects.total:
        aside_file.unlink()
    inputs = [input_told(plan, sha256) for plan, sha256 in planned]
    return pa.concat_tables(parts), {"inputs": inputs, "rows_set_aside": rejects.total}


@contextmanager
def reasons(rejects: Rejects, words: Words) -> Iterator[None]:
    """Show why rows were set aside when none was left, since the file that says so is not kept then."""
    from vigie.collect import UNITS, FileError

    try:
        yield
    except FileError:
        for one in rejects.first[:REASONS_SHOWN]:
            place = words(UNITS[one.unit], number=one.number)
            aside(f"{one.path}, {place}: {words(one.reason, **one.facts)} {one.excerpt}")
        raise


def say_rejected(count: int, out: Path, words: Words) -> None:
    """Tell how many rows were set aside, if any were."""
    if count:
        print(
            words.count(
                "{number} row was set aside: {file}",
                "{number} rows were set aside: {file}",
                count,
                file=out / REJECTED,
            )
        )


def end(
    chosen: argparse.Namespace,
    words: Words,
    *,
    summary: Mapping[str, Any],
    read: Mapping[str, Any],
    tell: Callable[[], None],
) -> int:
    """Tell what was found, as the person wants it told, and return the exit status.

    Args:
        chosen: the options of `add_files`.
        words: the person's language.
        summary: what was found, for machines.
        read: what `read_posts` tells of the reading.
        tell: prints what was found, for people.
    """
    if chosen.json:
        told = {**summary, "rows_set_aside": read["rows_set_aside"], "out": str(chosen.out)}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    elif not chosen.quiet:
        say_rejected(read["rows_set_aside"], chosen.out, words)
        tell()
        print(words("Results: {folder}", folder=chosen.out))
    return exits.DONE


def manifest_of(
    method: str,
    *,
    rule: Any,
    posts: int,
    read: Mapping[str, Any],
    seed: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    **more: object,
) -> dict[str, Any]:
    """Return how a run was made, so that it can be made again; no clock and no folder.

    Args:
        method: its name and version.
        rule: its parameters, a dataclass.
        posts: how many it looked at.
        read: what `read_posts` tells of the reading.
        seed: of all chance; None where the method draws no lots.
        parameters: what else decides, or stands in place of a part of the rule.
        more: what the run was made from besides.
    """
    import vigie

    return {
        "method": method,
        "vigie": vigie.__version__,
        "seed": seed,
        "parameters": {**asdict(rule), **(parameters or {})},
        **more,
        "posts": posts,
        **read,
    }


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file whose bytes depend on its content alone."""
    path.write_text(
        json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
