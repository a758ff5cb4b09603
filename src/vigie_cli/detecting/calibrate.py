"""`vigie detect calibrate`: how often a method finds something in one's own posts where there is nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vigie.terms.errors import BadOptionError, VigieError
from vigie.terms.languages import LANGUAGES, Words, say
from vigie_cli import exits
from vigie_cli.detecting.files import REJECTED, add_files, read_posts, say_rejected, write_json
from vigie_cli.telling import stage
from vigie_cli.values import add_reading, whole_number

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

    import pyarrow as pa

    from vigie.detect.calibrating import Calibrated
    from vigie.detect.methods import Method

MEASURES, FINDINGS, MANIFEST = "card-measures.toml", "calibration.json", "manifest.json"
FILES = (MEASURES, FINDINGS, MANIFEST, REJECTED)
ALWAYS = ("post_id", "author", "created_ms", "lang")
RUNS = 100
PACKAGES = ("vigie_cli", "vigie")
DATA = say(
    "{posts} posts of this operator, in which {about}; the true rate is at least that, as copies are "
    "kinder than real quiet days"
)


class NoNullError(VigieError):
    """A method has no copies without anything to find."""

    code = "option.no_null"
    sentence = say("The false alarms of “{name}” cannot be measured: no copies are made for it yet.")
    remedy = say("Choose among: {names}.")


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    about = words("measure how often each method finds something in your own posts where there is nothing")
    parser = methods.add_parser(
        "calibrate",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds card-measures.toml, which a node shows on its method cards, calibration.json and "
            "manifest.json, and rejected.ndjson when rows were set aside. Give posts of a quiet time."
        ),
    )
    add_files(parser, words)
    group = parser.add_argument_group(words("method"))
    group.add_argument(
        "--methods", metavar=words("NAMES"), help=words("which, separated by commas (default: all)")
    )
    group.add_argument(
        "--runs",
        type=whole_number,
        default=RUNS,
        help=words("copies without anything to find, for each method (default: 100)"),
    )
    group.add_argument("--seed", type=whole_number, default=0, help=words("of all chance (default: 0)"))
    add_reading(parser, words)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Measure, write what was measured, and say it."""
    from vigie.store import whole_folder

    methods = _methods(chosen)
    if chosen.runs < 1:
        raise BadOptionError(option="--runs", value=chosen.runs, expected=say("a whole number, 1 or more"))
    with whole_folder(chosen.out, names=FILES, mark=MANIFEST) as folder:
        columns = dict.fromkeys([*ALWAYS, *(name for one in methods for name in one.tools().columns)])
        posts, read = read_posts(chosen, folder, words, columns=tuple(columns))
        found = [_measured(one, posts, chosen, words) for one in methods]
        (folder / MEASURES).write_text(overlay(found, posts.num_rows, _today()), encoding="utf-8")
        write_json(folder / FINDINGS, {"methods": [asdict(one) for one in found]})
        write_json(folder / MANIFEST, _manifest(methods, chosen, read, posts.num_rows))
    if chosen.json:
        print(json.dumps({"methods": [asdict(one) for one in found], "out": str(chosen.out)}, indent=2))
    elif not chosen.quiet:
        say_rejected(read["rows_set_aside"], chosen.out, words)
        _say(found, words)
        if chosen.methods is None:
            _say_unmeasured(words)
        print(words("Results: {folder}", folder=chosen.out))
    return exits.DONE


def _methods(chosen: argparse.Namespace) -> list[Method]:
    """Return the methods asked for.

    Raises:
        BadOptionError: there is no such method.
        NoNullError: one has no copies without anything to find.
    """
    from vigie.detect.methods import METHODS
    from vigie.detect.nulls import NULLS

    able = [name for name in METHODS if name in NULLS]
    names = able if chosen.methods is None else [one.strip() for one in chosen.methods.split(",")]
    for name in names:
        if name not in METHODS:
            raise BadOptionError(option="--methods", value=chosen.methods, expected=", ".join(able))
        if name not in NULLS:
            raise NoNullError(name=name, names=", ".join(able))
    return [METHODS[name] for name in dict.fromkeys(names)]


def _measured(method: Method, posts: pa.Table, chosen: argparse.Namespace, words: Words) -> Calibrated:
    from vigie.detect.calibrating import calibrate

    telling = words("Measuring false alarms: {method}", method=method.title)
    with stage(telling, words, quiet=chosen.quiet) as progress:
        return calibrate(method, posts, runs=chosen.runs, seed=chosen.seed, progress=progress)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def overlay(found: Sequence[Calibrated], posts: int, measured: str) -> str:
    """Return the file that method cards are completed with: see `vigie.terms.cards.read_measures`.

    Args:
        found: what was measured.
        posts: how many posts it was measured on.
        measured: the day, ISO.
    """
    speaking = {language: Words(language, packages=PACKAGES) for language in LANGUAGES}
    lines = []
    for one in found:
        name = json.dumps(one.method)
        lines += [
            f"[{name}]",
            f"measured = {json.dumps(measured)}",
            f"runs = {one.runs}",
            f"with_groups = {one.with_signals}",
            f"low = {one.low!r}",
            f"high = {one.high!r}",
            f"[{name}.data]",
            *(
                f"{language} = {json.dumps(words(DATA, posts=posts, about=one.about), ensure_ascii=False)}"
                for language, words in speaking.items()
            ),
            "",
        ]
    return "\n".join(lines)


def _manifest(
    methods: Sequence[Method], chosen: argparse.Namespace, read: dict[str, Any], posts: int
) -> dict[str, Any]:
    """Return how the run was made, so that it can be made again; no clock and no folder."""
    import vigie

    return {
        "method": "calibrate",
        "methods": [one.id for one in methods],
        "vigie": vigie.__version__,
        "seed": chosen.seed,
        "parameters": {"runs": chosen.runs, **{one.name: one.tools().parameters for one in methods}},
        "posts": posts,
        **read,
    }


def _say_unmeasured(words: Words) -> None:
    """Say which methods cannot be measured so."""
    from vigie.detect.methods import METHODS
    from vigie.detect.nulls import NULLS

    titles = [words(one.title) for name, one in METHODS.items() if name not in NULLS]
    if titles:
        print(
            words(
                "Not measured, as nobody knows yet how to make copies without anything to find: {methods}.",
                methods=", ".join(titles),
            )
        )


def _say(found: Sequence[Calibrated], words: Words) -> None:
    for one in found:
        print(
            words(
                "{method}: false alarms in {hits} of {runs} copies; the rate of such copies lies between "
                "{low} and {high} %, the true one is at least that. Found in the posts as they are: {found}.",
                method=one.method,
                hits=one.with_signals,
                runs=one.runs,
                low=f"{100 * one.low:.1f}",
                high=f"{100 * one.high:.1f}",
                found=one.found_as_is,
            )
        )
