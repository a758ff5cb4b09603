"""The parameters of copy families, with the reasons for their values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What decides which texts are copies of each other; see `card.toml` for each parameter in words."""

    similarity_min: float = 0.693  # D3lta's copy-pasta, https://doi.org/10.48550/arXiv.2312.17338
    spread_min: float = (
        0.6  # of any two texts of a family: unrelated ones of a language are 0.25 to 0.35 alike
    )
    rewording_min: float = 0.85  # cosine, D3lta's within one language
    translation_min: float = 0.715  # the same between two languages
    letters_min: int = 30  # "Bravo !" is nobody's property; the same as in `behaviours.TEXT_MIN`
    signs_min: int = 20  # where one sign is a syllable or a word: 20 stand for 40 to 60 letters
    posts_min: int = 2  # of a family
    shared_min: int = 3  # numbers, hashtags and names that link families of two languages
    common_max: int = 20  # families that may hold one address, number … before it is too common to link
    threads: int = 1  # change nothing but the time
