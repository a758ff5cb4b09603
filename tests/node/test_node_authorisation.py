"""Every route, for every role, of one's own organisation and of another: generated from the route table.

`routes.toml` beside this file says who may use each route, apart from the code that decides. A route without
a row fails; so does a row without a route. (MISP mended one path in 2019, its sister stayed open until 2026.)
Abuse cases 1, 2, 7, 8, 10, 17, 18.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from node.tenants import make_tenants

from vigie_node.people.roles import roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from node.tenants import Tenants

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
TABLE = tomllib.loads((Path(__file__).parent / "routes.toml").read_text(encoding="utf-8"))
ROLES = (*roles(), "nobody", "anonymous")  # nobody: signed in, without any role
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
UNUSED = {"PUT", "PATCH", "DELETE"}  # nobody may: a few roles show it
EVERYBODY, SIGNED_IN = "everybody", "signed in"
REFUSALS = frozenset({401, 403, 404, 405})
NAMES_NO_OBJECT = {"which", "secret", "sha256"}  # a hash names a file, whoever holds it


def patterns(resolver: URLResolver, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    """Yield every route with its full name."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, (*spaces, one.namespace) if one.namespace else spaces)
        else:
            yield ":".join((*spaces, one.name or f"unnamed {one.pattern}")), one


ROUTES = dict(patterns(get_resolver()))
KNOWN = sorted(set(ROUTES) & set(TABLE))


@dataclass(frozen=True)
class Case:
    """One request that the table judges."""

    name: str
    method: str
    role: str
    whose: str = "own"  # or "other"

    @property
    def row(self) -> dict[str, object]:
        return TABLE[self.name]

    @property
    def parameters(self) -> list[str]:
        return list(ROUTES[self.name].pattern.converters)

    @property
    def names_an_object(self) -> bool:
        return bool(set(self.parameters) - NAMES_NO_OBJECT)

    def may(self) -> bool:
        allowed = self.row.get(self.method, "")
        if allowed == EVERYBODY:
            return True
        return self.role != "anonymous" and (allowed == SIGNED_IN or self.role in allowed.split())

    def is_right(self, status: int) -> bool:
        """Tell whether the answer is one that the table allows."""
        if self.row.get("absent"):
            return status in {404, 405}
        if self.may():
            others = self.names_an_object and self.whose == "other"
            return status == HTTPStatus.NOT_FOUND if others else status < 500 and status not in REFUSALS
        if self.method not in self.row:
            return status in {403, 405} or (self.role == "anonymous" and status in {302, 401})
        if self.role == "anonymous":
            return status == (HTTPStatus.UNAUTHORIZED if self.row.get("token") else HTTPStatus.FOUND)
        return status == HTTPStatus.FORBIDDEN


def cases(name: str) -> Iterator[Case]:
    for method in METHODS:
        for role in ("analyst", "administrator", "anonymous") if method in UNUSED else ROLES:
            for whose in ("own", "other") if ROUTES[name].pattern.converters else ("own",):
                yield Case(name, method, role, whose)


@pytest.fixture(scope="module")
def tenants(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_tenants(ROLES)
        transaction.set_rollback(True)


def client_of(case: Case, tenants: Tenants, **options: bool) -> Client:
    client = Client(raise_request_exception=False, **options)
    if case.role == "anonymous":
        return client
    if case.row.get("token"):
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {tenants.secrets[case.role]}"
        return client
    client.cookies.load(tenants.cookies[case.role])
    return client


def address(case: Case, tenants: Tenants) -> str:
    values = {**tenants.objects(case.whose, role=case.role), **case.row.get("with", {})}
    return reverse(case.name, kwargs={name: values[name] for name in case.parameters})


def ask(case: Case, tenants: Tenants, *, enforce_csrf_checks: bool = False, **headers: str) -> int:
    """Return the status of the answer; whatever was done is undone."""
    with transaction.atomic():
        client = client_of(case, tenants, enforce_csrf_checks=enforce_csrf_checks)
        body = str(case.row.get("json", "")) if case.method in {"POST", "PUT"} else ""
        kind = "application/json" if body else "application/octet-stream"
        status = client.generic(case.method, address(case, tenants), body, kind, **headers).status_code
        transaction.set_rollback(True)
    return status


def test_every_route_has_its_row():
    assert sorted(set(ROUTES) - set(TABLE)) == []


def test_every_row_has_its_route():
    assert sorted(set(TABLE) - set(ROUTES)) == []


def test_rows_name_roles_that_exist():
    said = {row[method] for row in TABLE.values() for method in METHODS if method in row}
    assert {role for words in said - {EVERYBODY, SIGNED_IN} for role in words.split()} <= set(roles())


@pytest.mark.parametrize("name", KNOWN)
def test_a_route_answers_only_whom_the_table_names(name, tenants):
    answers = [(case, ask(case, tenants)) for case in cases(name)]
    assert [(case, status) for case, status in answers if not case.is_right(status)] == []


@pytest.mark.parametrize(
    "name", [name for name in KNOWN if "POST" in TABLE[name] and not TABLE[name].get("token")]
)
def test_a_form_from_elsewhere_is_refused(name, tenants):
    """Abuse case 18: without our token in the form nothing is done."""
    role = next((role for role in ROLES if role in TABLE[name]["POST"].split()), "analyst")
    assert ask(Case(name, "POST", role), tenants, enforce_csrf_checks=True) == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("name", [name for name in KNOWN if "GET" in TABLE[name]])
def test_looking_changes_nothing(name, tenants):
    """Abuse case 18: a GET writes no row but a session's."""
    said = TABLE[name]["GET"]
    case = Case(name, "GET", "analyst" if said in {EVERYBODY, SIGNED_IN} else said.split()[0])
    with transaction.atomic():
        client = client_of(case, tenants)
        with CaptureQueriesContext(connection) as queries:
            client.get(address(case, tenants))
        transaction.set_rollback(True)
    written = [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [sql for sql in written if "django_session" not in sql] == []


@pytest.mark.parametrize("name", KNOWN)
def test_asking_for_json_skips_nothing(name, tenants):
    """Abuse case 17: what a page asks of a person, it asks of every client."""
    for method in ("GET", "POST"):
        case = Case(name, method, "nobody")
        assert case.is_right(ask(case, tenants, HTTP_ACCEPT="application/json"))
