"""Two organisations with everything in them, and somebody of each role in the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from node.alerts.seed import fill

from vigie_node.clock import now_ms
from vigie_node.jobs.models import Job
from vigie_node.ledger.actions import record
from vigie_node.people.models import Grant, Organisation, Person, Token
from vigie_node.people.proofs import hash_of, new_token

if TYPE_CHECKING:
    from collections.abc import Sequence

YEAR_MS = 365 * 86_400_000


@dataclass(frozen=True)
class Tenants:
    """What the tests of authorisation ask for."""

    persons: dict[str, Person]  # by role, of the first organisation
    secrets: dict[str, str]  # their tokens
    tokens: dict[str, Token]
    rows: dict[str, dict[str, object]]  # "own" or "other": what a parameter of an address names

    def objects(self, whose: str, *, role: str) -> dict[str, object]:
        """Return what stands in an address; a token is the person's own or somebody else's."""
        token = (
            self.tokens.get(role, self.tokens["analyst"]) if whose == "own" else self.rows["other"]["token"]
        )
        return {**self.rows[whose], "token": getattr(token, "pk", token)}


def make_tenants(roles: Sequence[str]) -> Tenants:
    """Make both organisations."""
    first, second = (Organisation.objects.create(name=name, created_ms=now_ms()) for name in ("Une", "Autre"))
    persons = {role: _person(first, role) for role in roles if role != "anonymous"}
    stranger = _person(second, "analyst", "stranger")
    made = {role: _token(person) for role, person in persons.items()}
    return Tenants(
        persons=persons,
        secrets={role: secret for role, (_token, secret) in made.items()},
        tokens={role: token for role, (token, _secret) in made.items()},
        rows={
            "own": _rows(first, _person(first, "analyst", "bystander")),
            "other": {**_rows(second, stranger), "token": _token(stranger)[0].pk},
        },
    )


def _person(organisation: Organisation, role: str, username: str = "") -> Person:
    person = Person.objects.create(
        organisation=organisation,
        username=username or f"the-{role}",
        name=role,
        created_ms=now_ms(),
        totp_sealed=b"sealed",
    )
    if role != "nobody":
        Grant.objects.create(person=person, role=role, granted_ms=now_ms())
    return Person.objects.get(pk=person.pk)


def _token(person: Person) -> tuple[Token, str]:
    secret = new_token()
    token = Token.objects.create(
        person=person,
        name="essai",
        secret_hash=hash_of(secret),
        permissions=sorted(person.permissions),
        created_ms=now_ms(),
        expires_ms=now_ms() + YEAR_MS,
    )
    return token, secret


def _rows(organisation: Organisation, somebody: Person) -> dict[str, object]:
    filled = fill(organisation, people=[somebody], alert_count=1, statuses=("new",), batch_count=1)
    job = Job.objects.create(
        kind="sources.take_in",
        key=str(organisation.pk),
        organisation=organisation.pk,
        by="node",
        created_ms=now_ms(),
    )
    entry = record(
        "declaration.closed",
        of=f"declaration:{filled.declaration.pk}",
        by="node",
        organisation=organisation.pk,
    )
    return {
        "alert": filled.alerts[0].pk,
        "run": filled.runs[-1].pk,
        "batch": filled.batches[0].pk,
        "intake": filled.batches[0].intake_id,
        "declaration": filled.declaration.pk,
        "person": somebody.pk,
        "job": job.pk,
        "seq": entry.seq,
    }
