"""Who stands behind it: a ladder of four rungs, none of which one person can climb alone.

Source: the project's governance: two approvals by others than the author, and the dissent there was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Standing = Literal["proposed", "approved", "refused"]

APPROVALS_NEEDED = 2
LOWEST_RUNG = "behaviour_only"  # where everything stands while nothing is approved: nobody proposes it


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What one person thinks of a proposed attribution."""

    by: str
    approves: bool


def standing(*, author: str, opinions: Sequence[Opinion]) -> Standing:
    """Return where a proposed attribution stands.

    Args:
        author: who proposed it: their own opinion does not count.
        opinions: every opinion so far, the oldest first; a person's latest counts.
    """
    latest = {one.by: one.approves for one in opinions if one.by != author}
    if any(not approves for approves in latest.values()):
        return "refused"
    return "approved" if len(latest) >= APPROVALS_NEEDED else "proposed"
