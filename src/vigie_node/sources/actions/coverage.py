"""Coverage: what a batch covers is added when its texts were looked at, and taken away when it is erased.

No entry in the ledger: it is counted from batches, whose coming and going the ledger tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import UUIDField

from vigie_node.clock import now_ms
from vigie_node.sources.models import Batch, BatchCoverage, BatchLanguages, Coverage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

ROWS_PER_WRITE = 500
ADD = """
INSERT INTO sources_coverage (of, facet, platform, source_kind, value, hour_ms, count)
SELECT %s, facet, platform, source_kind, value, hour_ms, count * %s
FROM sources_batchcoverage WHERE batch_id = %s
ORDER BY facet, platform, source_kind, value, hour_ms
ON CONFLICT (of, facet, platform, source_kind, value, hour_ms)
DO UPDATE SET count = sources_coverage.count + excluded.count
"""


@transaction.atomic
def record_coverage(
    batch: Batch, cells: Sequence[BatchCoverage], *, method: str, row_count: int, und_count: int
) -> bool:
    """Let a batch cover something, in place of what it covered before.

    Args:
        batch: which.
        cells: what it covers; each once.
        method: how languages were found.
        row_count: its observations.
        und_count: those of no language that could be told.

    Returns:
        False where the batch was erased meanwhile: then nothing is written.
    """
    held = Batch.objects.select_for_update().filter(pk=batch.pk, erased_ms=None).first()
    if held is None:
        return False
    forget_coverage(held)
    BatchCoverage.objects.bulk_create(cells, batch_size=ROWS_PER_WRITE)
    _add(held, times=1)
    BatchLanguages.objects.create(
        batch=held, method=method, row_count=row_count, und_count=und_count, identified_ms=now_ms()
    )
    return True


@transaction.atomic
def forget_coverage(batch: Batch) -> None:
    """Take away what a batch covers: it is erased, or counted anew."""
    if not BatchLanguages.objects.filter(batch=batch).exists():
        return
    _add(batch, times=-1)
    hours = BatchCoverage.objects.filter(batch=batch).values("hour_ms")
    Coverage.objects.filter(of__in=_sums_of(batch), count__lte=0, hour_ms__in=hours).delete()
    BatchCoverage.objects.filter(batch=batch).delete()
    BatchLanguages.objects.filter(batch=batch).delete()


def _add(batch: Batch, *, times: int) -> None:
    """Add what a batch covers, so many times, to the sums of its declaration and of its organisation."""
    with connection.cursor() as cursor:
        for of in _sums_of(batch):
            cursor.execute(ADD, [_adapted(of), times, _adapted(batch.pk)])


def _sums_of(batch: Batch) -> list[UUID]:
    return [batch.declaration_id, batch.organisation_id]


def _adapted(key: UUID) -> UUID | str:
    """Return an id as this database keeps it."""
    adapted: UUID | str = UUIDField().get_db_prep_value(key, connection)
    return adapted
