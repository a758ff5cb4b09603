"""What a detection is asked to do: plain values, light enough for a page; the worker makes the rule.

Co-action takes its own `Parameters`; every other method is run with its usual rule, which its number names.
`window_hours`, where a run has it, says that only so much is looked at, back from the latest post.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from vigie.detect.methods import METHODS
from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Mapping

METHOD = "coaction/2"
COACTION = "coaction"
WINDOW = "window_hours"
CLOSELY = "closely"  # what early warning watches more closely, and when: see `watching`
COMPARED = "compared"  # names the state of register and lists that a run is compared with
BEHAVIOURS = ("repost", "link", "hashtags", "reply", "text", "text_normalised", "image")
LOOSER = ("reply_target", "image_similar", "text_of_family")  # studied where they are asked for
KNOWN = (*BEHAVIOURS, *LOOSER)
WINDOWS_MS = (60_000, 600_000, 3_600_000)
WINDOWS_MAX, WINDOW_MS_MAX = 5, 7 * 24 * 60 * 60 * 1000
OBJECTS_MIN, OBJECTS_MAX = 2, 100  # anyone may repeat a neighbour once
PERMUTATIONS_MAX = 1_000
SEED_MAX = 2**53 - 1  # the largest whole number that every reader of JSON keeps


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The parameters of one detection; the rule's others keep the defaults that the method's number names.

    Args:
        windows_ms: longest times between two acts on one object; each is a layer of its own.
        objects_min: fewest distinct objects a pair must share so.
        fdr: largest part of false pairs among those kept in each layer, 0-1.
        permutations: shuffled copies per window; 0 lets the size of the data decide.
        behaviours: which kinds of acts.
        seed: of all chance.

    Raises:
        BadOptionError: a value means nothing.
    """

    windows_ms: tuple[int, ...] = WINDOWS_MS
    objects_min: int = OBJECTS_MIN
    fdr: float = 0.01
    permutations: int = 0
    behaviours: tuple[str, ...] = BEHAVIOURS
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        distinct = set(self.windows_ms)
        if not 1 <= len(distinct) == len(self.windows_ms) <= WINDOWS_MAX or not all(
            0 < window <= WINDOW_MS_MAX for window in distinct
        ):
            self._refuse("windows_ms", say("one to five different times, at most seven days"))
        if not OBJECTS_MIN <= self.objects_min <= OBJECTS_MAX:
            self._refuse("objects_min", say("a whole number from 2 to 100"))
        if not 0 < self.fdr < 1:
            self._refuse("fdr", say("a part between 0 and 1, such as 0.01"))
        if not 0 <= self.permutations <= PERMUTATIONS_MAX:
            self._refuse("permutations", say("a whole number from 0 to 1000"))
        if not self.behaviours or not set(self.behaviours) <= set(KNOWN):
            self._refuse("behaviours", say("one or more kinds of acts that the method knows"))
        if not 0 <= self.seed <= SEED_MAX:
            self._refuse("seed", say("a whole number, 0 or more"))

    def _refuse(self, name: str, expected: str) -> None:
        raise BadOptionError(option=name, value=getattr(self, name), expected=expected)

    def plain(self) -> dict[str, Any]:
        """Return the parameters as JSON holds them, each kind of acts once, in the method's order."""
        chosen = [one for one in KNOWN if one in self.behaviours]
        return {**asdict(self), "windows_ms": sorted(self.windows_ms), "behaviours": chosen}


def parameters_from(plain: Mapping[str, Any]) -> Parameters:
    """Return the parameters of co-action that a row holds."""
    lists = {name: tuple(plain[name]) for name in ("windows_ms", "behaviours") if name in plain}
    return Parameters(**{**{name: value for name, value in plain.items() if name != WINDOW}, **lists})


SEED = 1  # of all chance of a method that is run with its usual rule
METHOD_IDS: Mapping[str, str] = {name: one.id for name, one in METHODS.items()}


def asked_of(
    method: str,
    parameters: Parameters | None = None,
    *,
    window_hours: int | None = None,
    compared: str = "",
    closely: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what a run of a method is asked, as a row holds it.

    Args:
        method: its name.
        parameters: of co-action, else the defaults; other methods have none to choose.
        window_hours: how much is looked at, back from the latest post; None: all.
        compared: for a method that needs a register, the state of that register.
        closely: for early warning, what it watches more closely, and when.

    Raises:
        BadOptionError: there is no such method.
    """
    if method not in METHOD_IDS:
        raise BadOptionError(option="method", value=method, expected=say("a method that this node knows"))
    plain = (parameters or Parameters()).plain() if method == COACTION else {"seed": SEED}
    plain = {**plain, COMPARED: compared} if METHODS[method].needs else plain
    plain = {**plain, CLOSELY: dict(closely)} if closely else plain
    return plain if window_hours is None else {**plain, WINDOW: window_hours}
