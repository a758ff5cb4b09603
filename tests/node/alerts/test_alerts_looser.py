"""Looser behaviours in the node: found where they are asked for, with posts that a person can read."""

from __future__ import annotations

import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings

from vigie.collect import Rejects
from vigie.detect.behaviours import BEHAVIOURS as USUAL
from vigie.detect.behaviours import COPIES
from vigie.detect.behaviours import LOOSER as LOOSE
from vigie.intake import Reading, plan_all, take_in
from vigie.store.batches import Store
from vigie.store.observations import Known
from vigie.store.tokens import ProjectKey
from vigie.store.vault import Vault
from vigie.terms.errors import BadOptionError
from vigie.terms.posts import POSTS
from vigie_node.alerts import preparing
from vigie_node.alerts.parameters import BEHAVIOURS, KNOWN, LOOSER, Parameters

DAY_MS, START_MS = 86_400_000, 1_760_054_400_000
SWARM, DAYS, TARGETS, CROWD = 6, 14, 12, 60


def rows():
    """Yield posts of targets, people who answer some, and six accounts that answer one a day together."""
    rng, number = random.Random(3), 0  # noqa: S311 (posts, no secrets)

    def post(author, at_ms, body, to=None):
        nonlocal number
        number += 1
        return {
            "post_id": f"x:{number}", "platform": "x", "author": author, "created_ms": at_ms,
            "collected_ms": at_ms + 1, "in_reply_to": to, "lang": "fr", "body": body, "kind": "post",
        }  # fmt: skip

    def words():
        return " ".join("".join(rng.choices("abcdefghilmnoprstu", k=7)) for _ in range(12))

    stock = [words() for _ in range(40)]  # what many repeat, at any time
    for day in range(DAYS):
        begins = START_MS + day * DAY_MS
        said = [[post(f"mp{one}", begins + one, f"Bonjour {day} {one}") for _ in range(SWARM)]
                for one in range(TARGETS)]  # fmt: skip
        yield from (each for own in said for each in own)
        for one in range(CROWD):
            target = rng.choice(rng.choice(said))
            yield post(f"p{one}", begins + rng.randrange(DAY_MS), f"Avis {rng.random()}", target["post_id"])
            yield post(f"p{one}", begins + rng.randrange(DAY_MS), f"{rng.choice(stock)} {rng.choice('abc')}")
        at_ms = begins + rng.randrange(DAY_MS)
        text = words()
        for one, target in enumerate(said[day % TARGETS]):  # each answers another post of one target
            body = f"{text} {'!' * one} {rng.choice('abc')}"
            yield post(f"s{one}", at_ms + 5_000 * one, body, target["post_id"])


@pytest.fixture(scope="module")
def shas(tmp_path_factory):
    folder = tmp_path_factory.mktemp("looser")
    pq.write_table(pa.Table.from_pylist(list(rows()), schema=POSTS), folder / "posts.parquet")
    key = ProjectKey.derive(b"n" * 32, b"s" * 16)
    with Vault(folder / "vault.db", key) as vault:
        taken = take_in(
            plan_all([folder / "posts.parquet"], Reading()),
            store=Store(settings.HOME.store), vault=vault, key=key, known=Known(),
            collection_id="a declaration", collected_ms=START_MS, rejects=Rejects(),
        )  # fmt: skip
        return [one.batch.sha256 for one in taken]


@pytest.mark.any_database
@pytest.mark.parametrize("behaviour", ["reply_target", COPIES])
def test_a_looser_behaviour_is_found_and_its_posts_are_cited(shas, behaviour):
    asked = Parameters(behaviours=(behaviour,), windows_ms=(60_000,))
    found = preparing.detect(Store(settings.HOME.store), shas, asked).found
    assert len(found) == 1
    (group,) = found
    assert len(group.group.members) == SWARM
    members = {member.account for member in group.group.members}
    assert {post.account for post in group.posts} == members
    assert len(group.posts) >= SWARM * len(group.group.objects)
    assert all(post.behaviours == (behaviour,) for post in group.posts)
    for number in range(1, len(group.group.objects) + 1):
        assert {post.account for post in group.posts if number in post.object_numbers} == members


def test_the_node_knows_the_behaviours_of_the_core():
    assert {one.id for one in USUAL} == set(BEHAVIOURS)
    assert {*(one.id for one in LOOSE), COPIES} == set(LOOSER)
    assert Parameters().behaviours == BEHAVIOURS
    assert Parameters(behaviours=(COPIES, "link")).plain()["behaviours"] == ["link", COPIES]
    assert set(KNOWN) == {*BEHAVIOURS, *LOOSER}
    with pytest.raises(BadOptionError):
        Parameters(behaviours=("nothing",))
