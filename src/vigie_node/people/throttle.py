"""One throttle for all that can be guessed: passwords, one-time codes, recovery codes.

Failures are counted by the name tried, by the address they come from, and by the person whose code is tried.
A browser in which a person signed in before counts for itself, not for the name: whoever fails with their
name on purpose, on the night of an election, does not keep them out.
After a few free ones each failure doubles the wait. An attempt is counted before it is judged and given back
when it was right, so that many at the same moment are many; a clock set back shortens no wait. Abuse cases 13
and 14.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie.trust import tag
from vigie_node import clock
from vigie_node.people.models import Attempt

if TYPE_CHECKING:
    from collections.abc import Iterable

SECOND_MS, MINUTE_MS, DAY_MS = 1_000, 60_000, 86_400_000
FORGET_MS = DAY_MS  # after so long without a failure, counting begins anew
DOUBLINGS_MAX = 30


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How many failures are free, and how long the wait may grow."""

    free: int
    wait_ms_max: int


LIMITS = {
    "name": Limit(free=5, wait_ms_max=15 * MINUTE_MS),
    "device": Limit(free=5, wait_ms_max=15 * MINUTE_MS),
    "person": Limit(free=5, wait_ms_max=15 * MINUTE_MS),
    "address": Limit(free=20, wait_ms_max=MINUTE_MS),  # many people may share one
}


class ThrottledError(VigieError):
    """Too many failures: the answer is to wait, whether or not the name exists."""

    code = "sign_in.throttled"
    sentence = say("There were too many attempts.")
    remedy = say("Wait {seconds} s, then try again.")


@dataclass(frozen=True)
class Subject:
    """Whom failures are counted for: a `kind` of LIMITS and its value, which is kept as a keyed hash only."""

    kind: str
    value: str

    @property
    def key(self) -> str:
        """What stands in the table."""
        return tag(
            settings.HOME.key("throttle"), f"{self.kind}:{self.value}".encode("utf-8", "surrogatepass")
        )


def wait_ms(failure_count: int, since_ms: int, limit: Limit) -> int:
    """Return how long to wait after so many failures, the last `since_ms` ago (below 0: a clock set back)."""
    over = failure_count - limit.free
    if over < 0:
        return 0
    whole = min(SECOND_MS << min(over, DOUBLINGS_MAX), limit.wait_ms_max)
    return max(0, whole - max(0, since_ms))


@transaction.atomic
def take(subjects: Iterable[Subject]) -> None:
    """Count one attempt for each subject.

    Raises:
        ThrottledError: one of them must wait; then nothing is counted.
    """
    limits = {subject.key: LIMITS[subject.kind] for subject in subjects}
    keys = sorted(limits)  # one order of locks for everybody
    Attempt.objects.bulk_create([Attempt(subject=key) for key in keys], ignore_conflicts=True)
    now, longest = clock.now_ms(), 0
    rows = list(Attempt.objects.select_for_update().filter(subject__in=keys).order_by("subject"))
    for row in rows:
        if now - row.last_ms > FORGET_MS:
            row.failure_count = 0
        longest = max(longest, wait_ms(row.failure_count, now - row.last_ms, limits[row.subject]))
        row.failure_count, row.last_ms = row.failure_count + 1, now
    if longest:
        raise ThrottledError(seconds=-(-longest // SECOND_MS))
    Attempt.objects.bulk_update(rows, ["failure_count", "last_ms"])


@transaction.atomic
def give_back(subjects: Iterable[Subject]) -> None:
    """Take back what `take` counted for an attempt that was right; names and persons begin anew.

    An address does not: who owns one account must not win free attempts on others.
    """
    for subject in sorted(subjects, key=lambda one: one.key):
        row = Attempt.objects.filter(subject=subject.key)
        if subject.kind == "address":
            row.filter(failure_count__gt=0).update(failure_count=F("failure_count") - 1)
        else:
            row.delete()


def forget(before_ms: int) -> int:
    """Delete counts that no longer matter and return how many."""
    return Attempt.objects.filter(last_ms__lt=before_ms - FORGET_MS).delete()[0]
