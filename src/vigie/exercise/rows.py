"""Actions turned into rows of the canonical schema, one batch at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.exercise.acts import COMMENT, KINDS, NONE, SHARE
from vigie.exercise.cast import CANDIDATE_NAMES, PLACES
from vigie.exercise.lexicon import Facts
from vigie.exercise.wording import bodies
from vigie.exercise.world import CANDIDATE, NEWSROOM, PLATFORM
from vigie.terms.posts import LINK, MEDIUM, POSTS
from vigie.terms.times import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.exercise.acts import Acts, Ints
    from vigie.exercise.lexicon import Lexicon
    from vigie.exercise.rhythm import Rhythm
    from vigie.exercise.world import World

BATCH_ROWS = 65_536
COLUMNS = (
    "post_id", "platform", "source_kind", "kind", "in_reply_to", "share_of", "author", "author_created_ms",
    "author_followers", "is_public_actor", "created_ms", "lang", "body", "hashtags", "links", "media",
)  # fmt: skip
SCHEMA = pa.schema([POSTS.field(name) for name in COLUMNS])
IDS_SINCE_MS = 1_577_836_800_000  # 2020, as platforms count from their own first day
IDS_PER_MS = 4096
AT_HOME = 0.75  # of texts that name a town name the author's own
DEBATE_MS = 3 * HOUR_MS


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """A whole conversation as integers, in time order, with what turns them into words."""

    world: World
    rhythm: Rhythm
    lexicon: Lexicon
    acts: Acts
    language: Ints

    def batches(self, seed: np.random.SeedSequence) -> Iterator[pa.RecordBatch]:
        """Yield the rows, the earliest first; `seed` chooses the words."""
        chance = np.random.default_rng(seed)
        for low in range(0, len(self.acts), BATCH_ROWS):
            yield self._batch(chance, low, min(low + BATCH_ROWS, len(self.acts)))

    def _batch(self, chance: np.random.Generator, low: int, high: int) -> pa.RecordBatch:
        acts, world = self.acts, self.world
        rows = np.arange(low, high)
        kind, author, about = acts.kind[low:high], acts.author[low:high], acts.about[low:high]
        language = self.language[low:high]
        tags, body = self._words(chance, low, high)
        return pa.record_batch(
            {
                "post_id": self._ids(rows),
                "platform": constant(PLATFORM, len(rows)),
                "source_kind": constant("export", len(rows)),
                "kind": pa.array(KINDS).take(pa.array(kind)),
                "in_reply_to": self._ids(np.where(kind == COMMENT, about, NONE)),
                "share_of": self._ids(np.where(kind == SHARE, about, NONE)),
                "author": world.names.take(pa.array(author)),
                "author_created_ms": pa.array(world.created_ms[author]),
                "author_followers": pa.array(world.followers[author]),
                # candidates and newsrooms act openly: every platform marks them
                "is_public_actor": pa.array(np.isin(world.role[author], (CANDIDATE, NEWSROOM))),
                "created_ms": pa.array(acts.at_ms[low:high]),
                "lang": pa.array(["fr", "en"]).take(pa.array(language)),
                "body": body,
                "hashtags": self.lexicon.tags.take(pa.array(tags, mask=kind == SHARE)),
                "links": self._links(acts.link[low:high], kind),
                "media": self._media(acts.image[low:high], kind),
            },
            schema=SCHEMA,
        )

    def _words(self, chance: np.random.Generator, low: int, high: int) -> tuple[Ints, pa.StringArray]:
        """Return the hashtag sequence and the body of each row; a share has none of its own."""
        acts, language = self.acts, self.language[low:high]
        since = acts.at_ms[low:high, None] - self.rhythm.debates_ms[None, :]
        debate = np.asarray(((since >= 0) & (since < DEBATE_MS)).any(axis=1))
        tags, body = bodies(
            chance,
            self.lexicon,
            language=language,
            community=self.world.community[acts.author[low:high]],
            facts=self._facts(chance, low, high),
            pledge=self.world.role[acts.author[low:high]] == CANDIDATE,
            debate=debate,
            comment=acts.kind[low:high] == COMMENT,
            share=acts.kind[low:high] == SHARE,
            text=acts.text[low:high],
            tags=acts.tags[low:high],
            link=acts.link[low:high],
        )
        return tags, body

    def _facts(self, chance: np.random.Generator, low: int, high: int) -> Facts:
        """Return what each row is about: its author's town, and the candidate answered or any other."""
        author, about = self.acts.author[low:high], self.acts.about[low:high]
        home = self.world.home[author]
        elsewhere = chance.integers(0, len(PLACES), len(author))
        answered = self.acts.author[np.maximum(about, 0)]
        known = (about != NONE) & (self.world.role[answered] == CANDIDATE)
        return Facts(
            place=np.where(chance.random(len(author)) < AT_HOME, home, elsewhere),
            name=np.where(known, answered, chance.integers(0, len(CANDIDATE_NAMES), len(author))),
        )

    def _ids(self, rows: Ints) -> pa.StringArray:
        """Return the id of the post in each row, null where there is none."""
        since = self.acts.at_ms[rows] - IDS_SINCE_MS
        numbers = pa.array(since * IDS_PER_MS + rows % IDS_PER_MS, mask=rows == NONE)
        return pc.binary_join_element_wise(f"{PLATFORM}:", pc.cast(numbers, pa.string()), "")

    def _links(self, link: Ints, kind: Ints) -> pa.ListArray:
        used = pa.array(link[link != NONE])
        urls, domains = self.lexicon.urls.take(used), self.lexicon.domains.take(used)
        return lists(pa.StructArray.from_arrays([urls, domains], fields=list(LINK)), link != NONE, kind)

    def _media(self, image: Ints, kind: Ints) -> pa.ListArray:
        used = pa.array(image[image != NONE])
        none = pa.nulls(len(used), pa.string())
        values = pa.StructArray.from_arrays(
            [
                none,
                self.lexicon.pdq.take(used),
                self.lexicon.pdq_quality.take(used),
                constant("image/jpeg", len(used)),
                none,
                pa.nulls(len(used), MEDIUM.field("looks").type),
            ],
            fields=list(MEDIUM),
        )
        return lists(values, image != NONE, kind)


def constant(text: str, count: int) -> pa.StringArray:
    """Return `text` repeated."""
    return pa.repeat(pa.scalar(text), count)


def lists(values: pa.Array, present: Ints, kind: Ints) -> pa.ListArray:
    """Return a list of one value where `present`, an empty list elsewhere, null for shares."""
    offsets = np.concatenate(([0], np.cumsum(present))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(kind == SHARE))
