"""`vigie detect pile-on`: crowds that answer somebody within hours and have too much in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie_cli.detecting.files import REJECTED, add_files, end, given, manifest_of, read_posts, write_json
from vigie_cli.detecting.saying import figure
from vigie_cli.telling import stage
from vigie_cli.values import add_reading, whole_number

if TYPE_CHECKING:
    import argparse
    from pathlib import Path
    from typing import Any

    from vigie.detect.pileon import Detection
    from vigie.terms.languages import Words

PILES, TRAITS, MEMBERS = "piles.parquet", "traits.parquet", "members.parquet"
POSTS, REACH, FINDINGS, MANIFEST = "replies.parquet", "reach.parquet", "pileon.json", "manifest.json"
FILES = (PILES, TRAITS, MEMBERS, POSTS, REACH, FINDINGS, MANIFEST, REJECTED)
SHOWN = 10
POSTS_KEPT = 50  # of each crowd, in the file for people


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the method."""
    about = words("find crowds that answer somebody within hours and have too much in common")
    parser = methods.add_parser(
        "pile-on",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds piles.parquet, traits.parquet, members.parquet, replies.parquet, reach.parquet, "
            "pileon.json and manifest.json, and rejected.ndjson when rows were set aside. Identifiers are "
            "left as they are in the files. Give the posts of those who are answered too."
        ),
    )
    add_files(parser, words)
    group = parser.add_argument_group(words("method"))
    group.add_argument(
        "--target",
        action="append",
        default=[],
        metavar=words("NAME"),
        help=words("watch only this account, as the files name it; may be repeated"),
    )
    group.add_argument(
        "--organic-part",
        type=float,
        help=words("part of organic crowds that may be flagged (default: 0.0001)"),
    )
    group.add_argument(
        "--accounts-min",
        type=whole_number,
        help=words("fewest accounts that have something in common (default: 8)"),
    )
    group.add_argument(
        "--replies-min",
        type=whole_number,
        help=words("fewest replies within six hours (default: 10)"),
    )
    group.add_argument("--seed", type=whole_number, default=0, help=words("of all chance (default: 0)"))
    add_reading(parser, words)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Find them, write them, and say what was found."""
    from vigie.detect.pileon import COLUMNS, METHOD, Rule, detect
    from vigie.store import whole_folder

    rule = Rule(
        **given(chosen, "organic_part", "accounts_min", "replies_min"),
        targets=frozenset(chosen.target),
    )
    with whole_folder(chosen.out, names=FILES, mark=MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=COLUMNS)
        with stage(words("Looking at who answers whom"), words, quiet=chosen.quiet) as progress:
            found = detect(posts, rule=rule, seed=chosen.seed, progress=progress)
        _write(found, folder)
        about = manifest_of(
            METHOD,
            rule=rule,
            posts=posts.num_rows,
            read=read,
            seed=chosen.seed,
            parameters={"targets": sorted(rule.targets)},
        )
        write_json(folder / MANIFEST, about)
    return end(chosen, words, summary=summary(found), read=read, tell=lambda: _say(found, words))


def _write(found: Detection, folder: Path) -> None:
    from vigie.store import write_table

    tables = {PILES: found.piles, TRAITS: found.traits, MEMBERS: found.members, POSTS: found.posts}
    for name, table in {**tables, REACH: found.reach}.items():
        write_table(table, folder / name)
    piles = []
    for pile in found.piles.to_pylist():
        of = {
            "traits": _of(found.traits, pile),
            "members": _of(found.members, pile),
            "replies": _of(found.posts, pile)[:POSTS_KEPT],
            "course": _of(found.course, pile),
        }
        piles.append({**pile, **of})
    write_json(folder / FINDINGS, {**summary(found), "crowds": piles, "reach": found.reach.to_pylist()})


def _of(table: Any, pile: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in table.to_pylist() if row["pile"] == pile["pile"]]


def summary(found: Detection) -> dict[str, Any]:
    """Return what was found, for machines."""
    from dataclasses import asdict

    from vigie.detect.pileon import METHOD

    return {
        "method": METHOD,
        "replies": found.reply_count,
        "targets": found.target_count,
        "windows_judged": found.judged_count,
        "false_alarms_expected": found.alarms_expected,
        "organic": asdict(found.organic) if found.organic else None,
        "piles": found.piles.num_rows,
    }


def _say(found: Detection, words: Words) -> None:
    print(
        words(
            "Read: {replies} replies to {targets} accounts; {windows} windows of six hours had enough to "
            "judge.",
            replies=found.reply_count,
            targets=found.target_count,
            windows=found.judged_count,
        )
    )
    print(
        words.count(
            "Found: {number} crowd with too much in common; about {expected} would be expected if all were "
            "organic.",
            "Found: {number} crowds with too much in common; about {expected} would be expected if all were "
            "organic.",
            found.piles.num_rows,
            expected=figure(found.alarms_expected, words),
        )
    )
    for one in found.piles.slice(0, SHOWN).to_pylist():
        print(f"  {_line(one, words)}")
    wide = found.reach.num_rows
    if wide:
        print(
            words.count(
                "{number} account answered five people or more within six hours: reach.parquet.",
                "{number} accounts answered five people or more within six hours: reach.parquet.",
                wide,
            )
        )


def _line(pile: dict[str, Any], words: Words) -> str:
    return words(
        "{target}  {members} accounts of {accounts}, {replies} replies where {expected} are usual, score "
        "{score} against {threshold}",
        target=pile["target"],
        members=pile["members"],
        accounts=pile["accounts"],
        replies=pile["replies"],
        expected=figure(pile["expected"], words),
        score=figure(round(pile["score"], 1), words),
        threshold=figure(round(pile["threshold"], 1), words),
    )
