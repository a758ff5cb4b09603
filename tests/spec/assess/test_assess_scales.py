"""The scales that people place things on, the ladder of attribution, and competing explanations."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.assess.attribution import Opinion, standing
from vigie.assess.hypotheses import (
    BEARINGS,
    NEEDED_KINDS,
    against,
    disagreements,
    missing_kinds,
    tells_nothing,
)
from vigie.assess.scales import Scale, scale

LENGTHS = {
    "breakout": 6,
    "attribution": 4,
    "reliability": 6,
    "credibility": 6,
    "aspect": 5,
    "bearing": 5,
    "explanation": 4,
}


@pytest.mark.parametrize("name", get_args(Scale))
def test_a_scale_has_all_its_steps_in_both_languages(name):
    terms = scale(name)
    assert len(terms) == LENGTHS[name]
    for term in terms.values():
        assert set(term.names) == set(term.means) == {"en", "fr"}
        assert all([*term.names.values(), *term.means.values()])


def test_the_bearings_of_matrices_are_those_of_the_scale():
    assert tuple(scale("bearing")) == BEARINGS
    assert set(NEEDED_KINDS) < set(scale("explanation"))


def opinions(*said):
    return [Opinion(by=by, approves=approves) for by, approves in said]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], "proposed"),
        ([("bea", True)], "proposed"),
        ([("bea", True), ("bea", True)], "proposed"),
        ([("ann", True), ("bea", True)], "proposed"),
        ([("bea", True), ("cyr", True)], "approved"),
        ([("bea", True), ("cyr", False)], "refused"),
        ([("bea", False), ("bea", True), ("cyr", True)], "approved"),
        ([("bea", True), ("cyr", True), ("cyr", False)], "refused"),
        ([("ann", False), ("bea", True), ("cyr", True)], "approved"),
    ],
)
def test_an_attribution_needs_two_others_than_its_author(said, expected):
    assert standing(author="ann", opinions=opinions(*said)) == expected


def test_organic_and_domestic_explanations_must_stand_beside_the_foreign_one():
    assert missing_kinds(["foreign", "foreign", "other"]) == ("organic", "domestic_or_commercial")
    assert missing_kinds(["domestic_or_commercial", "organic"]) == ()


MATRIX = {
    ("e1", "organic"): "inconsistent",
    ("e1", "foreign"): "very_consistent",
    ("e2", "organic"): "very_inconsistent",
    ("e2", "foreign"): "neutral",
    ("e3", "organic"): "consistent",
    ("e3", "foreign"): "consistent",
    ("e4", "foreign"): "inconsistent",
}


def test_only_what_does_not_fit_weakens_an_explanation():
    assert against(MATRIX, ["organic", "foreign"]) == {"organic": 3, "foreign": 1}


def test_what_fits_all_alike_tells_nothing():
    assert tells_nothing(MATRIX, ["organic", "foreign"]) == ("e3",)


def test_disagreement_is_told_the_furthest_first():
    other = {**MATRIX, ("e1", "organic"): "consistent", ("e3", "foreign"): "very_consistent"}
    first, second = disagreements(MATRIX, other)
    assert (first.evidence, first.explanation, first.steps, first.is_far) == ("e1", "organic", 2, True)
    assert (second.evidence, second.steps, second.is_far) == ("e3", 1, False)


cells = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.sampled_from(BEARINGS), max_size=9
)


@given(one=cells, other=cells)
def test_disagreement_is_the_same_from_either_side(one, other):
    here = {(d.evidence, d.explanation, d.one, d.other) for d in disagreements(one, other)}
    there = {(d.evidence, d.explanation, d.other, d.one) for d in disagreements(other, one)}
    assert here == there
    by_hand = {(*cell, one[cell], other[cell]) for cell in one if cell in other and one[cell] != other[cell]}
    assert here == by_hand
