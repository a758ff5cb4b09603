"""The parameters of the method, with the reasons for their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie.terms.times import DAY_MS

By = Literal["author", "channel", "domain"]
BYS: tuple[By, ...] = get_args(By)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Which outlets and events are compared, and when too little is found; see `card.toml` in words."""

    by: By = "author"
    slot_ms: int = DAY_MS
    outlets_max: int = 100
    outlet_posts_min: int = 20
    event_outlets_min: int = 5  # fewer tell nothing of what outlets usually do
    events_max: int = 200
    fdr: float = 0.05
    none_max: float = 0.002  # chance of finding nothing: above, an outlet is too small for this event
    factor_min: float = 3.0
    spread_min: float = 0.15  # newsrooms choose: expectations are never taken as surer than this
    prior_posts: float = 20.0
    prior_events: float = 5.0
    affinity_max: float = 2.0
    gap_posts_min: float = 5.0  # with so many posts usual, chance gives none in 1 of 150 slots
    gap_share_max: float = 0.5
    permutations: int = 20

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if self.by not in BYS:
            raise BadOptionError(option="--outlets-by", value=self.by, expected=", ".join(BYS))
        for option, part in (("--fdr", self.fdr), ("--none-max", self.none_max)):
            if not 0 < part < 1:
                raise BadOptionError(
                    option=option, value=part, expected=say("a part between 0 and 1, such as 0.01")
                )
        if not self.factor_min >= 1:
            raise BadOptionError(
                option="--factor-min", value=self.factor_min, expected=say("a number, 1 or more")
            )
        if not self.spread_min > 0:
            raise BadOptionError(
                option="--spread-min", value=self.spread_min, expected=say("a number above 0, such as 0.15")
            )
        whole = {
            "--slot": self.slot_ms,
            "--outlets-max": self.outlets_max,
            "--outlet-posts-min": self.outlet_posts_min,
            "--event-outlets-min": self.event_outlets_min,
            "--events-max": self.events_max,
        }
        for option, value in whole.items():
            if value < 1:
                raise BadOptionError(option=option, value=value, expected=say("a whole number, 1 or more"))
