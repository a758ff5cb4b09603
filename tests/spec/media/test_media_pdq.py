"""PDQ agrees with the reference, and does what it is for: alike stays near, other is far."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.media import pdq as module
from vigie.media.near import DISTANCE_MAX, alike, hashes
from vigie.media.pdq import eight, luma_of, pdq, trimmed

# What the reference implementation says (pdqhash 0.2.8, ThreatExchange's C++), and how turned and mirrored
# pictures begin there: in the order of `compute_dihedral`.
REFERENCE = [
    (
        (480, 640, 2),
        "837994ac2b577b43b1e43c86b36471e223778c9cdc888e1d5c9bc3790b5994bc",
        ("837994ac", "4a75eed3", "d72c3e06", "1f204479", "03796b53", "572cc1f9", "ca75112c", "9f20bb86"),
    ),
    (
        (301, 97, 3),
        "8b5d271354a9d8ecf4a238e3af16e734637218cb9c8d18cb50e9c73c8b5d2713",
        ("8b5d2713", "9b26c673", "de088db9", "ce736cd9", "8b5dd8ec", "de087246", "9b26398c", "ee739326"),
    ),
    (
        (1200, 1600, 4),
        "ae14762250eb89dd51eb0b7d44bb463804bef9c1fb41b9c7bb44f4a2ae147622",
        ("ae147622", "907e949a", "fb41dc88", "c52b3e30", "ae1489dd", "fb412277", "907e6b65", "c52bc1cf"),
    ),
]


def distance(one, other):
    """Return how many bits differ."""
    return int(np.unpackbits(one ^ other).sum())


@pytest.mark.parametrize(("shape", "expected", "turned"), REFERENCE)
def test_hashes_are_those_of_the_reference(picture, shape, expected, turned):
    luma = luma_of(picture(*shape))
    found, quality = pdq(luma)
    assert found.tobytes().hex() == expected
    assert quality == 100
    assert {look.tobytes().hex()[:8] for look in eight(luma)} == set(turned)


def test_the_first_of_eight_is_the_picture_as_it_is(picture):
    luma = luma_of(picture(90, 70, 1))
    assert next(eight(luma)).tobytes() == pdq(luma)[0].tobytes()
    assert len(list(eight(luma))) == 8


@pytest.mark.parametrize("turn", range(8))
def test_a_turned_or_mirrored_picture_is_found(picture, turn):
    luma = luma_of(picture(300, 300, 5))
    held = np.stack(list(eight(luma)))
    other = np.rot90(luma, turn % 4)
    found, _quality = pdq(other[:, ::-1] if turn >= 4 else other)
    assert min(distance(found, look) for look in held) <= DISTANCE_MAX


@pytest.mark.parametrize("shade", [0, 255, 128])
def test_a_picture_with_borders_is_found_without_them(picture, shade):
    luma = luma_of(picture(300, 400, 6))
    bordered = np.pad(luma, ((60, 60), (25, 0)), constant_values=shade)
    inside = trimmed(bordered)
    assert inside is not None
    assert distance(pdq(inside)[0], pdq(luma)[0]) <= DISTANCE_MAX
    assert distance(pdq(bordered)[0], pdq(luma)[0]) > DISTANCE_MAX


def test_a_picture_without_borders_or_with_nothing_else_is_not_trimmed(picture):
    assert trimmed(luma_of(picture(100, 100, 1))) is None
    assert trimmed(np.full((80, 80), 200.0)) is None


def test_smaller_brighter_and_noisier_pictures_stay_near_and_others_are_far(picture):
    luma = luma_of(picture(600, 800, 7))
    found, _quality = pdq(luma)
    noise = np.random.default_rng(1).normal(0, 6, luma.shape)
    for changed in (luma[::2, ::2], luma * 0.8 + 20, luma + noise):
        assert distance(pdq(changed)[0], found) <= DISTANCE_MAX
    assert distance(pdq(luma_of(picture(600, 800, 8)))[0], found) > DISTANCE_MAX


def test_a_blank_picture_has_no_quality_and_a_tiny_one_no_hash():
    assert pdq(np.full((100, 100), 90.0))[1] == 0
    found, quality = pdq(np.ones((4, 900)))
    assert (found.tobytes(), quality) == (bytes(32), 0)
    assert list(eight(np.ones((4, 900)))) == []


def boxed_by_hand(row):
    """Return the mean of each value's window, counted one by one as the paper says."""
    window = (len(row) + 127) // 128
    ahead = (window + 2) // 2
    means = []
    for place in range(len(row)):
        part = row[max(0, place - (window - ahead)) : min(len(row), place + ahead)]
        means.append(sum(part) / len(part))
    return means


@settings(max_examples=40, deadline=None)
@given(length=st.integers(5, 700), seed=st.integers(0, 99))
def test_windows_are_those_counted_by_hand(length, seed):
    row = np.random.default_rng(seed).integers(0, 256, length).astype(float)
    assert np.allclose(module._boxed(row[None, :])[0], boxed_by_hand(row.tolist()))


# --- which look alike ---


def by_hand(queries, held, distance_max):
    return {
        (one, two, distance(a, b))
        for one, a in enumerate(queries)
        for two, b in enumerate(held)
        if distance(a, b) <= distance_max
    }


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    changes=st.lists(st.integers(0, 60), max_size=25),
    distance_max=st.integers(0, DISTANCE_MAX),
)
def test_near_hashes_are_those_that_comparing_all_finds(seed, changes, distance_max):
    chance = np.random.default_rng(seed)
    held = chance.integers(0, 256, (20, 32), dtype=np.uint8)
    queries = [held[0].copy()]
    for count in changes:
        bits = np.unpackbits(held[chance.integers(20)])
        bits[chance.choice(256, count, replace=False)] ^= 1
        queries.append(np.packbits(bits))
    found = alike(np.stack(queries), held, distance_max=distance_max)
    pairs = list(zip(*(part.tolist() for part in found), strict=True))
    assert set(pairs) == by_hand(queries, held, distance_max)
    assert pairs == sorted(pairs)


def test_nothing_is_near_nothing():
    none = np.zeros((0, 32), np.uint8)
    assert len(alike(none, none).query) == 0
    assert len(alike(hashes(["00" * 32]), none).query) == 0


def test_many_queries_are_answered_in_parts():
    held = np.random.default_rng(3).integers(0, 256, (600, 32), dtype=np.uint8)
    found = alike(held, held)
    assert found.query.tolist() == found.held.tolist() == list(range(600))


@pytest.mark.parametrize("distance_max", [-1, 32])
def test_a_distance_that_the_search_is_not_exact_for_is_refused(distance_max):
    with pytest.raises(ValueError, match="bits may differ"):
        alike(hashes(["00" * 32]), hashes(["00" * 32]), distance_max=distance_max)
