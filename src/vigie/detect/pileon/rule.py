"""The parameters of the method, each with its default and its meaning."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say

ACCOUNTS_LEAST = 4  # with fewer, nothing can be said of a crowd


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When the replies to somebody are said to be a pile-on.

    Args:
        organic_part: of bursts of as many replies drawn from this data's own repliers, the part that may be
            flagged, 0-1.
        accounts_min: fewest accounts with a wording or a creation date in common, or many replies each.
        replies_min: fewest replies within the six hours.
        simulations: organic bursts drawn for each size.
        targets: names to watch; nobody else is judged. Empty: everybody who is answered.
    """

    organic_part: float = 0.0001
    accounts_min: int = 8
    replies_min: int = 10
    simulations: int = 200
    targets: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if not 0 < self.organic_part < 1:
            raise BadOptionError(
                option="--organic-part",
                value=self.organic_part,
                expected=say("a part between 0 and 1, such as 0.01"),
            )
        if self.accounts_min < ACCOUNTS_LEAST or self.replies_min < self.accounts_min:
            raise BadOptionError(
                option="--accounts-min, --replies-min",
                value=f"{self.accounts_min}, {self.replies_min}",
                expected=say("whole numbers, 4 or more, the second no smaller than the first"),
            )
        if self.simulations < 50:  # noqa: PLR2004 (with fewer, no tail is seen)
            raise BadOptionError(
                option="--simulations", value=self.simulations, expected=say("a whole number, 50 or more")
            )
