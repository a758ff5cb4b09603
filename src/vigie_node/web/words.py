"""Sentences in the language of a page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.utils.translation import get_language

from vigie.terms.languages import Words, language_from

if TYPE_CHECKING:
    from vigie.terms.languages import Language


@cache
def words_in(language: Language) -> Words:
    """Return the node's sentences in one language."""
    return Words(language, packages=("vigie_node", "vigie"))


def page_language() -> Language:
    """Return the language of the page that is being made."""
    return language_from(get_language())


def words_here() -> Words:
    """Return the sentences in the language of the page that is being made."""
    return words_in(page_language())
