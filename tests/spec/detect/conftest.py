"""Conversations with planted campaigns, invented once for all tests of detection."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from vigie.detect.behaviours import BEHAVIOURS, actions
from vigie.detect.coaction import Detection, Rule, detect
from vigie.exercise import SCHEMA, CampaignPlan, Exercise, generate
from vigie.exercise.scoring import Score, score

if TYPE_CHECKING:
    from collections.abc import Mapping

SECOND_MS, MINUTE_MS = 1_000, 60_000


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """An exercise as the detection sees it, and its truth."""

    exercise: Exercise
    acts: Mapping[str, pa.Table]
    rule: Rule
    found: Detection
    score: Score = field(init=False)

    def __post_init__(self) -> None:
        accounts = self.found.membership["account"].to_pylist()
        object.__setattr__(self, "score", score(accounts, self.exercise.truth))


def conversation(rule: Rule, **campaigns: int) -> Conversation:
    plan = [CampaignPlan(kind=kind, accounts=accounts) for kind, accounts in campaigns.items()]
    exercise = generate(seed=5, posts=20_000, days=7, campaigns=plan)
    posts = pa.Table.from_batches(list(exercise.batches()), schema=SCHEMA)
    acts = {behaviour.id: actions(posts, behaviour) for behaviour in BEHAVIOURS}
    return Conversation(exercise=exercise, acts=acts, rule=rule, found=detect(acts, rule=rule, seed=1))


@pytest.fixture(scope="session")
def within_a_minute() -> Conversation:
    """Return a conversation with fast campaigns, judged at 60 s; few copies, since these pairs are many."""
    return conversation(Rule(permutations=20), fast=15, popular_only=15, cover=15)


@pytest.fixture(scope="session")
def slower() -> Conversation:
    """Return a conversation with slow campaigns, judged at 60 s and 10 min."""
    return conversation(Rule(windows_ms=(MINUTE_MS, 10 * MINUTE_MS)), slow=15, pile_on=30)


@pytest.fixture(scope="session")
def real_posts() -> Path:
    folder = Path(__file__).parents[3].parent / "shared" / "data" / "posts"
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not at {folder}")
    return folder
