"""How likely something is: an interval, said in words in each language."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.assess.likelihood import (
    BadLikelihoodError,
    Likelihood,
    at_odds,
    bands,
    bands_of,
    confidences,
    words_for,
)
from vigie.terms.languages import LANGUAGES

intervals = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda two: (min(two), max(two)))
languages = st.sampled_from(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_a_language_cover_every_chance_once(language):
    table = bands(language)
    assert (table[0].low, table[-1].high) == (0, 100)
    assert all(before.high == after.low for before, after in pairwise(table))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_means_two_chances(language):
    said = [word for band in bands(language) for word in (band.word, *band.also)]
    assert len(said) == len(set(said))


@pytest.mark.parametrize(
    ("low", "high", "english", "french"),
    [
        (55, 80, ("likely", "likely"), ("probable", "probable")),
        (80, 95, ("very likely", "very likely"), ("très probable", "très probable")),
        (40, 70, ("unlikely", "likely"), ("improbable", "probable")),
        (50, 50, ("roughly even chance",) * 2, ("chances à peu près égales",) * 2),
        (100, 100, ("almost certain",) * 2, ("presque certain",) * 2),
        (0, 0, ("almost no chance",) * 2, ("presque aucune chance",) * 2),
    ],
)
def test_an_interval_is_said_by_the_words_of_its_two_ends(low, high, english, french):
    likelihood = Likelihood(low=low, high=high)
    assert words_for(likelihood, "en") == english
    assert words_for(likelihood, "fr") == french


@given(interval=intervals, language=languages)
def test_every_interval_has_words(interval, language):
    low, high = interval
    first, last = words_for(Likelihood(low=low, high=high), language)
    by_word = {band.word: band for band in bands(language)}
    assert by_word[first].low <= low
    assert by_word[last].high >= high


@given(interval=intervals, language=languages)
def test_the_words_of_an_interval_never_contradict_it(interval, language):
    likelihood = Likelihood(low=interval[0], high=interval[1])
    text = " … ".join(words_for(likelihood, language))
    assert at_odds(f"It is {text}.", likelihood, language) == ()


@given(interval=intervals, language=languages)
def test_every_other_word_contradicts_it(interval, language):
    likelihood = Likelihood(low=interval[0], high=interval[1])
    for band in set(bands(language)) - set(bands_of(likelihood, language)):
        for word in (band.word, *band.also):
            (one,) = at_odds(f"({word.upper()})", likelihood, language)
            assert (one.said, one.band) == (word.upper(), band)


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("This is very unlikely.", "en", ["very unlikely"]),
        ("This is not likely to matter; it isn’t likely, it isn't likely.", "en", []),
        ("Their remote servers answered.", "en", []),
        ("It may be likelier than before, or dislikely.", "en", []),
        ("C’est très\n peu  probable.", "fr", ["très\n peu  probable"]),
        ("Rien de plus probable, pas probable, improbablement.", "fr", []),
        ("Aussi probable qu'improbable", "fr", ["Aussi probable qu'improbable"]),
    ],
)
def test_words_are_read_whole_and_a_negation_is_left_alone(text, language, said):
    assert [one.said for one in at_odds(text, Likelihood(low=84, high=90), language)] == said


@pytest.mark.parametrize(("low", "high"), [(-1, 5), (5, 101), (60, 40)])
def test_what_is_no_interval_is_refused(low, high):
    with pytest.raises(BadLikelihoodError):
        Likelihood(low=low, high=high)


def test_confidence_stands_apart_from_likelihood():
    assert list(confidences()) == ["low", "moderate", "high"]
