"""The parameters of the method, with the reasons for their values."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.detect.reuse.nearness import DISTANCE_MAX
from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say

QUALITY_ALL = 100


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is one picture, and when its texts are unlike; see `card.toml` for each parameter in words."""

    distance_max: int = DISTANCE_MAX
    quality_min: int = 50  # as the authors of PDQ advise
    mirrored: bool = True
    posts_min: int = 2
    words_min: int = 4  # fewer say too little to be compared
    alike_min: float = 0.15  # benchmarks/media.py: what texts on one address share, and strangers do not
    accounts_min: int = 2  # one account alone may err, or test
    old_days: int = 180
    one_account_max: float = 0.8  # above: the picture of a house, such as its logo
    texts_of_decoration: int = 20  # this many texts, half of them each on its own: a decoration or a meme

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if not 0 <= self.distance_max <= DISTANCE_MAX:
            raise BadOptionError(
                option="--distance-max", value=self.distance_max, expected=say("a whole number, 0 to 31")
            )
        if not 0 <= self.quality_min <= QUALITY_ALL:
            raise BadOptionError(
                option="--quality-min", value=self.quality_min, expected=say("a whole number, 0 to 100")
            )
        if not 0 < self.alike_min < 1:
            raise BadOptionError(
                option="--alike-min",
                value=self.alike_min,
                expected=say("a number between 0 and 1, such as 0.15"),
            )
        whole = {"--posts-min": self.posts_min, "--accounts-min": self.accounts_min}
        for option, value in {**whole, "--old-days": self.old_days}.items():
            if value < 1:
                raise BadOptionError(option=option, value=value, expected=say("a whole number, 1 or more"))
