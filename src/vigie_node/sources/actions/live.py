"""Live sources: begun and stopped by people, stopped by the node when their declaration no longer holds.

What came is handed in as ordinary intakes, about one a minute for a source that never rests: each writes the
entries of any intake. How a source is, is no record: it is noted without an entry.
"""

from __future__ import annotations

import hashlib
import json
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
from vigie_node.sources.errors import NotLiveError
from vigie_node.sources.models import Declaration, Intake, Source, SourceHealth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from uuid import UUID

    from vigie.terms.errors import VigieError
    from vigie_node.people.models import Person

SEALS = "live-sources"  # the use of the key
SOURCE_NAME_MAX = 200


def folder_of(source_id: UUID) -> Path:
    """Return where the segments of a source lie."""
    folder: Path = settings.HOME.spool / "live" / str(source_id)
    return folder


describe(
    {
        "source.begun": say("A live source was begun: {source_kind}, address SHA-256 {address_sha256}."),
        "source.resumed": say("A live source was begun again."),
        "source.stopped": say("A live source was stopped ({code}); {bytes} bytes of it were not taken in."),
        "source.lost": say("What still waited of a stopped live source was removed ({code}): {bytes} bytes."),
    },
    values={"code": {"": say("by people")}},
)


@transaction.atomic
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
        address: where it is.
        by: who asks; None for a command on the node's machine.
        options: what is asked of it, and how often; nothing personal, nothing secret.
        secrets: accounts that are asked for, and a token: kept sealed.

    Raises:
        DeclarationClosedError, NotInForceError, CaretakerError: the declaration is not in force.
        NotLiveError: it says that posts come in otherwise.
        EmptyAnswerError: the source has no name.
    """
    _check_live(held_open(declaration))
    source = Source(
        organisation_id=declaration.organisation_id,
        declaration=declaration,
        kind=kind,
        name=answered("name", name)[:SOURCE_NAME_MAX],
        address=address,
        options=dict(options or {}),
        by=by,
        created_ms=now_ms(),
    )
    if secrets:
        said = json.dumps(dict(secrets)).encode()
        source.sealed = seal(settings.HOME.key(SEALS), said, about=str(source.pk))
    source.save(force_insert=True)
    SourceHealth.objects.create(source=source)
    address_sha256 = hashlib.sha256(address.encode()).hexdigest()
    _record("source.begun", source, by=actor(by), source_kind=kind, address_sha256=address_sha256)
    return source


@transaction.atomic
def resume_source(source: Source, *, by: Person | None) -> Source:
    """Let the collector read a stopped source again, from where it was.

    Raises:
        DeclarationClosedError, NotInForceError, CaretakerError: its declaration is not in force.
    """
    source = Source.objects.select_for_update().get(pk=source.pk)
    if source.stopped_ms is None:
        return source
    held_open(source.declaration)
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
    SourceHealth.objects.filter(pk=source.pk).update(**_error_columns(error), error_ms=now_ms())
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
        StoreFullError, NoRoomError: there is no room for more.
    """
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
    Source.objects.filter(pk=source.pk).update(cursor=dict(cursor))
    source.cursor = dict(cursor)
    return intake


@transaction.atomic
def note_health(found: Iterable[tuple[Source, str, Mapping[str, Any], VigieError | None]]) -> None:
    """Note how sources are: a state, columns of `SourceHealth`, and what went wrong lately."""
    now = now_ms()
    for source, state, columns, error in found:
        errors = _error_columns(error) if error is not None or state == SourceHealth.State.OPEN else {}
        SourceHealth.objects.filter(pk=source.pk).update(state=state, seen_ms=now, **columns, **errors)


def secrets_of(source: Source) -> Mapping[str, Any]:
    """Return what was sealed with a source.

    Raises:
        WrongKeyError: it was sealed under another key.
    """
    if source.sealed is None:
        return {}
    opened = unseal(settings.HOME.key(SEALS), bytes(source.sealed), about=str(source.pk))
    found: Mapping[str, Any] = json.loads(opened)
    return found


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


def _error_columns(error: VigieError | None) -> dict[str, Any]:
    if error is None:
        return {"error_code": "", "error_sentence": "", "error_remedy": "", "error_facts": {}}
    return {
        "error_code": error.code,
        "error_sentence": error.sentence,
        "error_remedy": error.remedy,
        "error_facts": to_plain(error.facts),
    }


def _record(kind: str, source: Source, *, by: str, **facts: object) -> None:
    record(kind, of=f"source:{source.pk}", by=by, organisation=source.organisation_id, **facts)
