"""Who talks: the people of a fictitious province, their communities, languages and time zones.

Everyone is invented. Roles are known here only: nothing in an account's number, name or age tells them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.exercise.cast import CANDIDATE_NAMES, OUTLETS, PLACES, SYNDICATES
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vigie.exercise.acts import Floats, Ints
    from vigie.exercise.plan import CampaignPlan

PLATFORM = "parlotte"
ROLES = ("organic", "fan", "newsroom", "hyperactive", "candidate", "campaign")
ORGANIC, FAN, NEWSROOM, HYPERACTIVE, CANDIDATE, CAMPAIGN = range(6)
FRENCH, ENGLISH, BILINGUAL = 0, 1, 2
NEWSROOM_ACCOUNTS = 12  # of one syndicate
EVERYONE = -1  # not one community but all
ACTIVITY_SPREAD = 1.8  # of the logarithm: the median account acts five times less than the mean
ONCE = 0.8  # actions to expect of the least active
IN_FRENCH = 0.5  # of all people live in French communities, less what the last one exceeds
OTHER_LANGUAGE, TWO_LANGUAGES = 0.06, 0.1  # of a community's accounts speak the other one, or both
ELSEWHERE_WEST = 0.3  # share of accounts in the second zone


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Which accounts play a part; all others are ordinary people."""

    candidates: range
    newsrooms: tuple[range, ...]
    stars: range
    hyperactive: range
    fans: tuple[range, ...]  # one club per star
    members: tuple[range, ...]  # one group per campaign

    def __len__(self) -> int:
        """Return how many accounts play a part."""
        return self.members[-1].stop if self.members else self.fans[-1].stop


@dataclass(frozen=True, kw_only=True)
class World:
    """The accounts, one element per account in each array, and the parts that some of them play."""

    cast: Cast
    names: pa.StringArray
    community: Ints
    speaks: Ints  # FRENCH, ENGLISH or BILINGUAL
    zone: Ints
    home: Ints  # number of the town
    weight: Floats  # how many organic actions to expect
    role: Ints
    campaign: Ints  # 1, 2, 3 … or 0
    created_ms: Ints
    followers: Ints
    crowd: Crowd

    def __len__(self) -> int:
        """Return the number of accounts."""
        return len(self.names)


class Crowd:
    """Draws accounts by their activity, from one community or from all.

    Args:
        community: of each account.
        weight: how often each account is drawn, in proportion.
    """

    def __init__(self, community: Ints, weight: Floats) -> None:
        self._accounts = np.argsort(community, kind="stable").astype(np.int32)
        self._upto = np.cumsum(weight[self._accounts])
        sizes = np.bincount(community)
        ends = np.concatenate(([0.0], self._upto))[np.concatenate(([0], np.cumsum(sizes)))]
        self._low = np.append(ends[:-1], 0.0)  # the last element, reached as -1, is everyone
        self._high = np.append(ends[1:], self._upto[-1])

    def draw(self, chance: np.random.Generator, community: Ints) -> Ints:
        """Return one account for each element of `community`; EVERYONE draws from all."""
        low = self._low[community]
        at = low + chance.random(len(community)) * (self._high[community] - low)
        found = np.searchsorted(self._upto, at, side="right")
        drawn: Ints = self._accounts[np.minimum(found, len(self._accounts) - 1)]
        return drawn


def people(chance: np.random.Generator, *, posts: int, start_ms: int, plan: Sequence[CampaignPlan]) -> World:
    """Return the accounts of a conversation of `posts` posts in which `plan` is carried out."""
    cast = parts(posts, plan)
    count = max(round(0.24 * posts * (20_000 / posts) ** 0.15), 2 * len(cast))
    role, campaign = roles(cast, count)
    community, speaks = communities(chance, cast, count, posts)
    weight = activity(chance, cast, count, posts=posts, plan=plan)
    ages_ms = chance.integers(20 * DAY_MS, 2500 * DAY_MS, count)
    followers = np.exp(chance.normal(4.2, 1.6, count) + 0.3 * np.log(weight)).astype(np.int64)
    known = [*cast.candidates, *cast.stars]
    followers[known] += chance.integers(20_000, 90_000, len(known))
    for group in cast.members:  # nothing but what they do tells them from others
        followers[group] = followers[chance.integers(len(cast), count, len(group))]
    return World(
        cast=cast,
        names=account_names(chance, count),
        community=community,
        speaks=speaks,
        zone=(chance.random(count) < ELSEWHERE_WEST).astype(np.int8),
        home=chance.integers(0, len(PLACES), count, dtype=np.int8),
        weight=weight,
        role=role,
        campaign=campaign,
        created_ms=start_ms - ages_ms,
        followers=followers,
        crowd=Crowd(community, weight),
    )


def parts(posts: int, plan: Sequence[CampaignPlan]) -> Cast:
    """Return how many accounts play which part in a conversation of this size."""
    stars = max(1, round(2 * (posts / 1e6) ** 0.5))
    fans = min(max(posts // 1000, 30), 480)
    taken = iter(_ranges([
        len(CANDIDATE_NAMES),
        stars,
        min(max(posts // 5000, 5), 1000),
        *[NEWSROOM_ACCOUNTS] * max(1, round((posts / 1e6) ** 0.5)),
        *[fans] * stars,
        *[one.accounts for one in plan],
    ]))  # fmt: skip
    return Cast(
        candidates=next(taken),
        stars=next(taken),
        hyperactive=next(taken),
        newsrooms=tuple(next(taken) for _ in range(max(1, round((posts / 1e6) ** 0.5)))),
        fans=tuple(next(taken) for _ in range(stars)),
        members=tuple(taken),
    )


def _ranges(sizes: Sequence[int]) -> list[range]:
    ends = np.cumsum(sizes).tolist()
    return [range(end - size, end) for size, end in zip(sizes, ends, strict=True)]


def roles(cast: Cast, count: int) -> tuple[Ints, Ints]:
    """Return each account's role and campaign."""
    role = np.full(count, ORGANIC, np.int8)
    campaign = np.zeros(count, np.int32)
    role[cast.candidates] = CANDIDATE
    role[cast.hyperactive] = HYPERACTIVE
    for desk in cast.newsrooms:
        role[desk] = NEWSROOM
    for club in cast.fans:
        role[club] = FAN
    for number, group in enumerate(cast.members, start=1):
        role[group] = CAMPAIGN
        campaign[group] = number
    return role, campaign


def communities(chance: np.random.Generator, cast: Cast, count: int, posts: int) -> tuple[Ints, Ints]:
    """Return each account's community and language; clubs and groups live in one community each."""
    number = int(np.clip(12 + 3 * np.log10(posts / 20_000), 10, 24))
    sizes = chance.dirichlet(np.full(number, 4.0))
    community = chance.choice(number, size=count, p=sizes).astype(np.int16)
    for star, club in zip(cast.stars, cast.fans, strict=True):
        community[club] = community[star]
    for group in cast.members:
        community[group] = community[group[0]]
    lean = np.full(number, ENGLISH, np.int8)
    drawn = chance.permutation(number)
    lean[drawn[sizes[drawn].cumsum() < IN_FRENCH]] = FRENCH
    speaks = lean[community]
    mood = chance.random(count)
    speaks = np.where(
        mood < OTHER_LANGUAGE, 1 - speaks, np.where(mood < OTHER_LANGUAGE + TWO_LANGUAGES, BILINGUAL, speaks)
    ).astype(np.int8)
    speaks[cast.candidates] = BILINGUAL
    for number, newsroom in enumerate(cast.newsrooms):
        speaks[newsroom] = OUTLETS[number % SYNDICATES][1]
    return community, speaks


def activity(
    chance: np.random.Generator, cast: Cast, count: int, *, posts: int, plan: Sequence[CampaignPlan]
) -> Floats:
    """Return how many organic actions to expect of each account: few of most, hundreds of some."""
    busy = min(320.0, posts / 130)
    weight: Floats = chance.lognormal(0.0, ACTIVITY_SPREAD, count)
    weight = ONCE + weight * ((0.8 * posts - ONCE * count) / weight.sum())
    weight = np.minimum(weight, 2 * busy)
    weight[cast.hyperactive] = busy * chance.uniform(0.85, 1.15, len(cast.hyperactive))
    weight[[*cast.candidates, *cast.stars, *(one for desk in cast.newsrooms for one in desk)]] = 2.0
    for group, one in zip(cast.members, plan, strict=True):
        typical = np.clip(weight[group], 2.0, 40.0)
        cover = min(68.0, posts / 600) * chance.uniform(0.85, 1.15, len(group))
        weight[group] = cover if one.kind == "cover" else typical
    return weight


def account_names(chance: np.random.Generator, count: int) -> pa.StringArray:
    """Return names such as `parlotte:u4021377`, in an order that tells nothing."""
    numbers = 1_000_000 + np.cumsum(chance.integers(1, 900, count))
    chance.shuffle(numbers)
    return pc.binary_join_element_wise(f"{PLATFORM}:u", pc.cast(pa.array(numbers), pa.string()), "")
