"""`vigie detect engagement`: items whose counters are out of proportion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.terms.languages import say
from vigie_cli.detecting.files import REJECTED, add_files, end, given, manifest_of, read_posts, write_json
from vigie_cli.detecting.saying import figure
from vigie_cli.telling import stage
from vigie_cli.values import add_reading, whole_number

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.detect.engagement import Detection, Rule
    from vigie.terms.languages import Words

SIGNALS, FINDINGS, MANIFEST = "engagement.parquet", "engagement.json", "manifest.json"
FILES = (SIGNALS, FINDINGS, MANIFEST, REJECTED)
SHOWN = 10
COMPARED_WITH = {
    "account": say("the account’s other items"),
    "peers": say("accounts of its class"),
}


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the method."""
    about = words("find posts whose counters are out of proportion: far too much, or seen and not touched")
    parser = methods.add_parser(
        "engagement",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds engagement.parquet, engagement.json and manifest.json, and rejected.ndjson when "
            "rows were set aside. Identifiers are left as they are in the files."
        ),
    )
    add_files(parser, words)
    group = parser.add_argument_group(words("method"))
    group.add_argument("--fdr", type=float, help=words("largest part of false signals (default: 0.01)"))
    group.add_argument(
        "--factor-min",
        type=float,
        help=words("how many times more or less than usual, at least (default: 3)"),
    )
    group.add_argument(
        "--own-items-min",
        type=whole_number,
        help=words("fewest other items of an account to compare with itself (default: 8)"),
    )
    group.add_argument(
        "--peer-items-min",
        type=whole_number,
        help=words("fewest items of other accounts of its class (default: 20)"),
    )
    add_reading(parser, words)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Find them, write them, and say what was found."""
    from vigie.detect.engagement import COLUMNS, METHOD, Rule, detect
    from vigie.store import whole_folder, write_table

    rule = Rule(
        **given(chosen, "fdr", "factor_min", "own_items_min", "peer_items_min"),
    )
    with whole_folder(chosen.out, names=FILES, mark=MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=COLUMNS)
        with stage(words("Comparing counters"), words, quiet=chosen.quiet) as progress:
            found = detect(posts, rule=rule, progress=progress)
        write_table(found.signals, folder / SIGNALS)
        write_json(folder / FINDINGS, {**summary(found), "signals": found.signals.to_pylist()})
        write_json(folder / MANIFEST, manifest_of(METHOD, rule=rule, posts=found.item_count, read=read))
    return end(chosen, words, summary=summary(found), read=read, tell=lambda: _say(found, rule, words))


def summary(found: Detection) -> dict[str, Any]:
    """Return what was found, for machines."""
    from vigie.detect.engagement import METHOD

    return {
        "method": METHOD,
        "posts": found.item_count,
        "posts_with_counters": found.counted_item_count,
        "posts_compared": found.compared_item_count,
        "figures": found.figure_count,
        "figures_not_compared": found.uncompared_figure_count,
        "comparisons": found.test_count,
        "signals": found.signals.num_rows,
    }


def _say(found: Detection, rule: Rule, words: Words) -> None:
    print(
        words(
            "Compared: {compared} posts of {counted} whose counters are known, {posts} posts in all.",
            compared=found.compared_item_count,
            counted=found.counted_item_count,
            posts=found.item_count,
        )
    )
    if found.uncompared_figure_count:
        print(
            words.count(
                "Not enough to compare: {number} figure has too few others of its kind.",
                "Not enough to compare: {number} figures have too few others of their kind.",
                found.uncompared_figure_count,
            )
        )
    print(
        words.count(
            "Found: {number} figure out of proportion; at most {share} % of such findings are expected to "
            "be false.",
            "Found: {number} figures out of proportion; at most {share} % of such findings are expected to "
            "be false.",
            found.signals.num_rows,
            share=figure(100 * rule.fdr, words),
        )
    )
    for one in found.signals.slice(0, SHOWN).to_pylist():
        print(f"  {_line(one, words)}")


def _line(signal: dict[str, Any], words: Words) -> str:
    return words(
        "{post}  {measure} {value}, usually {usual}, compared with {with_whom} ({items} items)",
        post=signal["post_id"] or "–",
        measure=signal["measure"],
        value=figure(signal["value"], words),
        usual=figure(signal["usual"], words),
        with_whom=COMPARED_WITH[signal["compared_with"]],
        items=signal["compared_items"],
    )
