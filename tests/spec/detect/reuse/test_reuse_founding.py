"""Pictures that look alike stand with the one first seen, and never in a chain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.detect.reuse import founding, nearness
from vigie.detect.reuse.founding import as_numbers, clusters, mirror_mask
from vigie.detect.reuse.nearness import Rows, nearest
from vigie.media.pdq import eight


def apart(one, other):
    return int(np.bitwise_count(one ^ other).sum())


def plain(hashes, looks, *, mirrored, distance_max):
    """Each picture, in order, stands with the nearest earlier founder, or founds."""
    mask = mirror_mask()
    given_looks = {}
    for bits, owner in zip(looks.bits, looks.owner, strict=True):
        given_looks.setdefault(int(owner), []).append(bits)
    founder = []
    for me, mine in enumerate(hashes):
        near = []
        for they in sorted(set(founder)):
            held = [hashes[they], *given_looks.get(they, [])]
            if mirrored:
                held.append(hashes[they] ^ mask)
            asked = [mine, *given_looks.get(me, [])]
            near.append((min(apart(a, h) for a in asked for h in held), they))
        near = [one for one in near if one[0] <= distance_max]
        founder.append(min(near)[1] if near else me)
    return founder


def crowd(seed, count, bits):
    """Return hashes of which many are edits, or mirrored edits, of earlier ones."""
    chance = np.random.default_rng(seed)
    rows = list(as_numbers(chance.integers(0, 256, (3, 32), dtype=np.uint8)))
    while len(rows) < count:
        one = rows[chance.integers(len(rows))].copy()
        for bit in chance.integers(0, 256, chance.integers(0, bits)):
            one[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
        rows.append(one ^ mirror_mask() if chance.random() < 0.2 else one)
    return np.array(rows, np.uint64)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 40),
    bits=st.integers(1, 45),
    mirrored=st.booleans(),
    distance_max=st.integers(0, 31),
    few=st.sampled_from([1, 4, 512]),
    held_few=st.sampled_from([0, 2048]),
)
def test_every_way_of_looking_agrees_with_the_plain_reading(
    seed, count, bits, mirrored, distance_max, few, held_few
):
    hashes = crowd(seed, max(count, 3), bits)
    chance = np.random.default_rng(seed)
    owners = chance.integers(0, len(hashes), 3).astype(np.int32)
    looks = Rows(hashes[chance.integers(0, len(hashes), 3)], owners)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(founding, "FEW", few)
        patch.setattr(nearness, "FEW", held_few)
        found, distance = clusters(hashes, looks=looks, mirrored=mirrored, distance_max=distance_max)
    assert found.tolist() == plain(hashes, looks, mirrored=mirrored, distance_max=distance_max)
    assert (distance <= distance_max).all()


def test_a_row_of_small_changes_does_not_lead_from_one_picture_to_another(album):
    first = int(album.picture(), 16)
    row = [first ^ ((1 << (20 * step)) - 1) for step in range(6)]
    hashes = as_numbers(np.array([list(one.to_bytes(32, "big")) for one in row], np.uint8))
    found, distance = clusters(hashes, mirrored=False)
    assert found.tolist() == [0, 0, 2, 2, 4, 4]
    assert distance.tolist() == [0, 20, 0, 20, 0, 20]


def test_only_earlier_pictures_are_looked_at():
    hashes = crowd(1, 10, 5)
    rows = Rows(hashes, np.arange(10, dtype=np.int32))
    best, _apart = nearest(rows, rows, 10, distance_max=31)
    assert all(they < me for me, they in enumerate(best))


def test_a_mirrored_picture_is_recognised_by_its_hash_alone():
    chance = np.random.default_rng(2)
    for _ in range(10):
        rough = chance.normal(size=(8, 8))
        picture = np.kron(rough, np.ones((12, 16))) * 40 + 128
        first, second, *_ = as_numbers(np.stack(list(eight(picture))))
        assert apart(first ^ mirror_mask(), second) <= 31


def test_no_picture_is_no_cluster():
    found, distance = clusters(np.empty((0, 4), np.uint64))
    assert (len(found), len(distance)) == (0, 0)
