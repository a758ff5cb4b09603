"""`vigie detect rhythm`: accounts that post in the same second, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie_cli.detecting import synchrony
from vigie_cli.detecting.files import add_files, end, manifest_of, read_posts
from vigie_cli.telling import stage
from vigie_cli.values import add_reading

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.terms.languages import Words

FINDINGS = "rhythm.json"


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the method."""
    about = words("find accounts that post in the same second again and again, whatever they post")
    parser = methods.add_parser(
        "rhythm",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds pairs.parquet, groups.parquet, moments.parquet, rhythm.json and "
            "manifest.json, and rejected.ndjson when rows were set aside. Identifiers are left as they are "
            "in the files."
        ),
    )
    add_files(parser, words)
    synchrony.add_rule(parser, words, moments_min=10, meetings_min=5)
    add_reading(parser, words)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Find them, write them, and say what was found."""
    from vigie.detect.rhythm import COLUMNS, METHOD, detect
    from vigie.detect.rhythm.signals import signals
    from vigie.store import whole_folder

    rule = synchrony.rule_of(chosen)
    names = synchrony.names_of(FINDINGS)
    with whole_folder(chosen.out, names=names, mark=synchrony.MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=COLUMNS)
        with stage(words("Comparing when accounts post"), words, quiet=chosen.quiet) as progress:
            found = detect(posts, rule=rule, progress=progress)
        noticed = signals(found, posts)
        told = {"method": METHOD, "posts": posts.num_rows, **synchrony.summary(found)}
        synchrony.write(found, folder)
        about = manifest_of(METHOD, rule=rule, posts=posts.num_rows, read=read)
        synchrony.write_told(folder, FINDINGS, told=told, signals=noticed, about=about)
    return end(
        chosen,
        words,
        summary=told,
        read=read,
        tell=lambda: synchrony.say_signals(noticed, found, words),
    )
