"""`vigie detect families`: posts that say the same, word for word or nearly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie_cli import exits
from vigie_cli.detecting.files import REJECTED, add_files, read_posts, say_rejected, write_json
from vigie_cli.telling import stage
from vigie_cli.values import add_reading, whole_number

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.detect.families import Families, Rule
    from vigie.terms.languages import Words

FAMILIES, MEMBERS, LINKS = "families.parquet", "members.parquet", "links.parquet"
FINDINGS, MANIFEST = "families.json", "manifest.json"
FILES = (FAMILIES, MEMBERS, LINKS, FINDINGS, MANIFEST, REJECTED)
SIMILARITY_MIN = 0.693
LARGEST_SHOWN = 20  # families in families.json
DIFFERENT_SHOWN = 5  # members of each whose differences are shown
TIER_NAMES = {"exact": say("same text"), "normalised": say("same letters"), "near": say("edited text")}


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the method."""
    about = words("find posts that say the same, word for word or nearly, whoever wrote them")
    parser = methods.add_parser(
        "families",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds families.parquet, members.parquet, links.parquet, families.json and "
            "manifest.json, and rejected.ndjson when rows were set aside. Identifiers and texts are left as "
            "they are in the files."
        ),
    )
    add_files(parser, words)
    group = parser.add_argument_group(words("method"))
    group.add_argument(
        "--similarity-min",
        type=float,
        default=SIMILARITY_MIN,
        metavar=words("SHARE"),
        help=words("copies are more alike than this, 0 to 1 (default: 0.693, as in D3lta)"),
    )
    group.add_argument(
        "--posts-min", type=whole_number, default=2, help=words("fewest posts of a family (default: 2)")
    )
    group.add_argument("--seed", type=whole_number, default=0, help=words("of all chance (default: 0)"))
    group.add_argument(
        "--threads", type=whole_number, default=0, help=words("how many (default: one per processor)")
    )
    add_reading(parser, words)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Find families, write them, and say what was found."""
    from vigie.detect import families
    from vigie.store import whole_folder, write_table
    from vigie.text import installed_model

    rule = _rule(chosen)
    with whole_folder(chosen.out, names=FILES, mark=MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=families.COLUMNS)
        with stage(words("Looking for texts that are copies"), words, quiet=chosen.quiet) as progress:
            found = families.detect(
                posts, rule=rule, seed=chosen.seed, model=installed_model(), progress=progress
            )
        with stage(words("Writing the results"), words, quiet=chosen.quiet):
            write_table(found.families, folder / FAMILIES)
            write_table(found.members, folder / MEMBERS)
            write_table(found.links, folder / LINKS)
            write_json(folder / FINDINGS, {**summary(found), "largest": _largest(found)})
            write_json(folder / MANIFEST, _manifest(found, rule, chosen.seed, read, posts.num_rows))
    told = {**summary(found), "rows_set_aside": read["rows_set_aside"], "out": str(chosen.out)}
    if chosen.json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
    elif not chosen.quiet:
        say_rejected(read["rows_set_aside"], chosen.out, words)
        _say(found, words)
        print(words("Results: {folder}", folder=chosen.out))
    return exits.DONE


def _rule(chosen: argparse.Namespace) -> Rule:
    from vigie.detect.families import Rule
    from vigie.pipeline import processors

    if not 0 < chosen.similarity_min < 1:
        expected = say("a number between 0 and 1, such as 0.693")
        raise BadOptionError(option="--similarity-min", value=chosen.similarity_min, expected=expected)
    if chosen.posts_min < 2:  # noqa: PLR2004 (one post alone is no family)
        raise BadOptionError(
            option="--posts-min", value=chosen.posts_min, expected=say("a whole number, 2 or more")
        )
    return Rule(
        similarity_min=chosen.similarity_min,
        posts_min=chosen.posts_min,
        threads=chosen.threads or processors(),
    )


def _manifest(found: Families, rule: Rule, seed: int, read: dict[str, Any], posts: int) -> dict[str, Any]:
    """Return how the run was made, so that it can be made again; no clock and no folder."""
    from dataclasses import asdict

    import vigie
    from vigie.detect import families

    return {
        "method": families.METHOD,
        "vigie": vigie.__version__,
        "seed": seed,
        "parameters": {name: value for name, value in asdict(rule).items() if name != "threads"},
        "tiers": list(families.TIERS),
        "tiers_not_run": list(families.NOT_RUN),
        "posts": posts,
        "posts_compared": found.compared_count,
        **read,
    }


def summary(found: Families) -> dict[str, Any]:
    """Return what was found, for machines."""
    from vigie.detect import families

    return {
        "method": families.METHOD,
        "posts_with_text": found.post_count,
        "posts_compared": found.compared_count,
        "families": found.families.num_rows,
        "posts_in_families": found.members.num_rows,
        "links": found.links.num_rows,
        "tiers": list(families.TIERS),
        "tiers_not_run": list(families.NOT_RUN),
    }


def _largest(found: Families) -> list[dict[str, Any]]:
    """Return the largest families, each with what its first edited members say otherwise."""
    shown = found.families.slice(0, LARGEST_SHOWN).to_pylist()
    texts = dict(
        zip(found.held.posts["post_id"].to_pylist(), found.held.posts["body"].to_pylist(), strict=True)
    )
    return [{**one, "differences": _different(one, found, texts)} for one in shown]


def _different(one: dict[str, Any], found: Families, texts: dict[str, str]) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    from vigie.detect.families import differences

    own = pc.and_(pc.equal(found.members["family"], one["family"]), pc.equal(found.members["tier"], "near"))
    members = found.members.filter(own).slice(0, DIFFERENT_SHOWN).to_pylist()
    return [
        {
            "post_id": member["post_id"],
            "similarity": member["similarity"],
            "pieces": [
                [piece.kind, piece.text]
                for piece in differences(one["specimen_text"], texts[member["post_id"]])
            ],
        }
        for member in members
        if member["post_id"] is not None
    ]


def _say(found: Families, words: Words) -> None:
    print(
        words(
            "Compared: {compared} posts of {posts} that say something of their own.",
            compared=found.compared_count,
            posts=found.post_count,
        )
    )
    print(
        words.count(
            "Found: {number} family of copies, {posts} posts.",
            "Found: {number} families of copies, {posts} posts.",
            found.families.num_rows,
            posts=found.members.num_rows,
        )
    )
    for one in found.families.slice(0, 1).to_pylist():
        print(
            words(
                "The largest: {size} posts of {accounts} accounts, {tier}, first “{text}”.",
                size=one["size"],
                accounts=one["accounts"],
                tier=words(TIER_NAMES[one["tier"]]),
                text=_short(one["specimen_text"]),
            )
        )
    if found.links.num_rows:
        print(
            words.count(
                "{number} weak link between families of two languages: shared addresses, images, numbers, "
                "hashtags or names.",
                "{number} weak links between families of two languages: shared addresses, images, numbers, "
                "hashtags or names.",
                found.links.num_rows,
            )
        )
    print(
        words(
            "Looked for: same text, same letters, edited text. Not looked for, since that needs a language "
            "model: rewording, translation."
        )
    )


def _short(text: str, size: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= size else f"{line[: size - 1]}…"
