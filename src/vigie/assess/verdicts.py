"""What people's verdicts make of an alert: one may dismiss, two are needed to confirm.

Only the latest verdict of each person counts. Where people disagree the alert stays open and says so.
Source: the night-shift rule of the project's governance; a node of one person waits 24 hours and says it
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Verdict = Literal["confirm", "dismiss", "unsure"]
Status = Literal["new", "in_review", "disputed", "confirmed", "dismissed"]

COOLING_OFF_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, kw_only=True)
class Given:
    """One verdict by one person."""

    by: str
    verdict: Verdict
    at_ms: int


def settle(given: Sequence[Given], *, is_alone: bool) -> Status:
    """Return the state of an alert.

    Args:
        given: every verdict so far, oldest first.
        is_alone: whether whoever gave the last one is the only one who may: then one confirms by saying so
            twice, 24 hours apart.
    """
    latest = {one.by: one.verdict for one in given}
    confirming = {by for by, verdict in latest.items() if verdict == "confirm"}
    dismissing = {by for by, verdict in latest.items() if verdict == "dismiss"}
    if not given:
        return "new"
    if confirming and dismissing:
        return "disputed"
    if dismissing:
        return "dismissed"
    if len(confirming) > 1:
        return "confirmed"
    if is_alone and any(_waited(given, by) for by in confirming):
        return "confirmed"
    return "in_review"


def again_from_ms(given: Sequence[Given], *, by: str) -> int | None:
    """Return from when a person who is alone can confirm by saying so again; None before the first time."""
    confirming = _confirming_run(given, by)
    return confirming[0].at_ms + COOLING_OFF_MS if confirming else None


def _waited(given: Sequence[Given], by: str) -> bool:
    """Tell whether a person's last verdicts confirm, with the cooling-off between the first and the last."""
    confirming = _confirming_run(given, by)
    return len(confirming) > 1 and confirming[-1].at_ms - confirming[0].at_ms >= COOLING_OFF_MS


def _confirming_run(given: Sequence[Given], by: str) -> list[Given]:
    """Return the verdicts with which one person has confirmed without a break up to now, oldest first."""
    run: list[Given] = []
    for one in given:
        if one.by == by:
            run = [*run, one] if one.verdict == "confirm" else []
    return run
