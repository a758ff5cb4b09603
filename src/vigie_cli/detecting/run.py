"""`vigie detect run`: several methods over the same posts, each with its usual rule; what is new is done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.detect.methods import METHODS, NEEDS
from vigie.terms.errors import BadOptionError, VigieError, tell
from vigie.terms.languages import say
from vigie_cli import exits
from vigie_cli.detecting.exposure import read_register
from vigie_cli.detecting.files import add_files, planned_files, read_posts, reading, say_rejected
from vigie_cli.detecting.kept import KIND, Kept, fingerprint_of, kept_from, our_folder
from vigie_cli.telling import aside, stage
from vigie_cli.values import add_reading, day_ms, whole_number

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from typing import Any

    import pyarrow as pa

    from vigie.detect.methods import Given, Method, Tools
    from vigie.terms.languages import Words
    from vigie_cli.detecting.kept import Results

DAY_IN_MS, HOUR_MS = 86_400_000, 3_600_000
READ = ("author", "created_ms")  # whatever a method reads
SHOWN = 5
HOURS_MAX = 1_000_000  # a century; more would leave what moments can say


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    about = words(
        "run several methods over the same posts, each with its usual rule; only what is new is done"
    )
    parser = methods.add_parser(
        "run",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds signals.parquet, signals.json and manifest.json, and the results of each method. "
            "A second run over the same files with the same options does nothing; one that was stopped goes "
            "on. Identifiers are left as they are in the files."
        ),
    )
    add_files(parser, words)
    group = parser.add_argument_group(words("methods"))
    group.add_argument(
        "--methods",
        metavar=words("NAMES"),
        help=words("which, separated by commas (default: all): {names}", names=", ".join(_names())),
    )
    group.add_argument(
        "--since", type=day_ms, metavar=words("DAY"), help=words("only posts from this day on, UTC")
    )
    group.add_argument(
        "--until", type=day_ms, metavar=words("DAY"), help=words("only posts until the end of this day, UTC")
    )
    group.add_argument(
        "--hours",
        type=whole_number,
        metavar=words("NUMBER"),
        help=words("only the last so many hours, back from the latest post"),
    )
    group.add_argument("--seed", type=whole_number, default=0, help=words("of all chance (default: 0)"))
    group.add_argument(
        "--register",
        type=Path,
        metavar="FILE",
        help=words(
            "CSV of outlets: identifier,kind,tier,state,name,criterion,source_url,source_date; without it, "
            "methods that compare with one are not run: {names}",
            names=", ".join(name for name, one in _names().items() if "register" in one.needs),
        ),
    )
    add_reading(parser, words)
    parser.set_defaults(run=run)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One method that was asked for, and the fingerprint of what its results are made from."""

    method: Method
    tools: Tools
    fingerprint: str


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Run what is new, keep it, and say what was noticed."""
    methods, planned = _methods(chosen), planned_files(chosen)
    tables = _tables(chosen)
    lacking = {one.name: _lacks(one, tables) for one in methods if _lacks(one, tables)}
    methods = [one for one in methods if one.name not in lacking]
    digests = [sha256 for _, sha256 in planned]
    with our_folder(chosen.out) as results:
        asked = [_asked(one, chosen, digests) for one in methods]
        kept = {one.method.name: results.of(one.method.name, one.fingerprint) for one in asked}
        new = [one for one in asked if kept[one.method.name] is None]
        before = results.manifest()
        fingerprints = {one.method.name: one.fingerprint for one in asked}
        if not new and before is not None and before["fingerprints"] == fingerprints:
            return _nothing_new(chosen, before, lacking, words)
        errors: dict[str, VigieError | Exception] = {}
        read = before["read"] if before is not None and not new else {}
        if new:
            posts, read = read_posts(chosen, results.folder, words, columns=_columns(new), planned=planned)
            posts = within(posts, chosen)
            read = {**read, "posts": posts.num_rows}
            for one in new:
                _run_one(one, posts, tables, chosen, results, errors, words)
        done = {one.method.name: results.of(one.method.name, one.fingerprint) for one in asked}
        whole = {name: one for name, one in done.items() if one is not None}
        results.forget(METHODS.keys() - whole.keys())
        manifest = _manifest(chosen, asked, whole, read, errors)
        manifest["not_run"] = {name: list(needs) for name, needs in lacking.items()}
        results.finish(whole, manifest)
    _say_lacking(chosen, lacking, words)
    return _told(chosen, whole, manifest, errors, [one.method.name for one in new], words)


def _tables(chosen: argparse.Namespace) -> Given:
    """Return the tables besides posts that were given."""
    return {} if chosen.register is None else {"register": read_register(chosen.register)}


def _lacks(method: Method, tables: Given) -> tuple[str, ...]:
    """Return what a method needs and was not given; a table without a row is none."""
    return tuple(name for name in method.needs if not tables.get(name))


def _say_lacking(chosen: argparse.Namespace, lacking: Mapping[str, Sequence[str]], words: Words) -> None:
    for name, needs in lacking.items() if not chosen.quiet and not chosen.json else ():
        why = words(NEEDS[needs[0]])
        print(words("{method}: not run: {why}", method=words(METHODS[name].title), why=why))


def _methods(chosen: argparse.Namespace) -> list[Method]:
    """Return the methods asked for, in the order of the list.

    Raises:
        BadOptionError: there is no such method, or the window means nothing.
    """
    known = _names()
    names = list(known) if chosen.methods is None else [one.strip() for one in chosen.methods.split(",")]
    names = [METHODS[name].command if name in METHODS else name for name in names]  # `pileon`, as files say
    if not known.keys() >= set(names):
        raise BadOptionError(option="--methods", value=chosen.methods, expected=", ".join(known))
    if chosen.methods is not None and chosen.register is None and any(known[name].needs for name in names):
        raise BadOptionError(option="--register", value="–", expected=say("a CSV of outlets"))
    if chosen.hours is not None and (chosen.since is not None or chosen.until is not None):
        raise BadOptionError(
            option="--hours", value=chosen.hours, expected=say("either --hours, or --since and --until")
        )
    if chosen.hours is not None and not 1 <= chosen.hours <= HOURS_MAX:
        raise BadOptionError(
            option="--hours", value=chosen.hours, expected=say("a whole number from 1 to 1000000")
        )
    if chosen.since is not None and chosen.until is not None and chosen.until < chosen.since:
        raise BadOptionError(option="--until", value=chosen.until, expected=say("a day after --since"))
    return [method for name, method in known.items() if name in names]


def _names() -> dict[str, Method]:
    """Return the methods by the names of their own commands."""
    return {method.command: method for method in METHODS.values()}


def _asked(method: Method, chosen: argparse.Namespace, digests: Sequence[str]) -> Asked:
    import vigie
    from vigie.store import digest

    tools = method.tools()
    facts = {
        "vigie": vigie.__version__,
        "method": method.id,
        "parameters": tools.parameters,
        "inputs": sorted(digests),
        **_options(chosen),
        **{name: digest(getattr(chosen, name)) for name in method.needs},
    }
    return Asked(method=method, tools=tools, fingerprint=fingerprint_of(facts))


def _options(chosen: argparse.Namespace) -> dict[str, Any]:
    """Return the options that decide a result."""
    how = reading(chosen)
    return {
        "seed": chosen.seed,
        "since_ms": chosen.since,
        "until_ms": None if chosen.until is None else chosen.until + DAY_IN_MS,
        "hours": chosen.hours,
        "mapping": dict(how.mapping),
        "encoding": how.encoding,
        "time_unit": how.time_unit,
        "layout": how.layout,
    }


def _columns(asked: Sequence[Asked]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*READ, *(name for one in asked for name in one.tools.columns)]))


def within(posts: pa.Table, chosen: argparse.Namespace) -> pa.Table:
    """Return the posts of the time asked for."""
    import pyarrow.compute as pc

    options, moments = _options(chosen), posts.column("created_ms")
    since_ms, until_ms = options["since_ms"], options["until_ms"]
    if chosen.hours is not None and posts.num_rows:
        since_ms = pc.max(moments).as_py() - chosen.hours * HOUR_MS
    if since_ms is not None:
        posts = posts.filter(pc.greater_equal(posts.column("created_ms"), since_ms))
    if until_ms is not None:
        posts = posts.filter(pc.less(posts.column("created_ms"), until_ms))
    return posts


def _run_one(
    asked: Asked,
    posts: pa.Table,
    tables: Given,
    chosen: argparse.Namespace,
    results: Results,
    errors: dict[str, VigieError | Exception],
    words: Words,
) -> None:
    """Run one method and keep what it noticed; one that fails leaves the others as they are."""
    name = asked.method.name
    try:
        with stage(words(asked.method.title), words, quiet=chosen.quiet) as progress:
            outcome = asked.tools.running(tables)(posts, chosen.seed, progress)
    except Exception as error:  # noqa: BLE001 (one method's fault must not take the others' results)
        errors[name] = error
        aside(words("{method} failed: {reason}", method=name, reason=_reason(error, words)))
        return
    results.keep(name, kept_from(outcome, method=asked.method.id, fingerprint=asked.fingerprint))


def _reason(error: VigieError | Exception, words: Words) -> str:
    return tell(error, words) if isinstance(error, VigieError) else f"{type(error).__name__}: {error}"


def _manifest(
    chosen: argparse.Namespace,
    asked: Sequence[Asked],
    whole: Mapping[str, Kept],
    read: Mapping[str, Any],
    errors: Mapping[str, Exception],
) -> dict[str, Any]:
    """Return how the results were made, so that they can be made again; no clock and no folder."""
    import vigie

    return {
        "kind": KIND,
        "vigie": vigie.__version__,
        **_options(chosen),
        "read": dict(read),
        "fingerprints": {one.method.name: one.fingerprint for one in asked if one.method.name in whole},
        "methods": {
            one.method.name: {
                "method": one.method.id,
                "parameters": dict(one.tools.parameters),
                "signals": len(whole[one.method.name].signals),
                "false_alarms_expected": whole[one.method.name].false_alarms_expected,
            }
            for one in asked
            if one.method.name in whole
        },
        "failed": {name: type(error).__name__ for name, error in errors.items()},
    }


def _nothing_new(
    chosen: argparse.Namespace,
    manifest: Mapping[str, Any],
    lacking: Mapping[str, Sequence[str]],
    words: Words,
) -> int:
    _say_lacking(chosen, lacking, words)
    if chosen.json:
        print(json.dumps(_summary(chosen, manifest, []), ensure_ascii=False, indent=2))
    elif not chosen.quiet:
        print(
            words("Nothing to do: {folder} holds the results of these files and options.", folder=chosen.out)
        )
    return exits.DONE


def _summary(
    chosen: argparse.Namespace, manifest: Mapping[str, Any], run_now: Sequence[str]
) -> dict[str, Any]:
    """Return what was done, for machines."""
    return {
        "methods": manifest["methods"],
        "failed": manifest["failed"],
        "not_run": manifest["not_run"],
        "run_now": list(run_now),
        "posts": manifest["read"].get("posts"),
        "rows_set_aside": manifest["read"].get("rows_set_aside"),
        "out": str(chosen.out),
    }


def _told(
    chosen: argparse.Namespace,
    whole: Mapping[str, Kept],
    manifest: Mapping[str, Any],
    errors: Mapping[str, Exception],
    run_now: Sequence[str],
    words: Words,
) -> int:
    if chosen.json:
        print(json.dumps(_summary(chosen, manifest, run_now), ensure_ascii=False, indent=2))
    elif not chosen.quiet:
        say_rejected(manifest["read"].get("rows_set_aside", 0), chosen.out, words)
        for name, kept in whole.items():
            _say_method(name, kept, words, is_new=name in run_now)
        print(words("Results: {folder}", folder=chosen.out))
    return _status(errors)


def _status(errors: Mapping[str, Exception]) -> int:
    """Return the exit status of the first method that failed."""
    for error in errors.values():
        return exits.status_of(error.code) if isinstance(error, VigieError) else exits.BROKEN
    return exits.DONE


def _say_method(name: str, kept: Kept, words: Words, *, is_new: bool) -> None:
    from vigie.report.format import Voice

    voice = Voice(words)
    title = words(METHODS[name].title)
    print(
        words.count(
            "{method}: {number} signal", "{method}: {number} signals", len(kept.signals), method=title
        )
        + ("" if is_new else words(", as before"))
    )
    for note in kept.notes:
        print(f"  {voice(note['sentence'], **note['facts'])}")
    for signal in kept.signals[:SHOWN]:
        said = words(signal["sentence"], **voice.written(signal["facts"]))
        print(f"  {signal['subject'] or '–'}  {said}")
