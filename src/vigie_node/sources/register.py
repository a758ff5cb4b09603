"""What methods compare with: the register of outlets, the watch-lists in force, captured pages. No content.

Light: pages and actions ask whether there is a register, and what would make a run another one.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from vigie_node.sources.access import outlets_of
from vigie_node.sources.models import Evidence, WatchListVersion

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from vigie_node.sources.models import Declaration

PAGE_TYPES = ("text/html", "application/zip", "application/gzip", "application/warc")
PAGES_MAX = 500  # of captured pages, the latest


def has_register(declaration: Declaration) -> bool:
    """Tell whether an outlet stands in the register of a declaration's organisation."""
    return outlets_of(declaration.organisation_id).filter(identifiers__isnull=False).exists()


def lists_in_force(declaration: Declaration) -> QuerySet[WatchListVersion]:
    """Return the versions of watch-lists that are looked for."""
    own = WatchListVersion.objects.filter(watchlist__organisation=declaration.organisation_id)
    return own.filter(state=WatchListVersion.State.IN_FORCE).order_by("id")


def pages_held(declaration: Declaration) -> list[Evidence]:
    """Return the originals that may be captured pages, of the declaration's project."""
    held = Evidence.objects.filter(
        declaration__project=declaration.project_id,
        erased_ms=None,
        role=Evidence.Role.FILE,
        media_type__in=PAGE_TYPES,
    )
    return list({one.sha256: one for one in held.order_by("-sealed_ms", "id")[:PAGES_MAX]}.values())


def fingerprint(declaration: Declaration) -> str:
    """Return what a run is compared with, in short: another register makes another run."""
    rows = outlets_of(declaration.organisation_id).values_list(
        "name", "tier", "state", "posts_a_day", "identifiers__kind", "identifiers__value"
    )
    said = [
        sorted(map(str, rows)),
        [str(one) for one in lists_in_force(declaration).values_list("id", flat=True)],
        sorted(one.sha256 for one in pages_held(declaration)),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
