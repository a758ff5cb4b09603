"""Intake: files become stored observations without names; cut anywhere, it is simply run again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from vigie.collect import FileError, Rejects
from vigie.detect.behaviours import BEHAVIOURS
from vigie.detect.coaction import Rule
from vigie.intake import Reading, plan_all, take_in
from vigie.pipeline import detect_coaction, read, read_held
from vigie.store.batches import Batch, Store
from vigie.store.observations import OBSERVATIONS, Known
from vigie.store.pseudonyms import ProjectKey
from vigie.store.vault import Vault

KEY = ProjectKey.derive(bytes(32), b"intake")
REPOST = (BEHAVIOURS[0],)


class Node:
    """What a node does around the core: it records batches and knows what it recorded."""

    def __init__(self, folder):
        self.store = Store(folder / "store")
        self.vault = Vault(folder / "vault.db", KEY)
        self.batches = []
        self.rejects = Rejects()

    @property
    def shas(self):
        return [batch.sha256 for batch in self.batches]

    def take(self, *paths, **options):
        """Take files in and return each portion's (read, new, held)."""
        portions = take_in(
            plan_all(paths, Reading()),
            store=self.store,
            vault=self.vault,
            key=KEY,
            known=Known.of(self.store, self.batches),
            rejects=self.rejects,
            **{"collection_id": "d", "collected_ms": 1, **options},
        )
        return [self.record(portion) for portion in portions]

    def record(self, portion):
        if portion.batch is not None:
            self.batches.append(portion.batch)
        return portion.read_count, portion.new_count, portion.held_count

    def rows(self, *columns):
        batches = self.store.read(self.shas, columns or None)
        return [row for batch in batches for row in batch.to_pylist()]


@pytest.fixture
def node(tmp_path):
    made = Node(tmp_path / "node")
    yield made
    made.vault.close()


@pytest.fixture
def file(tmp_path):
    """Return what writes rows to a file of posts, one of a name each time."""

    def write(*rows, name="posts"):
        path = tmp_path / f"{name}.ndjson"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


def post(number, **facts):
    return {
        "post_id": f"n{number}", "platform": "x", "author": f"zqauthor{number % 5}",
        "created_ms": 1_700_000_000_000 + number, "body": f"@zqother{number % 3} dit {number}", **facts,
    }  # fmt: skip


POSTS = [post(n) for n in range(25)]


# Once, twice, later


def test_posts_are_stored_in_batches_of_the_asked_size_and_each_is_told(node, file):
    assert node.take(file(*POSTS), rows_per_batch=10) == [(10, 10, 0), (10, 10, 0), (5, 5, 0)]
    assert [batch.row_count for batch in node.batches] == [10, 10, 5]
    assert sorted(row["created_ms"] for row in node.rows()) == [row["created_ms"] for row in POSTS]
    assert [node.store.verify(batch) for batch in node.batches] == [[], [], []]
    assert node.vault.verify(node.shas) == []


def test_a_portion_of_long_texts_has_fewer_posts(node, file, monkeypatch):
    monkeypatch.setattr("vigie.intake.BYTES_PER_BATCH", 1)
    assert node.take(file(*POSTS[:3], name="one"), file(*POSTS[3:5], name="two")) == [(3, 3, 0), (2, 2, 0)]


def test_what_the_intake_knows_is_written_on_each_observation(node, file):
    path = file(post(1), post(2, collected_ms=1_700_000_000_009, collection_id="the file's own"))
    node.take(path, collection_id="declared", collected_ms=5, evidence_id="e", delete_by_ms=99)
    first, second = node.rows()
    assert (first["collected_ms"], second["collected_ms"]) == (5, 1_700_000_000_009)
    for row in (first, second):
        assert (row["source_kind"], row["collection_id"]) == ("export", "declared")
        assert (row["evidence_id"], row["delete_by_ms"]) == ("e", 99)


def test_importing_twice_adds_nothing(node, file):
    path = file(*POSTS)
    node.take(path, rows_per_batch=10)
    before = sorted(node.store.folder.rglob("*.parquet"))
    assert node.take(path, rows_per_batch=7, collected_ms=2) == [(7, 0, 7), (7, 0, 7), (7, 0, 7), (4, 0, 4)]
    assert sorted(node.store.folder.rglob("*.parquet")) == before
    assert len(node.vault.batches()) == 3


def test_a_post_that_a_file_holds_twice_is_stored_once(node, file):
    assert node.take(file(POSTS[0], POSTS[1], POSTS[0]), rows_per_batch=2) == [(2, 2, 0), (1, 0, 1)]
    assert node.take(file(POSTS[2], POSTS[2])) == [(2, 1, 1)]


def test_a_later_state_adds_only_what_changed_and_the_latest_view_is_the_later(node, file):
    node.take(file(*POSTS), collected_ms=1)
    later = [{**row, "body": "edited"} if row["post_id"] == "n7" else row for row in POSTS]
    assert node.take(file(*later), collected_ms=2) == [(25, 1, 24)]
    latest = [row for batch in node.store.latest(node.shas) for row in batch.to_pylist()]
    assert len(node.rows()) == 26
    assert len(latest) == 25
    assert [row["body"] for row in latest if row["created_ms"] == POSTS[7]["created_ms"]] == ["edited"]


def test_only_the_names_behind_what_is_new_are_sealed(node, file):
    node.take(file(POSTS[0]))
    node.take(file(POSTS[0], post(1, author="zqnew", body="rien")))
    ((_, new),) = [(sha, sha) for sha in node.shas[1:]]
    (row,) = (row for batch in node.store.read([new]) for row in batch.to_pylist())
    assert node.vault.open([row["author"], row["post_id"]], [new]) == {
        row["author"]: "zqnew", row["post_id"]: "n1",
    }  # fmt: skip
    first = node.rows()[0]
    assert node.vault.open([first["author"]], [new]) == {}


def test_several_files_are_one_intake_and_their_rows_share_batches(node, file):
    paths = file(*POSTS[:15], name="one"), file(*POSTS[10:], name="two")
    assert node.take(*paths, rows_per_batch=20) == [(20, 15, 5), (10, 10, 0)]


def test_progress_counts_the_bytes_that_plans_tell(node, file):
    told, path = [], file(*POSTS)
    node.take(path, progress=lambda done, total: told.append((done, total)))
    (plan,) = plan_all([path], Reading())
    assert told[-1] == (plan.shape.byte_count, plan.shape.byte_count) == (path.stat().st_size,) * 2


# Nothing raw


def test_nothing_of_names_is_left_in_store_vault_or_what_is_told(node, file, tmp_path):
    rows = [
        post(n, url=f"https://x.com/zqauthor{n}/status/9988776655{n}", mentions=[f"zqother{n}"],
             links=[f"https://t.me/zqother{n}"], hashtags=[f"zqauthor{n % 5}"])
        for n in range(9)
    ]  # fmt: skip
    path = file(*rows)
    portions = list(
        take_in(plan_all([path], Reading()), store=node.store, vault=node.vault, key=KEY, known=Known(),
                collection_id="d", collected_ms=1, rejects=node.rejects)
    )  # fmt: skip
    for portion in portions:
        node.record(portion)
    node.vault.close()
    files = b"".join(one.read_bytes() for one in (tmp_path / "node").rglob("*") if one.is_file())
    everything = files.decode("latin-1") + repr(portions) + repr(node.rows())
    for canary in ("zqauthor", "zqother", "9988776655", "'n1'"):
        assert canary not in everything


def test_public_actors_stay_in_clear(node, file):
    node.take(file(*POSTS[:2]), public_actors=["zqauthor1"])
    authors = [row["author"] for row in node.rows()]
    assert "zqauthor1" in authors
    assert "zqauthor0" not in authors


# What goes wrong


def test_rows_that_cannot_be_read_are_set_aside_and_the_rest_comes_in(node, file):
    assert node.take(file(POSTS[0], {"author": "zqx"}, POSTS[1])) == [(2, 2, 0)]
    assert dict(node.rejects.counts) == {"row.time_missing": 1}


def test_a_file_that_breaks_off_is_told_after_what_was_read_before_is_stored(node, file, tmp_path):
    bad = tmp_path / "bad.ndjson"
    bad.write_text('{"author": "zqx", "created_ms": "never"}\n' * 3)
    with pytest.raises(FileError):
        node.take_all = [node.record(p) for p in take_in(
            plan_all([file(*POSTS), bad], Reading()), store=node.store, vault=node.vault, key=KEY,
            known=Known(), collection_id="d", collected_ms=1, rejects=node.rejects,
        )]  # fmt: skip
    assert len(node.rows()) == 25


def test_a_batch_that_was_never_recorded_is_swept_from_store_and_vault_and_comes_in_again(node, file):
    path = file(*POSTS)
    node.take(path)
    node.batches.clear()  # killed before the record
    now_ms = 4_000_000_000_000
    assert len(node.store.sweep([], older_than_ms=0, now_ms=now_ms)) == 1
    assert len(node.vault.sweep([], node.store)) == 1
    assert node.take(path) == [(25, 25, 0)]
    assert node.vault.verify(node.shas) == []


# From the store to findings


def reposts():
    return [
        post(
            10 * n + k,
            author=f"zq{who}",
            share_of=f"p{n}",
            body=None,
            created_ms=1_767_261_600_000 + 86_400_000 * n + k,
        )
        for n in range(6)
        for k, who in enumerate("abc")
    ]


def test_stored_posts_are_detected_as_their_file_is_with_batches_as_inputs(node, file):
    path = file(*reposts())
    node.take(path, rows_per_batch=7)
    rule = Rule(permutations=2)
    _, from_file = detect_coaction(read([path], REPOST, Reading(), rejects=Rejects()), rule=rule, seed=1)
    _, from_store = detect_coaction(read_held(node.store, node.shas, REPOST), rule=rule, seed=1)
    for name in ("post_count", "account_count", "start_ms", "end_ms", "calibrations"):
        assert getattr(from_store, name) == getattr(from_file, name), name
    assert len(from_store.groups) == len(from_file.groups)
    assert from_store.manifest["inputs"] == [{"batch": sha} for sha in node.shas]
    assert from_store.manifest["posts"] == 18


def test_a_post_observed_twice_acts_once(node, file):
    node.take(file(*reposts()), collected_ms=1)
    node.take(file(*({**row, "author_followers": 5} for row in reposts())), collected_ms=2)
    told = []
    posts = read_held(node.store, node.shas, REPOST, progress=lambda done, _total: told.append(done))
    assert len(node.rows()) == 36
    assert posts.acts.post_count == told[-1] == 18


# Killed


CHILD = textwrap.dedent(
    """
    import json, sys
    from dataclasses import asdict
    from pathlib import Path
    from vigie.collect import Rejects
    from vigie.intake import Reading, plan_all, take_in
    from vigie.store.batches import Batch, Store
    from vigie.store.observations import Known
    from vigie.store.pseudonyms import ProjectKey
    from vigie.store.vault import Vault

    home, path = map(Path, sys.argv[1:])
    record = home / "recorded.jsonl"
    record.touch()
    lines = [line for line in record.read_text().split("\\n")[:-1]]  # a line cut short was not recorded
    batches = [Batch(**json.loads(line)) for line in lines]
    key, store = ProjectKey.derive(bytes(32), b"intake"), Store(home / "store")
    with record.open("r+") as file, Vault(home / "vault.db", key) as vault:
        file.seek(sum(len(line) + 1 for line in lines))
        file.truncate()
        print("ready", flush=True)  # to be killed from here on, then after each record
        for portion in take_in(plan_all([path], Reading()), store=store, vault=vault, key=key,
                               known=Known.of(store, batches), collection_id="d", collected_ms=1,
                               rejects=Rejects(), rows_per_batch=400):
            if portion.batch:
                file.write(json.dumps(asdict(portion.batch)) + "\\n")
                file.flush()
                print("recorded", flush=True)
    """
)  # fmt: skip


def recorded(home):
    return [Batch(**json.loads(line)) for line in (home / "recorded.jsonl").read_text().splitlines()]


def test_killed_at_any_moment_and_run_again_it_holds_exactly_the_right_observations(tmp_path, file):
    home, chance = tmp_path / "home", random.Random(7)  # noqa: S311 (when to kill, no secret)
    home.mkdir()
    path = file(*(post(n, body=f"{n} " * 200) for n in range(6_000)))
    command = [sys.executable, "-c", CHILD, home, path]
    for line_count in (1, 3, 5):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert all(child.stdout.readline() for _ in range(line_count))
            time.sleep(chance.uniform(0, 0.05))
            child.send_signal(signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL
    assert len(recorded(home)) >= 2 + 4
    subprocess.run(command, check=True, capture_output=True)

    batches = recorded(home)
    store, shas = Store(home / "store"), [batch.sha256 for batch in batches]
    rows = [row for batch in store.read(shas, ("created_ms", "observation")) for row in batch.to_pylist()]
    assert sorted(row["created_ms"] for row in rows) == [1_700_000_000_000 + n for n in range(6_000)]
    assert len({row["observation"] for row in rows}) == 6_000
    assert [store.verify(batch) for batch in batches] == [[]] * len(batches)
    for left in store.folder.rglob("*"):
        os.utime(left, ns=(0, 0))
    with Vault(home / "vault.db", KEY) as vault:
        assert vault.verify(shas) == []
        store.sweep(shas, older_than_ms=1, now_ms=2)
        vault.sweep(shas, store)
        assert vault.batches() == sorted(shas)
    assert sorted(one.name for one in store.folder.rglob("*.*")) == sorted(f"{sha}.parquet" for sha in shas)


def test_stored_rows_have_the_schema_of_observations(node, file):
    node.take(file(*POSTS))
    (batch,) = node.store.read(node.shas)
    assert batch.schema.equals(OBSERVATIONS)
