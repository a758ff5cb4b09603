"""Texts beside one picture: one context where they share telling words or an address."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.detect.reuse.contexts import compare, weighed

WORDS = ["flood", "river", "dam", "bombs", "the", "école", "洪水", "炸弹", "فيضان", "ᐃᓄᒃᑎᑐᑦ", "🔥", "2017"]


def told(texts, *, languages=None, traces=None, words_min=1, alike_min=0.15, bounds=None):
    column = pa.array(texts, pa.string())
    of = traces or [[] for _ in texts]
    numbers = np.array([one for each in of for one in sorted(each)], np.int64)
    starts = np.concatenate([[0], np.cumsum([len(each) for each in of])]).astype(np.int64)
    return compare(
        weighed(column, column),
        np.array(bounds or [0, len(texts)], np.int64),
        np.array(languages or [0] * len(texts), np.int64),
        (numbers, starts),
        words_min=words_min,
        alike_min=alike_min,
    )


def plain(texts, languages, traces, alike_min):
    """Compare all with all; merge until nothing changes."""
    sets = [set(text.split()) - {"🔥"} for text in texts]
    for own in sets:
        for word in [one for one in own if one in {"洪水", "炸弹"}]:
            own.add(word)
    holding = {word: sum(word in own for own in sets) for own in sets for word in own}
    weight = {word: np.log(1 + len(texts) / count) for word, count in holding.items()}

    def alike(one, other):
        low = min(sum(weight[word] for word in sets[place]) for place in (one, other))
        return sum(weight[word] for word in sets[one] & sets[other]) / max(low, 1e-9)

    context = [place if sets[place] else -1 for place in range(len(texts))]
    for one in range(len(texts)):
        for other in range(one):
            if min(context[one], context[other]) < 0:
                continue
            if set(traces[one]) & set(traces[other]) or alike(one, other) >= alike_min:
                low, high = sorted((context[one], context[other]))
                context = [low if of == high else of for of in context]
    likeness = [
        max(
            (
                alike(one, other)
                for other in range(one)
                if 0 <= context[other] < context[one] and languages[one] == languages[other] >= 0
            ),
            default=-1.0,
        )
        for one in range(len(texts))
    ]
    return context, likeness


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.lists(st.sampled_from(WORDS), max_size=5),
            st.integers(-1, 1),
            st.lists(st.integers(0, 3), max_size=1),
        ),
        min_size=1,
        max_size=9,
    ),
    alike_min=st.floats(0.1, 0.9),
)
def test_contexts_are_those_of_the_plain_reading(rows, alike_min):
    texts = [" ".join(words).replace("école", "ecole") for words, _, _ in rows]
    languages, traces = [row[1] for row in rows], [row[2] for row in rows]
    found = told(texts, languages=languages, traces=traces, alike_min=alike_min)
    context, likeness = plain(texts, languages, traces, alike_min)
    assert found.context.tolist() == context
    assert found.likeness == pytest.approx(likeness)


def test_texts_of_two_languages_are_never_said_to_be_unlike():
    found = told(["the flood rises", "la crue monte"], languages=[0, 1])
    assert found.context.tolist() == [0, 1]
    assert found.likeness.tolist() == [-1, -1]


def test_an_address_in_common_makes_one_context():
    found = told(["the flood rises", "bombs near dam"], traces=[[7], [7]])
    assert found.context.tolist() == [0, 0]


def test_a_text_that_says_too_little_has_no_context():
    assert told(["wow", "the flood rises here"], words_min=4).context.tolist() == [-1, 1]


def test_chinese_without_spaces_is_compared_by_runs_of_signs():
    same = told(["加蒂诺街道被洪水淹没", "洪水淹没了加蒂诺的街道"])
    other = told(["加蒂诺街道被洪水淹没", "赫尔松附近大坝被炸毁"])
    assert same.context.tolist() == [0, 0]
    assert other.context.tolist() == [0, 1]


def test_texts_of_two_pictures_are_not_compared():
    found = told(["the flood rises", "the flood rises"], bounds=[0, 1, 2])
    assert found.context.tolist() == [0, 1]
    assert found.nearest.tolist() == [-1, -1]
