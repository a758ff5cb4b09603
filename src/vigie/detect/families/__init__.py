"""Copy families: posts that say the same, word for word or nearly, whoever wrote them.

1. take the posts that say something of their own, as letters alone, and each different text once (`texts`)
2. sign each text so that copies share a band (`signatures`)
3. let texts join families, the earliest first, by complete linkage (`joining`, `distances`)
4. tell what families are made of (`tables`), and which of two languages share traces (`linking`)
5. show what a member says otherwise than the specimen (`differences`)

Posts that come later join what was found before: see `detect(earlier=...)`. Figures and failures: `card()`.
Sources: VIGINUM's D3lta, https://doi.org/10.48550/arXiv.2312.17338; the rest beside each step.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.families.differences import Piece, differences
from vigie.detect.families.joining import join
from vigie.detect.families.linking import LINKS, links
from vigie.detect.families.rule import Rule
from vigie.detect.families.signatures import BANDS, before, signatures
from vigie.detect.families.tables import FAMILIES, MEMBERS, TIERS, members_of
from vigie.detect.families.texts import COLUMNS, KEPT, ORDER, letters_from, numbered, own_posts, with_letters
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.posts import POSTS
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.text.languages import Model

__all__ = [
    "COLUMNS",
    "FAMILIES",
    "LINKS",
    "MEMBERS",
    "METHOD",
    "NOT_RUN",
    "TIERS",
    "Families",
    "Held",
    "Piece",
    "Rule",
    "acts",
    "card",
    "detect",
    "differences",
]

METHOD = "families/1"  # new meaning, new number: old findings keep naming the method that made them
NOT_RUN = ("rewording", "translation")  # need a language model, which this version does not read
STEPS = 5


@dataclass(frozen=True, kw_only=True)
class Held:
    """What must be kept so that later posts can join: texts, their signatures and families.

    Args:
        posts: those that say enough, in canonical order, and `text`, the number of each one's letters.
        letters: distinct texts, the earliest first.
        keys: their signatures.
        family: the number of each text's specimen.
        apart: the distance of each text to it.
    """

    posts: pa.Table
    letters: pa.Array
    keys: NDArray[np.uint32]
    family: NDArray[np.int32]
    apart: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Families:
    """What was found: families, their members, weak links between families of two languages."""

    families: pa.Table
    members: pa.Table
    links: pa.Table
    post_count: int  # that said something of their own
    compared_count: int  # of them, those that said enough
    held: Held


def card() -> MethodCard:
    """Return the method card: purpose, sources, measures, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(
    posts: pa.Table,
    *,
    rule: Rule | None = None,
    seed: int = 0,
    earlier: Families | None = None,
    model: Model | None = None,
    progress: Progress = silent,
) -> Families:
    """Find families of posts that say the same or nearly.

    With `earlier`, what was found before is neither signed nor compared again. If all new posts are later
    than all earlier ones, the result is that of all posts at once; if some are not, families keep the
    specimens they have, and the new texts join as if they came last.

    Args:
        posts: canonical posts; see `COLUMNS`: `author`, `created_ms`, `body` must be there.
        rule: the parameters, else the defaults; the same as `earlier`.
        seed: of the signatures; the same as `earlier`.
        earlier: what was found in earlier posts.
        model: tells in which language a specimen is written where no platform does.
        progress: told the steps done.

    Raises:
        UnfitTableError: a column is missing or of another type.
    """
    rule = rule or Rule()
    own = own_posts(posts)
    held = earlier.held if earlier else _nothing()
    own = _unseen(own, held.posts)
    new, letters = with_letters(own, rule)
    progress(1, STEPS)
    text, number = numbered(letters, held.letters)
    whole = letters_from(text)
    keys = signatures(whole, first=len(held.letters), seed=seed, threads=rule.threads)
    keys = np.concatenate([held.keys, keys])
    progress(2, STEPS)
    family, apart = join(
        whole,
        before(keys, threads=rule.threads),
        rule=rule,
        family=held.family,
        apart=held.apart,
    )
    progress(3, STEPS)
    every = pa.concat_tables([held.posts, new.append_column("text", pa.array(number))])
    every = every.sort_by(ORDER) if earlier else every
    now = Held(posts=every.combine_chunks(), letters=text, keys=keys, family=family, apart=apart)
    members, families = members_of(
        now.posts,
        now.posts["text"].to_numpy(),
        letters=text,
        family=family,
        apart=apart,
        posts_min=rule.posts_min,
        model=model,
    )
    progress(4, STEPS)
    return Families(
        families=families,
        members=members.select(MEMBERS.names),
        links=links(now.posts.take(members["row"]), members["family"].combine_chunks(), families, rule),
        post_count=own.num_rows + (earlier.post_count if earlier else 0),
        compared_count=now.posts.num_rows,
        held=now,
    )


def acts(members: pa.Table) -> pa.Table:
    """Return what members did as acts for co-action: `account`, `object` (the family), `at_ms`."""
    return members.select(["account", "family", "created_ms"]).rename_columns(["account", "object", "at_ms"])


def _nothing() -> Held:
    schema = pa.schema([*(POSTS.field(name) for name in KEPT), pa.field("text", pa.int32())])
    return Held(
        posts=schema.empty_table(),
        letters=pa.array([], pa.large_string()),
        keys=np.empty((0, BANDS), np.uint32),
        family=np.empty(0, np.int32),
        apart=np.empty(0, np.int32),
    )


def _unseen(own: pa.Table, held: pa.Table) -> pa.Table:
    """Return the posts whose ids are not held, each id once: the earliest."""
    ids = own["post_id"]
    code = ids.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    known = np.isnan(code.astype(np.float64))
    first = np.zeros(len(code), np.bool_)
    first[np.unique(np.where(known, -1 - np.arange(len(code)), code), return_index=True)[1]] = True
    return own.filter(
        pc.and_(pa.array(first), pc.or_kleene(pc.is_null(ids), pc.invert(pc.is_in(ids, held["post_id"]))))
    )
