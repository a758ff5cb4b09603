"""Which campaigns are planted in a conversation of a given size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

MAIN_KINDS = ("fast", "slow", "popular_only", "sparse", "cover", "pile_on")
OTHER_KINDS = ("copypasta", "hashtag_train", "link_push", "image_drop")
KIND_NAMES = (*MAIN_KINDS, *OTHER_KINDS)
FEWEST_POSTS = 20_000  # with fewer, six campaigns would be most of the conversation
ALL_KINDS_POSTS = 50_000
LARGE_POSTS = 200_000


@dataclass(frozen=True, kw_only=True)
class CampaignPlan:
    """A campaign to plant: how it behaves (one of KIND_NAMES) and with how many accounts."""

    kind: str
    accounts: int


def usual_plan(chance: np.random.Generator, posts: int) -> tuple[CampaignPlan, ...]:
    """Return the campaigns that suit a conversation of `posts` posts."""
    if posts < FEWEST_POSTS:
        kinds: tuple[str, ...] = ("fast", "pile_on") if posts >= FEWEST_POSTS // 4 else ()
    else:
        kinds = KIND_NAMES if posts >= ALL_KINDS_POSTS else MAIN_KINDS
    each = max(1, round(3 * (posts / 1e6) ** 0.5))
    return tuple(
        CampaignPlan(kind=kind, accounts=group_size(chance, kind, posts))
        for _ in range(each)
        for kind in kinds
    )


def group_size(chance: np.random.Generator, kind: str, posts: int) -> int:
    """Return how many accounts a campaign of this kind has."""
    if kind == "pile_on":
        return 30 if posts >= ALL_KINDS_POSTS else 20
    return int(chance.integers(8, 41 if posts >= LARGE_POSTS else 21))
