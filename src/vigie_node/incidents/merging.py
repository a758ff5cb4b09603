"""What to show to whoever wrote while somebody else did: both versions, joined where they do not collide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vigie.assess.merging import Merged, merge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie_node.incidents.models import Incident


@dataclass(frozen=True, kw_only=True)
class Collision:
    """One text that two people changed.

    Args:
        mine: what the one who is told wrote.
        theirs: what stands there now.
        their_name: who wrote that last.
        version: of what stands there.
        merged: both texts joined, for a person to check.
        columns: all columns joined: what only one of the two changed; mine where both did, or I alone.
        differing: the other columns in which what I wrote replaces what stands there.
    """

    mine: str
    theirs: str
    their_name: str
    version: int
    merged: Merged
    columns: Mapping[str, Any]
    differing: tuple[str, ...]


def collision(incident: Incident, part: str, *, seen: int, mine: Mapping[str, Any]) -> Collision:
    """Return how what somebody wrote collides with what stands in a part now.

    Args:
        incident: of which.
        part: as revisions name it; it has a `text`.
        seen: the version that they began from; 0 for none.
        mine: what they wrote, by column.
    """
    revisions = incident.revisions.filter(part=part)
    base = revisions.filter(version=seen).first()
    latest = revisions.select_related("by").order_by("-version").first()
    began, theirs = base.said if base else {}, latest.said if latest else {}
    merged = merge(str(began.get("text", "")), str(mine["text"]), str(theirs.get("text", "")))
    columns = {name: _column(began.get(name), value, theirs.get(name)) for name, value in mine.items()}
    return Collision(
        mine=str(mine["text"]),
        theirs=str(theirs.get("text", "")),
        their_name=latest.by.name if latest else "",
        version=latest.version if latest else 0,
        merged=merged,
        columns={**columns, "text": merged.text},
        differing=tuple(
            name
            for name, value in mine.items()
            if name != "text" and value != theirs.get(name) and columns[name] == value
        ),
    )


def _column(began: Any, mine: Any, theirs: Any) -> Any:
    """Return what only one of the two changed; mine where both did."""
    return theirs if mine == began else mine
