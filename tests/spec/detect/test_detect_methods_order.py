"""Signals come the strongest first, by the weight that whoever shows them sorts and cuts by."""

from __future__ import annotations

import pyarrow as pa
import pytest

from vigie.detect.methods import METHODS
from vigie.exercise import SCHEMA, CampaignPlan, generate
from vigie.terms.posts import conform
from vigie.terms.progress import silent

PILED = (30, 25, 20)  # accounts of each crowd


@pytest.fixture(scope="module")
def posts():
    plan = [CampaignPlan(kind="pile_on", accounts=accounts) for accounts in PILED]
    exercise = generate(seed=5, posts=20_000, days=20, campaigns=plan)
    return conform(pa.Table.from_batches(list(exercise.batches()), schema=SCHEMA))


@pytest.mark.parametrize("method", ["families", "pileon", "reuse"])
def test_signals_come_by_weight_the_strongest_first(posts, method):
    tools = METHODS[method].tools()
    weights = [one.weight for one in tools.run(posts.select(list(tools.columns)), 1, silent).signals]
    assert len(set(weights)) > 1, "nothing to sort"
    assert weights == sorted(weights, reverse=True)
