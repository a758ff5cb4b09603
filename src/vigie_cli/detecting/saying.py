"""What is found, said to people: one way to write figures, as their language does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vigie.terms.languages import Words
    from vigie.terms.signals import Signal


def said(signal: Signal, words: Words, **facts: str) -> str:
    """Return a signal's sentence; `facts` that are given stand in place of its own."""
    from vigie.report.format import Voice

    return words(signal.sentence, **{**Voice(words).written(signal.facts), **facts})


def figure(value: float, words: Words) -> str:
    """Return a number with at most two decimals, as a language writes it."""
    from vigie.report.format import Voice

    return Voice(words).number(value)
