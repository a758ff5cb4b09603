"""Two organisations with everything in them, and somebody of each role in the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.test import Client
from node.alerts.seed import fill

from vigie_node.clock import now_ms
from vigie_node.jobs.models import Job
from vigie_node.ledger.actions import record
from vigie_node.people.models import Grant, Organisation, Person, Recovery, Token
from vigie_node.people.proofs import hash_of, new_token
from vigie_node.sources.actions.captures import Count, begin_capture
from vigie_node.sources.models import (
    Evidence,
    Hold,
    KeyDestruction,
    OriginalOpening,
    PersonRequest,
    PublicActor,
    Source,
    SourceHealth,
    Unmasking,
    WatchList,
    WatchListVersion,
    WritPeriod,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vigie_node.sources.models import Declaration

YEAR_MS = 365 * 86_400_000


@dataclass(frozen=True)
class Tenants:
    """What the tests of authorisation ask for."""

    persons: dict[str, Person]  # by role, of the first organisation
    secrets: dict[str, str]  # their tokens
    tokens: dict[str, Token]
    cookies: dict[str, str]  # of the browser in which each person is signed in
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
        cookies={role: _signed_in(person) for role, person in persons.items()},
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


def _signed_in(person: Person) -> str:
    client = Client()
    client.force_login(person)
    session = client.session
    session["session_key"] = person.session_key
    session.save()
    return client.cookies.output(attrs=[], header="", sep=";")


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


def _recovery(organisation: Organisation, somebody: Person) -> Recovery:
    asker = _person(organisation, "administrator", f"asker-{str(organisation.pk)[-8:]}")
    now = now_ms()
    return Recovery.objects.create(
        person=somebody, reason="essai", asked_by=asker, asked_ms=now, expires_ms=now + YEAR_MS
    )


def _guards(declaration: Declaration, somebody: Person) -> dict[str, object]:
    columns = {"organisation": declaration.organisation, "by": somebody, "created_ms": now_ms()}
    hold = Hold.objects.create(declaration=declaration, kind="access", reason="essai", **columns)
    writ = WritPeriod.objects.create(name="essai", from_ms=1, to_ms=2, **columns)
    source = Source.objects.create(declaration=declaration, kind="feed", name="essai", sealed=b"-", **columns)
    SourceHealth.objects.create(source=source)
    return {"hold": hold.pk, "writ": writ.pk, "source": source.pk}


def _privacy(declaration: Declaration, somebody: Person) -> dict[str, object]:
    own, project, now = declaration.organisation, declaration.project, now_ms()
    said = {"organisation": own, "project": project, "reason": "essai", "asked_by": somebody, "asked_ms": now}
    actor = PublicActor.objects.create(
        organisation=own, platform="x", account="essai", name="Essai", office="Essai", from_ms=0, changed_ms=0
    )
    later = {"expires_ms": now + YEAR_MS}
    asked = PersonRequest.objects.create(
        organisation=own, number=1, received_ms=now, due_ms=now, keep_until_ms=now + YEAR_MS, by=somebody
    )
    return {
        "actor": actor.pk,
        "project": project.pk,
        "account": "a" * 16,
        "unmasking": Unmasking.objects.create(pseudonym="a" * 16, **said, **later).pk,
        "destruction": KeyDestruction.objects.create(**said, **later).pk,
        "asked": asked.pk,
    }


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
        **_guards(filled.declaration, somebody),
        "person": somebody.pk,
        "recovery": _recovery(organisation, somebody).pk,
        **_privacy(filled.declaration, somebody),
        "job": job.pk,
        "seq": entry.seq,
        **_captured(filled.declaration, somebody),
        **_listed(organisation, somebody),
    }


def _listed(organisation: Organisation, somebody: Person) -> dict[str, object]:
    """Make a watch-list whose only file was read and waits to be taken in."""
    watchlist = WatchList.objects.create(
        organisation=organisation, title="Liste d’essai", created_ms=now_ms()
    )
    version = WatchListVersion.objects.create(
        watchlist=watchlist,
        state="read",
        layout="table",
        format="csv",
        sure=0.7,
        is_upload=True,
        file_name="liste.csv",
        file_sha256="0" * 64,
        byte_count=1,
        handed_in_ms=now_ms(),
        by=somebody,
    )
    return {"watchlist": watchlist.pk, "version": version.pk}


def _captured(declaration: Declaration, somebody: Person) -> dict[str, object]:
    """Make a post that somebody captured by hand, with one original."""
    visit = begin_capture(
        declaration=declaration,
        by=somebody,
        platform="wechat",
        kind="post",
        posted_ms=0,
        how="eye",
        seen_ms=now_ms(),
        counts=[Count(name="likes", value=3, at_ms=now_ms())],
        files=1,
    )
    evidence = Evidence.objects.create(
        organisation_id=declaration.organisation_id,
        declaration=declaration,
        visit=visit,
        role="file",
        sha256="0" * 64,
        byte_count=1,
        media_type="image/png",
        custodian=somebody,
        how="eye",
        captured_ms=now_ms(),
        sealed_ms=now_ms(),
    )
    now = now_ms()
    opening = OriginalOpening.objects.create(
        organisation_id=declaration.organisation_id,
        project=declaration.project,
        evidence=evidence,
        reason="essai",
        asked_by=somebody,
        asked_ms=now,
        expires_ms=now + YEAR_MS,
    )
    return {
        "capture": visit.capture_id,
        "visit": visit.pk,
        "evidence": evidence.pk,
        "opening": opening.pk,
    }
