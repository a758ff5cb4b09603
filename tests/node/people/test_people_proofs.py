"""One-time codes, recovery codes, secrets."""

from __future__ import annotations

import base64
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.trust import WrongKeyError
from vigie_node.people.proofs import (
    LETTERS,
    STEP_S,
    hash_of,
    new_recovery_codes,
    new_secret,
    new_token,
    recovery_hash,
    seal_totp,
    step_of,
    unseal_totp,
)

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
STEP_MS = STEP_S * 1000
SOME_TIME = st.integers(10 * STEP_MS, 4_000_000_000_000)


@pytest.mark.parametrize(
    ("at_s", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(at_s, code):
    assert step_of(RFC_SECRET, code, now_ms=at_s * 1000, after=0) == at_s // STEP_S


def code_at(step: int) -> str:
    import pyotp

    return pyotp.TOTP(RFC_SECRET).generate_otp(step)


@given(SOME_TIME, st.integers(-1, 1))
def test_a_code_is_good_one_step_early_or_late(now_ms, around):
    step = now_ms // STEP_MS + around
    assert step_of(RFC_SECRET, code_at(step), now_ms=now_ms, after=0) is not None


@given(SOME_TIME, st.sampled_from([-3, -2, 2, 3]))
def test_a_code_of_another_time_is_not_good(now_ms, around):
    present = now_ms // STEP_MS
    near = {code_at(present + one) for one in (-1, 0, 1)}
    code = code_at(present + around)
    assert code in near or step_of(RFC_SECRET, code, now_ms=now_ms, after=0) is None


@given(SOME_TIME, st.lists(st.tuples(st.integers(0, 90), st.integers(-2, 2)), max_size=30))
def test_no_step_is_ever_accepted_twice(now_ms, tries):
    """Whatever the order of codes and the passing of time, accepted steps only grow."""
    after, accepted = 0, []
    for seconds, around in tries:
        now_ms += 1000 * seconds
        step = step_of(RFC_SECRET, code_at(now_ms // STEP_MS + around), now_ms=now_ms, after=after)
        if step is not None:
            accepted.append(step)
            after = step
    assert accepted == sorted(set(accepted))


@pytest.mark.parametrize("typed", ["28 70 82", " 287082\n", "２８７０８２"])
def test_spaces_and_wide_digits_are_forgiven(typed):
    assert step_of(RFC_SECRET, typed, now_ms=59_000, after=0) == 1


@given(st.text(max_size=12))
def test_what_is_no_code_is_no_code(typed):
    right = {code_at(step) for step in (0, 1, 2)}
    if "".join(typed.split()) not in right:
        assert step_of(RFC_SECRET, typed, now_ms=59_000, after=0) is None


@pytest.mark.usefixtures("settings")
def test_a_secret_opens_for_its_person_alone():
    person, other = uuid4(), uuid4()
    sealed = seal_totp(RFC_SECRET, person)
    assert RFC_SECRET.encode() not in sealed
    assert unseal_totp(sealed, person) == RFC_SECRET
    with pytest.raises(WrongKeyError):
        unseal_totp(sealed, other)


def test_recovery_codes_are_ten_and_differ():
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert all(set(code) <= {*LETTERS, "-"} and len(code) == 19 for code in codes)


def test_a_recovery_code_is_read_however_it_is_typed():
    person = uuid4()
    assert recovery_hash(person, "abcd efgh-JKMN pqrs") == recovery_hash(person, "ABCD-EFGH-JKMN-PQRS")


def test_one_persons_recovery_code_is_not_anothers():
    assert recovery_hash(uuid4(), "ABCD-EFGH-JKMN-PQRS") != recovery_hash(uuid4(), "ABCD-EFGH-JKMN-PQRS")


def test_secrets_have_256_bits_and_differ():
    assert len(base64.urlsafe_b64decode(new_secret() + "=")) == 32
    assert new_secret() != new_secret()
    assert new_token().startswith("vigie_")


@given(st.text())
def test_every_text_has_a_hash(text):
    assert len(hash_of(text)) == 64
