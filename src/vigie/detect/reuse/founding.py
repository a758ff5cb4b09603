"""Pictures that look alike brought together around the one that was seen first: clusters never chain.

In the order of time, a picture founds a cluster if it looks like no founder before it. Each other picture
belongs to the founder before it that it looks most like, the earliest of equals. So every member looks like
its founder, and a row of small changes does not lead from one picture to another; pictures that come later
change nothing of what was decided before.

Whether one founds depends on all founders before it. So the first half is settled, then what of the second
half looks like a founder of the first is set aside, then the rest of the second half is settled likewise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.jit import jit
from vigie.detect.reuse.nearness import DISTANCE_MAX, Rows, differ, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW = 512  # pictures that are compared with each other one by one


def mirror_mask() -> NDArray[np.uint64]:
    """Return the bits that turn over in PDQ when a picture is mirrored left to right, but for a few.

    A bit says whether a wave of the picture's cosine transform lies above the median of all. Mirrored, the
    waves with an odd number of half turns across change their sign, and the median hardly moves.
    """
    odd = np.zeros((16, 16), np.uint8)
    odd[:, 0::2] = 1  # waves 1, 3, 5 … across
    mask: NDArray[np.uint64] = as_numbers(np.packbits(odd.ravel()[::-1])[None, :])[0]
    return mask


def as_numbers(hashes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return hashes of 32 bytes a row as four whole numbers."""
    return np.ascontiguousarray(hashes).view("<u8").astype(np.uint64).reshape(len(hashes), 4)


def clusters(
    hashes: NDArray[np.uint64],
    *,
    looks: Rows | None = None,
    mirrored: bool = True,
    distance_max: int = DISTANCE_MAX,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the founder of each picture, itself for a founder, and how many bits differ from it.

    Args:
        hashes: of different pictures in the order of time, as four whole numbers a row.
        looks: other hashes of some of them, turned or without borders; owners are numbers of rows.
        mirrored: whether a picture and its mirror image look alike.
        distance_max: bits that may differ, 0 to 31.
    """
    whole = _Looks(hashes, looks, mirrored=mirrored, distance_max=distance_max)
    founders = whole.founders(np.arange(len(hashes), dtype=np.int32))
    is_founder = np.zeros(len(hashes), np.bool_)
    is_founder[founders] = True
    members = np.flatnonzero(~is_founder).astype(np.int32)
    best, apart = whole.nearest(members, founders)
    own = np.arange(len(hashes), dtype=np.int32)
    return np.where(is_founder, own, best).astype(np.int32), np.where(is_founder, 0, apart).astype(np.int32)


class _Looks:
    """All hashes by which pictures are found."""

    def __init__(
        self, hashes: NDArray[np.uint64], looks: Rows | None, *, mirrored: bool, distance_max: int
    ) -> None:
        self._hashes = hashes
        self._looks = looks or Rows(np.empty((0, 4), np.uint64), np.empty(0, np.int32))
        self._mask = mirror_mask() if mirrored else None
        self._distance_max = distance_max

    def founders(self, pictures: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return which of some pictures, in the order of time, look like no founder among them before."""
        if len(pictures) <= FEW:
            return self._founders_of_few(pictures)
        middle = len(pictures) // 2
        first = self.founders(pictures[:middle])
        rest = pictures[middle:]
        best, _apart = self.nearest(rest, first)
        return np.concatenate([first, self.founders(rest[best[rest] < 0])])

    def nearest(
        self, pictures: NDArray[np.int32], founders: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the nearest earlier founder of each of some pictures, by the number of the picture."""
        asked, held = self._asked(pictures), self._held(founders)
        return nearest(asked, held, len(self._hashes), distance_max=self._distance_max)

    def _founders_of_few(self, pictures: NDArray[np.int32]) -> NDArray[np.int32]:
        asked, held = self._asked(pictures), self._held(pictures)
        is_founder = np.zeros(len(self._hashes) + 1, np.bool_)
        by_owner = np.argsort(asked.owner, kind="stable")
        _found(
            asked.bits[by_owner], asked.owner[by_owner], held.bits, held.owner, self._distance_max, is_founder
        )
        return pictures[is_founder[pictures]]

    def _asked(self, pictures: NDArray[np.int32]) -> Rows:
        """Return the hashes by which pictures look for others: their own, and the looks that are given."""
        bits, owner = self._given(pictures)
        return Rows(np.concatenate([self._hashes[pictures], bits]), np.concatenate([pictures, owner]))

    def _held(self, pictures: NDArray[np.int32]) -> Rows:
        """Return the hashes by which pictures are found: as above, and their own mirrored."""
        bits, owner = self._asked(pictures)
        if self._mask is not None:
            bits = np.concatenate([bits, self._hashes[pictures] ^ self._mask])
            owner = np.concatenate([owner, pictures])
        return Rows(bits, owner)

    def _given(self, pictures: NDArray[np.int32]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        if not len(self._looks.owner):
            return self._looks
        wanted = np.zeros(len(self._hashes), np.bool_)
        wanted[pictures] = True
        chosen = wanted[self._looks.owner]
        return self._looks.bits[chosen], self._looks.owner[chosen]


@jit
def _found(
    asked: NDArray[np.uint64],
    asking: NDArray[np.int32],
    held: NDArray[np.uint64],
    owner: NDArray[np.int32],
    distance_max: int,
    is_founder: NDArray[np.bool_],
) -> None:
    """Mark the founders: rows that ask stand in the order of their owners."""
    row = 0
    while row < len(asking):
        me, is_alone = asking[row], True
        while row < len(asking) and asking[row] == me:
            for other in range(len(owner)):
                they = owner[other]
                if they < me and is_founder[they] and differ(asked[row], held[other]) <= distance_max:
                    is_alone = False
            row += 1
        is_founder[me] = is_alone
