"""The techniques of influence operations, by DISARM: found by words of either language, old ids mapped.

An incident keeps the identifier and the version of the framework that named it. DISARM Red 1.6 has 16 tactics
and 391 techniques; identifiers that it retired lead to what stands for them now, by our own reading.
Source: https://github.com/DISARMFoundation/DISARMframeworks (CC BY-SA 4.0: see `disarm-1.6.csv.license`).
"""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.terms.languages import Language

FRAMEWORK, VERSION = "disarm", "1.6"
FOUND_MAX = 40
ASKED_MAX = 100  # characters


@dataclass(frozen=True, kw_only=True)
class Technique:
    """One technique, or one tactic that holds some.

    Args:
        id: T0049.004; of a tactic TA17.
        tactic: the id of its tactic; empty for a tactic.
        names: in both languages.
    """

    id: str
    tactic: str
    names: Mapping[Language, str]


@cache
def tactics() -> Mapping[str, Technique]:
    """Return the tactics by id, in the order of the framework."""
    return {id_: one for id_, one in _all().items() if not one.tactic}


@cache
def techniques() -> Mapping[str, Technique]:
    """Return the techniques by id, in the order of their ids."""
    return {id_: one for id_, one in _all().items() if one.tactic}


@cache
def retired() -> Mapping[str, str]:
    """Return the identifiers that older versions had, each with what stands for it now, by our reading."""
    return {row["retired"]: row["now"] for row in _rows("disarm-retired.csv")}


def current(id_: str) -> Technique | None:
    """Return the technique that an identifier, perhaps an older one, names now; None where none does."""
    return techniques().get(retired().get(id_, id_))


def search(text: str, *, found_max: int = FOUND_MAX) -> tuple[Technique, ...]:
    """Return the techniques whose identifier, or whose name in either language, has all the words of a text.

    Case and accents do not matter, and a word may be the beginning of one. An identifier comes first, then
    names that begin with the text, then the others, each in the order of their ids.

    Args:
        text: what somebody looks for, its first 100 characters; nothing finds nothing.
        found_max: the most to return.
    """
    text = text[:ASKED_MAX]
    asked = " ".join(dict.fromkeys(_plain(text).split()))
    if not asked:
        return ()
    known = current(text.strip().upper())
    ranked = sorted(
        (rank, number, one)
        for number, one in enumerate(techniques().values())
        if one is not known and (rank := _rank(one, asked)) is not None
    )
    found = ([known] if known else []) + [one for _, _, one in ranked]
    return tuple(found[:found_max])


def _rank(one: Technique, asked: str) -> int | None:
    """Return how well a technique answers, 0 best; None where it does not."""
    ranks = []
    for name in (one.id.lower(), *_plain_names(one.id)):
        words = name.split()
        if all(any(word.startswith(part) for word in words) for part in asked.split()):
            ranks.append(0 if name.startswith(asked) else 1)
    return min(ranks, default=None)


@cache
def _plain_names(id_: str) -> tuple[str, ...]:
    return tuple(map(_plain, techniques()[id_].names.values()))


def _plain(text: str) -> str:
    """Return the words of a text in lower case without accents, one space between them."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(
        "".join(
            sign if sign.isalnum() or sign == "." else " " for sign in letters if not _marks(sign)
        ).split()
    )


def _marks(sign: str) -> bool:
    return unicodedata.category(sign) == "Mn"


@cache
def _all() -> Mapping[str, Technique]:
    return {
        row["id"]: Technique(id=row["id"], tactic=row["tactic"], names={"en": row["en"], "fr": row["fr"]})
        for row in _rows(f"{FRAMEWORK}-{VERSION}.csv")
    }


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files(__package__) / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
