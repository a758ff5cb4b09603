"""How likely: an interval is kept, words say it in each language, words that say something else are found.

English and French words of probability do not line up one by one, and readers take the same word for very
different chances. So what is kept is the interval, in whole per cent; `words_for` says it, `at_odds` finds
the words of a text that mean another one.
Source: Intelligence Community Directive 203 (2015); the table is `likelihood.toml`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from vigie.assess.vocabulary import read, terms_of
from vigie.terms.errors import VigieError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.assess.vocabulary import Term
    from vigie.terms.languages import Language

WHOLE = 100
NEGATIONS = {"en": r"(?:\w+n’t|not|never|hardly|less|more)\s+", "fr": r"(?:pas|jamais|guère|moins|plus)\s+"}


class BadLikelihoodError(VigieError):
    """An interval of per cent that is none."""

    code = "likelihood.bad"
    sentence = say("A likelihood goes from {low} to {high} per cent: that is no interval within 0 and 100.")
    remedy = say("Give two whole numbers from 0 to 100, the lower first.")


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """From `low` to `high` per cent, whole numbers, both included.

    Raises:
        BadLikelihoodError: they are no interval within 0 and 100.
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        """Refuse what is no interval."""
        if not 0 <= self.low <= self.high <= WHOLE:
            raise BadLikelihoodError(low=self.low, high=self.high)


@dataclass(frozen=True, kw_only=True)
class Band:
    """The words of one language for the chances from `low` to `high` per cent."""

    low: int
    high: int
    word: str
    also: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AtOdds:
    """Words of a text that mean another chance than the one that was given.

    Args:
        said: as the text has it.
        band: what they mean.
    """

    said: str
    band: Band


@cache
def bands(language: Language) -> tuple[Band, ...]:
    """Return the words of a language for chances, from the smallest chance on."""
    return tuple(
        Band(low=one["low"], high=one["high"], word=one["word"], also=tuple(one["also"]))
        for one in read("likelihood.toml")[language]
    )


@cache
def confidences() -> Mapping[str, Term]:
    """Return the degrees of confidence by id, from low to high: how good the ground is, never how likely."""
    return terms_of(read("likelihood.toml")["confidence"])


def bands_of(likelihood: Likelihood, language: Language) -> tuple[Band, ...]:
    """Return the bands that an interval touches with more than an edge, from the smallest chance on."""
    low, high = likelihood.low, likelihood.high
    if low == high:
        return tuple(one for one in bands(language) if one.low <= low < one.high or low == one.high == WHOLE)
    return tuple(one for one in bands(language) if one.low < high and low < one.high)


def words_for(likelihood: Likelihood, language: Language) -> tuple[str, str]:
    """Return the words for the lower and the upper end of an interval: the same twice where one word does."""
    touched = bands_of(likelihood, language)
    return touched[0].word, touched[-1].word


def at_odds(text: str, likelihood: Likelihood, language: Language) -> tuple[AtOdds, ...]:
    """Return the words of probability in a text whose chances do not even touch the interval.

    A negated or compared word (“not likely”, « plus probable ») says nothing that can be read so simply, and
    is left alone.

    Args:
        text: in `language`.
        likelihood: what was estimated.
        language: of the text.
    """
    table = _phrases(language)
    found = (match for match in _pattern(language).finditer(text) if not match["negated"])
    said = ((match["phrase"], table[_plain(match["phrase"])]) for match in found)
    touched = bands_of(likelihood, language)
    return tuple(AtOdds(said=phrase, band=band) for phrase, band in said if band not in touched)


@cache
def _phrases(language: Language) -> dict[str, Band]:
    return {_plain(phrase): band for band in bands(language) for phrase in (band.word, *band.also)}


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    """Return what finds words of probability, the longest first: “very unlikely” is not “unlikely”."""
    longest_first = sorted(_phrases(language), key=len, reverse=True)
    phrases = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in longest_first)
    return re.compile(
        rf"(?<!\w)(?P<negated>{NEGATIONS[language]})?(?P<phrase>{phrases})(?!\w)".replace("’", "[’']"),
        re.IGNORECASE,
    )


def _plain(phrase: str) -> str:
    return " ".join(phrase.lower().replace("'", "’").split())
