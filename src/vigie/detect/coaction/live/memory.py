"""The acts of the last minutes as figures, in the order in which they came: 20 bytes each, no text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from vigie.detect.behaviours import post_codes

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from vigie.detect.coaction.acts import Ints

Number = TypeVar("Number", bound=np.generic)
FLAGS = 1 << 20  # a first sieve that stays in the cache
ROOM = 1 << 12
CROWD_MAX = 300  # acts; an object with more is a crowd's: everybody would be a candidate


@dataclass(frozen=True, kw_only=True)
class Together:
    """What some accounts have in common."""

    object_count: int  # on which at least two of them acted
    at_ms: Ints  # their acts on these


class Memory:
    """Who acted on what when, of one behaviour: each act once."""

    def __init__(self) -> None:
        self.size = 0
        self._account = np.empty(ROOM, np.int32)
        self._object = np.empty(ROOM, np.int64)
        self._at_ms = np.empty(ROOM, np.int64)
        self._crowds: Ints = np.empty(0, np.int64)  # objects, ascending, and how many acts each has
        self._crowd_sizes: Ints = np.empty(0, np.int64)

    @property
    def account(self) -> Ints:
        """Codes of accounts."""
        return self._account[: self.size]

    @property
    def object(self) -> Ints:
        """A 63-bit code of each object, see `behaviours.post_codes`."""
        return self._object[: self.size]

    @property
    def at_ms(self) -> Ints:
        """When."""
        return self._at_ms[: self.size]

    @property
    def since_ms(self) -> int:
        """When the earliest act was; there is one."""
        return int(self.at_ms.min())

    def add(self, account: Ints, objects: pa.ChunkedArray, at_ms: Ints) -> Ints:
        """Add acts, but those that are there; return the objects that they are on."""
        plain = objects.cast("string")
        code = post_codes(plain)
        keep = plain.is_valid().to_numpy() & (account >= 0)
        account, code, at_ms = account[keep], code[keep], at_ms[keep]
        touched = np.unique(code)
        there = self.on(touched)
        new = _new(
            np.concatenate([self.account[there], account]),
            np.concatenate([self.object[there], code]),
            np.concatenate([self.at_ms[there], at_ms]),
            len(there),
        )
        size = self.size + len(new)
        self._account = _with_room(self._account, self.size, size)
        self._object = _with_room(self._object, self.size, size)
        self._at_ms = _with_room(self._at_ms, self.size, size)
        self._account[self.size : size] = account[new]
        self._object[self.size : size] = code[new]
        self._at_ms[self.size : size] = at_ms[new]
        self.size = size
        return np.unique(code[new])

    def on(self, objects: Ints) -> Ints:
        """Return the places of the acts on some objects."""
        flags = np.zeros(FLAGS, np.bool_)
        flags[objects & (FLAGS - 1)] = True
        places = np.flatnonzero(flags[self.object & (FLAGS - 1)])
        return places[np.isin(self.object[places], objects)]

    def alone(self, objects: Ints) -> Ints:
        """Return the objects that are no crowd's."""
        return np.setdiff1d(objects, self._crowds)

    def crowd_of(self, places: Ints) -> Ints:
        """Return how many acts are on the object of each act, 0 for those that are no crowd's."""
        if not len(self._crowds):
            return np.zeros(len(places), np.int64)
        objects = self.object[places]
        at = np.minimum(np.searchsorted(self._crowds, objects), len(self._crowds) - 1)
        return np.where(self._crowds[at] == objects, self._crowd_sizes[at], 0)

    def by(self, accounts: Ints) -> Ints:
        """Return the places of the acts of some accounts."""
        if not len(accounts) or not self.size:
            return np.empty(0, np.int64)
        flags = np.zeros(int(max(accounts.max(), self.account.max())) + 1, np.bool_)
        flags[accounts] = True
        return np.flatnonzero(flags[self.account])

    def forget(self, oldest_ms: int, acts_max: int) -> None:
        """Let go acts that are not younger than a moment; where there are too many, the older quarter too.

        Note then which objects have a crowd.
        """
        if not self.size:
            return
        keep = self.at_ms > oldest_ms
        if self.size > acts_max:
            place = self.size - acts_max * 3 // 4
            after_ms = np.partition(self.at_ms, place)[place]
            keep = keep & (self.at_ms >= after_ms)
        count = int(keep.sum())
        if count < self.size:
            for values in (self._account, self._object, self._at_ms):
                values[:count] = values[: self.size][keep]
            self.size = count
        objects, acts = np.unique(self.object, return_counts=True)
        self._crowds, self._crowd_sizes = objects[acts > CROWD_MAX], acts[acts > CROWD_MAX]

    def rename(self, code: Ints) -> None:
        """Give accounts other codes."""
        self._account[: self.size] = code[self.account]

    def together(self, accounts: Ints) -> Together:
        """Return what at least two of some accounts acted on."""
        places = self.by(accounts)
        objects, which = np.unique(self.object[places], return_inverse=True)
        actors = np.unique(np.stack((which, self.account[places])), axis=1)[0]
        common = np.bincount(actors, minlength=len(objects)) > 1
        return Together(object_count=int(common.sum()), at_ms=self.at_ms[places][common[which]])


def _new(account: Ints, objects: Ints, at_ms: Ints, held: int) -> Ints:
    """Return the places, after the first `held` acts, of acts that no act before them is."""
    order = np.lexsort((np.arange(len(account)), account, at_ms, objects))
    same = np.zeros(len(account), np.bool_)
    before, here = order[:-1], order[1:]
    same[here] = (
        (objects[here] == objects[before])
        & (at_ms[here] == at_ms[before])
        & (account[here] == account[before])
    )
    return np.flatnonzero(~same[held:])


def _with_room(values: NDArray[Number], size: int, wanted: int) -> NDArray[Number]:
    if wanted <= len(values):
        return values
    wider = np.empty(max(wanted, len(values) * 5 // 4), values.dtype)
    wider[:size] = values[:size]
    return wider
