"""Families of two languages that share addresses, images, numbers, hashtags or names: a weak link.

Without a model nobody here reads two languages; but a text that was translated keeps what is not translated.
So a link says "look at both", never "this is the same text".
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from functools import cache
from importlib import resources
from itertools import combinations
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from vigie.text import UNDETERMINED, words_alone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.detect.families.rule import Rule

KINDS = ("addresses", "media", "numbers", "hashtags", "names")
STRONG = frozenset({"addresses", "media"})  # one is enough
NUMBER = re.compile(r"(?<!\w)\d+(?:[ \u00a0\u202f,.’']\d{3}(?!\d))*(?:[.,]\d+)?")
DIGITS_MIN = 2  # "3" stands in every text

LINKS = pa.schema(
    [
        pa.field("family_a", pa.string()),  # family_a < family_b
        pa.field("family_b", pa.string()),
        pa.field("language_a", pa.string()),
        pa.field("language_b", pa.string()),
        *(pa.field(kind, pa.list_(pa.string())) for kind in KINDS),  # what both hold, sorted
    ]
)


@cache
def gazetteer() -> tuple[tuple[str, str], ...]:
    """Return the names that the gazetteer knows, as `words_alone` writes them, and the id of each."""
    file = resources.files(__package__) / "gazetteer.toml"
    names = tomllib.loads(file.read_text(encoding="utf-8"))["names"]
    said = [(form, one["id"]) for one in names for form in (*one["en"], *one["fr"])]
    forms = words_alone(pa.array([form for form, _id in said], pa.string())).to_pylist()
    return tuple((f" {form} ", of) for form, (_said, of) in zip(forms, said, strict=True))


def links(posts: pa.Table, family: pa.Array, families: pa.Table, rule: Rule) -> pa.Table:
    """Return the pairs of families of two languages that share enough, sorted; see `LINKS`.

    Args:
        posts: members of families, with `links`, `media`, `hashtags`.
        family: the family of each.
        families: see `tables.FAMILIES`.
        rule: how much is enough, and what is too common to link.
    """
    language = {
        one: languages[0]
        for one, languages in zip(
            families["family"].to_pylist(), families["languages"].to_pylist(), strict=True
        )
        if languages[0] != UNDETERMINED
    }
    shared: defaultdict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for trace, holders in _holders(posts, family, families).items():
        if len(holders) <= rule.common_max:
            for pair in combinations(sorted(holders & language.keys()), 2):
                if language[pair[0]] != language[pair[1]]:
                    shared[pair].add(trace)
    rows = [
        {
            "family_a": one,
            "family_b": other,
            "language_a": language[one],
            "language_b": language[other],
            **{kind: sorted(value for of, value in traces if of == kind) for kind in KINDS},
        }
        for (one, other), traces in sorted(shared.items())
        if _is_enough(Counter(kind for kind, _value in traces), rule)
    ]
    return pa.Table.from_pylist(rows, schema=LINKS)


def _is_enough(counts: Counter[str], rule: Rule) -> bool:
    return any(counts[kind] for kind in STRONG) or counts.total() >= rule.shared_min


def _holders(posts: pa.Table, family: pa.Array, families: pa.Table) -> dict[tuple[str, str], set[str]]:
    """Return which families hold each trace."""
    holders: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    flat = pc.list_flatten(posts["links"].combine_chunks())
    of_link = family.take(pc.list_parent_indices(posts["links"].combine_chunks()))
    _add(holders, "addresses", pc.struct_field(flat, "url"), of_link)
    flat = pc.list_flatten(posts["media"].combine_chunks())
    of_medium = family.take(pc.list_parent_indices(posts["media"].combine_chunks()))
    for name in ("sha256", "pdq"):
        _add(holders, "media", pc.struct_field(flat, name), of_medium)
    tags = posts["hashtags"].combine_chunks()
    _add(holders, "hashtags", pc.utf8_lower(pc.list_flatten(tags)), family.take(pc.list_parent_indices(tags)))
    for one, text, plain in zip(
        families["family"].to_pylist(),
        families["specimen_text"].to_pylist(),
        words_alone(families["specimen_text"].combine_chunks()).to_pylist(),
        strict=True,
    ):
        for number in numbers_in(text):
            holders["numbers", number].add(one)
        for name in names_in(plain):
            holders["names", name].add(one)
    return holders


def _add(holders: dict[tuple[str, str], set[str]], kind: str, values: pa.Array, families: pa.Array) -> None:
    pairs = pa.table({"value": values, "family": families}).group_by(["value", "family"]).aggregate([])
    for value, one in zip(pairs["value"].to_pylist(), pairs["family"].to_pylist(), strict=True):
        if value:
            holders[kind, value].add(one)


def numbers_in(text: str) -> set[str]:
    """Return the numbers of two digits or more in a text, written one way: 1,000 and 1 000 are 1000."""
    return {number for found in NUMBER.findall(text) if len(number := _one_way(found)) >= DIGITS_MIN}


def _one_way(number: str) -> str:
    grouped = re.sub(r"[ \u00a0\u202f,.’'](?=\d{3}(?!\d))", "", number)
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else "." for sign in grouped)


def names_in(plain: str) -> Iterator[str]:
    """Yield the ids of the names that stand in a text, written as `words_alone` does."""
    said = f" {plain} "
    yield from {of for form, of in gazetteer() if form in said}
