"""An exercise: a conversation, what was planted in it, and the truth kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.exercise.acts import in_time_order, joined
from vigie.exercise.campaigns import WAYS, Scene
from vigie.exercise.cast import CANDIDATE_NAMES
from vigie.exercise.conversation import COMMENTS, comments, languages, open_shares, originals, shares
from vigie.exercise.lexicon import Lexicon, fill
from vigie.exercise.plan import KIND_NAMES, usual_plan
from vigie.exercise.rhythm import Rhythm
from vigie.exercise.rows import Transcript
from vigie.exercise.stories import STORIES
from vigie.exercise.world import ROLES, people
from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vigie.exercise.acts import Acts
    from vigie.exercise.conversation import Originals
    from vigie.exercise.plan import CampaignPlan
    from vigie.exercise.world import World

START_MS = 1_789_344_000_000  # Monday 14 September 2026, midnight UTC
POSTS_MIN, POSTS_MAX = 1_000, 100_000_000
DAYS_MAX = 366
ACCOUNTS_MIN = 2  # of a campaign
SHARES_MIN = 0.25  # of all posts: what remains for organic shares once everything else is planted
CAMPAIGNS = pa.schema(
    [
        pa.field("campaign", pa.int32()),  # 1, 2, 3 …
        pa.field("kind", pa.string()),
        pa.field("behaviours", pa.list_(pa.string())),  # share, reply, text, hashtags, link, image
        pa.field("target", pa.string()),  # the candidate it is about
        pa.field("account_count", pa.int32()),
        pa.field("act_count", pa.int32()),
        pa.field("start_ms", pa.int64()),
        pa.field("end_ms", pa.int64()),
        pa.field("story_fr", pa.string()),
        pa.field("story_en", pa.string()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """A conversation and its truth."""

    truth: (
        pa.Table
    )  # `account`, `role`, `campaign` int32 or null, `kind` or null: one row per account that acts
    campaigns: pa.Table  # see CAMPAIGNS
    _transcript: Transcript
    _words_seed: np.random.SeedSequence

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the posts in time order, canonical columns only, the same rows at each call."""
        return self._transcript.batches(self._words_seed)


def generate(
    *,
    seed: int,
    posts: int,
    days: int,
    start_ms: int = START_MS,
    campaigns: Sequence[CampaignPlan] | None = None,
) -> Exercise:
    """Return a fictitious election conversation with planted campaigns.

    1. People, rhythm and words are drawn.
    2. Original posts, answers, and the shares of fans and newsrooms.
    3. Campaigns act on what people posted.
    4. Organic shares fill up to exactly `posts`.

    Args:
        seed: 0 or more; the same seed gives the same rows.
        posts: how many rows.
        days: how long the conversation lasts, from midnight UTC.
        start_ms: the first midnight, milliseconds since 1970 UTC.
        campaigns: what to plant; by default what suits the size.

    Raises:
        BadOptionError: a number is out of range, a kind unknown, or the campaigns leave no room for people.
    """
    check(seed=seed, posts=posts, days=days)
    *seeds, words_seed = np.random.SeedSequence(seed).spawn(9)
    chances = [np.random.default_rng(one) for one in seeds]
    plan = usual_plan(chances[0], posts) if campaigns is None else tuple(campaigns)
    check_plan(plan, posts)
    # (1) people, rhythm and words
    world = people(chances[1], posts=posts, start_ms=start_ms, plan=plan)
    rhythm = Rhythm(chances[2], start_ms=start_ms, days=days)
    lexicon = Lexicon(chances[3], posts=posts, campaigns=len(plan))
    # (2) what is not coordinated in secret
    started = originals(chances[4], world, rhythm, lexicon, posts=posts)
    answers = comments(chances[5], world, rhythm, started, count=round(COMMENTS * posts))
    opened = open_shares(chances[5], world, started, end_ms=rhythm.end_ms)
    # (3) campaigns
    planted = plant(chances[6], world, rhythm, lexicon, started, plan)
    # (4) organic shares
    so_far = [started.acts, answers, opened, *planted]
    passed_on = shares(chances[7], world, rhythm, started, count=left_over(so_far, posts))
    every = in_time_order(joined([*so_far, passed_on]))
    language = languages(chances[7], world, every, lexicon)
    return Exercise(
        truth=truth_of(world, every, plan),
        campaigns=told(plan, planted),
        _transcript=Transcript(world=world, rhythm=rhythm, lexicon=lexicon, acts=every, language=language),
        _words_seed=words_seed,
    )


def left_over(so_far: Sequence[Acts], posts: int) -> int:
    """Return how many posts remain for people to share; refuse when they are too few."""
    left = posts - sum(map(len, so_far))
    if left < SHARES_MIN * posts:
        raise BadOptionError(
            value=posts, option="--posts", expected=say("more posts, or fewer and smaller campaigns")
        )
    return left


def check(*, seed: int, posts: int, days: int) -> None:
    """Refuse numbers that mean nothing."""
    if seed < 0:
        raise BadOptionError(value=seed, option="--seed", expected=say("a whole number, 0 or more"))
    if not POSTS_MIN <= posts <= POSTS_MAX:
        raise BadOptionError(
            value=posts, option="--posts", expected=say("a whole number from 1000 to 100000000")
        )
    if not 1 <= days <= DAYS_MAX:
        raise BadOptionError(value=days, option="--days", expected=say("a whole number from 1 to 366"))


def check_plan(plan: Sequence[CampaignPlan], posts: int) -> None:
    """Refuse campaigns of an unknown kind, or of too few or too many accounts."""
    for one in plan:
        if one.kind not in KIND_NAMES:
            raise BadOptionError(
                value=one.kind,
                option="--campaign",
                expected=say(
                    "one of fast, slow, popular_only, sparse, cover, pile_on, copypasta, hashtag_train, "
                    "link_push, image_drop"
                ),
            )
        if not ACCOUNTS_MIN <= one.accounts <= posts // 100:
            raise BadOptionError(
                value=one.accounts,
                option="--campaign",
                expected=say("2 accounts or more, and at most one for every 100 posts"),
            )


def plant(
    chance: np.random.Generator,
    world: World,
    rhythm: Rhythm,
    lexicon: Lexicon,
    started: Originals,
    plan: Sequence[CampaignPlan],
) -> list[Acts]:
    """Return what each campaign does."""
    planted = []
    for number, one in enumerate(plan, start=1):
        scene = Scene(
            world=world,
            rhythm=rhythm,
            lexicon=lexicon,
            started=started,
            number=number,
            members=np.asarray(world.cast.members[number - 1]),
            target=number % len(CANDIDATE_NAMES),
        )
        planted.append(WAYS[one.kind].plant(chance, scene))
    return planted


def truth_of(world: World, every: Acts, plan: Sequence[CampaignPlan]) -> pa.Table:
    """Return the part that each account plays, for accounts that act at all, sorted by name."""
    active = np.flatnonzero(np.bincount(every.author, minlength=len(world)))
    campaign = world.campaign[active]
    number = pa.array(campaign, pa.int32(), mask=campaign == 0)
    kinds = pa.array([one.kind for one in plan], pa.string())
    return pa.table(
        {
            "account": world.names.take(pa.array(active)),
            "role": pa.array(ROLES).take(pa.array(world.role[active])),
            "campaign": number,
            "kind": kinds.take(pc.subtract(number, 1)),
        }
    ).sort_by("account")


def told(plan: Sequence[CampaignPlan], planted: Sequence[Acts]) -> pa.Table:
    """Return one row per campaign with its story."""
    rows = []
    for number, (one, done) in enumerate(zip(plan, planted, strict=True), start=1):
        target = CANDIDATE_NAMES[number % len(CANDIDATE_NAMES)]
        story_fr, story_en = STORIES[one.kind]
        rows.append(
            {
                "campaign": number,
                "kind": one.kind,
                "behaviours": list(WAYS[one.kind].behaviours),
                "target": target,
                "account_count": one.accounts,
                "act_count": len(done),
                "start_ms": int(done.at_ms.min()),
                "end_ms": int(done.at_ms.max()),
                "story_fr": fill(story_fr, count=one.accounts, name=target),
                "story_en": fill(story_en, count=one.accounts, name=target),
            }
        )
    return pa.Table.from_pylist(rows, schema=CAMPAIGNS)
