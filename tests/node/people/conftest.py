"""A clock to turn, passwords that hash fast, and somebody who has signed in before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyotp
import pytest
from django.test import Client

from vigie_node import clock
from vigie_node.people.hashers import Argon2
from vigie_node.people.proofs import CODE_DIGITS, STEP_S, new_totp_secret, recovery_hash, seal_totp

if TYPE_CHECKING:
    from collections.abc import Callable

    from vigie_node.people.models import Person

PASSWORD = "une phrase de passe pour les essais"  # noqa: S105 (of invented people)
START_MS = 1_800_000_000_000


@pytest.fixture(autouse=True)
def fast_hashes(monkeypatch):
    """Hash with argon2 still, but with little memory: the tests are about what happens around it."""
    for name, value in {"time_cost": 1, "memory_cost": 64, "parallelism": 1}.items():
        monkeypatch.setattr(Argon2, name, value)


@dataclass
class Hand:
    """The hand of the clock."""

    at_ms: int = START_MS

    def turn(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Turn it, backwards too."""
        self.at_ms += int(1000 * (seconds + 60 * (minutes + 60 * (hours + 24 * days))))


@pytest.fixture
def hand(monkeypatch) -> Hand:
    """The node's clock, standing still until it is turned."""
    made = Hand()
    monkeypatch.setattr(clock, "now_ms", lambda: made.at_ms)
    return made


@dataclass(frozen=True)
class Known:
    """Somebody who can sign in, with all they know and hold."""

    person: Person
    password: str
    secret: str
    recovery_code: str

    def code(self, at_ms: int, *, steps: int = 0) -> str:
        """Return what their app shows, or will show some steps later."""
        totp = pyotp.TOTP(self.secret, digits=CODE_DIGITS, interval=STEP_S)
        return totp.generate_otp(at_ms // 1000 // STEP_S + steps)


@pytest.fixture
def make_known(make_person) -> Callable[..., Known]:
    """Make somebody with password, app and one recovery code."""

    def make(*roles: str, **columns: object) -> Known:
        person = make_person(*roles, **columns)
        secret, code = new_totp_secret(), "AAAA-BBBB-CCCC-DDDD"
        person.set_password(PASSWORD)
        person.totp_sealed = seal_totp(secret, person.pk)
        person.session_key = "1"
        person.save()
        person.recovery_codes.create(secret_hash=recovery_hash(person.pk, code))
        return Known(person, PASSWORD, secret, code)

    return make


@pytest.fixture
def known(make_known) -> Known:
    """An analyst who can sign in."""
    return make_known("analyst")


@pytest.fixture
def browser() -> Client:
    """A browser that nobody has signed in with, which checks forms as a real one is checked."""
    return Client()
