"""Identifiers of rows: UUID version 7 (RFC 9562, section 5.7), in the order of time."""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID

RANDOM_BITS = 74
STEP_BITS = 32  # how far the next one of the same millisecond lies, at most

_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """Return a new identifier; of one process, later ones sort later (RFC 9562, section 6.2, method 2)."""
    global _last  # noqa: PLW0603 (the order of all there are in this process)
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last >> RANDOM_BITS:
            _last = now_ms << RANDOM_BITS | secrets.randbits(RANDOM_BITS - 1)
        else:  # within one millisecond, or the clock was set back
            _last += 1 + secrets.randbits(STEP_BITS)
        at_ms, chance = _last >> RANDOM_BITS, _last & (1 << RANDOM_BITS) - 1
    value = at_ms << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (1 << 62) - 1
    return UUID(int=value)
