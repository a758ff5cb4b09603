"""Watch-lists: every write, each with its entry in the ledger, which holds figures and no indicator.

A file is handed in, read by a job, shown, and taken in by a person who saw what was recognised. What it
supersedes stays only as far as it shows what changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef

from vigie.terms.languages import say
from vigie.terms.signs import shown
from vigie_node.clock import now_ms
from vigie_node.jobs import actions as jobs
from vigie_node.jobs.errors import to_plain
from vigie_node.ledger.actions import NODE, record
from vigie_node.ledger.kinds import describe
from vigie_node.people.models import Organisation
from vigie_node.sources.actions.common import actor
from vigie_node.sources.actions.intakes import shown_name
from vigie_node.sources.actions.two_persons import answered, check_may
from vigie_node.sources.errors import UnnamedWatchListError, WatchListDecidedError, WatchListWithdrawnError
from vigie_node.sources.models import WatchList, WatchListIndicator, WatchListVersion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from django.db.models import QuerySet

    from vigie.terms.errors import VigieError
    from vigie_node.jobs.models import Job
    from vigie_node.people.models import Person

MANAGE = "watchlist.manage"
READ_LIST = "sources.watchlist"  # the kind of the job
TITLE_MAX, PUBLISHER_MAX, TERMS_MAX, PARTY_MAX, REASON_MAX = 200, 200, 300, 100, 500
ROWS_AT_ONCE = 500
State = WatchListVersion.State
OPEN = (State.WAITING, State.READ, State.IN_FORCE)

describe(
    {
        "watchlist.handed_in": say("A watch-list was handed in: {bytes} bytes, SHA-256 {file_sha256}."),
        "watchlist.read": say("A watch-list was read: {indicators} indicators, {rejected} rows set aside."),
        "watchlist.failed": say("A watch-list could not be read ({code})."),
        "watchlist.taken_in": say("A watch-list was taken in: {indicators} indicators."),
        "watchlist.superseded": say(
            "A watch-list was superseded by version {number}: {added} indicators added, {removed} removed."
        ),
        "watchlist.party": say("A watch-list was marked as listing what is a party’s: {party}."),
        "watchlist.no_party": say("A watch-list is no longer marked as a party’s."),
        "watchlist.dropped": say("A watch-list that was handed in was not taken in."),
        "watchlist.withdrawn": say("A watch-list was withdrawn; {indicators} indicators were erased."),
    }
)


@dataclass(frozen=True, kw_only=True)
class About:
    """What a person says of a new list."""

    title: str
    publisher: str = ""
    terms: str = ""
    party: str = ""  # whose accounts and sites it lists; empty: no party's


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that lies ready to be read.

    Args:
        name: what people call it; never used as a path.
        path: where it stands.
        sha256: of its bytes.
        byte_count: how many they are.
        is_upload: whether it is the node's own, to be removed once it was read.
    """

    name: str
    path: str
    sha256: str
    byte_count: int
    is_upload: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What reading a list came to; its indicators are rows by then."""

    layout: str
    format: str
    sure: float
    kinds: Mapping[str, int]
    markings: Mapping[str, int]
    repeated_count: int
    rejected_count: int
    reasons: Sequence[Mapping[str, Any]]
    rejected: Sequence[Mapping[str, Any]]


def is_held(file: File, organisation: Organisation) -> WatchListVersion | None:
    """Return the version that this very file is already, waiting or in force; None where it is none."""
    own = WatchListVersion.objects.filter(watchlist__organisation=organisation, watchlist__withdrawn_ms=None)
    return own.filter(file_sha256=file.sha256, state__in=OPEN).order_by("-handed_in_ms").first()


@transaction.atomic
def hand_in(
    file: File,
    *,
    organisation: Organisation,
    by: Person | None,
    about: About | None = None,
    replaces: WatchList | None = None,
    queued: bool = True,
) -> WatchListVersion:
    """Note that a list's file is there to be read; the same file twice is the one that is held already.

    Args:
        file: where it lies.
        organisation: whose list it will be.
        by: who hands it in; None for a command on the node's machine.
        about: what to call a new list.
        replaces: the list of which this is a newer state.
        queued: whether the worker shall read it; a command reads it itself.

    Raises:
        PermissionDenied: they may not.
        UnnamedWatchListError: a new list has no title.
        WatchListWithdrawnError: the list was withdrawn.
    """
    if by is not None:
        check_may(by, MANAGE, organisation.pk)
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # one file at a time
    held = is_held(file, organisation)
    if held is not None:
        return held
    version = WatchListVersion.objects.create(
        watchlist=_list_for(about, replaces, organisation),
        path=file.path,
        is_upload=file.is_upload,
        file_name=shown_name(file.name),
        file_sha256=file.sha256,
        byte_count=file.byte_count,
        handed_in_ms=now_ms(),
        by=by,
    )
    _record("watchlist.handed_in", version, by=actor(by), bytes=file.byte_count, file_sha256=file.sha256)
    if replaces is None and version.watchlist.party:
        _record_party(version.watchlist, by)
    if queued:
        jobs.enqueue(
            READ_LIST,
            key=f"{READ_LIST}:{version.pk}",
            by=actor(by),
            organisation=organisation.pk,
            arguments={"version": str(version.pk)},
        )
    return version


@transaction.atomic
def add_indicators(version: WatchListVersion, rows: Sequence[WatchListIndicator]) -> None:
    """Keep some indicators of a file that is being read.

    Raises:
        WatchListDecidedError: its list was withdrawn meanwhile, which erased what was read.
    """
    if not WatchListVersion.objects.select_for_update().filter(pk=version.pk, state=State.WAITING).exists():
        raise WatchListDecidedError
    WatchListIndicator.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)


@transaction.atomic
def keep_read(version: WatchListVersion, outcome: Outcome) -> WatchListVersion:
    """Note what was recognised in a file whose indicators are rows now; nothing looks for them yet."""
    version = WatchListVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != State.WAITING:
        return version
    for name in Outcome.__dataclass_fields__:
        setattr(version, name, getattr(outcome, name))
    version.state, version.path = State.READ, ""
    version.indicator_count = sum(outcome.kinds.values())
    _count_changes(version, _in_force(version))
    version.save()
    _record(
        "watchlist.read",
        version,
        by=NODE,
        indicators=version.indicator_count,
        rejected=version.rejected_count,
    )
    return version


@transaction.atomic
def fail_read(version: WatchListVersion, error: VigieError) -> None:
    """Note that a file could not be read as a list; what was read of it goes."""
    _fail(version, error.code, error.sentence, error.remedy, to_plain(error.facts))


@transaction.atomic
def end_with_job(version: WatchListVersion, job: Job) -> None:
    """Note that the job which read a list was cancelled or died."""
    _fail(version, job.error_code, job.error_sentence, job.error_remedy, job.error_facts)


@transaction.atomic
def take_in(version: WatchListVersion, *, by: Person | None) -> WatchListVersion:
    """Let a list that was read count from now on; the version in force until now is superseded.

    Raises:
        PermissionDenied: they may not.
        WatchListDecidedError: it is not waiting for this.
        WatchListWithdrawnError: its list was withdrawn.
    """
    version = _held(version, by)
    if version.state != State.READ:
        raise WatchListDecidedError
    old = _in_force(version)
    _count_changes(version, old)
    if old is not None:
        _supersede(old, version)
    version.state, version.taken_ms, version.taken_by = State.IN_FORCE, now_ms(), by
    version.number = version.watchlist.versions.exclude(number=None).count() + 1
    version.save()
    facts: dict[str, object] = {"indicators": version.indicator_count, "file_sha256": version.file_sha256}
    if old is not None:
        facts |= {
            "number": version.number,
            "added": version.added_count,
            "removed": version.removed_count,
        }
    kind = "watchlist.taken_in" if old is None else "watchlist.superseded"
    _record(kind, version, by=actor(by), **facts)
    return version


@transaction.atomic
def drop(version: WatchListVersion, *, by: Person | None) -> None:
    """Let go of a file that was handed in and is not wanted; its list goes too where it is its only one.

    Raises:
        PermissionDenied: they may not.
        WatchListDecidedError: it was taken in already, or is still being read.
    """
    version = _held(version, by)
    if version.state not in (State.READ, State.FAILED):
        raise WatchListDecidedError
    _record("watchlist.dropped", version, by=NODE if by is None else actor(by))
    _erase(version.indicators.all())
    watchlist = version.watchlist
    version.delete()
    if not watchlist.versions.exists():
        watchlist.delete()


@transaction.atomic
def mark_party(watchlist: WatchList, *, party: str, by: Person | None) -> WatchList:
    """Say that a list holds accounts and sites of a party, or no longer does.

    Nothing is found or judged otherwise for it: alerts are counted by party, so that all can see whether
    they fall on one more than on others.

    Args:
        watchlist: which.
        party: its name as people write it; empty: of none.
        by: who says so; None for a command on the node's machine.

    Raises:
        PermissionDenied: they may not.
        WatchListWithdrawnError: the list was withdrawn.
    """
    watchlist = _own(watchlist, by)
    named = _said(party, PARTY_MAX)
    if named == watchlist.party:
        return watchlist
    watchlist.party = named
    watchlist.save(update_fields=["party"])
    _record_party(watchlist, by)
    return watchlist


def _record_party(watchlist: WatchList, by: Person | None) -> None:
    record(
        "watchlist.party" if watchlist.party else "watchlist.no_party",
        of=f"watchlist:{watchlist.pk}",
        by=actor(by),
        organisation=watchlist.organisation_id,
        party=watchlist.party,
    )


@transaction.atomic
def withdraw(watchlist: WatchList, *, reason: str, by: Person | None) -> WatchList:
    """Let nothing look for a list any more: its indicators go, its facts and figures stay.

    Raises:
        PermissionDenied: they may not.
        NothingSaidError: there is no reason.
        WatchListWithdrawnError: that was done before.
    """
    watchlist = _own(watchlist, by)
    said = shown(answered("reason", reason), lines=True)[:REASON_MAX]
    now = now_ms()
    count = _erase(WatchListIndicator.objects.filter(version__watchlist=watchlist))
    for waiting in watchlist.versions.filter(state=State.WAITING):
        _remove_upload(waiting)
    watchlist.versions.filter(state__in=OPEN).update(state=State.WITHDRAWN, path="", ended_ms=now)
    watchlist.withdrawn_ms, watchlist.withdrawn_by, watchlist.withdrawal_reason = now, by, said
    watchlist.save()
    record(
        "watchlist.withdrawn",
        of=f"watchlist:{watchlist.pk}",
        by=actor(by),
        organisation=watchlist.organisation_id,
        indicators=count,
    )
    return watchlist


def _list_for(about: About | None, replaces: WatchList | None, organisation: Organisation) -> WatchList:
    if replaces is not None:
        if replaces.withdrawn_ms is not None:
            raise WatchListWithdrawnError
        return replaces
    title = _said(about.title, TITLE_MAX) if about is not None else ""
    if about is None or not any(letter.isalnum() for letter in title):
        raise UnnamedWatchListError
    return WatchList.objects.create(
        organisation=organisation,
        title=title,
        publisher=_said(about.publisher, PUBLISHER_MAX),
        terms=_said(about.terms, TERMS_MAX),
        party=_said(about.party, PARTY_MAX),
        created_ms=now_ms(),
    )


def _said(text: str, most: int) -> str:
    return shown(" ".join(text.split()))[:most]


def _own(watchlist: WatchList, by: Person | None) -> WatchList:
    """Return a list as it stands now, held until the transaction ends.

    Raises:
        PermissionDenied, WatchListDecidedError, WatchListWithdrawnError: as the actions say.
    """
    if by is not None:
        check_may(by, MANAGE, watchlist.organisation_id)
    found = WatchList.objects.select_for_update().filter(pk=watchlist.pk).first()
    if found is None:  # let go with its only file
        raise WatchListDecidedError
    if found.withdrawn_ms is not None:
        raise WatchListWithdrawnError
    return found


def _held(version: WatchListVersion, by: Person | None) -> WatchListVersion:
    """Return a version as it stands now, with its list held."""
    watchlist = _own(version.watchlist, by)
    found = WatchListVersion.objects.filter(pk=version.pk).first()
    if found is None:  # let go meanwhile
        raise WatchListDecidedError
    found.watchlist = watchlist
    return found


def _in_force(version: WatchListVersion) -> WatchListVersion | None:
    found = WatchListVersion.objects.filter(watchlist=version.watchlist_id, state=State.IN_FORCE)
    return found.exclude(pk=version.pk).first()


def _count_changes(version: WatchListVersion, old: WatchListVersion | None) -> None:
    version.added_count = version.indicators.count() if old is None else _not_in(version, old).count()
    version.removed_count = 0 if old is None else _not_in(old, version).count()


def _not_in(one: WatchListVersion, other: WatchListVersion) -> QuerySet[WatchListIndicator]:
    """Return the indicators of one version that another has not."""
    same = WatchListIndicator.objects.filter(version=other, digest=OuterRef("digest"))
    return WatchListIndicator.objects.filter(version=one, removed_by=None).filter(~Exists(same))


def _supersede(old: WatchListVersion, new: WatchListVersion) -> None:
    _erase(WatchListIndicator.objects.filter(removed_by=old))  # what an earlier change showed
    same = WatchListIndicator.objects.filter(version=old, digest=OuterRef("digest"))
    new.indicators.filter(Exists(same)).update(is_added=False)
    _not_in(old, new).update(removed_by=new)
    _erase(old.indicators.filter(removed_by=None))
    old.state, old.ended_ms = State.SUPERSEDED, now_ms()
    old.save(update_fields=["state", "ended_ms"])


def _erase(rows: QuerySet[WatchListIndicator]) -> int:
    """Delete indicators, and return how many there were."""
    count, _by_kind = rows.delete()
    return count


def _fail(version: WatchListVersion, code: str, sentence: str, remedy: str, facts: Mapping[str, Any]) -> None:
    ended = WatchListVersion.objects.filter(pk=version.pk, state=State.WAITING).update(
        state=State.FAILED,
        path="",
        ended_ms=now_ms(),
        error_code=code,
        error_sentence=sentence,
        error_remedy=remedy,
        error_facts=facts,
    )
    if ended:
        _erase(version.indicators.all())
        _record("watchlist.failed", version, by=NODE, code=code)
        _remove_upload(version)


def _remove_upload(version: WatchListVersion) -> None:
    """Remove a file that is the node's own, once the transaction holds."""
    if version.is_upload:
        transaction.on_commit(partial(Path(version.path).unlink, missing_ok=True))


def _record(kind: str, version: WatchListVersion, *, by: str, **facts: object) -> None:
    record(
        kind,
        of=f"watchlist:{version.watchlist_id}",
        by=by,
        organisation=version.watchlist.organisation_id,
        **facts,
    )
