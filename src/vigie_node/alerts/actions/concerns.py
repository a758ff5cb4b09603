"""Note what alerts are about, for parity figures; counted from what is held, so without a ledger entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from vigie_node.alerts.models import Alert, Concern

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

ROWS_AT_ONCE = 500


@transaction.atomic
def note_languages(alert: Alert, *, languages: Collection[str], signal_count: int) -> None:
    """Note the languages of the posts that an alert's first signals cite; never fewer than before."""
    Concern.objects.update_or_create(
        alert=alert, defaults={"languages": sorted(languages), "signal_count": signal_count}
    )


@transaction.atomic
def note_parties(organisation: UUID, met: Mapping[UUID, Collection[UUID]]) -> None:
    """Note which lists of parties each alert of an organisation meets, in place of what was noted before.

    Args:
        organisation: whose alerts.
        met: the ids of lists, by alert; an alert that is not in it meets none.
    """
    changed = []
    for one in Concern.objects.select_for_update().filter(alert__organisation=organisation):
        lists = sorted(str(watchlist) for watchlist in met.get(one.alert_id, ()))
        if one.watchlists != lists:
            one.watchlists = lists
            changed.append(one)
    Concern.objects.bulk_update(changed, ["watchlists"], batch_size=ROWS_AT_ONCE)
