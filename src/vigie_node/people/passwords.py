"""Passwords: what is good enough, and whether one is right. Argon2 (RFC 9106) alone.

Long rather than odd: 12 to 128 characters of any script (NFKC), not one of the 20,000 most common nor two of
them in a row, not like one's own name; nothing asks for capitals or digits.
Source: NIST SP 800-63B-4, section 3.1.1.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError

from vigie.terms.errors import VigieError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from vigie.terms.languages import Message
    from vigie_node.people.models import Person

LENGTH_MIN, LENGTH_MAX = 12, 128
LETTERS_MIN = 5  # different ones
TYPED_MAX = 1024  # as typed: one letter may come as several characters
# One Argon2 takes 46 MiB: who asks to sign in a hundred times at once must not fill the memory.
_ROOM = threading.BoundedSemaphore(2)
PROBLEMS: dict[str, Message] = {
    "password_too_short": say("Use at least {number} characters: a short sentence is easy to remember."),
    "password_too_common": say("This password is among the most common ones: others would guess it."),
    "password_too_similar": say("This password is too much like your name."),
    "password_too_long": say("Use at most {number} characters."),
}
NUMBERS = {"password_too_short": LENGTH_MIN, "password_too_long": LENGTH_MAX}


class WeakPasswordError(VigieError):
    """A password is too short, too long, too common or too much like the person's name."""

    code = "password.weak"
    sentence = say("This password cannot be used.")
    remedy = say("Use a sentence of 12 characters or more that is not well known.")


def normal(password: str) -> str:
    """Return the form in which a password is hashed: keyboards write the same letters in different ways."""
    return unicodedata.normalize("NFKC", password)


def problems_with(password: str, person: Person) -> list[str]:
    """Return what speaks against a password, as codes of `PROBLEMS`."""
    plain = normal(password)
    found = ["password_too_long"] if len(plain) > LENGTH_MAX else []
    try:
        validate_password(plain[:LENGTH_MAX], person)
    except ValidationError as error:
        found.extend(str(one.code) for one in error.error_list)
    if _is_common(plain.casefold()) and "password_too_common" not in found:
        found.append("password_too_common")
    return found


def _is_common(plain: str) -> bool:
    """Tell whether it is a common password made longer: by digits, another common one, repetition."""
    known = _common()

    def guessed(piece: str) -> bool:
        return piece in known or piece.isdigit()

    cuts = range(len(plain) + 1) if len(plain) <= LENGTH_MAX else ()
    pieces = any(guessed(plain[:cut] or "0") and guessed(plain[cut:] or "0") for cut in cuts)
    return pieces or 0 < len(set(plain)) < LETTERS_MIN


@cache
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)


def put(person: Person, password: str) -> None:
    """Put a password's hash on a person, not yet saved.

    Raises:
        WeakPasswordError: it is not good enough.
    """
    if problems_with(password, person):
        raise WeakPasswordError
    with _ROOM:
        person.set_password(normal(password))


def is_right(person: Person | None, password: str) -> bool:
    """Tell whether this is the person's password; about the same work is done when there is no person."""
    plain = normal(password) if len(password) <= TYPED_MAX else ""
    with _ROOM:
        if person is None:
            return check_password(plain, UNUSABLE_PASSWORD_PREFIX)
        return person.check_password(plain)
