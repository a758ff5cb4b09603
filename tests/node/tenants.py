"""Two organisations with everything in them, and somebody of each role in the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.test import Client
from node.alerts.seed import fill

from vigie_node.clock import now_ms
from vigie_node.incidents.models import (
    Attribution,
    BreakoutReading,
    Exhibit,
    Hypothesis,
    Incident,
    Task,
    TechniqueUse,
)
from vigie_node.incidents.models import Claim as IncidentClaim
from vigie_node.jobs.models import Job
from vigie_node.ledger.actions import record
from vigie_node.people.models import Duty, Grant, Organisation, Person, Recovery, Team, Token
from vigie_node.people.proofs import hash_of, new_token
from vigie_node.sources.actions.captures import Count, begin_capture
from vigie_node.sources.models import (
    Evidence,
    Hold,
    KeyDestruction,
    OriginalOpening,
    Outlet,
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
    ways: dict[str, dict[str, object]]  # by role: what each person alone may touch
    rows: dict[str, dict[str, object]]  # "own" or "other": what a parameter of an address names

    def objects(self, whose: str, *, role: str) -> dict[str, object]:
        """Return what stands in an address; a token is the person's own or somebody else's."""
        token = (
            self.tokens.get(role, self.tokens["analyst"]) if whose == "own" else self.rows["other"]["token"]
        )
        ways = self.ways.get(role, self.ways["analyst"]) if whose == "own" else self.ways["stranger"]
        return {**self.rows[whose], **ways, "token": getattr(token, "pk", token)}


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
        ways={role: _ways_in(person) for role, person in [*persons.items(), ("stranger", stranger)]},
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


def _of_people(organisation: Organisation, somebody: Person) -> dict[str, object]:
    """Make a team and a turn on duty."""
    team = Team.objects.create(organisation=organisation, name="Équipe d’essai", made_ms=now_ms())
    now = now_ms()
    duty = Duty.objects.create(
        organisation=organisation, person=somebody, team=team, from_ms=now, to_ms=now + YEAR_MS
    )
    return {"team": team.pk, "duty": duty.pk}


def _ways_in(person: Person) -> dict[str, object]:
    """Give somebody a passkey and an identity with a provider."""
    passkey = person.passkeys.create(
        name="essai", credential_id=str(person.pk), credential=b"-", sign_count=0, made_ms=now_ms()
    )
    identity = person.identities.create(
        issuer="https://exemple.test", subject=str(person.pk), linked_ms=now_ms()
    )
    return {"passkey": passkey.pk, "identity": identity.pk}


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
        **_of_people(organisation, somebody),
        **_privacy(filled.declaration, somebody),
        "job": job.pk,
        "seq": entry.seq,
        **_captured(filled.declaration, somebody),
        **_listed(organisation, somebody),
        **_incident(organisation, somebody),
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
    outlet = Outlet.objects.create(
        organisation=organisation, name="Média d’essai", created_ms=now_ms(), changed_ms=now_ms()
    )
    return {"watchlist": watchlist.pk, "version": version.pk, "outlet": outlet.pk}


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


def _incident(organisation: Organisation, somebody: Person) -> dict[str, object]:
    now = now_ms()
    incident = Incident.objects.create(
        organisation=organisation, number=1, gate="canada", opened_by=somebody, opened_ms=now, changed_ms=now
    )
    said = {"incident": incident, "by": somebody}
    numbered = {**said, "number": 1, "language": "fr", "text": "essai"}
    IncidentClaim.objects.create(**numbered, aspect="actor", version=1)
    Exhibit.objects.create(**numbered, kind="other", reliability="F", credibility="6", at_ms=now)
    Hypothesis.objects.create(**numbered, kind="organic", version=1)
    reading = BreakoutReading.objects.create(**said, category="1", reached_ms=1, reason="essai", at_ms=now)
    proposed = Attribution.objects.create(
        **said, rung="state_linked", language="fr", reasoning="-", dissent="-", standing="proposed", at_ms=now
    )
    task = Task.objects.create(**said, text="essai", at_ms=now)
    use = TechniqueUse.objects.create(
        **said, framework="disarm", framework_version="1.6", technique="T0048", reason="essai", at_ms=now
    )
    return {
        "incident": incident.pk,
        "reading": reading.pk,
        "attribution": proposed.pk,
        "task": task.pk,
        "use": use.pk,
    }
