"""People, organisations and browsers for the tests of the node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from ledger_guard import guard_set_aside_when_emptying  # noqa: F401 (a fixture for every test here)

from vigie_node.clock import now_ms
from vigie_node.people.models import Grant, Organisation, Person

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def organisation(db) -> Organisation:
    """The organisation that most tests are about."""
    return Organisation.objects.create(name="Unité d’essai", created_ms=now_ms())


@pytest.fixture
def other_organisation(db) -> Organisation:
    """Another tenant of the same node."""
    return Organisation.objects.create(name="Autre organisme", created_ms=now_ms())


@pytest.fixture
def make_person(organisation) -> Callable[..., Person]:
    """Make a person: `make_person("analyst", "auditor", of=other_organisation)`."""
    made = iter(range(1, 10_000))

    def make(*roles: str, of: Organisation | None = None, **columns: object) -> Person:
        number = next(made)
        person = Person(
            organisation=of or organisation,
            username=f"person{number}",
            name=f"Personne {number}",
            created_ms=now_ms(),
            **columns,
        )
        person.password = "set"  # noqa: S105 (no hash of anything: they have one that nobody knows)
        person.save()
        Grant.objects.bulk_create(Grant(person=person, role=role, granted_ms=0) for role in roles)  # long ago
        return person

    return make


@pytest.fixture
def analyst(make_person) -> Person:
    """An analyst of the organisation."""
    return make_person("analyst")


@pytest.fixture
def administrator(make_person) -> Person:
    """An administrator of the organisation."""
    return make_person("administrator")


@pytest.fixture
def auditor(make_person) -> Person:
    """An auditor of the organisation."""
    return make_person("auditor")


@pytest.fixture
def browser_of() -> Callable[[Person], Client]:
    """Return a client that is signed in as somebody."""

    def sign_in(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        session = client.session
        session["session_key"] = person.session_key
        session.save()
        return client

    return sign_in
