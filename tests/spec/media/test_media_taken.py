"""Pictures that are taken for others: like these, as they are or mirrored, and never by way of a third."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.media.near import MIRROR, hashes, taken_for
from vigie.media.pdq import luma_of, pdq


def flipped(row, bits):
    """Return a hash of which some bits differ."""
    whole = np.unpackbits(row)
    whole[list(bits)] ^= 1
    return np.packbits(whole)


def by_hand(rows, limit=31):
    """Return for each hash the first free nearest among the earlier ones that stand for themselves."""
    taken = []
    for place, row in enumerate(rows):
        near = []
        for other in range(place):
            apart = min(int(np.unpackbits(look ^ rows[other]).sum()) for look in (row, row ^ MIRROR))
            if apart <= limit and taken[other] == other:
                near.append((apart, other))
        taken.append(min(near)[1] if near else place)
    return taken


@settings(max_examples=30)
@given(seed=st.integers(0, 999), apart=st.integers(1, 40))
def test_what_pictures_are_taken_for_is_that_of_a_plain_reading(seed, apart):
    rng = np.random.default_rng(seed)
    base = rng.integers(0, 256, (3, 32)).astype(np.uint8)
    rows = [row for one in base for row in (one, flipped(one, rng.permutation(256)[:apart]))]
    rows += [flipped(base[0] ^ MIRROR, rng.permutation(256)[:apart])]
    whole = np.stack(rows)
    assert taken_for(whole).tolist() == by_hand(whole)


def test_no_chain_of_small_changes_makes_one_of_two_pictures():
    first = hashes(["0123456789abcdef" * 4])[0]
    second, third = flipped(first, range(30)), flipped(first, range(60))
    assert taken_for(np.stack([first, second, third])).tolist() == [0, 0, 2]


def test_no_pictures_are_taken_for_none():
    assert taken_for(hashes([])).tolist() == []


@pytest.mark.parametrize("shape", [(480, 640, 2), (301, 97, 3), (1200, 1600, 4)])
def test_a_mirrored_picture_is_taken_for_the_other(picture, shape):
    luma = luma_of(picture(*shape))
    both = np.stack([pdq(luma)[0], pdq(luma[:, ::-1])[0]])
    assert taken_for(both).tolist() == [0, 0]
