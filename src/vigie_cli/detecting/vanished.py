"""`vigie detect vanished`: hashtags, domains, languages and groups whose posts go more often than others."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from vigie_cli.detecting.files import REJECTED, add_files, end, given, manifest_of, read_posts, write_json
from vigie_cli.detecting.saying import said
from vigie_cli.telling import stage
from vigie_cli.values import add_reading, day_ms, whole_number

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.detect.vanished import Detection, Rule
    from vigie.terms.languages import Words
    from vigie.terms.signals import Signal

SIGNALS, GONE = "vanished.parquet", "gone.parquet"
FINDINGS, MANIFEST = "vanished.json", "manifest.json"
FILES = (SIGNALS, GONE, FINDINGS, MANIFEST, REJECTED)
SHOWN = 10


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the method."""
    about = words("find hashtags, domains, languages and groups whose posts are gone more often than others")
    parser = methods.add_parser(
        "vanished",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds vanished.parquet, gone.parquet, vanished.json and manifest.json, and "
            "rejected.ndjson when rows were set aside. Identifiers are left as they are in the files."
        ),
    )
    add_files(parser, words)
    group = parser.add_argument_group(words("method"))
    group.add_argument(
        "--by",
        action="append",
        metavar=words("NAME"),
        help=words("only this kind of key; may be repeated: hashtag, domain, lang, group"),
    )
    group.add_argument(
        "--groups", type=Path, metavar="FILE", help=words("CSV of accounts and their groups: account,label")
    )
    group.add_argument(
        "--watched-until",
        type=day_ms,
        metavar=words("DAY"),
        help=words("every post was looked for again at the beginning of this day, UTC"),
    )
    group.add_argument("--gone-min", type=whole_number, help=words("fewest posts that are gone (default: 5)"))
    group.add_argument("--authors-min", type=whole_number, help=words("fewest authors of these (default: 3)"))
    group.add_argument(
        "--factor-min",
        type=float,
        help=words("how many times more often than expected, at least (default: 2)"),
    )
    group.add_argument("--fdr", type=float, help=words("largest part of false signals (default: 0.01)"))
    add_reading(parser, words)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Find them, write them, and say what was found."""
    from vigie.detect.vanished import COLUMNS, METHOD, detect
    from vigie.detect.vanished.signals import signals
    from vigie.store import whole_folder, write_table
    from vigie_cli.detect import known_accounts

    rule = _rule(chosen)
    groups = known_accounts(chosen.groups) if chosen.groups else {}
    with whole_folder(chosen.out, names=FILES, mark=MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=COLUMNS)
        with stage(words("Looking for posts that are gone"), words, quiet=chosen.quiet) as progress:
            found = detect(posts, rule=rule, groups=groups, progress=progress)
        noticed = signals(found, posts)
        write_table(found.signals, folder / SIGNALS)
        write_table(found.gone, folder / GONE)
        write_json(folder / FINDINGS, {**summary(found), "signals": [asdict(one) for one in noticed]})
        about = manifest_of(
            METHOD, rule=rule, posts=found.post_count, read=read, accounts_in_groups=len(groups)
        )
        write_json(folder / MANIFEST, about)
    return end(chosen, words, summary=summary(found), read=read, tell=lambda: _say(found, noticed, words))


def _rule(chosen: argparse.Namespace) -> Rule:
    from vigie.detect.vanished import BYS, Rule

    return Rule(
        **given(chosen, "gone_min", "authors_min", "factor_min", "fdr"),
        by=tuple(chosen.by or BYS),
        watched_until_ms=chosen.watched_until,
    )


def summary(found: Detection) -> dict[str, Any]:
    """Return what was found, for machines."""
    from vigie.detect.vanished import METHOD

    return {
        "method": METHOD,
        "posts": found.post_count,
        "posts_watched": found.watched_count,
        "posts_gone": found.gone_count,
        "keys_compared": found.test_count,
        "keys_found": found.signals.num_rows,
    }


def _say(found: Detection, noticed: tuple[Signal, ...], words: Words) -> None:
    print(
        words(
            "Watched: {watched} of {posts} posts, of which {gone} are gone. The others were seen once and "
            "never looked for again: they tell nothing.",
            watched=found.watched_count,
            posts=found.post_count,
            gone=found.gone_count,
        )
    )
    print(
        words.count(
            "Found: {number} key of {compared} whose posts go more often than others.",
            "Found: {number} keys of {compared} whose posts go more often than others.",
            len(noticed),
            compared=found.test_count,
        )
    )
    for one in noticed[:SHOWN]:
        print(f"  {said(one, words)}")
