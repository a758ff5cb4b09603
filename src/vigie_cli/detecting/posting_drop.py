"""`vigie detect posting-drop`: public actors and named targets that post far less than they did."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from vigie_cli.detecting.files import REJECTED, add_files, end, given, manifest_of, read_posts, write_json
from vigie_cli.detecting.saying import said
from vigie_cli.telling import stage
from vigie_cli.values import add_reading, whole_number

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.detect.posting_drop import Detection, Rule
    from vigie.terms.languages import Words
    from vigie.terms.signals import Signal

DROPS, DAILY = "drops.parquet", "daily.parquet"
FINDINGS, MANIFEST = "posting-drop.json", "manifest.json"
FILES = (DROPS, DAILY, FINDINGS, MANIFEST, REJECTED)
SHOWN = 10


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the method."""
    about = words("find public actors and accounts that you name that post far less than they did")
    parser = methods.add_parser(
        "posting-drop",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds drops.parquet, daily.parquet, posting-drop.json and manifest.json, and "
            "rejected.ndjson when rows were set aside. Identifiers are left as they are in the files."
        ),
    )
    add_files(parser, words)
    group = parser.add_argument_group(words("method"))
    group.add_argument(
        "--target",
        action="append",
        default=[],
        metavar=words("ACCOUNT"),
        help=words("look at this account beside public actors; may be repeated"),
    )
    group.add_argument(
        "--days",
        type=whole_number,
        help=words("how many days a drop lasts, whole weeks (default: 7)"),
    )
    group.add_argument(
        "--history-days",
        type=whole_number,
        help=words("how many days before it say what is usual, whole weeks (default: 28)"),
    )
    group.add_argument(
        "--per-day-min",
        type=float,
        help=words("fewest posts a day that are usual (default: 1)"),
    )
    group.add_argument(
        "--part-max",
        type=float,
        help=words("at most this part of what was to be expected is left (default: 0.5)"),
    )
    group.add_argument("--fdr", type=float, help=words("largest part of false signals (default: 0.01)"))
    add_reading(parser, words)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Find them, write them, and say what was found."""
    from vigie.detect.posting_drop import COLUMNS, METHOD, detect
    from vigie.detect.posting_drop.signals import signals
    from vigie.store import whole_folder, write_table

    rule = _rule(chosen)
    with whole_folder(chosen.out, names=FILES, mark=MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=COLUMNS)
        with stage(words("Comparing how much targets post"), words, quiet=chosen.quiet) as progress:
            found = detect(posts, rule=rule, progress=progress)
        noticed = signals(found, posts)
        write_table(found.drops, folder / DROPS)
        write_table(found.daily, folder / DAILY)
        write_json(folder / FINDINGS, {**summary(found), "signals": [asdict(one) for one in noticed]})
        write_json(folder / MANIFEST, manifest_of(METHOD, rule=rule, posts=found.post_count, read=read))
    return end(chosen, words, summary=summary(found), read=read, tell=lambda: _say(found, noticed, words))


def _rule(chosen: argparse.Namespace) -> Rule:
    from vigie.detect.posting_drop import Rule

    return Rule(
        **given(chosen, "days", "history_days", "per_day_min", "part_max", "fdr"),
        targets=tuple(chosen.target),
    )


def summary(found: Detection) -> dict[str, Any]:
    """Return what was found, for machines."""
    from vigie.detect.posting_drop import METHOD

    return {
        "method": METHOD,
        "posts": found.post_count,
        "targets": found.target_count,
        "targets_judged": found.judged_count,
        "stretches_compared": found.stretch_count,
        "stretches_while_all_fell": found.down_count,
        "drops": found.drops.num_rows,
    }


def _say(found: Detection, noticed: tuple[Signal, ...], words: Words) -> None:
    print(
        words(
            "Judged: {judged} of {targets} targets; the others post too little. Not judged, since everybody "
            "fell: {down} stretches.",
            judged=found.judged_count,
            targets=found.target_count,
            down=found.down_count,
        )
    )
    if not found.target_count:
        print(words("No public actor is marked in these posts; name accounts with --target."))
    print(
        words.count(
            "Found: {number} target that posts far less than before.",
            "Found: {number} targets that post far less than before.",
            len(noticed),
        )
    )
    for one in noticed[:SHOWN]:
        print(f"  {one.subject}: {said(one, words)}")
