"""The parameters of the method, each with its default and its meaning."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When something about a channel or a site is worth an analyst's look.

    Args:
        fdr: largest part of false indicators among those that are tested against what is usual, 0-1.
        count_min: fewest texts, links or accounts that an indicator rests on.
        lag_days_max: how long after an outlet a text still counts as taken from it.
        sites_max: sites with one number beyond which it belongs to a theme, an agency or a host.
    """

    fdr: float = 0.01
    count_min: int = 3
    lag_days_max: int = 7
    sites_max: int = 20

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if not 0 < self.fdr < 1:
            raise BadOptionError(
                option="--fdr", value=self.fdr, expected=say("a part between 0 and 1, such as 0.01")
            )
        for option, value, least in (
            ("--count-min", self.count_min, 1),
            ("--lag-days-max", self.lag_days_max, 1),
            ("--sites-max", self.sites_max, 2),
        ):
            if value < least:
                raise BadOptionError(option=option, value=value, expected=say("a whole number, 1 or more"))
