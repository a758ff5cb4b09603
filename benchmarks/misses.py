"""Writes the page that says what each method finds and misses: from method cards and measured figures.

`python benchmarks/misses.py --take` first copies what the benchmarks measured last (work/results.json) into
measured.json, which is kept with the code; without it the pages are written anew from that copy and the
cards. A test compares the pages with both, and runs no benchmark.
"""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vigie.terms.cards import read_card

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.terms.cards import MethodCard
    from vigie.terms.languages import Language

HERE = Path(__file__).resolve().parent
CARDS = HERE.parent / "src" / "vigie" / "detect"
MEASURED = HERE / "measured.json"
RESULTS = HERE / "work" / "results.json"
EXPLAINED = HERE.parent / "docs" / "explanation"
PAGES: dict[Language, Path] = {
    "en": EXPLAINED / "what-methods-miss.md",
    "fr": EXPLAINED / "what-methods-miss.fr.md",
}
TAKEN = ("null", "null_methods", "second_generator", "transplant")
FIRST = "coaction"
WORDING: dict[str, Any] = tomllib.loads((HERE / "misses.toml").read_text(encoding="utf-8"))
TEXTS: dict[str, dict[Language, str]] = WORDING["texts"]
FRENCH_LABELS: dict[str, str] = WORDING["french_labels"]


def main() -> None:
    """Take what was measured last, if asked, and write the pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--take", action="store_true", help="copy what the benchmarks measured last")
    if parser.parse_args().take:
        take()
    for language, path in PAGES.items():
        path.write_text(page(language), encoding="utf-8")
        print(path)


def take() -> None:
    """Copy the figures of whole runs into the file that is kept with the code."""
    kept = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    kept |= {name: results[name] for name in TAKEN if is_whole(results.get(name))}
    text = json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True)
    MEASURED.write_text(text + "\n", encoding="utf-8")


def is_whole(result: dict[str, Any] | None) -> bool:
    """Return whether a result is of a whole run whose day is known."""
    return bool(result and not result["quick"] and result.get("measured"))


def page(language: Language) -> str:
    """Return the page, from the cards and the kept figures alone."""
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    lines = [TEXTS["note"][language], "", f"# {TEXTS['title'][language]}", "", TEXTS["intro"][language], ""]
    for card in cards():
        lines += of_card(card, language)
        if card.id.startswith(f"{FIRST}/"):
            lines += [*second_generator(measured, language), *transplant(measured, language)]
    lines += null(measured, language)
    return "\n".join(lines)


def cards() -> list[MethodCard]:
    """Return the cards of all methods, co-action first, then by name."""
    every = [read_card(path) for path in sorted(CARDS.glob("*/card.toml"))]
    return sorted(every, key=lambda card: (not card.id.startswith(f"{FIRST}/"), card.id))


def of_card(card: MethodCard, language: Language) -> Iterator[str]:
    """Yield what a card says of what its method finds and misses."""
    yield from (f"## {card.title[language]}", "", f"`{card.id}`", "")
    yield from (f"**{TEXTS['finds'][language]}**{colon(language)} {card.purpose[language]}", "")
    yield from (f"### {TEXTS['misses'][language]}", "")
    yield from (f"- {one[language]}" for one in card.failures)
    if card.measures:
        yield from ("", f"### {TEXTS['measured'][language]}", "")
        yield from (
            f"- {one.measured}, {one.data[language]}{colon(language)} {one.figures[language]}"
            for one in card.measures
        )
    yield from ("", f"### {TEXTS['false'][language]}", "")
    alarms = card.false_alarms
    if alarms is None:
        yield from (TEXTS["unknown"][language], "")
        return
    yield TEXTS["rate"][language].format(
        hits=alarms.with_groups,
        runs=alarms.runs,
        low=figure(100 * alarms.low, language),
        high=figure(100 * alarms.high, language),
        data=alarms.data[language],
        measured=alarms.measured,
    )
    yield ""


def colon(language: Language) -> str:
    """Return a colon as the language writes it."""
    return "\u00a0:" if language == "fr" else ":"


def second_generator(measured: dict[str, Any], language: Language) -> Iterator[str]:
    """Yield the tables of the second generator."""
    results = measured.get("second_generator")
    if results is None:
        return
    yield from (f"### {TEXTS['society'][language]}", "")
    yield from (TEXTS["society_note"][language].format(measured=results["measured"]), "")
    yield from (TEXTS["society_lesson"][language], "")
    for name, one in samples(results):
        yield from scores(name, one, language)
        ours = [row for row in one["kinds"] if row["method"].startswith("ours, all")]
        head = [TEXTS["kind"][language], *(label(row["method"], language) for row in ours)]
        kinds = [kind for kind in ours[0] if kind != "method"]
        yield from table(head, [[kind, *(row[kind] for row in ours)] for kind in kinds])


def transplant(measured: dict[str, Any], language: Language) -> Iterator[str]:
    """Yield the tables of transplanted operations."""
    results = measured.get("transplant")
    if results is None:
        return
    alone = results["German links, nothing planted"]
    told = " / ".join(f"{count} ({windows})" for windows, count in alone["flagged"].items())
    note = TEXTS["transplant_note"][language]
    accounts = figure(alone["accounts"], language)
    yield from (f"### {TEXTS['transplant'][language]}", "")
    yield from (note.format(alone=told, accounts=accounts, measured=results["measured"]), "")
    for name, one in samples(results):
        yield from scores(f"{name} ({one['planted']})", one, language)


def samples(results: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each sample that methods were scored on."""
    for name, one in results.items():
        if isinstance(one, dict) and "scores" in one:
            yield name, one


def scores(name: str, one: dict[str, Any], language: Language) -> Iterator[str]:
    """Yield the table of one sample."""
    yield from (f"**{label(name, language)}**", "")
    head = [TEXTS[key][language] for key in ("method", "precision", "recall", "per_10_000")]
    yield from table(
        head,
        [
            [
                label(row["method"], language),
                "–" if is_empty(row) else figure(row["precision"], language),
                *(figure(row[column], language) for column in ("recall", "false per 10,000")),
            ]
            for row in one["scores"]
        ],
    )


def is_empty(row: dict[str, Any]) -> bool:
    """Return whether a method flagged nobody: there is no precision then."""
    return not row["recall"] and not row["false per 10,000"]


def null(measured: dict[str, Any], language: Language) -> Iterator[str]:
    """Yield the table of runs where there is nothing to find."""
    rows = [
        [row.get("method") or f"coaction/2, {label(row['variant'], language)}", row]
        for name in ("null", "null_methods")
        for row in measured.get(name, {}).get("rows", [])
    ]
    if not rows:
        return
    yield from (f"## {TEXTS['null'][language]}", "")
    yield from table(
        [TEXTS[key][language] for key in ("copies", "runs", "with_any", "interval")],
        [
            [name, row["runs"], row.get("with any group", row.get("with any finding")), row["95 % interval"]]
            for name, row in rows
        ],
    )


def table(head: list[str], rows: list[list[Any]]) -> Iterator[str]:
    """Yield a table in Markdown."""
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"
    yield ""


def label(text: str, language: Language) -> str:
    """Return the name of a row in a language."""
    if language == "en":
        return text
    longest_first = sorted(FRENCH_LABELS, key=len, reverse=True)
    text = re.sub(r"(?<=\d),(?=\d{3})", "\u00a0", text)
    words = "|".join(re.escape(one) for one in longest_first)
    return re.sub(rf"(?<!\w)(?:{words})(?!\w)", lambda found: FRENCH_LABELS[found[0]], text)


def figure(value: float | None, language: Language) -> str:
    """Return a figure as the language writes it."""
    if value is None:
        return "–"
    text = f"{value:,.0f}" if isinstance(value, int) or value >= 100 else f"{value:.3g}"
    return text.replace(",", "\u00a0").replace(".", ",") if language == "fr" else text


if __name__ == "__main__":
    main()
