"""Reuse of pictures: where one was first seen in the collection, and with which unlike texts it came again.

1. take the uses of media in posts; leave out hashes that tell nothing (`uses`)
2. bring pictures that look alike together around the one first seen (`founding`, `nearness`)
3. bring the texts of each picture into contexts: unlike texts share no telling words (`grouping`, `contexts`)
4. tell of each picture and each context (`tables`), and which context changed (`changes`)

Nothing here says whether a picture is authentic. Sources stand beside each step. Figures, failures: `card()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.reuse.changes import CHANGES, changes
from vigie.detect.reuse.founding import clusters
from vigie.detect.reuse.grouping import grouped, pairs, texts_of
from vigie.detect.reuse.nearness import Rows
from vigie.detect.reuse.rule import Rule
from vigie.detect.reuse.tables import (
    CONTEXTS,
    PICTURES,
    USES,
    contexts_table,
    numbered_contexts,
    pictures_table,
    uses_table,
)
from vigie.detect.reuse.uses import COLUMNS, PDQ, Uses, bits_of, looks_in, uses_of
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from vigie.text.languages import Model

__all__ = [
    "CHANGES",
    "COLUMNS",
    "CONTEXTS",
    "METHOD",
    "PICTURES",
    "USES",
    "Detection",
    "Rule",
    "card",
    "detect",
]

METHOD = "reuse/1"  # new meaning, new number: old findings keep naming the method that made them
STEPS = 4


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found, and what was left out.

    Args:
        pictures: used in several posts: see `PICTURES`.
        uses: their posts: see `USES`.
        contexts: their unlike texts: see `CONTEXTS`.
        changes: pictures whose context changed, the most telling first: see `CHANGES`.
        post_count: posts with media.
        medium_count: different media that were compared.
        unhashed_count: media without any hash.
        flat_count: media whose hash tells nothing.
        ignored_count: media on the list of placeholders.
    """

    pictures: pa.Table
    uses: pa.Table
    contexts: pa.Table
    changes: pa.Table
    post_count: int
    medium_count: int
    unhashed_count: int
    flat_count: int
    ignored_count: int


def card() -> MethodCard:
    """Return the method card: purpose, sources, measures, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(
    posts: pa.Table,
    *,
    rule: Rule | None = None,
    ignored: Collection[str] = (),
    looks: pa.Table | None = None,
    groups: pa.Table | None = None,
    model: Model | None = None,
    progress: Progress = silent,
) -> Detection:
    """Find pictures that are used again, and those whose texts changed.

    Args:
        posts: canonical posts; see `COLUMNS`: `post_id`, `author`, `created_ms`, `media` must be there.
        rule: the parameters, else the defaults.
        ignored: SHA-256 or PDQ of pictures that mean nothing, such as placeholders of platforms.
        looks: `sha256` and `look`: other hashes of files, turned or without borders, as `vigie.media` makes
            them, besides those that posts hold; without any only mirror images are recognised.
        groups: `post_id` and `group`: posts that are known to tell the same, such as copy families or
            narratives: they are one context.
        model: tells in which language a text is where no platform does.
        progress: told the steps done.

    Raises:
        UnfitTableError: `posts` lacks a column.
    """
    rule = rule or Rule()
    uses = uses_of(posts, rule=rule, ignored=ignored)
    progress(1, STEPS)
    founder, distance = _founders(uses, rule, looks_in(posts, looks))
    progress(2, STEPS)
    medium = uses.table["medium"].to_numpy()
    picture = founder[medium].astype(np.int64)
    chosen = pairs(picture, uses.table["post"].to_numpy(), rule.posts_min)
    own = uses.table.take(pa.array(chosen))
    about = pa.table(
        {
            "picture": uses.names.take(pa.array(picture[chosen])),
            "sha256": own["sha256"],
            "pdq": uses.pdq.take(own["medium"].combine_chunks()),
            "distance": pa.array(distance[medium[chosen]]),
            "c2pa": own["c2pa"],
        }
    )
    together = grouped(
        uses.posts,
        picture[chosen],
        own["post"].to_numpy(),
        rule=rule,
        background=pc.drop_null(texts_of(uses.posts)),
        groups=groups,
        model=model,
    )
    progress(3, STEPS)
    number = numbered_contexts(together)
    used = uses_table(uses.posts, together, about, number)
    contexts = contexts_table(together, used, number)
    pictures = pictures_table(used, contexts, rule)
    progress(STEPS, STEPS)
    return Detection(
        pictures=pictures,
        uses=used,
        contexts=contexts,
        changes=changes(pictures, contexts, rule),
        post_count=uses.posts.num_rows,
        medium_count=len(uses.names),
        unhashed_count=uses.unhashed_count,
        flat_count=uses.flat_count,
        ignored_count=uses.ignored_count,
    )


def _founders(uses: Uses, rule: Rule, looks: pa.Table) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the founder of each medium and its distance; a file that was not hashed by look stays alone."""
    founder, distance = np.arange(len(uses.names), dtype=np.int32), np.zeros(len(uses.names), np.int32)
    hashed = np.flatnonzero(pc.is_valid(uses.pdq).to_numpy(zero_copy_only=False))
    bits = bits_of(uses.pdq.take(pa.array(hashed)))
    found, apart = clusters(
        bits,
        looks=_looks(uses, looks, hashed),
        mirrored=rule.mirrored,
        distance_max=rule.distance_max,
    )
    founder[hashed], distance[hashed] = hashed[found], apart
    return founder, distance


def _looks(uses: Uses, looks: pa.Table, hashed: NDArray[np.int64]) -> Rows:
    """Return the looks of media, each by the place of its medium among those that are hashed."""
    look = pc.utf8_lower(looks["look"]).combine_chunks()
    of_file = pc.index_in(looks["sha256"], uses.table["sha256"].combine_chunks())
    usable = pc.and_(
        pc.is_valid(of_file), pc.fill_null(pc.match_substring_regex(look, PDQ), fill_value=False)
    )
    usable = usable.combine_chunks()
    medium = uses.table["medium"].take(of_file.filter(usable)).to_numpy()
    place = np.full(len(uses.names), -1, np.int32)
    place[hashed] = np.arange(len(hashed), dtype=np.int32)
    known = place[medium] >= 0
    return Rows(bits_of(look.filter(usable))[known], place[medium][known])
