"""`vigie collect watch-list FILE` takes a watch-list in; `vigie collect watch-lists` lists them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import BadOptionError, VigieError
from vigie.terms.languages import Message, say
from vigie.terms.signs import shown
from vigie_cli import exits
from vigie_cli.preview import read_as
from vigie_cli.telling import aside, stage

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.collect import Plan
    from vigie.collect.watchlists import Recognised
    from vigie.terms.languages import Words
    from vigie_node.people.models import Organisation
    from vigie_node.sources.models import WatchList, WatchListVersion

LIST, LISTS = "watch-list", "watch-lists"
LISTED_MAX = 200
REJECTED_SHOWN = 5


class IsWatchListError(VigieError):
    """A file that was given as posts is a watch-list."""

    code = "file.is_watchlist"
    sentence = say("“{path}” is no file of posts but a watch-list ({title}, sure: {percent} %).")
    remedy = say("Take it in with: vigie collect watch-list {path}")


def add(own: argparse.ArgumentParser, words: Words) -> None:
    """Add the options about watch-lists."""
    group = own.add_argument_group(words("watch-list: after the word watch-list"))
    group.add_argument(
        "--title", metavar=words("TITLE"), help=words("what it lists (default: the file’s name)")
    )
    group.add_argument("--publisher", default="", metavar=words("NAME"), help=words("who made it"))
    group.add_argument(
        "--licence", default="", metavar=words("TEXT"), help=words("what its publisher allows")
    )
    group.add_argument(
        "--party",
        metavar=words("NAME"),
        help=words("the party whose accounts and sites it lists, so that alerts are counted alike for all"),
    )
    group.add_argument(
        "--replaces",
        metavar="ID",
        help=words("the list of which this is a newer state; “vigie collect watch-lists” shows the ids"),
    )


def plan_posts(path: Path, reading: dict[str, Any]) -> Plan:
    """Return how a file of posts is read; a watch-list given as one is told apart.

    Raises:
        IsWatchListError: it is a watch-list.
        FileError: it cannot be read.
    """
    from vigie.collect import FileError, plan
    from vigie.collect.watchlists import CERTAIN, recognise_watchlist

    asked = bool(reading["mapping"] or reading["layout"])  # the user's word
    try:
        found = plan(path, **reading)
    except FileError:
        listed = None if asked else _listed(path)
        if listed is None:
            raise
        raise _refusal(path, listed) from None
    listed = None if asked or found.layout is not None else recognise_watchlist(path)
    if listed is not None and listed.sure >= CERTAIN:
        raise _refusal(path, listed)
    return found


def take_in(chosen: argparse.Namespace, organisation: Organisation, words: Words) -> int:
    """Take the file in, and say what was recognised, what changed and what was set aside.

    Raises:
        VigieError: it cannot be read as a watch-list, or the node has not that list.
    """
    from vigie_node.sources.actions import watchlists as actions
    from vigie_node.sources.watchlist_reading import read

    if len(chosen.files) != 2:  # noqa: PLR2004 (the word and one file)
        raise BadOptionError(option=LIST, value=" ".join(chosen.files[1:]), expected=say("one file"))
    path = Path(chosen.files[1]).resolve()
    replaces = None if chosen.replaces is None else _named(chosen.replaces, organisation)
    version = _handed_in(path, chosen, organisation, replaces)
    if chosen.party is not None:
        actions.mark_party(version.watchlist, party=chosen.party, by=None)
    if version.state == version.State.IN_FORCE:
        print(version.watchlist_id)
        if not chosen.quiet:
            aside(words("The node has this very file already: nothing was added."))
        return exits.DONE
    with stage(words("Taking in {file}", file=shown(path.name)), words, quiet=chosen.quiet) as progress:
        version = read(version, lambda _stage, done, total: progress(done, total))
    version = actions.take_in(version, by=None)
    print(version.watchlist_id)
    if not chosen.quiet:
        _say(version, words)
    return exits.DONE


def print_lists(organisation: Organisation, words: Words) -> int:
    """Print the lists that are not withdrawn: id, indicators, title."""
    from vigie_node.sources.models import WatchListVersion

    for one in _lists(organisation).order_by("title", "id")[:LISTED_MAX]:
        current = one.versions.filter(state=WatchListVersion.State.IN_FORCE).first()
        count = 0 if current is None else current.indicator_count
        told = words.count("{number} indicator", "{number} indicators", count)
        print(f"{one.pk}  {told}  {shown(one.title)}")
    return exits.DONE


def _listed(path: Path) -> Recognised | None:
    """Return what a file is as a watch-list, None also where it cannot be read at all."""
    from vigie.collect import FileError
    from vigie.collect.watchlists import recognise_watchlist

    try:
        return recognise_watchlist(path)
    except FileError:
        return None


def _refusal(path: Path, found: Recognised) -> IsWatchListError:
    return IsWatchListError(path=path, title=found.title, percent=round(100 * found.sure))


def _handed_in(
    path: Path, chosen: argparse.Namespace, organisation: Organisation, replaces: WatchList | None
) -> WatchListVersion:
    from vigie.collect.watchlists import recognise_watchlist
    from vigie.collect.watchlists.reading import NoWatchlistError
    from vigie_node.sources.actions import watchlists as actions
    from vigie_node.sources.watchlist_reading import sha256_of

    if recognise_watchlist(path) is None:  # what is no list leaves no trace
        raise NoWatchlistError(path=path)
    name = path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return actions.hand_in(
        actions.File(
            name=name,
            path=str(path),
            sha256=sha256_of(path),
            byte_count=path.stat().st_size,
            is_upload=False,
        ),
        organisation=organisation,
        by=None,
        about=actions.About(
            title=name if chosen.title is None else chosen.title,
            publisher=chosen.publisher,
            terms=chosen.licence,
        ),
        replaces=replaces,
        queued=False,
    )


def _lists(organisation: Organisation) -> Any:
    from vigie_node.sources.models import WatchList

    return WatchList.objects.filter(organisation=organisation, withdrawn_ms=None)


def _named(id_: str, organisation: Organisation) -> WatchList:
    from uuid import UUID

    try:
        found: WatchList | None = _lists(organisation).filter(pk=UUID(id_)).first()
    except ValueError:
        found = None
    if found is None:
        raise BadOptionError(
            option="--replaces", value=id_, expected=say("the id of a watch-list of this node")
        )
    return found


def _say(version: WatchListVersion, words: Words) -> None:
    """Print what was recognised, taken in and set aside."""
    from vigie.collect import UNITS
    from vigie.collect.watchlists import TITLES

    aside(read_as(TITLES[version.layout], version.sure or 0.0, words))
    aside(
        words(
            "Version {number}. Indicators: {indicators}; added: {added}; removed: {removed}; rows set aside: "
            "{rejected}.",
            number=version.number,
            indicators=version.indicator_count,
            added=version.added_count,
            removed=version.removed_count,
            rejected=version.rejected_count,
        )
    )
    sentences = {one["code"]: one["sentence"] for one in version.reasons}
    for row in version.rejected[:REJECTED_SHOWN]:
        place = words(UNITS[row["unit"]], number=row["number"])
        why = words(Message(sentences[row["code"]]), **row["facts"])
        aside(words("{place}: {why}", place=place, why=why))
