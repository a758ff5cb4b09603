"""How entries hold each other: pure functions on plain values.

The hash of an entry is the SHA-256 of the canonical JSON (RFC 8785, for the values that occur here: text,
whole numbers, true, false, null, lists, objects) of its columns and the hash before it. `export` writes that
very text, one entry a line: `sha256sum` of a line is what the next line calls `previous`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from vigie.trust import tag

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST = "0" * 64  # what the first entry holds of the one before
WHOLE_MAX = 2**53 - 1  # a larger number is not the same in every JSON reader (RFC 7493)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What an entry's hash is taken of."""

    seq: int
    at_ms: int
    actor: str
    kind: str
    subject: str
    organisation: str
    facts: str
    previous: str

    def text(self) -> str:
        """Return the row as canonical JSON."""
        return _json(asdict(self))


def canonical(facts: Mapping[str, object]) -> str:
    """Return `facts` as JSON with sorted names and no spaces; ids as text.

    Raises:
        TypeError: a value is no text, whole number, truth value, None, id, or list or mapping of these.
        ValueError: a number is too large, or a text holds half a character (a lone surrogate).
    """
    return _json(_plain(facts))


def hash_of(row: Row) -> str:
    """Return the hash of an entry, in hexadecimal."""
    return hashlib.sha256(row.text().encode()).hexdigest()


def tag_of(key: bytes, hash_: str) -> str:
    """Return the tag of an entry: who lacks the key cannot make it."""
    return tag(key, hash_.encode())


def is_tag_of(key: bytes, hash_: str, tag_: str) -> bool:
    """Tell whether a tag is that of a hash."""
    return hmac.compare_digest(tag_of(key, hash_).encode(), tag_.encode())


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        value.encode()
        return str(value)
    if isinstance(value, int):
        if abs(value) > WHOLE_MAX:
            message = "a number too large for every reader of JSON"
            raise ValueError(message)
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    message = f"the ledger holds no {type(value).__name__}"
    raise TypeError(message)
