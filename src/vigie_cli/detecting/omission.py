"""`vigie detect omission`: events that outlets would be expected to report, and that were not found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import BadOptionError, VigieError
from vigie.terms.languages import say
from vigie_cli.detecting.bursts import GapsFileError
from vigie_cli.detecting.files import REJECTED, add_files, end, given, manifest_of, read_posts, write_json
from vigie_cli.detecting.saying import figure
from vigie_cli.telling import stage
from vigie_cli.values import add_reading, whole_number, windows_ms

if TYPE_CHECKING:
    import argparse
    from typing import Any

    import pyarrow as pa

    from vigie.detect.omission import Detection, Event, Rule
    from vigie.terms.languages import Words

CELLS, EVENTS, GAPS = "cells.parquet", "events.parquet", "gaps.parquet"
FINDINGS, MANIFEST = "omission.json", "manifest.json"
FILES = (CELLS, EVENTS, GAPS, FINDINGS, MANIFEST, REJECTED)
BYS = ("author", "channel", "domain")
GROUPS = ("event", "narrative", "family", "group")
SHOWN = 10
TOLD = {"not_found": say("not found in our collection"), "fewer": say("fewer than expected")}


class OutletsFileError(VigieError):
    """The list of outlets cannot be read."""

    code = "file.outlets"
    sentence = say("The list of outlets “{path}” cannot be used: {reason}.")
    remedy = say("Give a text file in UTF-8 with one outlet a line, as it is named in the posts.")


class GroupsFileError(VigieError):
    """The table that says which post belongs to which event cannot be read."""

    code = "file.groups"
    sentence = say("The table of events “{path}” cannot be used: {reason}.")
    remedy = say("Give a Parquet file with post_id and one of event, narrative, family or group.")


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the method."""
    about = words("compare which outlets reported which events with what their size and language make likely")
    parser = methods.add_parser(
        "omission",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds cells.parquet (outlets by events), events.parquet, gaps.parquet, omission.json "
            "and manifest.json, and rejected.ndjson when rows were set aside. “Not found in our collection” "
            "is all that is said, never that an outlet hid a fact."
        ),
    )
    add_files(parser, words)
    _add_what(parser, words)
    _add_method(parser, words)
    add_reading(parser, words)
    parser.set_defaults(run=run)


def _add_what(parser: argparse.ArgumentParser, words: Words) -> None:
    group = parser.add_argument_group(words("events and outlets"))
    what = group.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--events",
        type=Path,
        metavar="FILE",
        help=words("TOML of events: id, terms by language, perhaps from and until"),
    )
    what.add_argument(
        "--members",
        type=Path,
        metavar="FILE",
        help=words("Parquet of post_id and event, narrative, family or group: each is an event"),
    )
    group.add_argument(
        "--outlets",
        type=Path,
        metavar="FILE",
        help=words("outlets, one a line (default: the largest publishers)"),
    )
    group.add_argument(
        "--outlets-by",
        choices=BYS,
        default="author",
        help=words("what an outlet is: account, channel or site (default: author)"),
    )
    group.add_argument(
        "--gaps",
        type=Path,
        metavar="FILE",
        help=words("CSV of when nothing was collected: from,until, perhaps outlet"),
    )


def _add_method(parser: argparse.ArgumentParser, words: Words) -> None:
    group = parser.add_argument_group(words("method"))
    group.add_argument("--fdr", type=float, help=words("largest part of false findings (default: 0.05)"))
    group.add_argument("--slot", default="1d", help=words("length of a slot of time (default: 1d)"))
    group.add_argument(
        "--outlets-max",
        type=whole_number,
        help=words("most outlets compared where none are named (default: 100)"),
    )
    group.add_argument(
        "--permutations",
        type=whole_number,
        help=words("shuffled copies that show what chance gives (default: 20)"),
    )
    group.add_argument("--seed", type=whole_number, default=0, help=words("of all chance (default: 0)"))


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """What was asked, checked before the long work."""

    rule: Rule
    events: tuple[Event, ...]
    members: pa.Table | None
    outlets: tuple[str, ...] | None
    gaps: tuple[tuple[str, int, int], ...]


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Compare, write, and say what was not found."""
    from vigie.detect.omission import COLUMNS, detect, languages_asked, matched
    from vigie.store import whole_folder, write_table

    asked = _asked(chosen)
    with whole_folder(chosen.out, names=FILES, mark=MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=(*COLUMNS, "title", "body"))
        with stage(words("Comparing outlets and events"), words, quiet=chosen.quiet) as progress:
            events = asked.members if asked.members is not None else matched(posts, asked.events)
            found = detect(
                posts,
                events,
                rule=asked.rule,
                outlets=asked.outlets,
                asked=languages_asked(asked.events),
                not_collected=asked.gaps,
                seed=chosen.seed,
                progress=progress,
            )
        write_table(found.cells, folder / CELLS)
        write_table(found.events, folder / EVENTS)
        write_table(found.gaps, folder / GAPS)
        write_json(
            folder / FINDINGS, {**summary(found), "events": found.events.to_pylist(), "told": _told(found)}
        )
        write_json(folder / MANIFEST, _manifest(chosen, asked, read, posts.num_rows))
    return end(chosen, words, summary=summary(found), read=read, tell=lambda: _say(found, words))


def _asked(chosen: argparse.Namespace) -> _Chosen:
    from vigie.detect.omission import Rule

    slots = windows_ms(chosen.slot)
    if len(slots) != 1:
        raise BadOptionError(option="--slot", value=chosen.slot, expected=say("one time, such as 1h"))
    return _Chosen(
        rule=Rule(
            **given(chosen, "fdr", "outlets_max", "permutations"),
            by=chosen.outlets_by,
            slot_ms=slots[0],
        ),
        events=_events(chosen.events) if chosen.events else (),
        members=_members(chosen.members) if chosen.members else None,
        outlets=_outlets(chosen.outlets) if chosen.outlets else None,
        gaps=_gaps(chosen.gaps) if chosen.gaps else (),
    )


def _events(path: Path) -> tuple[Event, ...]:
    from vigie.detect.omission import read_events
    from vigie.detect.omission.events import FILE_BYTES_MAX, TOO_LARGE, EventsFileError

    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise EventsFileError(path=path, reason=error.strerror) from error
    if len(raw) > FILE_BYTES_MAX:
        raise EventsFileError(path=path, reason=TOO_LARGE)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EventsFileError(path=path, reason=say("it is no text in UTF-8")) from error
    return read_events(text, path=str(path))


def _members(path: Path) -> pa.Table:
    """Return which post belongs to which event, by the first column that says so.

    Raises:
        GroupsFileError: it is no such table.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise GroupsFileError(path=path, reason=say("it is no Parquet file")) from error
    named = [name for name in GROUPS if name in table.column_names]
    if "post_id" not in table.column_names or not named:
        raise GroupsFileError(path=path, reason=say("it lacks a column"))
    columns = [table["post_id"].cast(pa.string()), table[named[0]].cast(pa.string())]
    return pa.table(columns, names=["post_id", "event"])


def _outlets(path: Path) -> tuple[str, ...]:
    """Return the outlets of a list.

    Raises:
        OutletsFileError: it is no such list.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise OutletsFileError(path=path, reason=error.strerror) from error
    except UnicodeDecodeError as error:
        raise OutletsFileError(path=path, reason=say("it is no text in UTF-8")) from error
    names = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not names:
        raise OutletsFileError(path=path, reason=say("it is empty"))
    return names


def _gaps(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Return the gaps in a CSV of `from,until`, perhaps `outlet`: empty for all.

    Raises:
        GapsFileError: it is no such file.
    """
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {"from", "until"} <= set(rows.fieldnames or ()):
                raise GapsFileError(path=path, reason=say("it has no columns “from” and “until”"))
            return tuple(
                (row.get("outlet") or "", _ms(row["from"] or ""), _ms(row["until"] or "")) for row in rows
            )
    except OSError as error:
        raise GapsFileError(path=path, reason=error.strerror) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise GapsFileError(path=path, reason=say("it is no CSV file in UTF-8")) from error
    except ValueError as error:
        raise GapsFileError(path=path, reason=say("one of its times cannot be read")) from error


def _ms(text: str) -> int:
    at = datetime.fromisoformat(text.strip())
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _manifest(chosen: argparse.Namespace, asked: _Chosen, read: dict[str, Any], posts: int) -> dict[str, Any]:
    from vigie.detect.omission import METHOD
    from vigie.store import digest

    parameters = {
        "events": [asdict(event) for event in asked.events],
        "members_sha256": digest(chosen.members) if chosen.members else None,
        "outlets": list(asked.outlets) if asked.outlets is not None else None,
        "gaps": [list(gap) for gap in asked.gaps],
    }
    return manifest_of(
        METHOD, rule=asked.rule, posts=posts, read=read, seed=chosen.seed, parameters=parameters
    )


def summary(found: Detection) -> dict[str, Any]:
    """Return what was found, for machines."""
    from vigie.detect.omission import METHOD
    from vigie.detect.omission.tables import state_counts

    return {
        "method": METHOD,
        "outlets": found.outlet_count,
        "outlets_absent": list(found.absent),
        "posts_of_outlets": found.post_count,
        "events_compared": found.events.num_rows,
        "cells_judged": found.judged_count,
        "cells": state_counts(found.cells),
        "cells_by_chance": found.by_chance,
        "gaps": found.gaps.num_rows,
    }


def _told(found: Detection) -> list[dict[str, Any]]:
    """Return the cells that are told, the most posts missing first."""
    cells = [cell for cell in found.cells.to_pylist() if cell["state"] in TOLD]
    return sorted(
        cells, key=lambda cell: (cell["observed"] - cell["expected"], cell["event"], cell["outlet"])
    )


def _say(found: Detection, words: Words) -> None:
    print(
        words(
            "Compared: {outlets} outlets with {posts} posts; events that enough of them reported: {events}.",
            outlets=found.outlet_count,
            posts=found.post_count,
            events=found.events.num_rows,
        )
    )
    if found.absent:
        print(words("Nothing was collected of: {outlets}.", outlets=", ".join(found.absent)))
    print(
        words.count(
            "Judged: {number} pair of outlet and event; of the others nothing can be said.",
            "Judged: {number} pairs of outlet and event; of the others nothing can be said.",
            found.judged_count,
        )
    )
    told = _told(found)
    by_chance = "–" if found.by_chance is None else figure(found.by_chance, words)
    print(
        words.count(
            "Not found in our collection, or hardly: {number}; in shuffled copies {by_chance} on average.",
            "Not found in our collection, or hardly: {number}; in shuffled copies {by_chance} on average.",
            len(told),
            by_chance=by_chance,
        )
    )
    for cell in told[:SHOWN]:
        print(f"  {_line(cell, words)}")


def _line(cell: dict[str, Any], words: Words) -> str:
    return words(
        "{event}  {outlet}: {state}; {observed} posts where {expected} were expected",
        event=cell["event"],
        outlet=cell["outlet"],
        state=TOLD[cell["state"]],
        observed=cell["observed"],
        expected=figure(round(cell["expected"]), words),
    )
