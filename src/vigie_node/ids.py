"""Identifiers of rows: UUID version 7 (RFC 9562, section 5.7), in the order of time, with 74 random bits."""

from __future__ import annotations

import secrets
import time
from uuid import UUID

RANDOM_BITS = 74


def new_id() -> UUID:
    """Return a new identifier; later ones sort later, to the millisecond."""
    at_ms = time.time_ns() // 1_000_000
    chance = secrets.randbits(RANDOM_BITS)
    value = at_ms << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (1 << 62) - 1
    return UUID(int=value)
