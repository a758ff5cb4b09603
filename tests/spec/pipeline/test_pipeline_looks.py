"""Looks: a later visit that finds a post as it was leaves a trace, a file taken in twice leaves none."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.collect import Rejects
from vigie.detect.vanished import COLUMNS, detect
from vigie.intake import Reading, coverage_of, identify_held, plan_all, take_in
from vigie.store.batches import Store
from vigie.store.looks import LOOKED, SAID
from vigie.store.observations import OBSERVATIONS, Known
from vigie.store.pseudonyms import ProjectKey
from vigie.store.vault import Vault

KEY = ProjectKey.derive(bytes(32), b"looks")
DAY = 86_400_000
NOW = 20_000 * DAY
NAME = "Zoé-with-a-name"


class Held:
    """A store that remembers which batches were recorded."""

    def __init__(self, folder):
        self.folder, self.store, self.batches = Path(folder), Store(Path(folder) / "store"), []

    def take(self, *rows, now=NOW, **options):
        """Take rows in as a file, and return how many were new, and how many looks were kept."""
        path = self.folder / "posts.ndjson"
        path.write_text("".join(json.dumps({"created_ms": NOW, **row}) + "\n" for row in rows))
        new = looks = 0
        with Vault(self.folder / "vault.db", KEY) as vault:
            for taken in take_in(
                plan_all(
                    [path], Reading(mapping={"checked_ms": "checked_ms"} if "checked_ms" in rows[0] else {})
                ),
                store=self.store,
                vault=vault,
                key=KEY,
                known=Known.of(self.store, self.batches),
                collection_id="d",
                collected_ms=now,
                rejects=Rejects(),
                **options,
            ):
                self.batches += [taken.batch] if taken.batch else []
                new, looks = new + taken.new_count, looks + taken.look_count
        return new, looks

    @property
    def shas(self):
        return [batch.sha256 for batch in self.batches]

    def rows(self):
        """Return every row that was written."""
        return [row for part in self.store.rows(self.shas, OBSERVATIONS.names) for row in part.to_pylist()]

    def posts(self, *columns):
        return [row for part in self.store.read(self.shas, columns or None) for row in part.to_pylist()]


@pytest.fixture
def held(tmp_path):
    return Held(tmp_path)


def post(number=0, *, day=None, **more):
    """Return a post as somebody saw it on a day."""
    seen = {} if day is None else {"collected_ms": NOW + day * DAY}
    return {"post_id": f"p{number}", "author": NAME, "body": f"text of {NAME}", **seen, **more}


def test_a_later_visit_that_finds_the_same_is_kept_without_its_words(held):
    assert held.take(post(day=0)) == (1, 0)
    assert held.take(post(day=3)) == (0, 1)
    (look,) = [row for row in held.rows() if row[LOOKED] is not None]
    assert {name for name, value in look.items() if value is not None} <= {*SAID, LOOKED, "observation"}
    assert look[LOOKED] == NOW + 3 * DAY
    assert NAME not in str(held.rows())


def test_a_file_taken_in_twice_adds_no_looks(held):
    rows = [post(0, day=0), post(0, day=2), post(1, day=1), post(2), post(0, day=2, checked_ms=NOW + 9 * DAY)]
    first = held.take(*rows)
    assert first == (3, 2)
    assert held.take(*rows, now=NOW + 50 * DAY) == (0, 0)


def test_a_file_that_does_not_say_when_it_was_made_is_no_visit_and_what_came_live_is_one(held):
    held.take(post())
    assert held.take(post(), now=NOW + 5 * DAY) == (0, 0)
    assert held.take(post(), now=NOW + 5 * DAY, is_visit=True) == (0, 1)
    assert held.take(post(), now=NOW + 5 * DAY + 1, is_visit=True) == (0, 0)


def test_a_file_may_say_itself_when_it_was_last_looked_for(held):
    assert held.take(post(day=0, checked_ms=NOW + 4 * DAY)) == (1, 1)
    (row,) = held.posts()
    assert (row["collected_ms"], row[LOOKED]) == (NOW, NOW + 4 * DAY)


def test_looks_are_no_observations_for_whoever_reads_posts_and_tell_when_a_post_was_last_looked_for(held):
    held.take(post(0, day=0), post(1, day=0))
    held.take(post(0, day=1))
    held.take(post(0, day=7))
    assert [row["body"] is None for row in held.posts()] == [False, False]
    assert {row[LOOKED] for row in held.posts(LOOKED)} == {None, NOW + 7 * DAY}
    assert sum(part.num_rows for part in held.store.latest(held.shas, ["body"])) == 2
    for sha in held.shas:
        assert identify_held(held.store, sha, model=None, method="m")
    assert [sum(coverage_of(held.store, sha)["count"].to_pylist()) for sha in held.shas] == [2, 0, 0]


def test_what_is_gone_takes_its_looks_with_it_by_post_by_author_and_by_date(held):
    held.take(post(0, day=0), post(1, day=0))
    held.take(post(0, day=5), post(1, day=5))
    ids = {row["post_id"]: row["author"] for row in held.posts("post_id", "author")}
    one, author = next(iter(ids.items()))
    assert [held.store.erase(sha, posts=[one]).erased_count for sha in held.shas] == [1, 1]
    assert [held.store.erase(sha, authors=[author]).erased_count for sha in held.shas] == [2, 2]
    assert [held.store.erase(sha, before_ms=NOW + 1).erased_count for sha in held.shas] == [2, 2]


def test_a_deletion_seen_again_is_no_look_at_a_post_that_stands(held):
    gone = {"deleted_seen_ms": NOW + DAY}
    held.take(post(day=0))
    held.take(post(day=1, **gone))
    held.take(post(day=4, **gone))
    looks = [row for row in held.rows() if row[LOOKED] is not None]
    assert [row["deleted_seen_ms"] for row in looks] == [NOW + DAY]


def test_posts_that_were_looked_for_again_count_as_watched_in_the_store_too(held):
    held.take(*(post(n, day=0) for n in range(20)))
    held.take(
        *(post(n, day=6) for n in range(12)),
        *(post(n, day=6, deleted_seen_ms=NOW + DAY) for n in range(12, 15)),
    )
    table = pa.Table.from_batches(held.store.read(held.shas, COLUMNS))
    found = detect(table)
    assert (found.post_count, found.watched_count, found.gone_count) == (20, 15, 3)


@settings(max_examples=25)
@given(
    files=st.lists(
        st.lists(st.tuples(st.integers(0, 2), st.sampled_from("AB"), st.integers(0, 3)), min_size=1),
        max_size=4,
    )
)
def test_looks_agree_with_a_plain_reading(files):
    made, looks = {}, set()
    with TemporaryDirectory() as folder:
        held = Held(folder)
        for file in files:
            held.take(*(post(number, day=day, body=said) for number, said, day in file))
            for number, said, day in file:
                first = made.setdefault((number, said), day)
                if day != first:
                    looks.add((number, said, day))
            held.take(*(post(number, day=day, body=said) for number, said, day in file))
        rows = held.rows() if files else []
    assert sum(row[LOOKED] is None for row in rows) == len(made)
    assert sum(row[LOOKED] is not None for row in rows) == len(looks)
