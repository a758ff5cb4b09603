"""`vigie detect deletions`: accounts whose posts are deleted in the same second, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie_cli.detecting import synchrony
from vigie_cli.detecting.files import add_files, end, manifest_of, read_posts
from vigie_cli.telling import stage
from vigie_cli.values import add_reading

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.detect.deletions import Detection
    from vigie.terms.languages import Words
    from vigie.terms.signals import Signal

FINDINGS = "deletions.json"


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the method."""
    about = words("find accounts whose posts are deleted in the same second again and again")
    parser = methods.add_parser(
        "deletions",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds pairs.parquet, groups.parquet, moments.parquet, deletions.json and "
            "manifest.json, and rejected.ndjson when rows were set aside. Identifiers are left as they are "
            "in the files."
        ),
    )
    add_files(parser, words)
    synchrony.add_rule(parser, words, moments_min=3, meetings_min=3)
    parser.add_argument(
        "--exact-times",
        action="store_true",
        help=words("all times of deletion are the platform’s own, also those that no stream told"),
    )
    add_reading(parser, words)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Find them, write them, and say what was found."""
    from vigie.detect.deletions import COLUMNS, METHOD, Rule, detect
    from vigie.detect.deletions.signals import signals
    from vigie.store import whole_folder

    rule = Rule(step=synchrony.rule_of(chosen), exact_times=chosen.exact_times)
    names = synchrony.names_of(FINDINGS)
    with whole_folder(chosen.out, names=names, mark=synchrony.MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=COLUMNS)
        with stage(words("Comparing when posts were deleted"), words, quiet=chosen.quiet) as progress:
            found = detect(posts, rule=rule, progress=progress)
        noticed = signals(found, posts)
        told = {"method": METHOD, "posts": posts.num_rows, **_summary(found)}
        synchrony.write(found.step, folder)
        about = manifest_of(METHOD, rule=rule, posts=posts.num_rows, read=read)
        synchrony.write_told(folder, FINDINGS, told=told, signals=noticed, about=about)
    return end(chosen, words, summary=told, read=read, tell=lambda: _say(found, noticed, words))


def _summary(found: Detection) -> dict[str, Any]:
    return {
        "deleted": found.deleted_count,
        "found_gone_later": found.seen_later_count,
        **synchrony.summary(found.step),
    }


def _say(found: Detection, noticed: tuple[Signal, ...], words: Words) -> None:
    print(
        words.count(
            "Read: {number} post seen deleted; found gone later, so that no moment is known: {later}.",
            "Read: {number} posts seen deleted; found gone later, so that no moment is known: {later}.",
            found.deleted_count,
            later=found.seen_later_count,
        )
    )
    synchrony.say_signals(noticed, found.step, words)
