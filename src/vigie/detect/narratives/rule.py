"""The parameters of narratives, each with its default and its meaning."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie.terms.times import DAY_MS, HOUR_MS

TEXTS_LEAST, FIT_LEAST, RESOLUTION_MOST = 2, 100, 100
AT_LEAST = {
    "--texts-min": say("a whole number, 2 or more"),
    "--fit-max": say("a whole number, 100 or more"),
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What decides which posts tell one narrative, and when a narrative is worth a look.

    Args:
        texts_min: fewest different texts of a narrative.
        fit_max: of so many different texts per language the narratives are learned; the others then join.
        dimensions: of the space in which texts are compared, at most.
        neighbours: nearest texts that each text is linked with.
        resolution: of Leiden: higher gives more and smaller narratives.
        chance_max: largest part of texts of shuffled words that would join some narrative.
        shared_min: hashtags, numbers, names and words that link narratives of two languages.
        slot_ms: length of a slot of the river, which must divide a day.
        recent_ms: what is called recent: the end of the data.
        history_ms: how much there must be before that for a narrative to be called new or growing.
        growth_min: how many times its own past a narrative must reach to be called growing.
        fdr: largest part of narratives called growing that only chance made grow.
        recent_posts_min: fewest recent posts of a narrative that is called new or growing.
        recent_accounts_min: fewest accounts that wrote them.
    """

    texts_min: int = 10
    fit_max: int = 20_000
    dimensions: int = 64
    neighbours: int = 15
    resolution: float = 2.0
    chance_max: float = 0.05
    shared_min: int = 2
    slot_ms: int = 6 * HOUR_MS
    recent_ms: int = DAY_MS
    history_ms: int = 7 * DAY_MS
    growth_min: float = 2.0
    fdr: float = 0.05
    recent_posts_min: int = 10
    recent_accounts_min: int = 3

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        for option, value, least in (
            ("--texts-min", self.texts_min, TEXTS_LEAST),
            ("--fit-max", self.fit_max, FIT_LEAST),
        ):
            if value < least:
                raise BadOptionError(option=option, value=value, expected=AT_LEAST[option])
        if not 0 < self.resolution <= RESOLUTION_MOST:
            expected = say("a number above 0, at most 100")
            raise BadOptionError(option="--resolution", value=self.resolution, expected=expected)
        for option, share in (("--chance-max", self.chance_max), ("--fdr", self.fdr)):
            if not 0 < share < 1:
                expected = say("a number between 0 and 1, such as 0.05")
                raise BadOptionError(option=option, value=share, expected=expected)
        if not self.growth_min > 1:
            expected = say("a number above 1, such as 2")
            raise BadOptionError(option="--growth-min", value=self.growth_min, expected=expected)
        self._check_times()

    def _check_times(self) -> None:
        if self.slot_ms <= 0 or self.slot_ms > DAY_MS or DAY_MS % self.slot_ms:
            expected = say("a time that divides a day, such as 1h or 6h")
            raise BadOptionError(option="--slot", value=self.slot_ms, expected=expected)
        if self.recent_ms <= 0 or self.recent_ms % self.slot_ms:
            expected = say("a multiple of --slot, such as 1d")
            raise BadOptionError(option="--recent", value=self.recent_ms, expected=expected)
        if self.history_ms < 2 * self.recent_ms:
            expected = say("at least twice as long as --recent")
            raise BadOptionError(option="--history", value=self.history_ms, expected=expected)
