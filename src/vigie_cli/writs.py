"""`vigie collect writs`: list writ periods, set one, end one early, from the machine the node runs on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie.terms.signs import shown
from vigie_cli import exits
from vigie_cli.telling import aside

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.terms.languages import Words
    from vigie_node.people.models import Organisation
    from vigie_node.sources.models import WritPeriod

WRITS, ADD, END = "writs", "add", "end"
ZONE = "America/Toronto"
STATES = {
    "ended": say("ended early"),
    "over": say("over"),
    "running": say("running: candidates need the independent role"),
    "coming": say("to come"),
}


def add(own: argparse.ArgumentParser, words: Words) -> None:
    """Add what a writ period says besides its days."""
    group = own.add_argument_group(words("writ period: writs add, with --from and --to"))
    group.add_argument(
        "--election", default="", metavar=words("NAME"), help=words("the election, as people call it")
    )
    group.add_argument(
        "--zone", default=ZONE, help=words("in which its days are counted (default: {zone})", zone=ZONE)
    )


def run(chosen: argparse.Namespace, organisation: Organisation, words: Words) -> int:
    """List writ periods, or do what the words after `writs` say.

    Raises:
        BadOptionError: they say nothing that there is.
        EmptyAnswerError, WindowError: a new one has no name, or ends before it begins.
    """
    match chosen.files[1:]:
        case []:
            return _list(chosen, organisation, words)
        case [word] if word == ADD:
            return _add(chosen, organisation, words)
        case [word, id_] if word == END:
            return _end(id_, organisation, words, quiet=chosen.quiet)
    raise BadOptionError(
        option=WRITS, value=" ".join(chosen.files[1:]), expected="writs | writs add | writs end ID"
    )


def _list(chosen: argparse.Namespace, organisation: Organisation, words: Words) -> int:
    """Print writ periods, the latest first: id, days, state, name."""
    from vigie_node.clock import now_ms
    from vigie_node.sources.declaring import day_of
    from vigie_node.sources.models import WritPeriod

    zone, now = _zone(chosen.zone), now_ms()
    for one in WritPeriod.objects.filter(organisation=organisation).order_by("-from_ms", "-id"):
        days = f"{day_of(one.from_ms, zone)} – {day_of(one.to_ms - 1, zone)}"
        print(f"{one.id}  {days}  {words(STATES[_state(one, now)])}  {shown(one.name)}")
    return exits.DONE


def _add(chosen: argparse.Namespace, organisation: Organisation, words: Words) -> int:
    from vigie_node.sources import actions

    first, last = _day_start(chosen, "window_from", 0), _day_start(chosen, "window_to", 1)
    made = actions.set_writ(
        organisation=organisation, name=chosen.election, from_ms=first, to_ms=last, by=None
    )
    print(made.id)
    if not chosen.quiet:
        aside(words("The writ period is set."))
    return exits.DONE


def _end(id_: str, organisation: Organisation, words: Words, *, quiet: bool) -> int:
    from vigie_node.sources import actions
    from vigie_node.sources.models import WritPeriod

    try:
        found = WritPeriod.objects.get(id=UUID(id_), organisation=organisation)
    except (ValueError, WritPeriod.DoesNotExist) as error:
        raise BadOptionError(
            option=f"{WRITS} {END}", value=id_, expected=say("an id that `vigie collect writs` prints")
        ) from error
    actions.end_writ(found, by=None)
    if not quiet:
        aside(words("The writ period has ended."))
    return exits.DONE


def _state(one: WritPeriod, at_ms: int) -> str:
    if one.ended_ms is not None:
        return "ended"
    if one.to_ms <= at_ms:
        return "over"
    return "running" if one.from_ms <= at_ms else "coming"


def _day_start(chosen: argparse.Namespace, option: str, days: int) -> int:
    """Return when a day that was given begins, or the one so many days after it, in the zone."""
    from vigie_node.sources.declaring import day_start_ms

    given: Any = getattr(chosen, option)
    if given is None:
        names = {"window_from": "--from", "window_to": "--to"}
        raise BadOptionError(option=names[option], value="", expected="YYYY-MM-DD")
    day = datetime.fromtimestamp(given / 1_000, UTC).date() + timedelta(days=days)
    return day_start_ms(day, _zone(chosen.zone))


def _zone(name: str) -> str:
    from vigie_node.people.zones import known_zones

    if name not in known_zones():
        raise BadOptionError(option="--zone", value=name, expected=f"{ZONE}, America/St_Johns …")
    return name
