"""What early warning watches more closely, and when: in the days that people named, else in writ periods.

Election mode: shorter slots, a budget of false alarms of its own (`vigie.detect.bursts.Election`), and a look
every ten minutes instead of every hour where something is read live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vigie_node.alerts.models import Plan
from vigie_node.alerts.parameters import CLOSELY
from vigie_node.sources.models import WritPeriod

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from vigie_node.sources.models import Declaration

BURSTS = "bursts"
LOOKED_CLOSELY = (BURSTS, "pileon")  # what may happen to a target within hours
WATCHED_MAX, NAME_MAX = 200, 100
SIGNS = "#@"


def named(lines: str) -> tuple[str, ...]:
    """Return the subjects that somebody wrote, one a line, each once, without # or @ before it."""
    names = (" ".join(line.split()).lstrip(SIGNS)[:NAME_MAX] for line in lines.splitlines())
    return tuple(dict.fromkeys(name for name in names if name))


def watch_of(declaration: Declaration, *, now_ms: int) -> dict[str, Any] | None:
    """Return what is watched more closely under a declaration, as a run's parameters hold it.

    Args:
        declaration: which.
        now_ms: this moment: of writ periods, the latest that has begun.

    Returns:
        `watched`, `from_ms`, `until_ms`; None where nothing is, or no writ period has begun.
    """
    plan = Plan.objects.filter(declaration=declaration).exclude(watched=[]).first()
    if plan is None:
        return None
    times = plan.watched_from_ms, plan.watched_until_ms
    if None in times:
        writs = WritPeriod.objects.filter(organisation=declaration.organisation_id, from_ms__lte=now_ms)
        writ = writs.order_by("-from_ms", "-id").first()
        if writ is None:
            return None
        times = writ.from_ms, min(writ.to_ms, writ.ended_ms or writ.to_ms)
    from_ms, until_ms = times
    return {"watched": sorted(plan.watched), "from_ms": from_ms, "until_ms": until_ms}


def is_under_way(declaration: Declaration, *, now_ms: int) -> bool:
    """Tell whether something is watched more closely at this moment."""
    watch = watch_of(declaration, now_ms=now_ms)
    return watch is not None and watch["from_ms"] <= now_ms < watch["until_ms"]


def watched_in(parameters: Mapping[str, Any]) -> Callable[[pa.Table], Mapping[str, pa.Table]] | None:
    """Return what makes the table that early warning needs of a run's parameters; None where it needs none.

    A name is looked for as it was written and in lower case, as hashtags and sites stand in posts.
    """
    watch = parameters.get(CLOSELY)
    if not watch:
        return None

    def tables(_posts: pa.Table) -> Mapping[str, pa.Table]:
        import pyarrow as pa  # noqa: PLC0415 (heavy: only in a job's own process)

        keys = sorted({form for name in watch["watched"] for form in (name, name.lower())})
        spans = {"from_ms": [watch["from_ms"]] * len(keys), "until_ms": [watch["until_ms"]] * len(keys)}
        return {"watched": pa.table({"key": pa.array(keys, pa.string()), **spans})}

    return tables
