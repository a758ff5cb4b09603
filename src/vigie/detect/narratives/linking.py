"""Narratives of two languages that share addresses, images, hashtags, numbers, names or words: a weak link.

Without a model nobody here reads two languages; but what is told in another one keeps what is not translated.
A trace counts for a narrative if several of its posts hold it, much more than other posts of the language do,
and if few narratives do. A link says "look at both", never "this is the same story".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from vigie.detect.narratives.rule import Rule

KINDS = ("addresses", "media", "hashtags", "numbers", "names", "words")
STRONG = frozenset({"addresses", "media"})  # one is enough
POSTS_MIN = 3  # of a narrative that hold a trace
LIFT_MIN = 3.0  # how many times more often than other posts of the language
COMMON_SHARE = 0.1  # of the narratives of a language: what more of them hold is too common to link
COMMON_LEAST = 3
DIGITS_MIN = 3  # "20" stands in texts of all kinds
WORDS_AS_ONE = 2  # words that count as one trace: a name is often two
WORDS_LOOKED_AT = 10  # the most telling ones
WORD_MIN = 4  # letters: shorter words of two languages are alike by chance
LINKS = pa.schema(
    [
        pa.field("narrative_a", pa.string()),  # narrative_a < narrative_b
        pa.field("narrative_b", pa.string()),
        pa.field("language_a", pa.string()),
        pa.field("language_b", pa.string()),
        *(pa.field(kind, pa.list_(pa.string())) for kind in KINDS),  # what both hold, sorted
    ]
)
Trace = tuple[str, str]


def _nothing(_text: str) -> Iterable[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Readers:
    """What finds numbers and names in texts; they are handed over, for other methods read them too.

    Args:
        numbers: the numbers in a text as it was written, in one way of writing.
        names: the ids of known names in a text written as `words_alone` does.
    """

    numbers: Callable[[str], Iterable[str]] = _nothing
    names: Callable[[str], Iterable[str]] = _nothing

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of traces that are looked for."""
        absent = {kind for kind in ("numbers", "names") if getattr(self, kind) is _nothing}
        return tuple(kind for kind in KINDS if kind not in absent)


@dataclass(frozen=True, kw_only=True)
class Told:
    """One narrative, as far as links need it."""

    narrative: str
    lang: str
    words: Sequence[str]  # the most telling first
    texts: Sequence[tuple[str, str]]  # as written, and as words alone


def links(
    posts: pa.Table,
    place: NDArray[np.int64],
    lang: NDArray[np.object_],
    told: Sequence[Told],
    rule: Rule,
    readers: Readers,
) -> pa.Table:
    """Return the pairs of narratives of two languages that share enough, sorted; see `LINKS`.

    Args:
        posts: all posts, with `hashtags`, `links`, `media`.
        place: the number of each one's narrative in `told`, -1 for none.
        lang: the language of each post.
        told: the narratives.
        rule: how much is enough.
        readers: what finds numbers and names.
    """
    holders = _of_posts(posts, place, lang, told)
    for number, one in enumerate(told):
        for trace in _of_texts(one, readers):
            holders[trace].add(number)
    counted = Counter(one.lang for one in told)
    shared: defaultdict[tuple[int, int], set[Trace]] = defaultdict(set)
    for trace, numbers in holders.items():
        held = Counter(told[one].lang for one in numbers)
        if all(count <= max(COMMON_LEAST, COMMON_SHARE * counted[of]) for of, count in held.items()):
            for pair in combinations(sorted(numbers, key=lambda one: told[one].narrative), 2):
                if told[pair[0]].lang != told[pair[1]].lang:
                    shared[pair].add(trace)
    rows = [
        {
            "narrative_a": told[one].narrative,
            "narrative_b": told[other].narrative,
            "language_a": told[one].lang,
            "language_b": told[other].lang,
            **{kind: sorted(value for of, value in traces if of == kind) for kind in KINDS},
        }
        for (one, other), traces in shared.items()
        if _is_enough(traces, rule)
    ]
    return pa.Table.from_pylist(
        sorted(rows, key=lambda row: (row["narrative_a"], row["narrative_b"])), schema=LINKS
    )


def _is_enough(traces: set[Trace], rule: Rule) -> bool:
    if any(kind in STRONG for kind, _value in traces):
        return True
    said = {value for kind, value in traces if kind != "words"}
    words = {value for kind, value in traces if kind == "words"} - said  # a hashtag and its word are one
    return len(said) + len(words) // WORDS_AS_ONE >= rule.shared_min


def _of_posts(
    posts: pa.Table, place: NDArray[np.int64], lang: NDArray[np.object_], told: Sequence[Told]
) -> defaultdict[Trace, set[int]]:
    """Return which narratives each address, image and hashtag is typical of."""
    names, code = np.unique(lang.astype(str), return_inverse=True)
    size = np.bincount(place[place >= 0], minlength=len(told))
    all_of = np.bincount(code, minlength=len(names))
    holders: defaultdict[Trace, set[int]] = defaultdict(set)
    for kind, values, rows in _traces(posts):
        held = pa.table({"value": values, "row": rows}).filter(
            pc.fill_null(pc.not_equal(values, ""), fill_value=False)
        )
        held = held.group_by(["value", "row"]).aggregate([])
        row = held["row"].to_numpy()
        counted = pa.table({"value": held["value"], "lang": code[row], "place": place[row]})
        everywhere = {
            (one["value"], one["lang"]): one["place_count"]
            for one in counted.group_by(["value", "lang"]).aggregate([("place", "count")]).to_pylist()
        }
        inside = (
            counted.filter(pc.greater_equal(counted["place"], 0))
            .group_by(["value", "lang", "place"])
            .aggregate([("place", "count")])
        )
        for one in inside.to_pylist():
            number, often = one["place"], one["place_count"]
            others = everywhere[one["value"], one["lang"]] - often
            rate = (others + 0.5) / max(1, all_of[one["lang"]] - size[number])
            if often >= POSTS_MIN and often / size[number] >= LIFT_MIN * rate:
                holders[kind, one["value"]].add(number)
    return holders


def _traces(posts: pa.Table) -> list[tuple[str, pa.Array, pa.Array]]:
    """Return each kind of trace: its values, and the row of each."""
    links_of, media, tags = (posts[name].combine_chunks() for name in ("links", "media", "hashtags"))
    flat = pc.list_flatten(media)
    return [
        ("addresses", pc.struct_field(pc.list_flatten(links_of), "url"), pc.list_parent_indices(links_of)),
        *(
            ("media", pc.struct_field(flat, name), pc.list_parent_indices(media))
            for name in ("sha256", "pdq")
        ),
        ("hashtags", pc.utf8_lower(pc.list_flatten(tags)), pc.list_parent_indices(tags)),
    ]


def _of_texts(one: Told, readers: Readers) -> set[Trace]:
    """Return the numbers and names that several texts of a narrative hold, and its most telling words."""
    held: Counter[Trace] = Counter()
    for text, plain in one.texts:
        held.update(("numbers", number) for number in set(readers.numbers(text)) if len(number) >= DIGITS_MIN)
        held.update(("names", name) for name in set(readers.names(plain)))
    often = {trace for trace, count in held.items() if count >= POSTS_MIN}
    words = {word for word in one.words[:WORDS_LOOKED_AT] if len(word) >= WORD_MIN and not word.isdecimal()}
    return often | {("words", word) for word in words}
