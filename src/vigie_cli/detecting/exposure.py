"""`vigie detect exposure`: indicators of a state that does not show itself, for an analyst to weigh."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_cli.detecting.files import REJECTED, add_files, end, given, manifest_of, read_posts, write_json
from vigie_cli.telling import aside, stage
from vigie_cli.values import add_reading, whole_number

if TYPE_CHECKING:
    import argparse
    from typing import Any

    import pyarrow as pa

    from vigie.detect.exposure import Detection, Rule
    from vigie.terms.languages import Words

CHANNELS, EVIDENCE, NUMBERS = "channels.parquet", "evidence.parquet", "numbers.parquet"
FINDINGS, MANIFEST = "exposure.json", "manifest.json"
FILES = (CHANNELS, EVIDENCE, NUMBERS, FINDINGS, MANIFEST, REJECTED)
SHOWN = 10
KINDS = ("domain", "account")
NEEDED = {"identifier", "kind", "tier", "source_url"}


class RegisterFileError(VigieError):
    """The register of outlets cannot be read."""

    code = "file.register"
    sentence = say("The register “{path}” cannot be used: {reason}.")
    remedy = say(
        "Give a CSV file in UTF-8 whose first line is: "
        "identifier,kind,tier,state,name,criterion,source_url,source_date."
    )


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the method."""
    about = words("gather what may point to a state that does not show itself, for an analyst to weigh")
    parser = methods.add_parser(
        "exposure",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds channels.parquet, evidence.parquet, numbers.parquet, exposure.json and "
            "manifest.json, and rejected.ndjson when rows were set aside. Nothing that a list or a page "
            "names is opened. The register decides tiers; the method decides none."
        ),
    )
    add_files(parser, words)
    group = parser.add_argument_group(words("what to compare with"))
    group.add_argument(
        "--register",
        type=Path,
        metavar="FILE",
        help=words("CSV of outlets: identifier,kind,tier,state,name,criterion,source_url,source_date"),
    )
    group.add_argument(
        "--watch-list",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help=words("a watch-list of known operations: STIX, CSV …; may be repeated"),
    )
    group.add_argument(
        "--captures",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help=words("captured pages: WACZ, WARC or HTML, or a folder of them; may be repeated"),
    )
    group = parser.add_argument_group(words("method"))
    group.add_argument("--fdr", type=float, help=words("largest part of false indicators (default: 0.01)"))
    group.add_argument(
        "--count-min",
        type=whole_number,
        help=words("fewest texts, links or accounts of an indicator (default: 3)"),
    )
    group.add_argument(
        "--lag-days-max",
        type=whole_number,
        help=words("days after an outlet in which a text counts as taken from it (default: 7)"),
    )
    group.add_argument(
        "--sites-max",
        type=whole_number,
        help=words("sites with one number, beyond which it says nothing (default: 20)"),
    )
    group.add_argument("--seed", type=whole_number, default=0, help=words("of all chance (default: 0)"))
    add_reading(parser, words)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Gather them, write them, and say what was found."""
    from vigie.detect import families
    from vigie.detect.exposure import COLUMNS, Rule, detect
    from vigie.store import whole_folder, write_table

    rule = Rule(
        **given(chosen, "fdr", "count_min", "lag_days_max", "sites_max"),
    )
    register = read_register(chosen.register)
    with whole_folder(chosen.out, names=FILES, mark=MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=COLUMNS)
        listed, unread = _listed(chosen.watch_list)
        traces, without = _traces(chosen.captures, words)
        with stage(words("Looking for copies"), words, quiet=chosen.quiet) as progress:
            members = families.detect(posts, seed=chosen.seed, progress=progress).members
        with stage(words("Weighing channels and sites"), words, quiet=chosen.quiet) as progress:
            found = detect(
                posts,
                register=register,
                listed=listed,
                traces=traces,
                members=members,
                rule=rule,
                progress=progress,
            )
        for table, name in ((found.channels, CHANNELS), (found.evidence, EVIDENCE), (found.numbers, NUMBERS)):
            write_table(table, folder / name)
        told = {**summary(found), "watch_list_entries": listed.num_rows, "watch_list_rows_unread": unread}
        told["captures_without_address"] = without
        both = {"channels": found.channels.to_pylist(), "evidence": found.evidence.to_pylist()}
        write_json(folder / FINDINGS, {**told, **both})
        write_json(folder / MANIFEST, _manifest(rule, read, posts.num_rows, chosen))
    return end(chosen, words, summary=told, read=read, tell=lambda: _say(found, words))


def read_register(path: Path | None) -> pa.Table:
    """Return the register in a CSV; an empty one where none is given.

    Raises:
        RegisterFileError: it is no such file, or a row has no source, a tier or a kind that does not exist.
    """
    import pyarrow as pa

    from vigie.detect.exposure import REGISTER, TIERS, UNCLASSIFIED

    if path is None:
        return REGISTER.empty_table()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise RegisterFileError(path=path, reason=error.strerror) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise RegisterFileError(path=path, reason=say("it is no CSV file in UTF-8")) from error
    for row in rows:
        kept = {name: (row.get(name) or "").strip() for name in REGISTER.names}
        is_sourced = kept["source_url"] or kept["tier"] == UNCLASSIFIED
        if not (set(row) >= NEEDED and kept["identifier"] and is_sourced):
            raise RegisterFileError(path=path, reason=say("a row has no identifier or no source"))
        if kept["tier"] not in TIERS or kept["kind"] not in KINDS:
            raise RegisterFileError(path=path, reason=say("a row has a tier or a kind that does not exist"))
        size = _posts_a_day(row.get("posts_a_day") or "", path)
        row.clear()
        row.update(kept | {"posts_a_day": size})
    return pa.Table.from_pylist(rows, schema=REGISTER.append(pa.field("posts_a_day", pa.float64())))


def _posts_a_day(text: str, path: Path) -> float | None:
    """Return how many posts a day the register expects of an outlet; None where it says nothing.

    Raises:
        RegisterFileError: it is no number.
    """
    try:
        return float(text) if text.strip() else None
    except ValueError as error:
        raise RegisterFileError(path=path, reason=say("posts_a_day of a row is no number")) from error


def _listed(paths: list[Path]) -> tuple[pa.Table, int]:
    """Return what watch-lists name, and how many of their rows name nothing that can be compared."""
    import pyarrow as pa

    from vigie.collect import Rejects
    from vigie.collect.watchlists import read_watchlist
    from vigie.detect.exposure import INDICATORS

    rejects = Rejects()
    rows = [
        {
            "kind": one.kind,
            "value": one.value,
            "operation": one.operation,
            "source": one.source or path.name,
            "marking": one.marking,
        }
        for path in paths
        for one in read_watchlist(path, rejects=rejects)
    ]
    return pa.Table.from_pylist(rows, schema=INDICATORS), rejects.total


def _traces(paths: list[Path], words: Words) -> tuple[pa.Table, int]:
    """Return the numbers in captured pages, and how many captures do not say of which site they are."""
    from dataclasses import asdict

    import pyarrow as pa

    from vigie.collect.web.infrastructure import NoAddressError, traces
    from vigie.detect.exposure import TRACES
    from vigie.terms.errors import tell

    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    rows: list[dict[str, Any]] = []
    without = 0
    for file in files:
        try:
            rows += [asdict(one) for one in traces(file)]
        except NoAddressError as error:
            without += 1
            aside(tell(error, words))
    return pa.Table.from_pylist(rows, schema=TRACES), without


def _manifest(rule: Rule, read: dict[str, Any], posts: int, chosen: argparse.Namespace) -> dict[str, Any]:
    from vigie.detect.exposure import METHOD
    from vigie.store import digest

    captures = [
        file for path in chosen.captures for file in (sorted(path.iterdir()) if path.is_dir() else [path])
    ]
    return manifest_of(
        METHOD,
        rule=rule,
        posts=posts,
        read=read,
        seed=chosen.seed,
        register_sha256=digest(chosen.register) if chosen.register else None,
        watch_lists_sha256=[digest(path) for path in chosen.watch_list],
        captures_sha256=[digest(path) for path in captures],
    )


def summary(found: Detection) -> dict[str, Any]:
    """Return what was found, for machines."""
    from vigie.detect.exposure import METHOD

    return {
        "method": METHOD,
        "channels": found.channel_count,
        "channels_registered": found.registered_count,
        "sites_captured": found.site_count,
        "indicators": found.evidence.num_rows,
        "to_classify": sum(found.channels["to_classify"].to_pylist()),
    }


def _say(found: Detection, words: Words) -> None:
    print(
        words(
            "Read: {channels} channels and sites, {registered} of them in the register; captures of {sites} "
            "sites.",
            channels=found.channel_count,
            registered=found.registered_count,
            sites=found.site_count,
        )
    )
    rows = [row for row in found.channels.to_pylist() if row["to_classify"]]
    print(
        words.count(
            "Found: {number} unclassified channel or site of which an analyst should decide.",
            "Found: {number} unclassified channels or sites of which an analyst should decide.",
            len(rows),
        )
    )
    from vigie.detect.exposure.signals import NAMES

    codes: dict[tuple[str, str], dict[str, None]] = {}
    for row in found.evidence.to_pylist():
        codes.setdefault((row["subject_kind"], row["subject"]), {})[row["code"]] = None
    for row in rows[:SHOWN]:
        why = "; ".join(words(NAMES[code]) for code in codes[row["subject_kind"], row["subject"]])
        print(f"  {row['subject']}  {why}")
