"""Posts written as people write them, and the plainest reading of what a family is."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from vigie.detect import families
from vigie.detect.families import Rule
from vigie.detect.families.signatures import BANDS, DENSE_RUN, ROWS, RUN, permutations
from vigie.terms.posts import POSTS
from vigie.text import words_alone

PRIME, LOW = 0x9E3779B97F4A7C15, 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True)
class Post:
    """A post as a test writes it."""

    body: str
    at: int = 0
    who: str = "a"
    id: str | None = None
    lang: str | None = None
    hashtags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    share_of: str | None = None


def table(*posts):
    """Return posts as the method reads them; those without an id are named by their place."""
    rows = [
        {
            "post_id": post.id or f"p{n}",
            "author": post.who,
            "created_ms": post.at,
            "lang": post.lang,
            "body": post.body,
            "share_of": post.share_of,
            "hashtags": list(post.hashtags),
            "links": [{"url": url, "domain": None} for url in post.links],
            "media": [{"sha256": one} for one in post.media],
        }
        for n, post in enumerate(posts)
    ]
    fields = [POSTS.field(name) for name in families.COLUMNS]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def found(*posts, **given):
    """Return what the method finds in posts."""
    return families.detect(table(*posts), **given)


def together(result):
    """Return the ids of the posts of each family."""
    sets = {}
    for row in result.members.to_pylist():
        sets.setdefault(row["family"], set()).add(row["post_id"])
    return {frozenset(ids) for ids in sets.values()}


# The plain reading: texts one by one, every comparison made, nothing packed, skipped or remembered.


@cache
def letters(body):
    plain = words_alone(pa.array([body], pa.string()))[0].as_py().replace(" ", "")
    return unicodedata.normalize("NFC", plain)


def dense(text):
    signs = [sign for sign in text if "CJK" in unicodedata.name(sign, "") or "\uac00" <= sign <= "\ud7a3"]
    return 2 * len(signs) >= len(text)


@cache
def levenshtein(one, other):
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        above, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return row[-1]


def are_copies(one, other, similarity_min=0.693):
    return 1 - levenshtein(one, other) / max(len(one), len(other)) > similarity_min + 1e-12


@cache
def keys(text, seed=0):
    """Return the key of each band of a text, with the numbers of Python."""
    run = DENSE_RUN if dense(text) else RUN
    multipliers, offsets = ([int(one) for one in row] for row in permutations(seed))
    hashes = set()
    for first in range(max(len(text) - run, 0) + 1):
        mixed = run
        for sign in text[first : first + run]:
            mixed = ((mixed ^ ord(sign)) * PRIME) & LOW
        hashes.add(((mixed ^ (mixed >> 29)) >> 13) & 0xFFFFFFFF)
    least = [
        min((a * one + b) & 0xFFFFFFFF for one in hashes) for a, b in zip(multipliers, offsets, strict=True)
    ]
    result = []
    for band in range(BANDS):
        mixed = band
        for one in least[band * ROWS : band * ROWS + ROWS]:
            mixed = ((mixed ^ one) * PRIME) & LOW
        result.append(mixed >> 32)
    return result


def by_hand(posts, rule=None):
    """Return the ids of the posts of each family; for fewer texts than a band looks at."""
    rule = rule or Rule()
    by_text, parted = {}, []
    order = sorted(range(len(posts)), key=lambda n: (posts[n].at, f"p{n}"))
    for n in order:
        text = letters(posts[n].body)
        if len(text) >= (rule.signs_min if dense(text) else rule.letters_min):
            by_text.setdefault(text, []).append(f"p{n}")
    signed = {text: keys(text) for text in by_text}
    for text in by_text:
        open_to = [
            (levenshtein(text, family[0]), place)
            for place, family in enumerate(parted)
            if any(a == b for one in family for a, b in zip(signed[one], signed[text], strict=True))
            and are_copies(family[0], text, rule.similarity_min)
            and all(are_copies(one, text, rule.spread_min) for one in family)
        ]
        if open_to:
            parted[min(open_to)[1]].append(text)
        else:
            parted.append([text])
    ids = [frozenset(one for text in family for one in by_text[text]) for family in parted]
    return {family for family in ids if len(family) >= rule.posts_min}


def shuffled(posts, seed):
    """Return the rows of a table in another order."""
    return posts.take(pa.array(np.random.default_rng(seed).permutation(posts.num_rows)))
