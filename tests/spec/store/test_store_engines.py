"""Engines do the same work in other places: what they return is the same, to the order of rows."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.store.engines import Local, engine_for
from vigie.store.engines.errors import EngineAbsentError, SpillError
from vigie.terms.engine import IN_MEMORY, Work
from vigie.terms.errors import BadOptionError

SCHEMA = pa.schema(
    [pa.field(name, kind, nullable=False) for name, kind in (("x", pa.int32()), ("n", pa.int32()))]
)


def rows_of(pairs):
    return pa.table({"group": pa.array([p[0] for p in pairs], pa.int32()),
                     "x": pa.array([p[1] for p in pairs], pa.int32())})  # fmt: skip


def once_per_group(rows):
    """Yield each x of each group once, in two tables."""
    seen = sorted({(row["group"], row["x"]) for row in rows.to_pylist()}, reverse=True)
    for half in (seen[::2], seen[1::2]):
        yield pa.table({"x": [x for _group, x in half], "n": [1] * len(half)}, schema=SCHEMA)


def groups_with(pairs, least):
    """Return in how many groups each x is, as the definition reads."""
    found = Counter(x for _group, x in set(pairs))
    return sorted((x, n) for x, n in found.items() if n >= least)


def work(pairs, least=1, part=once_per_group):
    def whole(progress):
        progress(1, 1)
        found = groups_with(pairs, least)
        return pa.table({"x": [x for x, _n in found], "n": [n for _x, n in found]}, schema=SCHEMA)

    return Work(
        whole=whole,
        rows=lambda: rows_of(pairs),
        split_by="group",
        part=part,
        schema=SCHEMA,
        keys=("x",),
        reaching="n",
        least=least,
        memory_bytes=1000 * len(pairs),
        row_count_max=len(pairs),
    )


some_pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(-5, 5)), max_size=60)


@settings(max_examples=20)  # each opens hundreds of files
@given(pairs=some_pairs, least=st.integers(1, 4), memory=st.integers(0, 30_000), threads=st.integers(1, 3))
def test_through_the_disk_it_is_the_same_as_in_memory(pairs, least, memory, threads):
    told = Local(memory_bytes=memory, threads=threads).summed(work(pairs, least))
    assert told.equals(IN_MEMORY.summed(work(pairs, least)))
    assert [(row["x"], row["n"]) for row in told.to_pylist()] == groups_with(pairs, least)


def test_what_fits_in_memory_never_touches_the_disk(monkeypatch):
    monkeypatch.setattr("tempfile.TemporaryFile", None)
    Local(memory_bytes=10**6, threads=2).summed(work([(1, 1)]))


def opened_in(folder):
    """Return the files that this process holds open in a folder, with or without a name."""
    links = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the listing itself was one
            links.append(str(link.readlink()))
    return [link for link in links if link.startswith(str(folder))]


def test_the_files_have_no_names_so_that_a_killed_run_leaves_none(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    named, opened = [], []

    def looking(rows):
        named.extend(tmp_path.iterdir())
        opened.extend(opened_in(tmp_path))
        yield from once_per_group(rows)

    Local(memory_bytes=0, threads=1).summed(work([(1, 1), (2, 1)], part=looking))
    assert opened
    assert named == []
    assert opened_in(tmp_path) == []


def test_progress_ends_with_all_the_work_done():
    told = []
    Local(memory_bytes=0, threads=2).summed(work([(1, 1), (2, 3)]), progress=lambda *step: told.append(step))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


def test_a_fault_in_a_part_is_not_hidden():
    def broken(rows):
        raise ArithmeticError
        yield rows

    with pytest.raises(ArithmeticError):
        Local(memory_bytes=0, threads=2).summed(work([(1, 1)], part=broken))


def test_a_full_disk_is_told_with_its_place(small_disk, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    pairs = [(group, x) for group in range(500) for x in range(400)]
    with pytest.raises(SpillError) as refused:
        Local(memory_bytes=10**6, threads=1).summed(work(pairs))
    assert refused.value.facts["path"] == str(small_disk)


@pytest.mark.parametrize("name", ["", "Local", "sparky", "spark://", "http://somewhere", "local-cluster[2]"])
def test_an_engine_that_is_none_is_refused(name):
    with pytest.raises(BadOptionError), engine_for(name, memory_bytes=0, threads=1):
        pass


def test_spark_without_pyspark_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(EngineAbsentError), engine_for("spark://x:7077", memory_bytes=0, threads=1):
        pass


def test_spark_without_java_is_told(monkeypatch):
    pytest.importorskip("pyspark", reason="pyspark is not installed: vigie[spark]")
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineAbsentError), engine_for("spark://x:7077", memory_bytes=0, threads=1):
        pass
