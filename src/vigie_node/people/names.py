"""Names as people type them, brought to one form: two ways of writing a name never make two persons.

Sources: Unicode Standard Annex 15 (NFKC), Unicode Technical Standard 39 (confusables, bidi controls).
"""

from __future__ import annotations

import re
import unicodedata

from vigie.terms.errors import VigieError
from vigie.terms.languages import say

USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
NAME_LENGTH_MAX = 200
UNSEEN = frozenset(
    {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
)  # controls, bidi marks, unassigned, line breaks
JOINERS = frozenset("\u200c\u200d")  # joiners that Persian and Indic names are written with


class BadUsernameError(VigieError):
    """A name to sign in with cannot be used."""

    code = "option.username"
    sentence = say("“{username}” cannot be used to sign in.")
    remedy = say(
        "Use 1 to 64 letters without accents, digits, dots, hyphens or underscores; "
        "begin and end with a letter or a digit."
    )


class BadNameError(VigieError):
    """A name that others read cannot be used."""

    code = "option.name"
    sentence = say("This name cannot be used.")
    remedy = say("Use 1 to {number} visible characters.")


def normal(username: str) -> str:
    """Return the one form in which a name to sign in with is kept, looked up and throttled."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold()).strip()


def username_from(text: str) -> str:
    """Return the name to sign in with that somebody typed, in its one form.

    Raises:
        BadUsernameError: it holds a character that could pass for another, or is empty or too long.
    """
    username = normal(text)
    if USERNAME.fullmatch(username) is None:
        raise BadUsernameError(username="".join(filter(str.isprintable, text))[:NAME_LENGTH_MAX])
    return username


def name_from(text: str) -> str:
    """Return a name that others read, without spaces around it, NFC.

    Raises:
        BadNameError: it is empty, too long, or holds characters that show nothing or turn the text around.
    """
    name = unicodedata.normalize("NFC", text).strip()
    unseen = any(unicodedata.category(one) in UNSEEN and one not in JOINERS for one in name)
    if unseen or not 0 < len(name) <= NAME_LENGTH_MAX:
        raise BadNameError(number=NAME_LENGTH_MAX)
    return name
