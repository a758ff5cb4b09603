"""What every page's frame shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from vigie_node.web.words import page_language, words_here

if TYPE_CHECKING:
    from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the language, its sentences, the way to the other language, and the node."""
    language = page_language()
    words = words_here()
    return {
        "_": words,
        "words": words,
        "language": language,
        "other_language": "en" if language == "fr" else "fr",
        "other_language_url": other_address(request.get_full_path(), language),
        "node": settings.NODE,
    }


def other_address(address: str, language: str) -> str:
    """Return the same place in the other language: the prefix changes, path and query stay."""
    other = "en" if language == "fr" else "fr"
    if address.startswith(f"/{language}/"):
        return f"/{other}/{address.removeprefix(f'/{language}/')}"
    return f"/{other}/"
