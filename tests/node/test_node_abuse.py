"""The node as somebody who means harm meets it. The number of a test's abuse case stands in its docstring.

What each app's own tests cover (sign-in, throttle, roles, uploads) is not said twice here: these are the ways
across apps, and around them.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import logging
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx
import pytest
import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from node.alerts.seed import fill
from node.tenants import make_tenants

from vigie_node import clock
from vigie_node.alerts.actions import review_alert
from vigie_node.alerts.actions.forgetting import ask_to_forget
from vigie_node.alerts.models import Alert, Review, Run
from vigie_node.home import Home
from vigie_node.jobs.models import Job
from vigie_node.ledger.models import Entry
from vigie_node.logs import logging_for
from vigie_node.making import make_home
from vigie_node.people import console
from vigie_node.people.hashers import Argon2
from vigie_node.people.models import Grant, Organisation, Person, Token
from vigie_node.people.roles import roles
from vigie_node.sources.bodies import BoundedBodies
from vigie_node.sources.models import Declaration, Erasure, Intake
from vigie_node.web.csv_answers import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from node.tenants import Tenants

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
ROLES = (*roles(), "nobody")
MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(1)><svg/onload=alert(1)>"
HOSTILE = f"javascript:alert(1)//{MARKUP}{{{{7*7}}}}${{7*7}}{{% raw %}}"
WORDS = (
    *(
        "\0",
        "a\0b",
        "\x1b[31m\u202e",
        "%",
        "'; DROP TABLE people_person; --",
        "{{7*7}}",
        "<script>",
        "null",
        "[]",
    ),
    *("../../etc/passwd", "a" * 3000, "-" * 40),
)
FIGURES = (
    *("-1", "0", "1e999", "NaN", "٣", "²", "1\0", "9" * 19, "9" * 30, "000001" + "9" * 30, "1" * 5000),
    *("0" * 36, f"after_{'9' * 18}_x"),
)
QUERIES = {  # what each page reads from its address
    "alerts:inbox": {
        "status": WORDS,
        "sort": WORDS,
        "behaviour": WORDS,
        "declaration": WORDS,
        "page": FIGURES,
    },
    "alerts:together": {"alert": (*WORDS, *FIGURES)},
    "alerts:alert": {"signal": (*WORDS, *FIGURES), "members": FIGURES},
    "alerts:posts": {"account": WORDS, "object": FIGURES, "page": FIGURES},
    "alerts:runs": {"page": FIGURES},
    "sources:intakes": {"state": WORDS, "page": FIGURES},
    "sources:intake-part": {"rows": FIGURES},
    "sources:intake-new": {"declaration": WORDS},
    "sources:batches": {"page": FIGURES},
    "sources:declarations": {"page": FIGURES},
    "sources:actors": {"page": FIGURES},
    "sources:unmaskings": {"page": FIGURES},
    "sources:unmask-ask": {"alert": (*WORDS, *FIGURES)},
    "sources:keys": {"page": FIGURES},
    "ledger:entries": {"kind": WORDS, "subject": WORDS, "before": FIGURES, "after": FIGURES},
    "people:persons": {"page": FIGURES},
    "people:sign-in": {"next": WORDS},
    "api:alerts": {"status": WORDS, "after": (*WORDS, *FIGURES), "size": FIGURES},
    "api:ledger": {"after": FIGURES},
}
FORMS = (  # who may send each, under which name
    ("analyst", "alerts:review"),
    ("analyst", "alerts:together"),
    ("analyst", "alerts:begin-run"),
    ("analyst", "sources:intake-new"),
    ("approver", "sources:declaration-new"),
    ("approver", "sources:actor-new"),
    ("analyst", "sources:unmask-ask"),
    ("approver", "sources:unmask-decide"),
    ("approver", "sources:key-destroy"),
    ("administrator", "sources:key-decide"),
    ("approver", "sources:request-new"),
    ("administrator", "sources:request-close"),
    ("administrator", "people:invite"),
    ("administrator", "people:person-roles"),
    ("administrator", "people:person-recover"),
    ("analyst", "people:account"),
    ("analyst", "people:tokens"),
    ("anonymous", "people:sign-in"),
    ("anonymous", "people:welcome"),
)
FIELDS = (
    *("verdict", "reason", "review", "declaration", "mapping", "encoding", "time_unit", "purpose", "project"),
    *("legal_basis", "responsible", "retention_days", "username", "name", "language", "zone", "roles"),
    *("second_factor", "permissions", "days", "current", "password", "again", "code", "next"),
    *("platform", "account", "office", "from_day", "until_day", "source", "decision", "typed", "handle"),
    *("contact", "keep_until", "outcome", "note"),
)


@pytest.fixture(autouse=True)
def fast_hashes(monkeypatch):
    """Hash with argon2 still, but with little memory: the tests are about what happens around it."""
    for name, value in {"time_cost": 1, "memory_cost": 64, "parallelism": 1}.items():
        monkeypatch.setattr(Argon2, name, value)


@pytest.fixture(scope="module")
def tenants(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_tenants(ROLES)
        transaction.set_rollback(True)


@pytest.fixture
def undone() -> Iterator[None]:
    """Undo what a test did to the rows that it shares with others."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def as_(role: str, tenants: Tenants) -> Client:
    """Return a browser of a role; one that knows the role's token too."""
    client = Client(raise_request_exception=False)
    if role == "anonymous":
        return client
    client.cookies.load(tenants.cookies[role])
    return client


def bearer(secret: str, scheme: str = "Bearer") -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"{scheme} {secret}"}


def of(name: str, tenants: Tenants, whose: str = "own") -> str:
    """Return the address of a route about rows of one's own organisation, or of another."""
    about = {"which": "objects", "secret": "invented", **tenants.rows[whose]}
    with override("en"):
        wanted = {
            "alerts:posts": ("alert",),
            "alerts:alert": ("alert",),
            "alerts:review": ("alert",),
            "alerts:network": ("alert",),
            "alerts:figures": ("alert", "which"),
            "sources:intake-part": ("intake",),
            "sources:unmask-ask": ("project", "account"),
            "sources:unmask-decide": ("unmasking",),
            "sources:key-destroy": ("project",),
            "sources:key-decide": ("destruction",),
            "sources:request-close": ("asked",),
            "people:person-roles": ("person",),
            "people:person-recover": ("person",),
            "people:recovery-approve": ("recovery",),
            "people:welcome": ("secret",),
        }.get(name, ())
        return reverse(name, kwargs={one: about[one] for one in wanted})


def reader_of(name: str) -> str:
    if name == "api:ledger":
        return "auditor"
    return {"ledger": "auditor", "people": "administrator"}.get(name.split(":", maxsplit=1)[0], "analyst")


# --- nothing breaks: every answer is a page or a refusal


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.usefixtures("undone")
def test_no_address_breaks_a_page(name, tenants):
    """Abuse cases 30 and 38: numbers without end, NUL, text for a number, SQL, templates."""
    client, address = as_(reader_of(name), tenants), of(name, tenants)
    key = bearer(tenants.secrets[reader_of(name)]) if name.startswith("api:") else {}
    answers = {
        (asked, value[:40]): client.get(address, {asked: value}, **key).status_code
        for asked, values in QUERIES[name].items()
        for value in values
    }
    assert {what for what, status in answers.items() if status >= 500} == set()


@pytest.mark.parametrize("value", [*WORDS, *FIGURES, HOSTILE])
@pytest.mark.usefixtures("undone")
def test_no_form_breaks_on_odd_answers(value, tenants):
    """Abuse cases 29, 30, 36 and 38: the same odd text in every field of every form."""
    sent = dict.fromkeys(FIELDS, value)
    answers = {name: as_(role, tenants).post(of(name, tenants), sent).status_code for role, name in FORMS}
    assert {name for name, status in answers.items() if status >= 500} == set()


MULTIPART = (
    b"--x\r\nContent-Disposition: form-data; name=purpose\r\n\r\n\\ud800\xff\r\n"
    b"--x\r\nContent-Disposition: form-data; name=file; filename*=hex''aa\r\n\r\nab\r\n--x--\r\n"
)
BODIES = {
    "hex": (MULTIPART, "multipart/form-data; boundary=x; charset=hex"),
    "undefined": (MULTIPART, "multipart/form-data; boundary=x; charset=undefined"),
    "half letters": (MULTIPART, "multipart/form-data; boundary=x; charset=unicode_escape"),
    "no boundary": (MULTIPART, "multipart/form-data"),
    "no end": (MULTIPART[:40], "multipart/form-data; boundary=x"),
    "utf-7": (b"name=+ADw-", "application/x-www-form-urlencoded; charset=utf-7"),
    "many fields": (b"&".join(b"a=1" for _ in range(300)), "application/x-www-form-urlencoded"),
    "half a percent": (b"name=%&%=%ff%00", "application/x-www-form-urlencoded"),
    "json": (b"[" * 10_000, "application/json"),
}


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.usefixtures("undone")
def test_no_body_breaks_a_form(kind, tenants):
    """Abuse case 38: bodies that are not what they say, before and after signing in."""
    body, said = BODIES[kind]
    answers = {
        name: as_(role, tenants).generic("POST", of(name, tenants), body, said).status_code
        for role, name in FORMS
    }
    key = bearer(tenants.secrets["analyst"])
    answers["api:take_in"] = (
        Client(raise_request_exception=False)
        .generic("POST", "/api/v1/intakes", body, said, **key)
        .status_code
    )
    assert {name for name, status in answers.items() if status >= 500} == set()


@pytest.mark.parametrize("cookie", ['"abcdefghijklm\\000"', "a" * 4000, '"\\303\\050"', "%00%ff"])
def test_no_cookie_breaks_a_page(cookie, settings, tenants):
    """Abuse case 38: a NUL in a session's cookie, which PostgreSQL refuses to look for."""
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, f"vigie-{settings.NODE.id}-device"):
        client = Client(raise_request_exception=False)
        for path in ("/", "/en/sign-in", "/en/alerts"):
            assert client.get(path, HTTP_COOKIE=f"{name}={cookie}").status_code < 500


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    path=ANY_TEXT,
    query=st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3),
    language=st.sampled_from(["fr", "en"]),
)
def test_no_path_breaks_the_node(tenants, path, query, language):
    """Abuse case 38."""
    with transaction.atomic():
        client = Client(raise_request_exception=False)
        for start in (f"/{language}/welcome/", f"/{language}/", "/api/v1/", "/"):
            assert client.get(f"{start}{path.lstrip('/')}", query).status_code < 500
        transaction.set_rollback(True)


# --- JSON


GOOD = '{"verdict": "unsure", "reason": "essai"}'
BAD_JSON = {
    "twice": '{"verdict": "dismiss", "verdict": "confirm", "reason": "essai"}',
    "not a number": '{"verdict": "unsure", "reason": NaN}',
    "without end": '{"verdict": Infinity, "reason": "essai"}',
    "deep": "[" * 10_000,
    "deep objects": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "a number of 6,000 digits": f'{{"verdict": "unsure", "reason": {"9" * 6000}}}',
    "half a letter": r'{"verdict": "unsure", "reason": "\ud800"}',
    "half a letter as a name": r'{"verdict": "unsure", "reason": "essai", "\ud800": 1}',
    "NUL": r'{"verdict": "unsure", "reason": "a\u0000b"}',
    "escape": r'{"verdict": "unsure", "reason": "\u001b[31m"}',
    "turned": r'{"verdict": "unsure", "reason": "\u202e"}',
    "more": '{"verdict": "unsure", "reason": "essai", "by": "another", "at_ms": 1}',
    "a list": "[]",
    "nothing": "",
    "null": "null",
    "text": '"essai"',
    "unseen": r'{"verdict": "unsure", "reason": "\u200b\u2060\ufeff"}',
}


@pytest.mark.parametrize("kind", BAD_JSON)
@pytest.mark.usefixtures("undone")
def test_json_that_could_mean_two_things_is_refused(kind, tenants):
    """Abuse cases 11 and 38: names twice, NaN, depth, half letters, names that nobody asked for."""
    address = f"/api/v1/alerts/{tenants.rows['own']['alert']}/reviews"
    key = bearer(tenants.secrets["analyst"])
    client = Client(raise_request_exception=False)
    before = Review.objects.count()
    assert client.post(address, BAD_JSON[kind], "application/json", **key).status_code in {400, 413, 422}
    assert Review.objects.count() == before
    assert client.post(address, GOOD, "application/json", **key).status_code == 201


# --- others' rows, by every name that is not in the path


@pytest.mark.usefixtures("undone")
def test_a_signal_of_another_organisation_is_not_shown_under_ones_own_alert(tenants):
    """Abuse cases 1 and 6: the alert is one's own, the signal that the query names is not."""
    other = Alert.objects.get(pk=tenants.rows["other"]["alert"]).latest_id
    own = Alert.objects.get(pk=tenants.rows["own"]["alert"]).latest_id
    client, alert = as_("analyst", tenants), tenants.rows["own"]["alert"]
    parts = [
        *("", "/posts", "/network.json", "/charts/timeline.json", "/pictures/network.svg"),
        *(f"/tables/{name}.csv" for name in ("timeline", "lags", "links", "members", "objects", "acts")),
    ]
    for part in parts:
        assert client.get(f"/en/alerts/{alert}{part}", {"signal": other}).status_code == 404
        assert client.get(f"/en/alerts/{alert}{part}", {"signal": own}).status_code == 200


@pytest.mark.usefixtures("undone")
def test_one_verdict_on_several_alerts_is_on_none_when_one_is_anothers(tenants):
    """Abuse cases 1 and 7."""
    sent = {
        "alert": [str(tenants.rows[whose]["alert"]) for whose in ("own", "other")],
        "review": str(uuid4()),
        "verdict": "dismiss",
        "reason": "essai",
    }
    before = Review.objects.count(), Entry.objects.count()
    client = as_("analyst", tenants)
    assert client.get("/en/alerts/together", {"alert": sent["alert"]}).status_code == 404
    assert client.post("/en/alerts/together", sent).status_code == 404
    assert (Review.objects.count(), Entry.objects.count()) == before


@pytest.mark.usefixtures("undone")
def test_the_id_of_anothers_review_is_nobodys_to_use(tenants):
    """Abuse case 7: a form's id that another person's review has."""
    alert = Alert.objects.get(pk=tenants.rows["own"]["alert"])
    theirs = review_alert(alert, by=tenants.persons["approver"], verdict="dismiss", reason="À elle.")
    first = theirs.reviews.get()
    with pytest.raises(PermissionDenied):
        review_alert(alert, by=tenants.persons["analyst"], verdict="confirm", reason="x", review_id=first.pk)
    first.refresh_from_db()
    assert (first.verdict, first.by_id) == ("dismiss", tenants.persons["approver"].pk)


@pytest.mark.usefixtures("undone")
def test_nothing_is_begun_under_anothers_declaration(tenants):
    """Abuse cases 2 and 7: by form and by API, a run and an intake."""
    other = str(tenants.rows["other"]["declaration"])
    before = Run.objects.count(), Intake.objects.count(), Job.objects.count()
    client, key = as_("analyst", tenants), bearer(tenants.secrets["analyst"])
    file = io.BytesIO(b"author,created_at\na,2026-09-20\n")
    file.name = "posts.csv"
    assert client.post("/en/watch/runs/begin", {"declaration": other}).status_code == 422
    assert client.post("/en/watch/intakes/new", {"declaration": other, "file": file}).status_code == 422
    file.seek(0)
    asked = json.dumps({"declaration": other})
    assert client.post("/api/v1/runs", asked, "application/json", **key).status_code == 404
    assert client.post("/api/v1/intakes", {"declaration": other, "file": file}, **key).status_code == 404
    assert (Run.objects.count(), Intake.objects.count(), Job.objects.count()) == before
    assert client.get("/en/alerts", {"status": "all", "declaration": other}).status_code == 200


PAGES = {
    "analyst": (
        *("/en/", "/en/alerts?status=all", "/en/watch/intakes", "/en/watch/intakes/new", "/en/watch/batches"),
        *("/en/watch/declarations", "/en/watch/runs", "/en/settings/account"),
    ),
    "auditor": ("/en/", "/en/ledger", "/en/watch/runs"),
    "administrator": ("/en/settings/people", "/en/ledger"),
}
LISTS = {
    "analyst": ("declarations", "intakes", "batches", "runs", "alerts"),
    "auditor": ("ledger", "declarations", "batches"),
}


def ids_of(tenants: Tenants, whose: str) -> set[str]:
    return {str(one) for one in tenants.rows[whose].values() if not isinstance(one, int)}


@pytest.mark.usefixtures("undone")
def test_no_list_names_rows_of_another_organisation(tenants):
    """Abuse cases 2, 4 and 10: pages, API and export; somebody else's names neither."""
    Organisation.objects.filter(name="Autre").update(name="Organisme voisin")
    Person.objects.filter(username="stranger").update(name="Gaston Voisin")
    Declaration.objects.filter(pk=tenants.rows["other"]["declaration"]).update(purpose="Secret voisin")
    shown = [as_(role, tenants).get(path).content.decode() for role, paths in PAGES.items() for path in paths]
    client = Client()
    shown += [
        client.get(f"/api/v1/{name}", **bearer(tenants.secrets[role])).content.decode()
        for role, names in LISTS.items()
        for name in names
    ]
    shown.append(b"".join(as_("auditor", tenants).post("/en/ledger/export")).decode())
    for one in shown:
        assert not [id_ for id_ in ids_of(tenants, "other") if id_ in one]
        assert "voisin" not in one.casefold()
    assert any(str(tenants.rows["own"]["declaration"]) in one for one in shown)


# --- tokens


def token_with(tenants: Tenants, **columns: object) -> dict[str, str]:
    Token.objects.filter(person=tenants.persons["analyst"]).update(**columns)
    return bearer(tenants.secrets["analyst"])


@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize(
    ("columns", "status"),
    [
        ({}, 200),
        ({"expires_ms": 1}, 401),
        ({"revoked_ms": 1}, 401),
        ({"permissions": ["run.read"]}, 403),
        ({"permissions": ["alert.read", "ledger.read", "person.manage"]}, 200),
        ({"permissions": []}, 403),
    ],
)
def test_a_token_opens_what_it_says_while_it_may(columns, status, tenants):
    """Abuse cases 2 and 11: expired, revoked, narrower; wider than its person is no wider."""
    key, client = token_with(tenants, **columns), Client()
    assert client.get("/api/v1/alerts", **key).status_code == status
    assert client.get("/api/v1/ledger", **key).status_code in {401, 403}


@pytest.mark.usefixtures("undone")
def test_a_token_ends_with_its_person_and_its_roles(tenants):
    """Abuse cases 2 and 8."""
    person, client = tenants.persons["analyst"], Client()
    key = bearer(tenants.secrets["analyst"])
    Grant.objects.filter(person=person).delete()
    assert client.get("/api/v1/alerts", **key).status_code == 403
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get("/api/v1/alerts", **key).status_code == 401


@pytest.mark.usefixtures("undone")
def test_a_token_is_a_header_and_opens_no_page(tenants):
    """Abuse cases 2, 13 and 18: not in the address, not by a cookie; the scheme's case says nothing."""
    secret = tenants.secrets["analyst"]
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert Client().get("/api/v1/alerts", **bearer(secret, scheme)).status_code == 200
    for scheme in ("Basic", "Token", "Bearer vigie_"):
        assert Client().get("/api/v1/alerts", **bearer(secret, scheme)).status_code == 401
    assert Client().get("/api/v1/alerts", {"token": secret, "access_token": secret}).status_code == 401
    assert as_("analyst", tenants).get("/api/v1/alerts").status_code == 401
    assert Client().get("/en/alerts", **bearer(secret)).status_code == 302


# --- what nobody asked for


@pytest.mark.usefixtures("undone")
def test_what_a_form_does_not_ask_for_is_not_taken(tenants):
    """Abuse case 11: columns of rows sent with a form."""
    other = tenants.rows["other"]["person"]
    elsewhere = Person.objects.get(pk=other).organisation_id
    more = {"organisation": str(elsewhere), "organisation_id": str(elsewhere), "is_active": "", "rank": "9"}
    more |= {"by": str(other), "by_id": str(other), "id": str(uuid4()), "pk": str(uuid4()), "created_ms": "1"}
    approver, me = as_("approver", tenants), tenants.persons["approver"]
    said = {"purpose": "p", "legal_basis": "l", "responsible": "r", "retention_days": "9", "closed_ms": "1"}
    approver.post("/en/watch/declarations/new", {**said, **more})
    made = Declaration.objects.get(purpose="p")
    assert (made.organisation_id, made.by_id, made.closed_ms) == (me.organisation_id, me.pk, None)
    assert made.created_ms > 1
    profile = {"name": "Moi", "language": "fr", "zone": "UTC", "username": "root", "roles": "administrator"}
    approver.post("/en/settings/account", {**profile, **more})
    me = Person.objects.get(pk=me.pk)
    assert (me.name, me.username, me.is_active, me.role_ids) == ("Moi", "the-approver", True, ("approver",))
    assert me.organisation_id != elsewhere
    verdict = {"review": str(uuid4()), "verdict": "unsure", "reason": "essai", "at_ms": "1", "status": "new"}
    approver.post(of("alerts:review", tenants), {**verdict, **more})
    given = Review.objects.get(alert=tenants.rows["own"]["alert"], reason="essai")
    assert given.by_id == me.pk
    assert given.at_ms > 1


# --- what the node does of its own


@pytest.mark.usefixtures("undone")
def test_nobody_stops_the_node_from_forgetting(tenants):
    """Abuse case 53: who may cancel a run does not keep erased posts in the evidence."""
    batch = Run.objects.get(pk=tenants.rows["own"]["run"]).batches.first()
    erasure = Erasure.objects.create(old=batch, erased_count=1, reason="retention", at_ms=clock.now_ms())
    ask_to_forget(erasure)
    job = Job.objects.get(kind="alerts.forget")
    assert as_("analyst", tenants).post(f"/en/jobs/{job.pk}/cancel").status_code == 404
    job.refresh_from_db()
    assert not job.cancel_asked


# --- ways out


ELSEWHERE = (
    *("//evil.example", "/\\evil.example", "\\/evil.example", "///evil.example", "https:evil.example"),
    *("https:///evil.example", "http://testserver@evil.example", "/\t/evil.example", "\t//evil.example"),
    *("javascript:alert(1)", "data:text/html,x", "/\n/evil.example", "%2f%2fevil.example", "\u2215/evil"),
)


@pytest.mark.parametrize("onward", ELSEWHERE)
def test_nobody_is_sent_elsewhere(onward):
    """Abuse case 26: `next`, in every spelling that browsers take for another host."""
    found = console.entering.own_path(onward)
    assert found == ""


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/en//evil.example/", "/fr/\\evil.example", "/xx//evil.example"]
)
def test_no_address_leads_elsewhere(path):
    """Abuse cases 19 and 26: redirects and the switch to the other language stay here."""
    page = Client().get(path)
    assert not page.headers.get("Location", "/").startswith(("//", "http", "/\\"))
    for href in re.findall(r'href="([^"]*)"', page.content.decode()):
        assert href.startswith(("/", "#", "?"))
        assert not href.startswith(("//", "/\\"))


@pytest.mark.parametrize("host", ["evil.example", "localhost:1@evil.example", "localhost.evil.example", ""])
def test_a_host_that_is_not_ours_is_refused(host):
    """Abuse case 19."""
    assert Client(raise_request_exception=False).get("/en/sign-in", HTTP_HOST=host).status_code == 400


@pytest.mark.usefixtures("undone")
def test_a_link_names_the_configured_host_alone(tenants):
    """Abuse case 19: not one that a header names."""
    client = as_("administrator", tenants)
    names = {
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_FORWARDED": "host=evil.example",
        "HTTP_HOST": "127.0.0.1",
    }
    page = client.post(of("people:recovery-approve", tenants), {}, **names).content.decode()
    assert "evil.example" not in page
    assert "http://localhost:8000/en/welcome/" in page


# --- text from outside


class Watch(HTMLParser):
    """Gathers what could act on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.acting: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            leads = name in {"href", "src", "action", "formaction", "srcset", "hx-get", "data-url"}
            if name.startswith(("on", "hx-on")) or name in {"style", "srcdoc"}:
                self.acting.append(f"{tag} {name}")
            if (leads and not re.match(r"[/?#]|$", value or "")) or (
                leads and (value or "").startswith("//")
            ):
                self.acting.append(f"{tag} {name}={value}")
        said = dict(attrs)
        known = tag == "script" and (said.get("src") or "").startswith("/static/")
        drawn = tag == "img" and (said.get("src") or "").startswith("/")
        if tag in {"script", "iframe", "object", "embed", "base", "img"} and not (known or drawn):
            self.acting.append(tag)


def acting_in(page: str) -> list[str]:
    watch = Watch()
    watch.feed(page)
    return watch.acting


@pytest.fixture
def poisoned(organisation, make_person) -> tuple[Person, Alert]:
    """Rows whose every text was written by somebody who means harm; read by one who may read all."""
    reader = make_person("analyst", "approver", "administrator", "auditor")
    Person.objects.filter(pk=reader.pk).update(name=HOSTILE[:200])
    made = fill(organisation, people=[reader], alert_count=2, batch_count=1, hostile=HOSTILE)
    Organisation.objects.filter(pk=organisation.pk).update(name=HOSTILE[:200])
    declaration = made.declaration
    declaration.purpose = declaration.legal_basis = declaration.responsible = HOSTILE[:200]
    declaration.save()
    declaration.project.name = HOSTILE[:200]
    declaration.project.save()
    Intake.objects.update(file_name=HOSTILE[:200], layout=HOSTILE[:64], format=HOSTILE[:32])
    alert = made.alerts[0]
    alert.latest.posts.update(
        platform=HOSTILE[:64], lang='"><b onclick=x>', account=HOSTILE[:64], links=[HOSTILE]
    )
    alert.latest.members.update(known_as=HOSTILE[:200])
    alert.reviews.create(by=reader, verdict="unsure", reason=HOSTILE, at_ms=1)
    Token.objects.create(
        person=reader, name=HOSTILE[:100], secret_hash=HOSTILE[:64], created_ms=1, expires_ms=9**15
    )
    return Person.objects.get(pk=reader.pk), alert


@pytest.mark.parametrize("language", ["en", "fr"])
def test_texts_from_outside_do_nothing_on_any_page(poisoned, browser_of, language):
    """Abuse cases 25, 26, 28 and 29: bodies, tags, links, platforms, names, reasons, declarations, files."""
    reader, alert = poisoned
    browser, run = browser_of(reader), Run.objects.filter(state="done").first()
    intake, declaration = Intake.objects.first(), Declaration.objects.first()
    paths = (
        *("", "alerts?status=all", "watch/runs", "watch/intakes", "watch/intakes/new", "watch/batches"),
        *("watch/declarations", "ledger", "settings/people", "settings/tokens", "settings/account"),
        *(f"alerts/{alert.pk}", f"alerts/{alert.pk}?full=1", f"alerts/{alert.pk}/posts"),
        *(f"alerts/together?alert={alert.pk}", f"watch/runs/{run.pk}", f"watch/intakes/{intake.pk}"),
        *(f"watch/batches/{intake.batches.get().pk}", f"watch/declarations/{declaration.pk}"),
        *(f"settings/people/{reader.pk}", f"ledger?subject={MARKUP}", f"alerts?status={MARKUP}"),
    )
    for path in paths:
        page = browser.get(f"/{language}/{path}", headers={"Referer": HOSTILE, "User-Agent": HOSTILE})
        text = page.content.decode()
        assert acting_in(text) == [], path
        assert "49${" not in text, path
        assert "default-src 'none'" in page["Content-Security-Policy"]
        assert "unsafe" not in page["Content-Security-Policy"]


def test_downloads_of_texts_from_outside_do_nothing(poisoned, browser_of):
    """Abuse cases 25, 27 and 33: pictures, figures, tables."""
    reader, alert = poisoned
    browser = browser_of(reader)
    for name in ("network", "timeline", "lags", "strip"):
        answer = browser.get(f"/en/alerts/{alert.pk}/pictures/{name}.svg")
        if answer.status_code == 404:
            continue
        assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(answer.content).iter()}  # noqa: S314 (our own picture)
        assert not tags & {"script", "foreignObject", "a", "image", "use", "animate", "set"}
    for path in (f"alerts/{alert.pk}/network.json", f"alerts/{alert.pk}/charts/timeline.json"):
        answer = browser.get(f"/en/{path}")
        assert answer["Content-Type"] == "application/json"
        assert answer["X-Content-Type-Options"] == "nosniff"
    for name in ("members", "objects", "links", "acts"):
        answer = browser.get(f"/en/alerts/{alert.pk}/tables/{name}.csv")
        assert answer["Content-Disposition"].startswith("attachment")
        for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))):
            assert not [cell for cell in row if cell.startswith(("=", "@", "\t", "\r"))]


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/;=cmd|' /C calc'!A0;",
        "mot; @SUM(A1:A9)",
        "un\t=1+1",
        "\uff1dcmd|' /C calc'!A0",
        "\u00a0=1+1",
        "\ufeff=1+1",
    ],
)
def test_a_spreadsheet_that_cuts_at_semicolons_runs_nothing_either(text):
    """Abuse case 33: where numbers have a decimal comma, as in French, they cut cells there."""
    cells = re.split(r"[;\t]", str(harmless(text)))
    assert not [cell for cell in cells if re.match(r"[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell)]


# --- logs


@pytest.fixture
def told(caplog) -> pytest.LogCaptureFixture:
    """What the node writes to its log, in the form in which it is written."""
    described = logging_for()["formatters"]["json"]
    made = {name: value for name, value in described.items() if name != "()"}
    caplog.handler.setFormatter(structlog.stdlib.ProcessorFormatter(**made))
    caplog.set_level(logging.INFO, logger="vigie_node")
    return caplog


def test_a_form_that_is_refused_leaves_no_address_in_the_log(told):
    """Abuse cases 28, 35 and 50: the secret of a link stands in its address."""
    client = Client(enforce_csrf_checks=True)
    assert client.post("/en/welcome/a-secret-nobody-may-read", {}).status_code == 403
    assert client.post("/en/welcome/%0aforged%C2%9B31m%E2%80%AE", {}).status_code == 403
    assert "a-secret" not in told.text
    assert "forged" not in told.text
    assert '"status": 403' in told.text


def test_a_fault_of_ours_is_in_the_log_without_its_words(told, monkeypatch):
    """Abuse case 35: the page of a fault says that the log holds it; what somebody wrote is not there."""

    def broken(_secret: str) -> None:
        raise RuntimeError("Gaston Secret")

    monkeypatch.setattr("vigie_node.people.console.sign_in.link_of", broken)
    assert Client(raise_request_exception=False).get("/en/welcome/a-secret").status_code == 500
    assert "RuntimeError" in told.text
    assert "sign_in.py" in told.text
    assert "Gaston" not in told.text
    assert "a-secret" not in told.text


@pytest.mark.parametrize("sign", ["\x1b[31m", "\x9b31m", "\u202e", "\n{}", "\x07"])
def test_a_line_of_the_log_commands_no_terminal(told, sign):
    """Abuse cases 35 and 36: escape sequences, of one byte too, directions, forged lines."""
    logging.getLogger("some.library").warning("heard %s", f"before{sign}after")
    line = told.text.rstrip("\n")
    assert json.loads(line)["event"] == f"heard before{sign}after"
    assert line.isascii()
    assert line.isprintable()


# --- files


def test_columns_by_the_hundred_thousand_are_named_in_one_go():
    """Abuse case 38: a CSV file of 10 MB that kept the only worker busy for a day, for everybody."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (60, 60));"
        "from vigie.collect.csv_rows import header_of;"
        "print(len(header_of(b','.join(b'c%d' % n for n in range(200_000)), ',')))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout.strip()) == (0, "200000")


# --- terminals


def test_what_a_file_says_commands_no_terminal(tmp_path, capsys):
    """Abuse case 36: names of columns and of files, in the sentence that says what is wrong."""
    from vigie_cli.main import main

    path = tmp_path / "posts\x1b[31m.csv"
    path.write_text("no\x1b[31msuch,col\x1b]52;c;cHdu\x07,\u202etxet\n1,2,3\n", encoding="utf-8")
    assert main(["--lang", "en", "preview", str(path)]) != 0
    said = capsys.readouterr()
    assert "such" in said.err
    assert not [sign for sign in said.out + said.err if sign in "\x1b\x07\u202e"]


# --- the server around the pages


def served(path: str, **headers: str) -> httpx.Response:
    """Return what the web process itself answers."""
    from vigie_node.asgi import application

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


def test_static_files_are_not_for_other_sites():
    """Abuse case 27: they are ours alone, and what they say they are."""
    answer = served("/static/web/mark.svg", Origin="https://evil.example")
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../settings.py",
        "/static/%2e%2e/jinja.py",
        "/static//etc/passwd",
        "/static/web/..%2f..%2fjinja.py",
    ],
)
def test_no_static_address_climbs(path, monkeypatch):
    """Abuse case 43: such an address is no file of ours; it goes on to the pages, which have none of it."""
    from vigie_node.asgi import application

    async def pages(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 418, "headers": []})

    monkeypatch.setattr(application, "application", pages)
    asked = {"type": "http", "method": "GET", "path": unquote(path), "headers": []}
    assert heard(asked, [], application) == 418


def heard(asked: dict[str, object], pieces: list[dict[str, object]], application: Callable[..., Any]) -> int:
    """Return the status with which an application answers what is sent piece by piece, then nothing more."""
    whole = {"query_string": b"", "raw_path": b"", "root_path": "", "scheme": "http", "http_version": "1.1"}
    waiting, statuses = list(pieces), []

    async def receive() -> dict[str, object]:
        if waiting:
            return waiting.pop(0)
        await asyncio.Event().wait()  # whoever sends it leaves us waiting
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def go() -> None:
        task = asyncio.ensure_future(application({**whole, **asked}, receive, send))
        await asyncio.wait([task], timeout=5)
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    asyncio.run(go())
    return statuses[0] if statuses else 0


def test_a_body_that_never_comes_is_not_waited_for(monkeypatch):
    """Abuse case 39: 250 who send one byte a minute are the whole node's visitors."""
    monkeypatch.setattr("vigie_node.sources.bodies.SECONDS_MAX", 0.05)

    async def application(_scope, receive, send):
        while (message := await receive())["type"] != "http.disconnect":
            assert message["more_body"]

    asked = {"type": "http", "method": "POST", "path": "/en/sign-in", "headers": [(b"content-length", b"9")]}
    piece = {"type": "http.request", "body": b"a", "more_body": True}
    assert heard(asked, [piece], BoundedBodies(application)) == 408


def test_a_request_that_never_comes_is_not_waited_for(monkeypatch, tmp_path):
    """Abuse case 39: connections that say half a line, or nothing, keep nobody else out."""
    from uvicorn.server import ServerState

    from vigie_node import serving

    monkeypatch.setattr(serving, "HEAD_SECONDS_MAX", 0.05)
    config = serving.configuration(())
    config.load()

    async def ends(said: bytes) -> bytes:
        loop, path = asyncio.get_running_loop(), str(tmp_path / "s")
        server = await loop.create_unix_server(
            lambda: config.http_protocol_class(config=config, server_state=ServerState(), app_state={}), path
        )
        async with server:
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(said)
            heard = await asyncio.wait_for(reader.read(), timeout=3)
            writer.close()
            return heard

    for said in (b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n"):
        assert asyncio.run(ends(said)) == b""


def test_visitors_at_once_do_not_fill_the_memory():
    """Abuse case 39: what all of them may send before anybody knows who they are, at once."""
    from vigie_node.serving import CONNECTIONS_MAX
    from vigie_node.sources.bodies import FORM_BYTES_MAX

    assert CONNECTIONS_MAX * FORM_BYTES_MAX <= 150 * 1024**2


def test_behind_tls_every_cookie_is_bound_to_its_host(tmp_path):
    """Abuse case 18: no sister site, and no page in clear, puts one (ASVS 5.0, 3.3.1, 3.3.3)."""
    make_home(tmp_path / "home", name="Essai", address="https://vigie.example")
    home = Home(tmp_path / "home")
    code = (
        "from vigie_node import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "VIGIE_HOME": str(home.folder)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert told[2:] == ["True", "True"]
    assert [name.startswith("__Host-") for name in told[:2]] == [True, True]
