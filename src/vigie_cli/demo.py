"""`vigie demo`: an exercise, a detection, and what was found held against the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vigie_cli import exits
from vigie_cli.detect import REPORT, ZONE, Task, behaviours_named, detect_to, processors
from vigie_cli.exercise import POSTS, write_exercise
from vigie_cli.values import whole_number

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.exercise.scoring import Score
    from vigie.terms.languages import Words

SEED, DAYS = 1, 14
WINDOWS_MS = (60_000, 600_000, 3_600_000)


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    about = words("invent a conversation, detect what was planted in it, and hold the two together")
    own = commands.add_parser("demo", parents=[common], help=about, description=about, allow_abbrev=False)
    own.add_argument(
        "--out", type=Path, default=Path("demo"), metavar="DIR", help=words("folder for the results")
    )
    own.add_argument("--posts", type=whole_number, default=200_000, help=words("how many (default: 200000)"))
    own.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Make an exercise, detect, and show found against truth."""
    from vigie.detect.coaction import Rule
    from vigie.exercise.scoring import score
    from vigie.pipeline import Reading

    folder, results = chosen.out / "exercise", chosen.out / "coaction"
    made = write_exercise(folder, words, seed=SEED, posts=chosen.posts, days=DAYS, quiet=False)
    task = Task(
        files=(folder / POSTS,),
        out=results,
        reading=Reading(),
        behaviours=behaviours_named(None),
        rule=Rule(windows_ms=WINDOWS_MS, threads=processors()),
        seed=SEED,
        known={},
        zone=ZONE,
        quiet=False,
    )
    findings = detect_to(task, words)
    found = [member.account for group in findings.groups for member in group.members]
    _show(score(found, made.truth), len(findings.groups), words)
    print(words("Look at the report in a browser: {address}", address=(results / REPORT).resolve().as_uri()))
    return exits.DONE


def _show(scored: Score, groups: int, words: Words) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print()
    planted = Table(words("planted campaigns"), title=words("Found against the truth"), title_justify="left")
    planted.add_column(words("accounts found"), justify="right")
    planted.add_column(words("accounts planted"), justify="right")
    for kind, (found, total) in scored.recall_by_kind.items():
        planted.add_row(kind, str(found), str(total))
    console.print(planted)
    others = Table(words("others"))
    others.add_column(words("accounts found"), justify="right")
    others.add_column(words("accounts in all"), justify="right")
    for role, (found, total) in scored.wrong_by_role.items():
        others.add_row(role, str(found), str(total))
    console.print(others)
    print(words.count("{number} group found.", "{number} groups found.", groups))
    print(
        words(
            "Precision {precision}, recall {recall}; of 10,000 accounts that were not planted, {false} were "
            "found. These figures hold for this invented conversation, not for the world.",
            precision=format(scored.precision, ".3f"),
            recall=format(scored.recall, ".3f"),
            false=format(scored.false_per_10_000, ".1f"),
        )
    )
