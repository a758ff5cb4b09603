"""The parameters of the method, each with its default and its meaning."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a figure of an item is said to be out of proportion.

    Args:
        fdr: largest part of false signals among all, 0-1; where there is nothing to find, no more than this
            part of runs yields any.
        factor_min: how many times more, or less, than usual a figure must be.
        own_items_min: fewest other items of the account that make it comparable with itself.
        peer_items_min: fewest items of other accounts of its class.
        peer_accounts_min: fewest accounts these must come from.
        views_min: fewest views for which reactions per view mean something.
    """

    fdr: float = 0.01
    factor_min: float = 3.0
    own_items_min: int = 8
    peer_items_min: int = 20
    peer_accounts_min: int = 5
    views_min: int = 100

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if not 0 < self.fdr < 1:
            raise BadOptionError(
                option="--fdr", value=self.fdr, expected=say("a part between 0 and 1, such as 0.01")
            )
        if not self.factor_min >= 1:
            raise BadOptionError(
                option="--factor-min", value=self.factor_min, expected=say("a number, 1 or more")
            )
        if self.own_items_min < 5 or self.peer_items_min < 5:  # noqa: PLR2004 (below, the spread is unknown)
            raise BadOptionError(
                option="--own-items-min, --peer-items-min",
                value=f"{self.own_items_min}, {self.peer_items_min}",
                expected=say("whole numbers, 5 or more"),
            )
