"""`vigie detect bursts`: series that rise or fall silent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import BadOptionError, VigieError
from vigie.terms.languages import say
from vigie_cli.detecting.files import REJECTED, add_files, end, given, manifest_of, read_posts, write_json
from vigie_cli.detecting.saying import figure
from vigie_cli.telling import stage
from vigie_cli.values import add_reading, day_ms, whole_number, windows_ms

if TYPE_CHECKING:
    import argparse
    from typing import Any

    import pyarrow as pa

    from vigie.detect.bursts import Alert, Detection, Election, Rule
    from vigie.terms.languages import Message, Words

ALERTS, FINDINGS, MANIFEST = "bursts.parquet", "bursts.json", "manifest.json"
FILES = (ALERTS, FINDINGS, MANIFEST, REJECTED)
BYS = ("hashtag", "link", "domain", "target", "lang", "narrative")
SIGNS = {"hashtag": "#＃", "target": "@＠"}  # which people write before a name, and files do not
MEASURES = ("count", "share", "both")
SHOWN = 10
DAY_IN_MS = 86_400_000
KINDS = {"rise": say("rise"), "silence": say("silence"), "outage": say("outage of the collection")}


class GapsFileError(VigieError):
    """The list of gaps cannot be read."""

    code = "file.gaps"
    sentence = say("The list of gaps “{path}” cannot be used: {reason}.")
    remedy = say("Give a CSV file in UTF-8 whose first line is: from,until, with times such as {example}.")

    def __init__(self, **facts: object) -> None:
        super().__init__(example="2026-11-22T14:00:00Z", **facts)


def add(methods: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the method."""
    about = words("find series that rise or fall silent, with a stated budget of false alarms")
    parser = methods.add_parser(
        "bursts",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "DIR then holds bursts.parquet, bursts.json and manifest.json, and rejected.ndjson when rows "
            "were set aside. Identifiers are left as they are in the files. Times are UTC."
        ),
    )
    add_files(parser, words)
    _add_method(parser, words)
    _add_election(parser, words)
    add_reading(parser, words)
    parser.set_defaults(run=run)


def _add_method(parser: argparse.ArgumentParser, words: Words) -> None:
    group = parser.add_argument_group(words("method"))
    group.add_argument(
        "--by", choices=BYS, default="hashtag", help=words("what a series is counted by (default: hashtag)")
    )
    group.add_argument(
        "--narratives",
        type=Path,
        metavar="DIR",
        help=words("what “vigie detect narratives” wrote; for --by narrative"),
    )
    group.add_argument(
        "--days-per-false-alarm",
        type=float,
        metavar=words("DAYS"),
        help=words("the budget: days between false alarms of one series, on average (default: 60)"),
    )
    group.add_argument(
        "--slot", default="1h", help=words("length of a slot; small series have 6h (default: 1h)")
    )
    group.add_argument(
        "--history-days",
        type=whole_number,
        metavar=words("DAYS"),
        help=words("only learned from, before anything is said (default: 28)"),
    )
    group.add_argument(
        "--measure",
        choices=MEASURES,
        default="both",
        help=words("what is watched: the count, the share of all posts, or both (default)"),
    )
    group.add_argument(
        "--posts-min",
        type=whole_number,
        help=words("fewest posts of a series in all (default: 20)"),
    )
    group.add_argument("--series-max", type=whole_number, help=words("most series watched (default: 500)"))
    group.add_argument(
        "--gaps", type=Path, metavar="FILE", help=words("CSV of when nothing was collected: from,until")
    )
    group.add_argument("--seed", type=whole_number, default=0, help=words("of all chance (default: 0)"))


def _add_election(parser: argparse.ArgumentParser, words: Words) -> None:
    group = parser.add_argument_group(words("election"))
    group.add_argument(
        "--election-from", type=day_ms, metavar=words("DAY"), help=words("first day of the close watch")
    )
    group.add_argument(
        "--election-to", type=day_ms, metavar=words("DAY"), help=words("last day of the close watch")
    )
    group.add_argument(
        "--watch",
        action="append",
        default=[],
        metavar=words("NAME"),
        help=words("a series watched closely then; may be repeated"),
    )
    group.add_argument(
        "--watch-days-per-false-alarm",
        type=float,
        default=120.0,
        metavar=words("DAYS"),
        help=words("their own budget (default: 120)"),
    )
    group.add_argument("--watch-slot", default="15min", help=words("length of their slots (default: 15min)"))


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """What was asked, checked before the long work."""

    rule: Rule
    election: Election | None
    gaps: tuple[tuple[int, int], ...]
    narratives: pa.Table | None


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Find rises and silences, write them, and say what was found."""
    from vigie.detect.bursts import Mentions, detect, table
    from vigie.store import whole_folder, write_table

    asked = _asked(chosen)
    mentions = Mentions(chosen.by, narratives=asked.narratives)
    with whole_folder(chosen.out, names=FILES, mark=MANIFEST) as folder:
        posts, read = read_posts(chosen, folder, words, columns=mentions.columns)
        for batch in posts.to_batches():
            mentions.add(batch)
        with stage(
            words("Looking for series that rise or fall silent"), words, quiet=chosen.quiet
        ) as progress:
            found = detect(
                mentions.occurrences(),
                mentions.moments(),
                rule=asked.rule,
                gaps=asked.gaps,
                election=asked.election,
                by=mentions.by,
                seed=chosen.seed,
                progress=progress,
            )
        write_table(table(found.alerts), folder / ALERTS)
        write_json(
            folder / FINDINGS,
            {**summary(found, asked, chosen.by), "alerts": [asdict(one) for one in found.alerts]},
        )
        write_json(folder / MANIFEST, _manifest(chosen, asked, read, posts.num_rows))
    return end(
        chosen,
        words,
        summary=summary(found, asked, chosen.by),
        read=read,
        tell=lambda: _say(found, asked, words),
    )


def _asked(chosen: argparse.Namespace) -> _Chosen:
    from vigie.detect.bursts import Rule

    return _Chosen(
        rule=Rule(
            **given(chosen, "days_per_false_alarm", "history_days", "posts_min", "series_max"),
            slot_ms=_slot_ms(chosen.slot),
            measures=("count", "share") if chosen.measure == "both" else (chosen.measure,),
        ),
        election=_election(chosen),
        gaps=_gaps(chosen.gaps) if chosen.gaps else (),
        narratives=_narratives(chosen),
    )


def _narratives(chosen: argparse.Namespace) -> pa.Table | None:
    """Return which post tells which narrative, where series are narratives."""
    from vigie_cli.detecting.narratives import read_earlier

    if (chosen.by == "narrative") != (chosen.narratives is not None):
        raise BadOptionError(
            option="--narratives",
            value=chosen.narratives or "",
            expected=say("the folder of “vigie detect narratives”, together with --by narrative"),
        )
    return read_earlier(chosen.narratives).members if chosen.narratives else None


def _election(chosen: argparse.Namespace) -> Election | None:
    from vigie.detect.bursts import Election

    given = (chosen.election_from is not None, chosen.election_to is not None, bool(chosen.watch))
    if not any(given):
        return None
    if not all(given):
        raise BadOptionError(
            option="--election-from",
            value=", ".join(chosen.watch),
            expected=say("all of --election-from, --election-to and --watch, or none"),
        )
    return Election(
        start_ms=chosen.election_from,
        end_ms=chosen.election_to + DAY_IN_MS,
        watched=frozenset(_name(name, chosen.by) for name in chosen.watch),
        days_per_false_alarm=chosen.watch_days_per_false_alarm,
        slot_ms=_slot_ms(chosen.watch_slot),
    )


def _name(typed: str, by: str) -> str:
    """Return the name of a series as files have it: hashtags in lower case, without the sign before it."""
    name = typed.strip().lstrip(SIGNS.get(by, ""))
    return name.lower() if by == "hashtag" else name


def _slot_ms(text: str) -> int:
    slots = windows_ms(text)
    if len(slots) != 1:
        raise BadOptionError(option="--slot", value=text, expected=say("one time, such as 1h"))
    return slots[0]


def _gaps(path: Path) -> tuple[tuple[int, int], ...]:
    """Return the gaps in a CSV of `from,until`.

    Raises:
        GapsFileError: it is no such file.
    """
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {"from", "until"} <= set(rows.fieldnames or ()):
                raise GapsFileError(path=path, reason=say("it has no columns “from” and “until”"))
            return tuple((_ms(row["from"] or ""), _ms(row["until"] or "")) for row in rows)
    except OSError as error:
        raise GapsFileError(path=path, reason=error.strerror) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise GapsFileError(path=path, reason=say("it is no CSV file in UTF-8")) from error
    except ValueError as error:
        raise GapsFileError(path=path, reason=say("one of its times cannot be read")) from error


def _ms(text: str) -> int:
    at = datetime.fromisoformat(text.strip())
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _manifest(chosen: argparse.Namespace, asked: _Chosen, read: dict[str, Any], posts: int) -> dict[str, Any]:
    from vigie.detect.bursts import METHOD
    from vigie.store import digest

    election = asked.election
    parameters = {
        "by": chosen.by,
        "election": {**asdict(election), "watched": sorted(election.watched)} if election else None,
        "gaps_ms": [list(gap) for gap in asked.gaps],
        "narratives": digest(chosen.narratives / "members.parquet") if chosen.narratives else None,
    }
    return manifest_of(
        METHOD, rule=asked.rule, posts=posts, read=read, seed=chosen.seed, parameters=parameters
    )


def summary(found: Detection, asked: _Chosen, by: str) -> dict[str, Any]:
    """Return what was found, for machines."""
    from vigie.detect.bursts import METHOD

    kinds = [one.kind for one in found.alerts]
    return {
        "method": METHOD,
        "by": by,
        "series_watched": len(found.watched),
        "series_left_out": found.left_out_count,
        "days_judged": found.days_judged,
        "days_per_false_alarm": asked.rule.days_per_false_alarm,
        "false_alarms_per_day_at_most": len(found.watched) / asked.rule.days_per_false_alarm,
        "false_alarms_at_most": found.alarms_expected,
        "not_enough_history": found.is_too_short,
        "rises": kinds.count("rise"),
        "silences": kinds.count("silence"),
        "outages": kinds.count("outage"),
        **(_closely(found, asked.election) if asked.election else {}),
    }


def _closely(found: Detection, election: Election) -> dict[str, Any]:
    """Return what was watched more closely, for machines."""
    return {
        "watched_closely": list(found.closely),
        "watched_unseen": sorted(election.watched - set(found.closely)),
        "election_alerts": sum(one.election for one in found.alerts),
        "election_days_per_false_alarm": election.days_per_false_alarm,
        "election_false_alarms_at_most": found.election_alarms_expected,
    }


def _say_closely(found: Detection, election: Election, words: Words) -> None:
    told = _closely(found, election)
    print(
        words(
            "Watched closely in the election: {names}; alerts {alerts}, where a budget of one false rise per "
            "series per {days} days allows {allowed}.",
            names=", ".join(found.closely) or "–",
            alerts=told["election_alerts"],
            days=figure(election.days_per_false_alarm, words),
            allowed=figure(round(found.election_alarms_expected, 1), words),
        )
    )
    if told["watched_unseen"]:
        print(
            words("To be watched, but nobody speaks of it: {names}.", names=", ".join(told["watched_unseen"]))
        )


def _say(found: Detection, asked: _Chosen, words: Words) -> None:
    from vigie.detect.methods import TOO_OLD

    print(
        words.count(
            "Watched: {number} series; {left} left out, with too few posts or beyond the most watched.",
            "Watched: {number} series; {left} left out, with too few posts or beyond the most watched.",
            len(found.watched),
            left=found.left_out_count,
        )
    )
    if found.is_too_short:
        print(
            words.count(
                "Not enough history: nothing can be said before {number} day was learned from.",
                "Not enough history: nothing can be said before {number} days were learned from.",
                asked.rule.history_days,
            )
        )
        return
    if found.early_count:
        print(words(TOO_OLD, posts=found.early_count))
    print(
        words(
            "Budget: one false rise per series per {days} days, so about {per_day} a day, {all} in the "
            "{judged} days judged.",
            days=figure(asked.rule.days_per_false_alarm, words),
            per_day=figure(round(len(found.watched) / asked.rule.days_per_false_alarm, 1), words),
            all=figure(round(found.alarms_expected), words),
            judged=figure(round(found.days_judged), words),
        )
    )
    told = summary(found, asked, "")
    print(
        words(
            "Found: rises {rises}, silences {silences}, outages of the collection {outages}.",
            rises=told["rises"],
            silences=told["silences"],
            outages=told["outages"],
        )
    )
    if asked.election:
        _say_closely(found, asked.election, words)
    strongest = sorted(found.alerts, key=lambda one: -abs(one.observed - one.expected))[:SHOWN]
    for one in sorted(strongest, key=lambda one: one.raised_ms):
        print(f"  {_line(one, words)}")


def _line(alert: Alert, words: Words) -> str:
    kind: Message = KINDS[alert.kind]
    return words(
        "{at}  {kind}  {key}  {observed} posts where {expected} were expected, until {until}",
        at=_minute(alert.raised_ms),
        kind=kind,
        key=alert.key or "–",
        observed=alert.observed,
        expected=figure(round(alert.expected, 1), words),
        until=_minute(alert.end_ms),
    )


def _minute(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
