"""`vigie detect`: signals out of posts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import BadOptionError, VigieError
from vigie.terms.languages import say
from vigie_cli import exits
from vigie_cli.detecting import (
    bursts,
    calibrate,
    deletions,
    engagement,
    exposure,
    families,
    narratives,
    omission,
    pileon,
    posting_drop,
    reuse,
    rhythm,
    vanished,
)
from vigie_cli.detecting import run as running
from vigie_cli.detecting.copies import acts_of_families
from vigie_cli.detecting.engines import Where, add_engine, where
from vigie_cli.detecting.files import REJECTED, add_files, reading, reasons, say_rejected, write_json
from vigie_cli.telling import stage
from vigie_cli.values import add_reading, whole_number, windows_ms

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import Any

    from vigie.detect.behaviours import Behaviour
    from vigie.detect.coaction import Rule
    from vigie.intake import Reading
    from vigie.pipeline import Posts
    from vigie.terms.findings import Findings
    from vigie.terms.languages import Words

PAIRS, GROUPS, FINDINGS = "pairs.parquet", "groups.parquet", "findings.json"
MANIFEST, REPORT = "manifest.json", "report.html"
FILES = (PAIRS, GROUPS, FINDINGS, MANIFEST, REPORT, REJECTED)
ZONE = "America/Toronto"


class KnownFileError(VigieError):
    """The list of openly coordinated accounts cannot be read."""

    code = "file.known"
    sentence = say("The list of known accounts “{path}” cannot be used: {reason}.")
    remedy = say("Give a CSV file in UTF-8 whose first line is: account,label.")


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command and its methods."""
    about = words("find signals in posts")
    own = commands.add_parser("detect", help=about, description=about, allow_abbrev=False)
    methods = own.add_subparsers(title=words("methods"), metavar=words("METHOD"), required=True)
    about = words("find accounts that act on the same things close in time, more than chance allows")
    coaction = methods.add_parser(
        "coaction",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds pairs.parquet, groups.parquet, findings.json, manifest.json and report.html, and "
            "rejected.ndjson when rows were set aside. Identifiers are left as they are in the files."
        ),
    )
    add_files(coaction, words)
    coaction.add_argument(
        "--zone", default=ZONE, help=words("time zone of the report (default: {zone})", zone=ZONE)
    )
    _add_method(coaction, words)
    add_reading(coaction, words)
    coaction.set_defaults(run=run_coaction)
    families.add(methods, words, common)
    bursts.add(methods, words, common)
    engagement.add(methods, words, common)
    reuse.add(methods, words, common)
    omission.add(methods, words, common)
    narratives.add(methods, words, common)
    rhythm.add(methods, words, common)
    deletions.add(methods, words, common)
    vanished.add(methods, words, common)
    posting_drop.add(methods, words, common)
    pileon.add(methods, words, common)
    exposure.add(methods, words, common)
    running.add(methods, words, common)
    calibrate.add(methods, words, common)


def _add_method(parser: argparse.ArgumentParser, words: Words) -> None:
    group = parser.add_argument_group(words("method"))
    group.add_argument(
        "--window",
        default="60s",
        help=words("longest time between two acts, or several: 10s,60s,10min (default: 60s)"),
    )
    group.add_argument("--seed", type=whole_number, default=0, help=words("of all chance (default: 0)"))
    group.add_argument(
        "--behaviour",
        action="append",
        metavar=words("NAME"),
        help=words(
            "only this behaviour; may be repeated: repost, link, hashtags, reply, text, text_normalised, "
            "image; looser, if named: reply_target, image_similar"
        ),
    )
    group.add_argument(
        "--families",
        type=Path,
        metavar="DIR",
        help=words("also copies of one text: what vigie detect families wrote about the same files"),
    )
    group.add_argument(
        "--objects-min", type=whole_number, default=2, help=words("fewest objects in common (default: 2)")
    )
    group.add_argument(
        "--fdr", type=float, default=0.01, help=words("largest part of false pairs (default: 0.01)")
    )
    group.add_argument(
        "--permutations",
        type=whole_number,
        default=0,
        help=words("shuffled copies that set the threshold (default: 20 to 200, by size)"),
    )
    group.add_argument(
        "--known", type=Path, metavar="FILE", help=words("CSV of openly coordinated accounts: account,label")
    )
    group.add_argument(
        "--all-pairs", action="store_true", help=words("only count: write all pairs, without judging them")
    )
    group.add_argument(
        "--threads", type=whole_number, default=0, help=words("how many (default: one per processor)")
    )
    add_engine(group, words)


@dataclass(frozen=True, kw_only=True)
class Task:
    """What to detect in what, and where to put it."""

    files: tuple[Path, ...]
    out: Path
    reading: Reading
    behaviours: tuple[Behaviour, ...]
    rule: Rule
    seed: int
    known: Mapping[str, str]
    zone: str
    quiet: bool
    families: Path | None = None
    where: Where = field(default_factory=Where)


def run_coaction(chosen: argparse.Namespace, words: Words) -> int:
    """Detect, write the results, and say what was found."""
    if chosen.all_pairs:
        return _count(chosen, words)
    task = _task(chosen)
    findings = detect_to(task, words)
    if chosen.json:
        print(json.dumps(summary(findings, task.out), ensure_ascii=False, indent=2))
    elif not chosen.quiet:
        _say(findings, task.out, words)
    return exits.DONE


def detect_to(task: Task, words: Words) -> Findings:
    """Detect and write the results to the folder of `task`, whole or not at all."""
    from vigie.pipeline import detect_coaction
    from vigie.report.render import render
    from vigie.store import whole_folder, write_table

    with whole_folder(task.out, names=FILES, mark=MANIFEST) as folder:
        posts, copies = _read(task, folder, words)
        with (
            stage(words("Looking for accounts that move together"), words, quiet=task.quiet) as progress,
            task.where.open(threads=task.rule.threads) as engine,
        ):
            found, findings = detect_coaction(
                posts, rule=task.rule, seed=task.seed, known=task.known, engine=engine, progress=progress
            )
        findings = replace(findings, manifest={**findings.manifest, **copies})
        with stage(words("Writing the report"), words, quiet=task.quiet):
            write_table(found.pairs, folder / PAIRS)
            write_table(found.membership, folder / GROUPS)
            write_json(folder / MANIFEST, findings.manifest)
            write_json(folder / FINDINGS, _evidence(findings))
            page = render(findings, language=words.language, zone=task.zone)
            (folder / REPORT).write_text(page, encoding="utf-8")
    return findings


def _count(chosen: argparse.Namespace, words: Words) -> int:
    from vigie.pipeline import count_coaction, manifest
    from vigie.store import whole_folder, write_table

    task = _task(chosen, objects_min=2)
    if chosen.objects_min < 1:
        raise BadOptionError(
            option="--objects-min", value=chosen.objects_min, expected=say("a whole number, 1 or more")
        )
    counting = {"windows_ms": list(task.rule.windows_ms), "objects_min": chosen.objects_min}
    with whole_folder(task.out, names=FILES, mark=MANIFEST) as folder:
        posts, copies = _read(task, folder, words, with_origins=False)
        with (
            stage(words("Counting pairs"), words, quiet=task.quiet) as progress,
            task.where.open(threads=task.rule.threads) as engine,
        ):
            pairs = count_coaction(
                posts,
                windows_ms=task.rule.windows_ms,
                objects_min=chosen.objects_min,
                threads=task.rule.threads,
                engine=engine,
                progress=progress,
            )
            write_table(pairs, folder / PAIRS)
            about = manifest(posts, parameters=counting, seed=None)
            write_json(folder / MANIFEST, {**about, **copies})
    if chosen.json:
        print(
            json.dumps(
                {"pairs": pairs.num_rows, "posts": posts.acts.post_count, "out": str(task.out)}, indent=2
            )
        )
    elif not chosen.quiet:
        say_rejected(posts.rejected_count, task.out, words)
        print(
            words.count(
                "{number} pair counted: {folder}",
                "{number} pairs counted: {folder}",
                pairs.num_rows,
                folder=task.out / PAIRS,
            )
        )
    return exits.DONE


def _task(chosen: argparse.Namespace, *, objects_min: int | None = None) -> Task:
    from vigie.detect.coaction import Rule
    from vigie.pipeline import processors

    return Task(
        files=tuple(chosen.files),
        out=chosen.out,
        reading=reading(chosen),
        behaviours=behaviours_named(chosen.behaviour),
        rule=Rule(
            windows_ms=windows_ms(chosen.window),
            objects_min=chosen.objects_min if objects_min is None else objects_min,
            fdr=chosen.fdr,
            permutations=chosen.permutations,
            threads=chosen.threads or processors(),
        ),
        seed=chosen.seed,
        known=known_accounts(chosen.known) if chosen.known else {},
        zone=_zone(chosen.zone),
        quiet=chosen.quiet,
        where=where(chosen),
        families=chosen.families,
    )


def behaviours_named(names: list[str] | None) -> tuple[Behaviour, ...]:
    """Return the behaviours named; all but the looser ones when none is.

    Raises:
        BadOptionError: there is no such behaviour.
    """
    from vigie.detect.behaviours import BEHAVIOURS, LOOSER

    known = {behaviour.id: behaviour for behaviour in (*BEHAVIOURS, *LOOSER)}
    for name in names or ():
        if name not in known:
            raise BadOptionError(option="--behaviour", value=name, expected=", ".join(known))
    return tuple(known[name] for name in names) if names else BEHAVIOURS


def known_accounts(path: Path) -> dict[str, str]:
    """Return what a CSV of `account,label` says.

    Raises:
        KnownFileError: it is no such file.
    """
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {"account", "label"} <= set(rows.fieldnames or ()):
                raise KnownFileError(path=path, reason=say("it has no columns “account” and “label”"))
            return {row["account"]: row["label"] or "" for row in rows}
    except OSError as error:
        raise KnownFileError(path=path, reason=error.strerror) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise KnownFileError(path=path, reason=say("it is no CSV file in UTF-8")) from error


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        expected = say("the name of a time zone, such as America/Montreal")
        raise BadOptionError(option="--zone", value=name, expected=expected) from error


def _read(
    task: Task, folder: Path, words: Words, *, with_origins: bool = True
) -> tuple[Posts, dict[str, Any]]:
    """Return what the posts hold, and what else a manifest says of it."""
    from vigie.collect import Rejects
    from vigie.collect.errors import EmptyFileError
    from vigie.detect.behaviours import COPIES
    from vigie.pipeline import read

    aside = folder / REJECTED
    with aside.open("w", encoding="utf-8") as sink:
        rejects = Rejects(sink, words=words)
        with stage(words("Reading posts"), words, quiet=task.quiet) as progress, reasons(rejects, words):
            posts = read(
                task.files,
                task.behaviours,
                task.reading,
                rejects=rejects,
                with_origins=with_origins,
                progress=progress,
            )
            if not posts.acts.post_count:  # a table's head without a row, say
                raise EmptyFileError(path=task.files[0])
    if not rejects.total:
        aside.unlink()
    if task.families is None:
        return posts, {}
    acts, told = acts_of_families(task.families, posts.digests)
    posts.acts.hold(COPIES, acts)
    return posts, {"families": told}


def _evidence(findings: Findings) -> dict[str, Any]:
    return {
        "calibrations": [asdict(one) for one in findings.calibrations],
        "groups": [asdict(one) for one in findings.groups],
    }


def summary(findings: Findings, out: Path) -> dict[str, Any]:
    """Return what was found, for machines."""
    return {
        "out": str(out),
        "method": findings.card.id,
        "posts": findings.post_count,
        "accounts": findings.account_count,
        "rows_set_aside": findings.rejected_count,
        "groups": [
            {
                "group": group.group,
                "accounts": len(group.members),
                "objects": group.object_count,
                "behaviours": sorted({layer.behaviour for layer in group.layers}),
                "q_value": group.q_value,
            }
            for group in findings.groups
        ],
    }


def _say(findings: Findings, out: Path, words: Words) -> None:
    accounts = sum(len(group.members) for group in findings.groups)
    print(
        words(
            "Read: {posts} posts of {accounts} accounts.",
            posts=findings.post_count,
            accounts=findings.account_count,
        )
    )
    say_rejected(findings.rejected_count, out, words)
    if findings.groups:
        print(
            words.count(
                "Found: {number} group of accounts that moved together, {accounts} accounts.",
                "Found: {number} groups of accounts that moved together, {accounts} accounts.",
                len(findings.groups),
                accounts=accounts,
            )
        )
    else:
        print(words("Found: no group of accounts that moved together more than chance allows."))
    print(words("Report: {file}", file=out / REPORT))
