"""Declarations: why something is collected; asked for, made by the host, withdrawn, expired.

Facts in the ledger are figures, ids and hashes: what a declaration says is held by its SHA-256 alone.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import transaction

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import HOST, NODE
from vigie_node.ledger.chain import canonical
from vigie_node.ledger.kinds import describe
from vigie_node.sources.actions.common import DAY_MS, actor, answered, record_on
from vigie_node.sources.actions.projects import NAME_MAX, project_named
from vigie_node.sources.actions.writs import is_locked
from vigie_node.sources.errors import (
    CaretakerError,
    DeclarationClosedError,
    LeastRetentionError,
    NotInForceError,
    RetentionError,
    WindowError,
)
from vigie_node.sources.guards import (
    DAYS_MAX,
    DAYS_USUAL,
    Source,
    days_allowed,
    is_sensitive,
    least_days_allowed,
    refusal,
)
from vigie_node.sources.models import Declaration, DeclaredSource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from vigie_node.people.models import Organisation, Person

RETENTION_DAYS_MIN, RETENTION_DAYS_MAX = 1, 3650

describe(
    {
        "declaration.asked": say("A declaration was asked for, posts to be kept for {retention_days} days."),
        "declaration.made": say("A collection was declared, to be kept for {retention_days} days."),
        "declaration.guarded": say("A declaration was refused by a guard: {guard}."),
        "declaration.closed": say("A declaration was closed: nothing more comes in under it."),
        "declaration.expired": say("A declaration expired: nothing more comes in under it."),
    },
    values={
        "guard": {
            "hypothesis": say("no foreign-nexus hypothesis"),
            "terms": say("the terms of a source do not allow it"),
        }
    },
)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a declaration says.

    Args:
        purpose: what the observations are for.
        legal_basis: what allows it.
        responsible: who answers for it.
        retention_days: for how many days observations are kept at most, 1 to 3,650.
        retention_days_min: for how many at least, 0 or more; always 0 for a sensitive subject.
        project: the work it belongs to, made where there is none of this name; empty for the
            organisation's own.
        subject: what it is about: `Declaration.Subject`.
        hypothesis: why a foreign hand is thought to be in it.
        query: what is looked for.
        window_from_ms, window_to_ms: from when to when the posts are; None for open.
        method: how they come in: `Declaration.Method`.
        days_in_force: for how many days things may come in; None for as long as that is allowed.
        sources: where they come from, with their terms.
    """

    purpose: str
    legal_basis: str
    responsible: str
    retention_days: int
    retention_days_min: int = 0
    project: str = ""
    subject: str = Declaration.Subject.TOPIC
    hypothesis: str = ""
    query: str = ""
    window_from_ms: int | None = None
    window_to_ms: int | None = None
    method: str = Declaration.Method.FILES
    days_in_force: int | None = None
    sources: Sequence[Source] = ()

    def checked(self) -> Answers:
        """Return the answers without the space around them.

        Raises:
            EmptyAnswerError: one of those that are needed is empty.
            RetentionError: the days are fewer than 1 or more than 3,650.
            LeastRetentionError: the least is above the most.
            WindowError: the period ends before it begins.
        """
        if not RETENTION_DAYS_MIN <= self.retention_days <= RETENTION_DAYS_MAX:
            raise RetentionError(
                days=self.retention_days, days_min=RETENTION_DAYS_MIN, days_max=RETENTION_DAYS_MAX
            )
        if not 0 <= self.retention_days_min <= self.retention_days:
            raise LeastRetentionError(days=self.retention_days_min, days_max=self.retention_days)
        if self.window_from_ms and self.window_to_ms and self.window_to_ms < self.window_from_ms:
            raise WindowError
        return replace(
            self,
            purpose=answered("purpose", self.purpose),
            legal_basis=answered("legal_basis", self.legal_basis),
            responsible=answered("responsible", self.responsible)[:NAME_MAX],
            hypothesis=self.hypothesis.strip(),
            query=self.query.strip(),
        )


@transaction.atomic
def ask_declaration(answers: Answers, *, organisation: Organisation, by: Person | None) -> Declaration:
    """Ask for a declaration: another person decides; what a guard forbids is refused and recorded at once.

    Args:
        answers: what it says.
        organisation: whose declaration it is.
        by: who asks; None for a command on the node's machine.

    Raises:
        EmptyAnswerError, RetentionError, LeastRetentionError, WindowError: see `Answers.checked`.
    """
    bounded = min(answers.days_in_force or DAYS_USUAL, DAYS_MAX)
    answers = replace(
        answers.checked(),
        days_in_force=days_allowed(answers.subject, bounded),
        retention_days_min=least_days_allowed(answers.subject, answers.retention_days_min),
    )
    declaration = _kept(answers, organisation=organisation, by=by)
    guard = refusal(answers.subject, answers.hypothesis, answers.sources)
    _record("declaration.asked", declaration, answers, by=actor(by))
    if guard:
        now = now_ms()
        declaration.state, declaration.decision_code = Declaration.State.REFUSED, guard
        declaration.decided_ms = declaration.closed_ms = now
        declaration.save(update_fields=["state", "decision_code", "decided_ms", "closed_ms"])
        record_on("declaration.guarded", declaration, by=NODE, guard=guard)
    return declaration


@transaction.atomic
def declare(*, organisation: Organisation, by: Person | None, **answers: Any) -> Declaration:
    """Declare a collection on the node's machine: in force at once, recorded as made by the host.

    Never called by a page. A sensitive subject is only asked for: a person outside the team decides.

    Args:
        organisation: whose declaration it is.
        by: for whom the command declares; None for the host itself.
        answers: see `Answers`.

    Raises:
        EmptyAnswerError, RetentionError, LeastRetentionError, WindowError: see `Answers.checked`.
    """
    given = Answers(**answers)
    if is_sensitive(given.subject) or refusal(given.subject, given.hypothesis, given.sources):
        return ask_declaration(given, organisation=organisation, by=by)
    given = given.checked()
    now = now_ms()
    declaration = _kept(given, organisation=organisation, by=by)
    declaration.state, declaration.starts_ms, declaration.decided_ms = Declaration.State.IN_FORCE, now, now
    declaration.expires_ms = None if given.days_in_force is None else now + given.days_in_force * DAY_MS
    declaration.save(update_fields=["state", "starts_ms", "decided_ms", "expires_ms"])
    _record("declaration.made", declaration, given, by=HOST)
    return declaration


@transaction.atomic
def close_declaration(declaration: Declaration, *, by: Person | None) -> Declaration:
    """Withdraw a declaration: nothing more comes in; what is held stays until its retention ends."""
    declaration = Declaration.objects.select_for_update().get(pk=declaration.pk)
    if declaration.standing_at(now_ms()) in (Declaration.State.ASKED, Declaration.State.IN_FORCE):
        declaration.state, declaration.closed_ms = Declaration.State.WITHDRAWN, now_ms()
        declaration.save(update_fields=["state", "closed_ms"])
        record_on("declaration.closed", declaration, by=actor(by))
    return declaration


def expire_declarations(at_ms: int) -> int:
    """Record which declarations have expired, and return how many: nothing came in since that moment."""
    due = Declaration.objects.filter(state=Declaration.State.IN_FORCE, expires_ms__lte=at_ms)
    return sum(_expire(pk, at_ms) for pk in due.order_by("id").values_list("id", flat=True))


def held_open(declaration: Declaration) -> Declaration:
    """Return the declaration as it now is, in force, kept from being closed until the transaction ends.

    Raises:
        NotInForceError: nobody has approved it, or a day of reflection runs.
        DeclarationClosedError: it was refused, withdrawn, or has expired.
        CaretakerError: it is about candidates, a writ period runs, and nobody independent approved it.
    """
    held = Declaration.objects.select_for_update().get(pk=declaration.pk)
    now = now_ms()
    standing = held.standing_at(now)
    if standing == Declaration.State.ASKED:
        raise NotInForceError
    if standing != Declaration.State.IN_FORCE:
        raise DeclarationClosedError
    if is_locked(held, now) and not held.is_independent:
        raise CaretakerError
    return held


@transaction.atomic
def _expire(pk: UUID, at_ms: int) -> bool:
    found = Declaration.objects.select_for_update().get(pk=pk)
    if found.state != Declaration.State.IN_FORCE or found.standing_at(at_ms) != Declaration.State.EXPIRED:
        return False
    found.state = Declaration.State.EXPIRED
    found.save(update_fields=["state"])
    record_on("declaration.expired", found, by=NODE)
    return True


def _kept(answers: Answers, *, organisation: Organisation, by: Person | None) -> Declaration:
    columns = {name: value for name, value in vars(answers).items() if name not in {"project", "sources"}}
    declaration = Declaration.objects.create(
        organisation=organisation,
        project=project_named(answers.project.strip() or organisation.name, organisation=organisation, by=by),
        by=by,
        created_ms=now_ms(),
        **columns,
    )
    DeclaredSource.objects.bulk_create(
        DeclaredSource(declaration=declaration, **asdict(source)) for source in answers.sources
    )
    return declaration


def _record(kind: str, declaration: Declaration, answers: Answers, *, by: str) -> None:
    said = hashlib.sha256(canonical(asdict(answers)).encode()).hexdigest()
    terms = Counter(source.allows for source in answers.sources)
    record_on(
        kind,
        declaration,
        by=by,
        project=declaration.project_id,
        subject=declaration.subject,
        retention_days=declaration.retention_days,
        answers_sha256=said,
        **{f"sources_{allows}": terms[allows] for allows in DeclaredSource.Allows.values},
    )
