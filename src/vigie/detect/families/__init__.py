"""Copy families: posts that say the same, word for word or nearly, whoever wrote them.

1. take the posts that say something of their own, as letters alone, and each different text once (`texts`)
2. sign each text so that copies share a band (`signatures`)
3. let texts join families, the earliest first, by complete linkage (`joining`, `distances`)
4. with a language model, let families that mean the same join: rewordings, translations (`meaning`)
5. tell what families are made of (`tables`), and which of two languages share traces (`linking`)
6. show what a member says otherwise than the specimen (`differences`)

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
from vigie.detect.families.keeping import EarlierError, Held, held_from, nothing_held, tables_of
from vigie.detect.families.languages import language_of
from vigie.detect.families.linking import LINKS, links
from vigie.detect.families.meaning import Embed, Meaning, join_meaning, no_meaning, prose, vectors_of
from vigie.detect.families.rule import Rule
from vigie.detect.families.signatures import before, signatures
from vigie.detect.families.tables import FAMILIES, MEMBERS, TIERS, members_of
from vigie.detect.families.texts import COLUMNS, ORDER, letters_from, numbered, own_posts, with_letters
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.text.languages import Model

__all__ = [
    "BY_LETTERS",
    "COLUMNS",
    "FAMILIES",
    "LINKS",
    "MEMBERS",
    "METHOD",
    "TIERS",
    "EarlierError",
    "Embed",
    "Families",
    "Held",
    "Piece",
    "Rule",
    "acts",
    "card",
    "detect",
    "differences",
    "held_from",
    "tables_of",
]

METHOD = "families/1"  # new meaning, new number: old findings keep naming the method that made them
BY_LETTERS = TIERS[:3]  # the tiers that need no language model
STEPS = 5


@dataclass(frozen=True, kw_only=True)
class Families:
    """What was found: families, their members, weak links between families of two languages."""

    families: pa.Table
    members: pa.Table
    links: pa.Table
    post_count: int  # that said something of their own
    compared_count: int  # of them, those that said enough
    tiers: tuple[str, ...]  # of `TIERS`, those that were looked for
    held: Held


def card() -> MethodCard:
    """Return the method card: purpose, sources, measures, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(
    posts: pa.Table,
    *,
    rule: Rule | None = None,
    seed: int = 0,
    earlier: Held | None = None,
    model: Model | None = None,
    embed: Embed | None = None,
    progress: Progress = silent,
) -> Families:
    """Find families of posts that say the same or nearly.

    With `earlier`, what was found before is not compared again. If all new posts are later
    than all earlier ones, the result is that of all posts at once; if some are not, families keep the
    specimens they have, and the new texts join as if they came last.

    Args:
        posts: canonical posts; see `COLUMNS`: `author`, `created_ms`, `body` must be there.
        rule: the parameters, else the defaults; the same as `earlier`.
        seed: of the signatures; the same as `earlier`.
        earlier: what was held of earlier posts: `Families.held`.
        model: tells in which language a specimen is written where no platform does.
        embed: a language model that turns texts into vectors, for rewordings and translations; None: these
            are not looked for. The same as `earlier`.
        progress: told the steps done.

    Raises:
        UnfitTableError: a column is missing or of another type.
    """
    rule = rule or Rule()
    own = own_posts(posts)
    held = earlier or nothing_held()
    own = _unseen(own, held.posts)
    new, text, number, family, apart = _joined(own, held, rule=rule, seed=seed, progress=progress)
    every = new.append_column("text", pa.array(number))
    if earlier:
        every = pa.concat_tables([held.posts, every]).sort_by(ORDER).combine_chunks()
    progress(3, STEPS)
    meaning = _meant(held.meaning, every, family, embed=embed, model=model, rule=rule)
    now = Held(
        posts=every,
        letters=text,
        family=family,
        apart=apart,
        meaning=meaning,
        post_count=held.post_count + own.num_rows,
    )
    members, families = members_of(
        now.posts,
        now.posts["text"].to_numpy(),
        letters=text,
        family=family,
        apart=apart,
        meaning=meaning,
        posts_min=rule.posts_min,
        model=model,
    )
    progress(4, STEPS)
    return Families(
        families=families,
        members=members.select(MEMBERS.names),
        links=links(now.posts.take(members["row"]), members["family"].combine_chunks(), families, rule),
        post_count=now.post_count,
        compared_count=now.posts.num_rows,
        tiers=TIERS if embed else BY_LETTERS,
        held=now,
    )


def _joined(
    own: pa.Table, held: Held, *, rule: Rule, seed: int, progress: Progress
) -> tuple[pa.Table, pa.Array, NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the new posts that say enough, all texts, and as numbers: posts' texts, families, distances.

    What is only needed to find them, which is much, is no more when this returns.
    """
    new, letters = with_letters(own, rule)
    text, number = numbered(letters, held.letters)
    del letters
    progress(1, STEPS)
    whole = letters_from(text)
    keys = signatures(whole, seed=seed, threads=rule.threads)
    progress(2, STEPS)
    last = before(keys, threads=rule.threads)
    family, apart = join(whole, last, rule=rule, family=held.family, apart=held.apart)
    return new, text, number, family, apart


def _meant(
    held: Meaning | None,
    posts: pa.Table,
    family: NDArray[np.int32],
    *,
    embed: Embed | None,
    model: Model | None,
    rule: Rule,
) -> Meaning | None:
    """Return which specimens mean the same, those that are held already being asked no more."""
    if embed is None:
        return held
    held = held or no_meaning()
    specimen = np.setdiff1d(np.flatnonzero(family == np.arange(len(family))), held.specimen)
    first = np.unique(posts["text"].to_numpy(), return_index=True)[1]  # the earliest post of each text
    told = posts.select(["lang", "body"]).take(pa.array(first[specimen])).combine_chunks()
    bodies = told["body"].combine_chunks()
    return join_meaning(
        held,
        specimen=specimen.astype(np.int32),
        vectors=vectors_of(prose(bodies), embed),
        lang=language_of(told["lang"].combine_chunks(), bodies, model),
        rule=rule,
    )


def acts(members: pa.Table) -> pa.Table:
    """Return what members did as acts for co-action: `account`, `object` (the family), `at_ms`."""
    return members.select(["account", "family", "created_ms"]).rename_columns(["account", "object", "at_ms"])


def _unseen(own: pa.Table, held: pa.Table) -> pa.Table:
    """Return the posts whose ids are not held, each id once: the earliest."""
    ids = own["post_id"].combine_chunks()
    codes = ids.dictionary_encode().indices.fill_null(-1).to_numpy()
    first = np.zeros(len(codes), np.bool_)
    first[np.unique(codes, return_index=True)[1]] = True
    first |= codes < 0
    if held.num_rows:
        first &= ~pc.is_in(ids, held["post_id"].combine_chunks()).to_numpy(zero_copy_only=False) | (codes < 0)
    return own if first.all() else own.filter(pa.array(first))
