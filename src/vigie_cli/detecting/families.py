"""`vigie detect families`: posts that say the same, word for word or nearly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie_cli.detecting.files import REJECTED, add_files, end, read_posts, write_json
from vigie_cli.telling import stage
from vigie_cli.values import add_reading, whole_number

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import Any

    import pyarrow as pa

    from vigie.collect.embeddings import Embedder
    from vigie.detect.families import Families, Held, Rule
    from vigie.terms.languages import Words

FAMILIES, MEMBERS, LINKS = "families.parquet", "members.parquet", "links.parquet"
FINDINGS, MANIFEST = "families.json", "manifest.json"
HELD = {"posts": "held-posts.parquet", "texts": "held-texts.parquet", "meaning": "held-meaning.parquet"}
FILES = (FAMILIES, MEMBERS, LINKS, FINDINGS, MANIFEST, REJECTED, *HELD.values())
SIMILARITY_MIN = 0.693
LARGEST_SHOWN = 20  # families in families.json
DIFFERENT_SHOWN = 5  # members of each whose differences are shown


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
            "manifest.json, held-*.parquet with --keep, and rejected.ndjson when rows were set aside. "
            "Identifiers and texts are left as they are in the files."
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
        "--model",
        type=Path,
        metavar="DIR",
        help=words(
            "a language model on this machine, for other words and other languages: a folder of model2vec or "
            "sentence-transformers; nothing is downloaded"
        ),
    )
    group.add_argument(
        "--posts-min", type=whole_number, default=2, help=words("fewest posts of a family (default: 2)")
    )
    group.add_argument("--seed", type=whole_number, default=0, help=words("of all chance (default: 0)"))
    group.add_argument(
        "--threads", type=whole_number, default=0, help=words("how many (default: one per processor)")
    )
    group = parser.add_argument_group(words("later posts"))
    group.add_argument(
        "--keep",
        action="store_true",
        help=words("keep in DIR what a later run needs to go on: all texts that were compared"),
    )
    group.add_argument(
        "--earlier",
        type=Path,
        metavar="DIR",
        help=words(
            "go on from the folder of an earlier run with --keep: new posts join its families, nothing is "
            "compared twice; keeps too"
        ),
    )
    add_reading(parser, words)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Find families, write them, and say what was found."""
    from vigie.detect import families
    from vigie.store import whole_folder, write_table
    from vigie.text import installed_model

    made = _made(chosen)
    embed = _embed(chosen.model)
    earlier = _earlier(chosen.earlier, made)
    with whole_folder(chosen.out, names=FILES, mark=MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=families.COLUMNS)
        with stage(words("Looking for texts that are copies"), words, quiet=chosen.quiet) as progress:
            found = families.detect(
                posts,
                rule=_rule(chosen),
                seed=chosen.seed,
                earlier=earlier,
                model=installed_model(),
                embed=embed,
                progress=progress,
            )
        with stage(words("Writing the results"), words, quiet=chosen.quiet):
            write_table(found.families, folder / FAMILIES)
            write_table(found.members, folder / MEMBERS)
            write_table(found.links, folder / LINKS)
            write_json(folder / FINDINGS, {**summary(found), "largest": _largest(found)})
            write_json(folder / MANIFEST, _manifest(found, made, chosen, read, posts.num_rows))
            if chosen.keep or chosen.earlier:
                for name, table in families.tables_of(found.held).items():
                    write_table(table, folder / HELD[name])
    return end(chosen, words, summary=summary(found), read=read, tell=lambda: _say(found, words))


def _made(chosen: argparse.Namespace) -> dict[str, Any]:
    """Return what must be the same for a later run to go on: method, seed, parameters, language model."""
    from dataclasses import asdict

    from vigie.collect.embeddings import digest_of
    from vigie.detect import families

    return {
        "method": families.METHOD,
        "seed": chosen.seed,
        "parameters": {name: value for name, value in asdict(_rule(chosen)).items() if name != "threads"},
        "model_sha256": digest_of(chosen.model) if chosen.model else None,
    }


def _embed(folder: Path | None) -> Embedder | None:
    from vigie.collect.embeddings import open_model

    return open_model(folder) if folder else None


def _earlier(folder: Path | None, made: Mapping[str, Any]) -> Held | None:
    """Return what an earlier run holds.

    Raises:
        EarlierError: the folder holds no such run, or one made otherwise.
    """
    if folder is None:
        return None
    import pyarrow as pa

    from vigie.detect.families import EarlierError, held_from

    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        other = sorted(name for name, value in made.items() if manifest.get(name) != value)
        names = [name for name in HELD if name != "meaning" or made["model_sha256"]]
        count, rows_max = _whole(manifest, "posts_with_text"), _whole(manifest, "posts_compared")
        tables = {name: _table(folder / HELD[name], rows_max) for name in names if not other}
    except (
        *(OSError, ValueError, AttributeError, KeyError, TypeError),
        *(RecursionError, MemoryError, pa.ArrowException),
    ) as error:
        raise EarlierError(path=folder, reason=say("it holds no run with --keep")) from error
    if other:
        raise EarlierError(path=folder, reason=say("that run had another method, seed, model or parameters"))
    return held_from(tables, post_count=count, path=str(folder))


def _whole(manifest: Mapping[str, Any], name: str) -> int:
    number = manifest[name]
    if type(number) is not int or not 0 <= number < 1 << 31:
        raise ValueError(number)
    return number


def _table(path: Path, rows_max: int) -> pa.Table:
    """Return a table of no more rows than the run says that it had: a small file may stand for many."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        if file.metadata.num_rows > rows_max:
            raise ValueError(file.metadata.num_rows)
        return file.read()


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


def _manifest(
    found: Families, made: Mapping[str, Any], chosen: argparse.Namespace, read: Mapping[str, Any], posts: int
) -> dict[str, Any]:
    """Return how the run was made, so that it can be made again; no clock and no folder."""
    import vigie
    from vigie.store import digest

    return {
        **made,
        "vigie": vigie.__version__,
        **_tiers(found),
        "earlier": digest(chosen.earlier / MANIFEST) if chosen.earlier else None,
        "posts": posts,
        "posts_with_text": found.post_count,
        "posts_compared": found.compared_count,
        **read,
    }


def _tiers(found: Families) -> dict[str, list[str]]:
    from vigie.detect.families import TIERS

    not_run = [tier for tier in TIERS if tier not in found.tiers]
    return {"tiers": list(found.tiers), "tiers_not_run": not_run}


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
        **_tiers(found),
    }


def _largest(found: Families) -> list[dict[str, Any]]:
    """Return the largest families, each with what its first edited members say otherwise."""
    return [
        {**one, "differences": _different(one, found)}
        for one in found.families.slice(0, LARGEST_SHOWN).to_pylist()
    ]


def _different(one: dict[str, Any], found: Families) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    from vigie.detect.families import differences

    own = pc.and_(pc.equal(found.members["family"], one["family"]), pc.equal(found.members["tier"], "near"))
    members = found.members.filter(pc.and_(own, pc.is_valid(found.members["post_id"])))
    members = members.slice(0, DIFFERENT_SHOWN)
    held = found.held.posts
    said = held.filter(pc.is_in(held["post_id"], members["post_id"].combine_chunks()))
    texts = dict(zip(said["post_id"].to_pylist(), said["body"].to_pylist(), strict=True))
    return [
        {
            "post_id": member["post_id"],
            "similarity": member["similarity"],
            "pieces": [
                [piece.kind, piece.text]
                for piece in differences(one["specimen_text"], texts[member["post_id"]])
            ],
        }
        for member in members.to_pylist()
    ]


def _say(found: Families, words: Words) -> None:
    from vigie.detect.families.signals import TIER_NAMES

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
        words("Looked for: same text, same letters, edited text, other words, other language.")
        if "translation" in found.tiers
        else words(
            "Looked for: same text, same letters, edited text. Not looked for, since that needs a language "
            "model (--model): other words, other language."
        )
    )


def _short(text: str, size: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= size else f"{line[: size - 1]}…"
