"""Method cards with what was measured on this node's own posts, where its operator measured it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from vigie.terms.cards import read_measures, with_measures

if TYPE_CHECKING:
    from vigie.terms.cards import MethodCard

MEASURES = "card-measures.toml"  # in the home, as `vigie detect calibrate` writes it


def card_here(card: MethodCard) -> MethodCard:
    """Return a card with the false alarms that were measured here, if they were.

    Raises:
        MeasuresFileError: the file that says so cannot be used.
    """
    file = settings.HOME.folder / MEASURES
    return with_measures(card, read_measures(file)) if file.is_file() else card
