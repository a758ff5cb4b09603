"""Find the languages of batches and count what they cover: later than intake, and never in its way.

Imports the core's heavy stages: only the jobs' child processes and commands import this module.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings

from vigie.intake import coverage_of, identify_held, looks_on
from vigie.store.batches import BatchMissingError, Store
from vigie.text import UNDETERMINED, installed_model
from vigie_node.sources import actions, coverage
from vigie_node.sources.models import Batch, BatchCoverage, Facet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django.db.models import QuerySet

    from vigie.text.languages import Model

    Cell = tuple[str, str, str, str, int]  # facet, platform, kind of source, value, hour

BY_MODEL, BY_SCRIPT = (
    "lingua/1",
    f"{coverage.BY_SCRIPT}1",
)  # a new number where the same texts may get another answer
TEXT_MAX = {"platform": 64, "source_kind": 32, "value": 100}


def look_at_batches(*, gives_way: Callable[[], bool], tell: Callable[[int], None]) -> bool:
    """Find the languages of every batch that was not looked at yet, and count what it covers.

    Args:
        gives_way: asked often; True stops the work here, nothing of it being lost.
        tell: told how many rows of a batch are done; may raise to stop.

    Returns:
        Whether nothing is left to do.
    """
    store, model = Store(settings.HOME.store), installed_model()
    method, missing = BY_MODEL if model else BY_SCRIPT, list[UUID]()
    while batch := _waiting(method).exclude(pk__in=missing).first():
        try:
            if not _look_at(batch, store, model, method, gives_way, tell):
                return False
        except BatchMissingError:  # erased meanwhile; if not, `vigie store verify` says that it is missing
            missing.append(batch.pk)
    return True


def _waiting(method: str) -> QuerySet[Batch]:
    """Return the batches that this method did not look at, the earliest recorded first."""
    return Batch.objects.filter(erased_ms=None).exclude(languages__method=method).order_by("stored_ms", "id")


def _look_at(
    batch: Batch,
    store: Store,
    model: Model | None,
    method: str,
    gives_way: Callable[[], bool],
    tell: Callable[[int], None],
) -> bool:
    def may_go_on(done: int) -> bool:
        tell(done)
        return not gives_way()

    if not identify_held(store, batch.sha256, model=model, method=method, may_go_on=may_go_on):
        return False
    counts = _facets(coverage_of(store, batch.sha256).to_pylist())
    counts += _looks(looks_on(store, batch.sha256).to_pylist())
    und = sum(n for cell, n in counts.items() if cell[0] == Facet.LANGUAGE and cell[3] == UNDETERMINED)
    recorded = actions.record_coverage(
        batch, list(_cells(batch, counts)), method=method, row_count=batch.row_count, und_count=und
    )
    if not recorded:  # erased since: what was just written beside it goes too
        store.remove(batch.sha256)
    return not gives_way()


def _facets(cells: list[Mapping[str, Any]]) -> Counter[Cell]:
    """Return counts by source and hour, and by source, language and place and day (UTC)."""
    counts: Counter[Cell] = Counter()
    for cell in cells:
        hour, number = cell["hour_ms"], cell["count"]
        day = hour // actions.DAY_MS * actions.DAY_MS
        source = (_fit(cell["platform"], "platform"), _fit(cell["source_kind"], "source_kind"))
        counts[Facet.SOURCE, *source, "", hour] += number
        counts[Facet.SOURCE_DAY, *source, "", day] += number
        counts[Facet.LANGUAGE, "", "", cell["lang"], day] += number
        counts[Facet.PLACE, "", "", _fit(cell["place"], "value"), day] += number
    return counts


def _looks(cells: list[Mapping[str, Any]]) -> Counter[Cell]:
    """Return counts of looks by source and day (UTC)."""
    counts: Counter[Cell] = Counter()
    for cell in cells:
        source = (_fit(cell["platform"], "platform"), _fit(cell["source_kind"], "source_kind"))
        counts[Facet.LOOK, *source, "", cell["day_ms"]] += cell["count"]
    return counts


def _fit(text: str, name: str) -> str:
    """Return a text of the world outside as a column takes it."""
    return text.replace("\0", "")[: TEXT_MAX[name]]


def _cells(batch: Batch, counts: Counter[Cell]) -> Iterator[BatchCoverage]:
    for (facet, platform, source_kind, value, hour), number in counts.items():
        yield BatchCoverage(
            batch=batch,
            facet=facet,
            platform=platform,
            source_kind=source_kind,
            value=value,
            hour_ms=hour,
            count=number,
        )
