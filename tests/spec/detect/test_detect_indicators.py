"""Readings for and against a group: each says what an analyst should weigh, none decides."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.detect.coaction.indicators import indicators

NONE = np.empty(0, np.int64)


def read(**more):
    plain = {
        "act_count": 10,
        "common_act_count": 5,
        "actors": np.array([4, 4]),
        "member_acts": np.array([2, 2]),
        "gaps_ms": NONE,
        "other_gaps_ms": NONE,
        "quiet_shares": [],
        "sittings": [],
        "origins": [],
        "known": [],
        "member_count": 3,
    }
    return {one.code: one for one in indicators(**(plain | more))}


@pytest.mark.parametrize(
    ("sittings", "code", "leaning"),
    [
        ([1, 1, 1], "one_sitting", "organic"),
        ([1, 1, 9], "one_sitting", "organic"),
        ([3, 4, 5], "many_sittings", "coordinated"),
    ],
)
def test_who_met_once_is_told_from_who_came_back(sittings, code, leaning):
    assert read(sittings=sittings)[code].leaning == leaning


@pytest.mark.parametrize("sittings", [[], [2, 2, 2]])
def test_two_sittings_say_nothing_either_way(sittings):
    assert not {"one_sitting", "many_sittings"} & read(sittings=sittings).keys()


def test_members_that_are_openly_coordinated_are_named_first():
    told = list(read(known=["Le Journal", "Le Journal"]).values())
    assert (told[0].code, told[0].leaning) == ("known", "open")
    assert told[0].facts["label"] == "Le Journal"


@pytest.mark.parametrize(
    ("origins", "code"),
    [(["a"] * 6 + ["b"] * 4, "one_origin"), (["a", "b", "c", None], "many_origins")],
)
def test_one_source_of_what_they_share_leans_to_an_open_origin(origins, code):
    assert code in read(origins=origins)


def test_members_no_closer_than_everyone_else_lean_to_an_organic_origin():
    assert "no_closer_in_time" in read(gaps_ms=np.array([50]), other_gaps_ms=np.array([40]))
    assert "closer_in_time" in read(gaps_ms=np.array([10]), other_gaps_ms=np.array([40]))


@pytest.mark.parametrize(("share", "code"), [(0.05, "rests"), (0.15, "never_rests")])
def test_rest_is_read_from_three_members_on(share, code):
    assert code in read(quiet_shares=[share] * 3)
    assert code not in read(quiet_shares=[share] * 2)
