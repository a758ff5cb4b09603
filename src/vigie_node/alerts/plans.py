"""Which methods look at what comes in under a declaration: what people chose, else the usual ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.terms.languages import say
from vigie_node.alerts.models import Plan
from vigie_node.alerts.parameters import METHOD_IDS
from vigie_node.sources.models import Declaration, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from vigie.terms.languages import Message

# Off until somebody chooses them: ordinary talk sets them off. Measured on an invented week of 17,609 posts
# without its campaigns: 25, 2 and 5 signals of these three, one of all the others (see the guide).
WHY_NOT: Mapping[str, Message] = {
    "families": say(
        "Not chosen at first: people copy each other all day long. Choose it to follow who copies a text."
    ),
    "narratives": say(
        "Not chosen at first: it tells what is new or grows in talk, most of it ordinary. Choose it to "
        "follow what is told."
    ),
    "reuse": say(
        "Not chosen at first: pictures are used again for good reasons too. Choose it to follow pictures."
    ),
}
USUAL: tuple[str, ...] = tuple(name for name in METHOD_IDS if name not in WHY_NOT)


def methods_of(declaration: Declaration) -> Sequence[str]:
    """Return the names of the methods of a declaration, in the order of the list of methods."""
    return methods_of_each([declaration])[declaration.id]


def methods_of_each(declarations: Sequence[Declaration]) -> dict[UUID, Sequence[str]]:
    """Return the names of the methods of each of some declarations; one query."""
    chosen = dict(Plan.objects.filter(declaration__in=declarations).values_list("declaration", "methods"))
    return {
        one.id: [name for name in METHOD_IDS if name in chosen.get(one.id, USUAL)] for one in declarations
    }


def is_live(declaration: Declaration) -> bool:
    """Tell whether something is read live under a declaration now."""
    return Source.objects.filter(declaration=declaration, stopped_ms=None).exists()


def live_declarations() -> QuerySet[Declaration]:
    """Return the declarations under which something is read live now."""
    return Declaration.objects.filter(id__in=Source.objects.filter(stopped_ms=None).values("declaration"))
