"""`vigie detect reuse`: pictures that are used again, and those whose texts changed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_cli.detecting.files import REJECTED, add_files, end, given, manifest_of, read_posts, write_json
from vigie_cli.telling import stage
from vigie_cli.values import add_reading, whole_number

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.detect.reuse import Detection, Rule
    from vigie.terms.languages import Words

PICTURES, USES, CONTEXTS = "pictures.parquet", "uses.parquet", "contexts.parquet"
FINDINGS, MANIFEST = "reuse.json", "manifest.json"
FILES = (PICTURES, USES, CONTEXTS, FINDINGS, MANIFEST, REJECTED)
SHOWN = 10
KINDS = {
    "old_picture": say("old picture with another text"),
    "changed_context": say("picture with another text"),
}


class IgnoredFileError(VigieError):
    """The list of pictures that mean nothing cannot be read."""

    code = "file.ignored"
    sentence = say("The list of pictures to leave out “{path}” cannot be used: {reason}.")
    remedy = say("Give a text file with one hash a line, 64 hexadecimal digits: SHA-256 or PDQ.")


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the method."""
    about = words(
        "find pictures that are used again, where each was first seen, and which came with another text"
    )
    parser = methods.add_parser(
        "reuse",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds pictures.parquet, uses.parquet, contexts.parquet, reuse.json and manifest.json, "
            "and rejected.ndjson when rows were set aside. Identifiers and texts are left as they are in the "
            "files. Nothing says whether a picture is authentic."
        ),
    )
    add_files(parser, words)
    group = parser.add_argument_group(words("method"))
    group.add_argument(
        "--distance-max",
        type=whole_number,
        help=words("bits of 256 in which hashes of one picture may differ (default: 31)"),
    )
    group.add_argument(
        "--quality-min",
        type=whole_number,
        help=words("lowest quality of a hash, 0 to 100 (default: 50)"),
    )
    group.add_argument(
        "--no-mirrored", action="store_true", help=words("a picture and its mirror image are two")
    )
    group.add_argument("--posts-min", type=whole_number, help=words("fewest posts of a picture (default: 2)"))
    group.add_argument(
        "--alike-min",
        type=float,
        metavar=words("SHARE"),
        help=words("texts of one context share this much of their words’ weight (default: 0.15)"),
    )
    group.add_argument(
        "--accounts-min",
        type=whole_number,
        help=words("fewest accounts that use a picture with another text (default: 2)"),
    )
    group.add_argument(
        "--old-days",
        type=whole_number,
        metavar=words("DAYS"),
        help=words("days without use after which a picture is old (default: 180)"),
    )
    group.add_argument(
        "--ignore",
        type=Path,
        metavar="FILE",
        help=words("hashes of placeholders and logos to leave out, one a line"),
    )
    add_reading(parser, words)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Find them, write them, and say what was found."""
    from vigie.detect.reuse import COLUMNS, METHOD, detect
    from vigie.store import whole_folder, write_table
    from vigie.text import installed_model

    rule, ignored = _rule(chosen), _ignored(chosen.ignore) if chosen.ignore else ()
    with whole_folder(chosen.out, names=FILES, mark=MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=COLUMNS)
        with stage(words("Looking for pictures that are used again"), words, quiet=chosen.quiet) as progress:
            found = detect(posts, rule=rule, ignored=ignored, model=installed_model(), progress=progress)
        write_table(found.pictures, folder / PICTURES)
        write_table(found.uses, folder / USES)
        write_table(found.contexts, folder / CONTEXTS)
        write_json(folder / FINDINGS, {**summary(found), "changes": found.changes.to_pylist()})
        about = manifest_of(
            METHOD,
            rule=rule,
            posts=found.post_count,
            read=read,
            parameters={"ignored": list(ignored)},
        )
        write_json(folder / MANIFEST, about)
    return end(chosen, words, summary=summary(found), read=read, tell=lambda: _say(found, words))


def _rule(chosen: argparse.Namespace) -> Rule:
    from vigie.detect.reuse import Rule

    return Rule(
        **given(chosen, "distance_max", "quality_min", "posts_min", "alike_min", "accounts_min", "old_days"),
        mirrored=not chosen.no_mirrored,
    )


def _ignored(path: Path) -> tuple[str, ...]:
    """Return the hashes of a list, sorted.

    Raises:
        IgnoredFileError: it is no such list.
    """
    import re

    try:
        lines = path.read_text(encoding="utf-8-sig").split()
    except OSError as error:
        raise IgnoredFileError(path=path, reason=error.strerror) from error
    except UnicodeDecodeError as error:
        raise IgnoredFileError(path=path, reason=say("it is no text in UTF-8")) from error
    if not all(re.fullmatch(r"[0-9a-fA-F]{64}", line) for line in lines):
        raise IgnoredFileError(path=path, reason=say("one of its lines is no hash"))
    return tuple(sorted({line.lower() for line in lines}))


def summary(found: Detection) -> dict[str, Any]:
    """Return what was found, for machines."""
    from vigie.detect.reuse import METHOD

    kinds = found.changes["kind"].to_pylist()
    return {
        "method": METHOD,
        "posts_with_media": found.post_count,
        "media_compared": found.medium_count,
        "media_without_hash": found.unhashed_count,
        "media_whose_hash_tells_nothing": found.flat_count,
        "media_ignored": found.ignored_count,
        "pictures": found.pictures.num_rows,
        "old_pictures": kinds.count("old_picture"),
        "changed_contexts": kinds.count("changed_context"),
    }


def _say(found: Detection, words: Words) -> None:
    print(
        words(
            "Compared: {media} different media of {posts} posts; left out: {unhashed} without hash, {flat} "
            "whose hash tells nothing, {ignored} of your list.",
            media=found.medium_count,
            posts=found.post_count,
            unhashed=found.unhashed_count,
            flat=found.flat_count,
            ignored=found.ignored_count,
        )
    )
    print(
        words.count(
            "Found: {number} picture that several posts use; {changed} came again with another text.",
            "Found: {number} pictures that several posts use; {changed} came again with another text.",
            found.pictures.num_rows,
            changed=found.changes.num_rows,
        )
    )
    for one in found.changes.slice(0, SHOWN).to_pylist():
        print(f"  {_line(one, words)}")
    print(words("“First seen” is first in these files; where a picture comes from is not known."))


def _line(change: dict[str, Any], words: Words) -> str:
    return words(
        "{at}  {kind}: {posts} posts of {accounts} accounts; first seen {first}  {picture}",
        at=_day(change["at_ms"]),
        kind=KINDS[change["kind"]],
        posts=change["posts"],
        accounts=change["accounts"],
        first=_day(change["first_ms"]),
        picture=change["picture"][:20],
    )


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")
