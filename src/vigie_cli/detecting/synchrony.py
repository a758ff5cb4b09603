"""Who is in step: options, results and words that `detect rhythm` and `detect deletions` share."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from vigie.terms.times import SECOND_MS
from vigie_cli.detecting.files import REJECTED, given, write_json
from vigie_cli.detecting.saying import figure, said
from vigie_cli.values import whole_number, windows_ms

if TYPE_CHECKING:
    import argparse
    from pathlib import Path
    from typing import Any

    from vigie.detect.synchrony import Rule, Synchrony
    from vigie.terms.languages import Words
    from vigie.terms.signals import Signal

PAIRS, GROUPS, MOMENTS, MANIFEST = "pairs.parquet", "groups.parquet", "moments.parquet", "manifest.json"
SHOWN = 10


def names_of(findings: str) -> tuple[str, ...]:
    """Return the files that a method writes, given that of its findings."""
    return (PAIRS, GROUPS, MOMENTS, findings, MANIFEST, REJECTED)


def add_rule(parser: argparse.ArgumentParser, words: Words, *, moments_min: int, meetings_min: int) -> None:
    """Add the parameters of the rule."""
    group = parser.add_argument_group(words("method"))
    group.add_argument(
        "--same", default="1s", metavar=words("TIME"), help=words("what is one moment (default: 1s)")
    )
    group.add_argument(
        "--within",
        default="60s",
        metavar=words("TIME"),
        help=words("a moment might as well have fallen elsewhere within so long (default: 60s)"),
    )
    group.add_argument(
        "--round",
        default="10s",
        metavar=words("TIME"),
        help=words("set apart so long after each full five minutes of the clock (default: 10s; 0s: none)"),
    )
    group.add_argument(
        "--moments-min",
        type=whole_number,
        default=moments_min,
        help=words("fewest moments of an account (default: {number})", number=moments_min),
    )
    group.add_argument(
        "--meetings-min",
        type=whole_number,
        default=meetings_min,
        help=words("fewest minutes in which two accounts met (default: {number})", number=meetings_min),
    )
    group.add_argument(
        "--crowd-max",
        type=whole_number,
        help=words("set apart moments that more accounts share (default: 50)"),
    )
    group.add_argument(
        "--group-size-min",
        type=whole_number,
        help=words("fewest accounts of a group (default: 3)"),
    )
    group.add_argument("--fdr", type=float, help=words("largest part of false pairs (default: 0.01)"))


def rule_of(chosen: argparse.Namespace) -> Rule:
    """Return the rule that was asked for.

    Raises:
        BadOptionError: a value means nothing.
    """
    from vigie.detect.synchrony import Rule

    return Rule(
        **given(chosen, "crowd_max", "group_size_min", "fdr"),
        bin_ms=windows_ms(chosen.same)[0],
        interval_ms=windows_ms(chosen.within)[0],
        round_ms=windows_ms(chosen.round)[0],
        moments_min=chosen.moments_min,
        meetings_min=chosen.meetings_min,
    )


def write(found: Synchrony, folder: Path) -> None:
    """Write the tables."""
    from vigie.store import write_table

    write_table(found.pairs, folder / PAIRS)
    write_table(found.members, folder / GROUPS)
    write_table(found.moments, folder / MOMENTS)


def write_told(
    folder: Path, findings: str, *, told: dict[str, Any], signals: tuple[Signal, ...], about: dict[str, Any]
) -> None:
    """Write what was found, with its evidence, and how the run was made."""
    write_json(folder / findings, {**told, "signals": [asdict(one) for one in signals]})
    write_json(folder / MANIFEST, about)


def summary(found: Synchrony) -> dict[str, Any]:
    """Return what was found, for machines."""
    groups = found.members.column("group").to_pylist()
    return {
        "moments": found.moment_count,
        "moments_by_the_clock": found.round_count,
        "moments_of_a_crowd": found.crowd_count,
        "accounts_judged": found.account_count,
        "accounts_too_coarse": found.coarse_count,
        "pairs_judged": found.test_count,
        "crowd_factor": found.crowd_factor,
        "bin_ms": found.bin_ms,
        "interval_ms": found.interval_ms,
        "pairs": found.pairs.num_rows,
        "groups": max(groups, default=0),
        "accounts": len(groups),
    }


def say_signals(signals: tuple[Signal, ...], found: Synchrony, words: Words) -> None:
    """Tell how much was judged, what was set apart, and each group in one sentence."""
    if not found.bin_ms:
        print(words("Not judged: these times are told no finer than a minute or more."))
    print(
        words(
            "Judged: {accounts} accounts with enough moments. Set apart: {round} moments by the clock, "
            "{crowd} of a crowd.",
            accounts=found.account_count,
            round=found.round_count,
            crowd=found.crowd_count,
        )
    )
    if found.bin_ms and found.coarse_count:
        print(
            words.count(
                "Not judged: {number} account whose times are told more coarsely than one moment.",
                "Not judged: {number} accounts whose times are told more coarsely than one moment.",
                found.coarse_count,
            )
        )
    print(
        words.count("Found: {number} group in step.", "Found: {number} groups in step.", len(signals))
        if signals
        else words("Found: no accounts that are in step more than chance allows.")
    )
    spans = {
        name: f"{figure(getattr(found, name) / SECOND_MS, words)} s" for name in ("bin_ms", "interval_ms")
    }
    for one in signals[:SHOWN]:
        print(f"  {said(one, words, **spans)}")
