"""What every act on an incident begins and ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import PermissionDenied

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie.terms.signs import hidden_sign, tidied
from vigie_node.clock import now_ms
from vigie_node.incidents.access import WRITE, incidents_visible_to
from vigie_node.incidents.errors import (
    ChangedMeanwhileError,
    ClosedError,
    NothingWrittenError,
    TooLongError,
    UnreadableError,
)
from vigie_node.incidents.models import Incident, Revision
from vigie_node.ledger.actions import person, record
from vigie_node.people.access import may

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

    from django.db.models import Model

    from vigie.terms.languages import Message
    from vigie_node.incidents.models import Claim, Hypothesis, Passage
    from vigie_node.people.models import Person

    Row = TypeVar("Row", bound=Model)
    Versioned = Claim | Hypothesis | Passage

TEXT_MAX, LINE_MAX = 10_000, 500
CHANGE = say("What you changed, and why")


def locked(incident: Incident, *, by: Person, permission: str = WRITE) -> Incident:
    """Return an incident as it stands now, locked: acts on one incident follow each other.

    Raises:
        PermissionDenied: they may not.
        Incident.DoesNotExist: it is another organisation's.
        ClosedError: it is closed.
    """
    if not may(by, permission):
        raise PermissionDenied
    found = incidents_visible_to(by).select_for_update().get(pk=incident.pk)
    if found.state == Incident.State.CLOSED:
        raise ClosedError(number=found.number)
    return found


def sent_before(model: type[Row], row_id: UUID, *, by: Person, incident: Incident) -> Row | None:
    """Return what a form that was sent before has made; None for a new form.

    Raises:
        PermissionDenied: another person's form, or another incident's, made it.
    """
    found: Any = model._default_manager.filter(pk=row_id).first()  # noqa: SLF001 (Django's own public name)
    if found is not None and (found.by_id, found.incident_id) != (by.pk, incident.pk):
        raise PermissionDenied
    return found  # type: ignore[no-any-return]  # of the model asked for


def written(field: Message, text: str, *, length_max: int = TEXT_MAX, is_line: bool = False) -> str:
    """Return what somebody wrote, tidied.

    Args:
        field: what pages call it.
        text: as it came.
        length_max: in characters.
        is_line: whether line breaks become spaces.

    Raises:
        NothingWrittenError, TooLongError, UnreadableError: it will not do.
    """
    said = tidied(" ".join(text.split()) if is_line else text)
    if not any(sign.isalnum() for sign in said):
        raise NothingWrittenError(field=field)
    if len(said) > length_max:
        raise TooLongError(field=field, length=len(said), length_max=length_max)
    sign = hidden_sign(said)
    if sign is not None:
        raise UnreadableError(field=field, sign=f"U+{ord(sign):04X}")
    return said


def written_or_nothing(field: Message, text: str, **limits: Any) -> str:
    """Return what somebody wrote, tidied; nothing is allowed."""
    return written(field, text, **limits) if text.strip() else ""


def one_of(option: str, value: str, expected: Collection[str]) -> str:
    """Return a value that is one of those expected.

    Raises:
        BadOptionError: it is not.
    """
    if value not in expected:
        raise BadOptionError(option=option, value=value, expected=", ".join(expected))
    return value


def say_anew(
    row: Versioned,
    incident: Incident,
    part: str,
    columns: dict[str, Any],
    *,
    by: Person,
    seen: int,
    why: str,
) -> bool:
    """Write the next version of a part, and tell whether it says anything new.

    Args:
        row: the part as it stands; version 0 for one that is not there yet.
        incident: locked.
        part: how revisions name it.
        columns: all that it says.
        by: who.
        seen: the version that the writer began from.
        why: what was changed and why.

    Raises:
        ChangedMeanwhileError: somebody wrote another version since; nothing was altered.
        PermissionDenied: the form's id is that of another incident's part.
        NothingWrittenError, TooLongError, UnreadableError: `why` will not do.
    """
    why = written_or_nothing(CHANGE, why, length_max=LINE_MAX, is_line=True)
    if row.version and all(getattr(row, name) == value for name, value in columns.items()):
        return False
    if row.version != seen:
        raise ChangedMeanwhileError(part=part, seen=seen, version=row.version)
    is_new = not row.version
    if is_new and row.pk is not None and type(row)._default_manager.filter(pk=str(row.pk)).exists():  # noqa: SLF001 (Django's own public name)
        raise PermissionDenied
    for name, value in columns.items():
        setattr(row, name, value)
    row.version += 1
    row.save(force_insert=is_new)
    keep_revision(incident, part, row.version, columns, by=by, why=why)
    return True


def keep_revision(
    incident: Incident, part: str, version: int, said: dict[str, Any], *, by: Person, why: str
) -> None:
    """Keep one version of one part for ever."""
    Revision.objects.create(
        incident=incident, part=part, version=version, said=said, why=why, by=by, at_ms=now_ms()
    )


def noted(kind: str, incident: Incident, *, by: Person, **facts: object) -> None:
    """Append what was done to the ledger, last of all, and let the incident say when it changed."""
    incident.changed_ms = max(incident.changed_ms, now_ms())
    incident.save()
    record(
        f"incident.{kind}",
        of=f"incident:{incident.pk}",
        by=person(by.pk),
        organisation=incident.organisation_id,
        number=incident.number,
        **facts,
    )


def next_number(rows: Iterable[int]) -> int:
    """Return the number after the greatest."""
    return max(rows, default=0) + 1
