"""To join alerts and other incidents to one, to set tasks, to say something to colleagues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from vigie.terms.languages import say
from vigie_node.alerts.access import alerts_visible_to
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.incidents.access import incidents_visible_to
from vigie_node.incidents.actions.common import LINE_MAX, locked, noted, sent_before, written
from vigie_node.incidents.errors import UnknownThingError
from vigie_node.incidents.models import Comment, IncidentAlert, Relation, Task
from vigie_node.people.access import persons_visible_to

if TYPE_CHECKING:
    from uuid import UUID

    from vigie_node.alerts.models import Alert
    from vigie_node.incidents.models import Incident
    from vigie_node.people.models import Person

HOW, TASK, COMMENT = say("How they are related"), say("Task"), say("Comment")
COMMENT_MAX = 4_000


@transaction.atomic
def join_alert(incident: Incident, alert: Alert, *, by: Person) -> IncidentAlert:
    """Join an alert to an incident; done again, it changes nothing.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        Alert.DoesNotExist: it is none that they may see.
    """
    incident = locked(incident, by=by)
    alert = alerts_visible_to(by).get(pk=alert.pk)
    link, is_new = IncidentAlert.objects.get_or_create(
        incident=incident, alert=alert, defaults={"by": by, "at_ms": now_ms()}
    )
    if is_new:
        noted("alert_joined", incident, by=by, alert=alert.number)
    return link


@transaction.atomic
def part_alert(incident: Incident, alert: Alert, *, by: Person) -> None:
    """Take an alert out of an incident; the ledger keeps that it was in it.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
    """
    incident = locked(incident, by=by)
    deleted, _ = incident.alert_links.filter(alert=alert.pk).delete()
    if deleted:
        noted("alert_parted", incident, by=by, alert=alert.number)


@transaction.atomic
def relate(incident: Incident, *, number: int, how: str, by: Person) -> Relation:
    """Say that an incident has to do with another, and how; said again, it is said anew.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        UnknownThingError: there is no other incident with this number.
        NothingWrittenError, TooLongError, UnreadableError: the text will not do.
    """
    incident = locked(incident, by=by)
    other = incidents_visible_to(by).filter(number=number).exclude(pk=incident.pk).first()
    if other is None:
        raise UnknownThingError(ref=str(number))
    said = {"how": written(HOW, how, length_max=LINE_MAX, is_line=True), "by": by, "at_ms": now_ms()}
    relation, _ = Relation.objects.update_or_create(incident=incident, other=other, defaults=said)
    noted("related", incident, by=by, other=other.number)
    return relation


@transaction.atomic
def set_task(
    incident: Incident,
    *,
    text: str,
    assignee: UUID | None,
    due_ms: int | None,
    by: Person,
    task_id: UUID | None = None,
) -> Task:
    """Set a task.

    Args:
        incident: of which.
        text: what is to be done.
        assignee: by whom, of the same organisation; None: by anybody.
        due_ms: until when.
        by: who sets it.
        task_id: the form's own, so that a form sent twice sets one.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        Person.DoesNotExist: nobody of the organisation is that person.
        NothingWrittenError, TooLongError, UnreadableError: the text will not do.
    """
    incident = locked(incident, by=by)
    task_id = task_id or new_id()
    sent = sent_before(Task, task_id, by=by, incident=incident)
    if sent is not None:
        return sent
    task = Task(
        id=task_id,
        incident=incident,
        text=written(TASK, text, length_max=LINE_MAX, is_line=True),
        assignee=persons_visible_to(by).get(pk=assignee, is_active=True) if assignee else None,
        due_ms=due_ms,
        by=by,
        at_ms=now_ms(),
    )
    task.save(force_insert=True)
    noted("task_set", incident, by=by)
    return task


@transaction.atomic
def finish_task(incident: Incident, task_id: UUID, *, by: Person) -> Task:
    """Say that a task is done.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        Task.DoesNotExist: the incident has no such task.
    """
    incident = locked(incident, by=by)
    task = incident.tasks.get(pk=task_id)
    if task.done_ms is None:
        task.done_ms, task.done_by = now_ms(), by
        task.save(update_fields=["done_ms", "done_by"])
        noted("task_done", incident, by=by)
    return task


@transaction.atomic
def comment(incident: Incident, *, text: str, by: Person, comment_id: UUID | None = None) -> Comment:
    """Say something to the others who work on an incident.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        NothingWrittenError, TooLongError, UnreadableError: the text will not do.
    """
    incident = locked(incident, by=by)
    comment_id = comment_id or new_id()
    sent = sent_before(Comment, comment_id, by=by, incident=incident)
    if sent is not None:
        return sent
    made = Comment(
        id=comment_id,
        incident=incident,
        text=written(COMMENT, text, length_max=COMMENT_MAX),
        by=by,
        at_ms=now_ms(),
    )
    made.save(force_insert=True)
    noted("commented", incident, by=by)
    return made
