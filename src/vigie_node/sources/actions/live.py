"""Live sources: begun and stopped by people, stopped by the node when their declaration no longer holds.

What came is handed in as ordinary intakes, about one a minute for a source that never rests: each writes the
entries of any intake. How a source is, is no record: it is noted without an entry. Where a source is, what is
remembered of its pages and whom it asks for can name a person: all of that lies sealed.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from vigie.terms.languages import say
from vigie.trust import seal, unseal
from vigie_node.clock import now_ms
from vigie_node.jobs.errors import to_plain
from vigie_node.ledger.actions import NODE, record
from vigie_node.ledger.kinds import describe
from vigie_node.sources.actions.common import actor, answered
from vigie_node.sources.actions.declarations import held_open
from vigie_node.sources.actions.intakes import begin_intake
from vigie_node.sources.errors import NotLiveError, NotNamedError, TermsForbidError
from vigie_node.sources.models import Declaration, Intake, Source, SourceHealth
from vigie_node.sources.places import Reach, check_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from uuid import UUID

    from vigie.terms.errors import VigieError
    from vigie_node.people.models import Person

SEALS = "live-sources"  # the use of the key
STREAMING = "streaming"  # where a server has another address for its streams
GUARDS = {NotNamedError: "place", TermsForbidError: "terms"}
SOURCE_NAME_MAX = 200


def folder_of(source_id: UUID) -> Path:
    """Return where the segments of a source lie."""
    folder: Path = settings.HOME.spool / "live" / str(source_id)
    return folder


describe(
    {
        "source.begun": say("A live source was begun: {source_kind}, address SHA-256 {address_sha256}."),
        "source.refused": say("A live source was refused by a guard: {guard}; nothing was collected."),
        "source.resumed": say("A live source was begun again."),
        "source.stopped": say("A live source was stopped ({code}); {bytes} bytes of it were not taken in."),
        "source.lost": say("What still waited of a stopped live source was removed ({code}): {bytes} bytes."),
    },
    values={
        "code": {"": say("by people")},
        "guard": {
            "place": say("the declaration does not name its place"),
            "terms": say("the terms of a source do not allow it"),
        },
    },
)


def begin_source(
    *,
    declaration: Declaration,
    kind: str,
    name: str,
    address: str,
    by: Person | None,
    options: Mapping[str, Any] | None = None,
    secrets: Mapping[str, Any] | None = None,
) -> Source:
    """Let the collector read a source under a declaration that is in force.

    Args:
        declaration: under which what comes is taken in; it says that posts come in live.
        kind: `Source.Kind`.
        name: what people call it.
        address: where it is: kept sealed.
        by: who asks; None for a command on the node's machine.
        options: what is asked of it, and how often; nothing personal, nothing secret.
        secrets: accounts that are asked for, and a token: kept sealed.

    Raises:
        DeclarationClosedError, NotInForceError, CaretakerError: the declaration is not in force.
        NotLiveError: it says that posts come in otherwise.
        NotNamedError, TermsForbidError: it does not name this place, or not so; the refusal is recorded.
        EmptyAnswerError: the source has no name.
    """
    with _refusals(declaration, by=by, address=address):
        return _begun(
            declaration, kind, name, address, by=by, options=dict(options or {}), secrets=dict(secrets or {})
        )


def _begun(
    declaration: Declaration,
    kind: str,
    name: str,
    address: str,
    *,
    by: Person | None,
    options: dict[str, Any],
    secrets: dict[str, Any],
) -> Source:
    _check_live(held_open(declaration))
    source = Source(
        organisation_id=declaration.organisation_id,
        declaration=declaration,
        kind=kind,
        name=answered("name", name)[:SOURCE_NAME_MAX],
        by=by,
        created_ms=now_ms(),
    )
    where = {"address": address, STREAMING: options.pop(STREAMING, "")}
    source.options, source.sealed = options, _sealed(source, where | {"secrets": secrets})
    check_place(source)
    source.save(force_insert=True)
    SourceHealth.objects.create(source=source)
    address_sha256 = hashlib.sha256(address.encode()).hexdigest()
    _record("source.begun", source, by=actor(by), source_kind=kind, address_sha256=address_sha256)
    return source


def resume_source(source: Source, *, by: Person | None) -> Source:
    """Let the collector read a stopped source again, from where it was.

    Raises:
        DeclarationClosedError, NotInForceError, CaretakerError: its declaration is not in force.
        NotNamedError, TermsForbidError: it does not name this place, or not so; the refusal is recorded.
    """
    with _refusals(source.declaration, by=by, address=address_of(source)):
        return _resumed(source, by=by)


def _resumed(source: Source, *, by: Person | None) -> Source:
    source = Source.objects.select_for_update().get(pk=source.pk)
    if source.stopped_ms is None:
        return source
    check_allowed(source)
    source.stopped_ms, source.stop_code = None, ""
    source.save(update_fields=["stopped_ms", "stop_code"])
    SourceHealth.objects.filter(pk=source.pk).update(
        state=SourceHealth.State.WAITING, error_code="", error_sentence="", error_remedy="", error_facts={}
    )
    _record("source.resumed", source, by=actor(by), declaration=source.declaration_id)
    return source


@transaction.atomic
def stop_source(source: Source, *, by: Person | None) -> Source:
    """Let nothing more be read from a source; what came is still taken in."""
    return _stopped(source, by=actor(by))


@transaction.atomic
def end_source(source: Source, error: VigieError, *, lost_bytes: int) -> Source:
    """Stop a source whose declaration no longer holds.

    Args:
        source: which.
        error: what its declaration says.
        lost_bytes: what came and may not be taken in: it is removed.
    """
    source = _stopped(source, by=NODE, code=error.code, lost_bytes=lost_bytes)
    SourceHealth.objects.filter(pk=source.pk).update(**_error_columns(error, source), error_ms=now_ms())
    return source


@transaction.atomic
def record_lost(source: Source, error: VigieError, *, lost_bytes: int) -> None:
    """Record that what waited of a stopped source may not be taken in; it is removed after this."""
    _record("source.lost", source, by=NODE, code=error.code, bytes=lost_bytes)


@transaction.atomic
def hand_in(source: Source, segment: Path, *, cursor: Mapping[str, Any]) -> Intake | None:
    """Ask for the intake of a closed segment, and note where it ends; None where that was done before.

    Raises:
        DeclarationClosedError, NotInForceError, CaretakerError: its declaration is not in force.
        NotNamedError, TermsForbidError: it does not name this place any more, or not so.
        StoreFullError, NoRoomError: there is no room for more.
    """
    check_allowed(source)
    if Intake.objects.filter(declaration=source.declaration_id, path=str(segment)).exists():
        return None
    intake = begin_intake(
        declaration=source.declaration,
        by=source.by,
        file_name=f"{source.kind}-{segment.name}",
        path=str(segment),
        byte_count=segment.stat().st_size,
        is_upload=True,
    )
    source.cursor_sealed = _sealed(source, cursor)
    Source.objects.filter(pk=source.pk).update(cursor_sealed=source.cursor_sealed)
    return intake


@transaction.atomic
def note_health(found: Iterable[tuple[Source, str, Mapping[str, Any], VigieError | None]]) -> None:
    """Note how sources are: a state, columns of `SourceHealth`, and what went wrong lately."""
    now = now_ms()
    for source, state, columns, error in found:
        is_told = error is not None or state == SourceHealth.State.OPEN
        errors = _error_columns(error, source) if is_told else {}
        SourceHealth.objects.filter(pk=source.pk).update(state=state, seen_ms=now, **columns, **errors)


def check_allowed(source: Source) -> None:
    """Check that a source's declaration is in force and names what it reads, as both stand now.

    Raises:
        DeclarationClosedError, NotInForceError, CaretakerError: its declaration is not in force.
        NotNamedError, TermsForbidError: it does not name this place, or not so.
        WrongKeyError: the source was sealed under another key.
    """
    source.declaration = held_open(source.declaration)
    check_place(source)


def check_place(source: Source) -> None:
    """Check that a source's declaration names what it reads.

    Raises:
        NotNamedError, TermsForbidError: it does not name this place, or not so.
        WrongKeyError: the source was sealed under another key.
    """
    check_named(_reach(source), source.declaration.sources.all(), source.declaration.query)


def elsewhere_check(source: Source) -> Callable[[str], None]:
    """Return what checks that another address, to which a source leads, is named too; it asks no database.

    Raises:
        WrongKeyError: the source was sealed under another key.
    """
    reach, named = _reach(source), list(source.declaration.sources.all())
    query = source.declaration.query
    return lambda address: check_named(replace(reach, addresses=(address,)), named, query)


def _reach(source: Source) -> Reach:
    said = _opened(source)
    return Reach(
        kind=source.kind,
        addresses=[address for address in (said["address"], said[STREAMING]) if address],
        tag=source.options.get("tag", ""),
        accounts=said["secrets"].get("accounts", ()),
    )


def address_of(source: Source) -> str:
    """Return where a source is.

    Raises:
        WrongKeyError: it was sealed under another key.
    """
    address: str = _opened(source)["address"]
    return address


def streaming_of(source: Source) -> str:
    """Return where its streams are, if elsewhere; empty for at its address.

    Raises:
        WrongKeyError: it was sealed under another key.
    """
    address: str = _opened(source)[STREAMING]
    return address


def secrets_of(source: Source) -> Mapping[str, Any]:
    """Return the accounts that a source asks for, and its token.

    Raises:
        WrongKeyError: it was sealed under another key.
    """
    found: Mapping[str, Any] = _opened(source)["secrets"]
    return found


def cursor_of(source: Source) -> Mapping[str, Any]:
    """Return where what was handed in of a source ends.

    Raises:
        WrongKeyError: it was sealed under another key.
    """
    return _unsealed(source, source.cursor_sealed) if source.cursor_sealed else {}


def _opened(source: Source) -> Mapping[str, Any]:
    return _unsealed(source, source.sealed)


def _sealed(source: Source, said: Mapping[str, Any]) -> bytes:
    return seal(settings.HOME.key(SEALS), json.dumps(dict(said)).encode(), about=str(source.pk))


def _unsealed(source: Source, sealed: bytes | memoryview) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(
        unseal(settings.HOME.key(SEALS), bytes(sealed), about=str(source.pk))
    )
    return found


@contextmanager
def _refusals(declaration: Declaration, *, by: Person | None, address: str) -> Iterator[None]:
    """Do all of it or nothing; where a guard refuses, record that."""
    try:
        with transaction.atomic():
            yield
    except (NotNamedError, TermsForbidError) as error:
        with transaction.atomic():
            record(
                "source.refused",
                of=f"declaration:{declaration.pk}",
                by=actor(by),
                organisation=declaration.organisation_id,
                guard=GUARDS[type(error)],
                address_sha256=hashlib.sha256(address.encode()).hexdigest(),
            )
        raise


def _stopped(source: Source, *, by: str, code: str = "", lost_bytes: int = 0) -> Source:
    source = Source.objects.select_for_update().get(pk=source.pk)
    if source.stopped_ms is None:
        source.stopped_ms, source.stop_code = now_ms(), code
        source.save(update_fields=["stopped_ms", "stop_code"])
        SourceHealth.objects.filter(pk=source.pk).update(state=SourceHealth.State.STOPPED, next_ms=None)
        _record("source.stopped", source, by=by, code=code, bytes=lost_bytes)
    return source


def _check_live(declaration: Declaration) -> None:
    if declaration.method != Declaration.Method.LIVE:
        raise NotLiveError


def _error_columns(error: VigieError | None, source: Source) -> dict[str, Any]:
    """Return what is kept of an error; a host can name a person: the source's name stands in its place."""
    if error is None:
        return {"error_code": "", "error_sentence": "", "error_remedy": "", "error_facts": {}}
    return {
        "error_code": error.code,
        "error_sentence": error.sentence,
        "error_remedy": error.remedy,
        "error_facts": to_plain(error.facts | ({"host": source.name} if "host" in error.facts else {})),
    }


def _record(kind: str, source: Source, *, by: str, **facts: object) -> None:
    record(kind, of=f"source:{source.pk}", by=by, organisation=source.organisation_id, **facts)
