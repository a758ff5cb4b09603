"""`vigie detect narratives`: what many posts tell in words of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import BadOptionError, VigieError
from vigie.terms.languages import say
from vigie_cli.detecting.files import REJECTED, add_files, end, given, manifest_of, read_posts, write_json
from vigie_cli.telling import stage
from vigie_cli.values import add_reading, whole_number, windows_ms

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.detect.narratives import Detection, Earlier, Rule
    from vigie.terms.languages import Words

NARRATIVES, MEMBERS, RIVER, LINKS = (
    f"{name}.parquet" for name in ("narratives", "members", "river", "links")
)
FINDINGS, MANIFEST = "narratives.json", "manifest.json"
FILES = (NARRATIVES, MEMBERS, RIVER, LINKS, FINDINGS, MANIFEST, REJECTED)
SHOWN = 10
SPECIMENS = 5  # posts of each narrative in narratives.json
CHANGES = {"new": say("new"), "grows": say("grows"), "steady": "", "unknown": "", "dormant": ""}


class EarlierError(VigieError):
    """The results of an earlier run cannot be used."""

    code = "file.earlier_narratives"
    sentence = say("The earlier results in “{path}” cannot be used: {reason}.")
    remedy = say("Give the folder that an earlier “vigie detect narratives” wrote.")


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the method."""
    about = words("find what many posts tell in words of their own, and what of it is new or grows")
    parser = methods.add_parser(
        "narratives",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds narratives.parquet, members.parquet, river.parquet, links.parquet, "
            "narratives.json and manifest.json, and rejected.ndjson when rows were set aside. Identifiers "
            "and texts are left as they are in the files. Times are UTC."
        ),
    )
    add_files(parser, words)
    _add_grouping(parser, words)
    _add_change(parser, words)
    add_reading(parser, words)
    parser.set_defaults(run=run)


def _add_grouping(parser: argparse.ArgumentParser, words: Words) -> None:
    group = parser.add_argument_group(words("method"))
    group.add_argument(
        "--earlier",
        type=Path,
        metavar="DIR",
        help=words("results of an earlier run, whose narratives keep their ids and their past"),
    )
    group.add_argument(
        "--texts-min",
        type=whole_number,
        help=words("fewest different texts of a narrative (default: 10)"),
    )
    group.add_argument(
        "--resolution",
        type=float,
        help=words("more and smaller narratives when higher (default: 2)"),
    )
    group.add_argument(
        "--chance-max",
        type=float,
        metavar=words("SHARE"),
        help=words("largest part of texts of shuffled words that would join a narrative (default: 0.05)"),
    )
    group.add_argument(
        "--fit-max",
        type=whole_number,
        help=words("different texts per language from which narratives are learned (default: 20000)"),
    )
    group.add_argument("--seed", type=whole_number, default=0, help=words("of all chance (default: 0)"))


def _add_change(parser: argparse.ArgumentParser, words: Words) -> None:
    group = parser.add_argument_group(words("what is new or grows"))
    group.add_argument("--slot", default="6h", help=words("length of a slot of the river (default: 6h)"))
    group.add_argument("--recent", default="1d", help=words("what counts as recent (default: 1d)"))
    group.add_argument(
        "--history", default="7d", help=words("how much must lie before it, to say anything (default: 7d)")
    )
    group.add_argument(
        "--growth-min",
        type=float,
        help=words("how many times its own past a narrative must reach (default: 2)"),
    )
    group.add_argument(
        "--fdr",
        type=float,
        help=words("largest part of narratives called growing by chance alone (default: 0.05)"),
    )


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Find narratives, write them, and say what was found."""
    from vigie.detect import narratives
    from vigie.detect.families.linking import names_in, numbers_in
    from vigie.store import whole_folder, write_table
    from vigie.text import installed_model

    rule = _rule(chosen)
    earlier = read_earlier(chosen.earlier) if chosen.earlier else None
    with whole_folder(chosen.out, names=FILES, mark=MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=narratives.COLUMNS)
        with stage(words("Looking for narratives"), words, quiet=chosen.quiet) as progress:
            found = narratives.detect(
                posts,
                rule=rule,
                seed=chosen.seed,
                earlier=earlier,
                model=installed_model(),
                readers=narratives.Readers(numbers=numbers_in, names=names_in),
                progress=progress,
            )
        with stage(words("Writing the results"), words, quiet=chosen.quiet):
            for table, name in (
                (found.narratives, NARRATIVES),
                (found.members, MEMBERS),
                (found.river, RIVER),
                (found.links, LINKS),
            ):
                write_table(table, folder / name)
            write_json(folder / FINDINGS, {**summary(found), "found": _told(found)})
            write_json(folder / MANIFEST, _manifest(chosen, rule, read, found))
    return end(chosen, words, summary=summary(found), read=read, tell=lambda: _say(found, words))


def _rule(chosen: argparse.Namespace) -> Rule:
    from vigie.detect.narratives import Rule

    return Rule(
        **given(chosen, "texts_min", "resolution", "chance_max", "fit_max", "growth_min", "fdr"),
        slot_ms=_one_time("--slot", chosen.slot),
        recent_ms=_one_time("--recent", chosen.recent),
        history_ms=_one_time("--history", chosen.history),
    )


def _one_time(option: str, text: str) -> int:
    times = windows_ms(text)
    if len(times) != 1:
        raise BadOptionError(option=option, value=text, expected=say("one time, such as 1h"))
    return times[0]


def read_earlier(folder: Path) -> Earlier:
    """Return what an earlier run found.

    Raises:
        EarlierError: the folder holds no such results.
    """
    import pyarrow as pa
    from pyarrow import parquet as pq

    from vigie.detect.narratives import Earlier
    from vigie.terms.errors import UnfitTableError

    try:
        tables = [pq.read_table(folder / name) for name in (NARRATIVES, MEMBERS, RIVER)]
        return Earlier(narratives=tables[0], members=tables[1], river=tables[2])
    except OSError as error:
        raise EarlierError(path=folder, reason=error.strerror or str(error)) from error
    except (pa.ArrowInvalid, UnfitTableError) as error:
        raise EarlierError(path=folder, reason=say("its tables are of something else")) from error


def _manifest(
    chosen: argparse.Namespace, rule: Rule, read: dict[str, Any], found: Detection
) -> dict[str, Any]:
    from vigie.detect.narratives import METHOD
    from vigie.store import digest

    earlier = (
        {name: digest(chosen.earlier / name) for name in (NARRATIVES, MEMBERS, RIVER)}
        if chosen.earlier
        else None
    )
    return manifest_of(
        METHOD, rule=rule, posts=found.members.num_rows, read=read, seed=chosen.seed, earlier=earlier
    )


def summary(found: Detection) -> dict[str, Any]:
    """Return what was found, for machines."""
    from dataclasses import asdict

    from vigie.detect import narratives

    change = found.narratives["change"].to_pylist()
    posts = found.members.num_rows
    return {
        "method": narratives.METHOD,
        "posts": posts,
        "posts_without_words": found.silent_count,
        "posts_in_narratives": posts - found.members["narrative"].to_pylist().count(narratives.NONE),
        "narratives": len(change) - change.count("dormant"),
        **{one: change.count(one) for one in ("new", "grows", "unknown", "dormant")},
        "links": found.links.num_rows,
        "linked_by": list(found.linked_by),
        "neighbours": "exact",
        "languages": [asdict(one) for one in found.languages],
    }


def _told(found: Detection) -> list[dict[str, Any]]:
    """Return the narratives, each with the posts nearest its centre, for people who read JSON."""
    from vigie.detect.narratives.tables import specimens

    rows = found.narratives.drop_columns(["words", "weights"]).to_pylist()
    nearest = specimens(found.members, SPECIMENS)
    return [{**row, "specimens": nearest.get(row["narrative"], [])} for row in rows]


def _say(found: Detection, words: Words) -> None:
    told = summary(found)
    print(
        words(
            "Read: {posts} posts, {silent} of them without words; {placed} tell a narrative, the others "
            "none.",
            posts=told["posts"],
            silent=told["posts_without_words"],
            placed=told["posts_in_narratives"],
        )
    )
    for one in found.languages[:SHOWN]:
        print(f"  {_language_line(one, words)}")
    print(
        words.count(
            "Found: {number} narrative; new {new}, growing {grows}, with too little past to say {unknown}.",
            "Found: {number} narratives; new {new}, growing {grows}, with too little past to say {unknown}.",
            told["narratives"],
            new=told["new"],
            grows=told["grows"],
            unknown=told["unknown"],
        )
    )
    order = {"new": 0, "grows": 1}
    rows = [row for row in found.narratives.to_pylist() if row["change"] != "dormant"]
    for row in sorted(rows, key=lambda row: order.get(row["change"], 2))[:SHOWN]:
        print(f"  {_line(row, words)}")
    if found.links.num_rows:
        print(
            words.count(
                "{number} weak link between narratives of two languages: look at both.",
                "{number} weak links between narratives of two languages: look at both.",
                found.links.num_rows,
            )
        )


def _language_line(one: Any, words: Words) -> str:
    if not one.fitted:
        return words("{lang}: {texts} different texts, too few", lang=one.lang, texts=one.texts)
    return words(
        "{lang}: {texts} different texts, learned from {fitted}; {kept} of {tried} groups hang together",
        lang=one.lang,
        texts=one.texts,
        fitted=one.fitted,
        kept=one.narratives,
        tried=one.tried,
    )


def _line(row: dict[str, Any], words: Words) -> str:
    change = words(CHANGES[row["change"]]) if CHANGES[row["change"]] else ""
    return words(
        "{lang}  {posts} posts of {accounts} accounts: {terms}  {change}",
        lang=row["lang"],
        posts=row["posts"],
        accounts=row["accounts"],
        terms=", ".join(row["terms"][:6]),
        change=change,
    ).rstrip()
