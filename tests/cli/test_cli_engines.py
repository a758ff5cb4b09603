"""`--engine` and `--memory`: the same files, to the byte, wherever pairs are counted."""

from __future__ import annotations

import shutil

import pytest

from vigie_cli import exits

FEW = ("--behaviour", "repost", "--permutations", "1", "--quiet", "--lang", "en")


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def detected(vigie, exercise, tmp_path):
    """Return a way to run a detection of the exercise with some options, and what it wrote."""

    def run(name, *options):
        told = vigie(
            "detect", "coaction", exercise / "posts.parquet", "--out", tmp_path / name, *FEW, *options
        )
        assert told.status == exits.DONE, told.err
        return contents(tmp_path / name)

    return run


def test_with_little_memory_the_files_are_the_same_bytes(detected):
    assert detected("memory") == detected("disk", "--memory", "10K")


def test_counting_alone_with_little_memory_gives_the_same_bytes(detected):
    assert detected("memory", "--all-pairs") == detected("disk", "--all-pairs", "--memory", "1M")


@pytest.mark.parametrize("wrong", [("--engine", "sparks"), ("--memory", "much"), ("--memory", "-1G")])
def test_an_engine_or_a_size_that_means_nothing_is_refused(vigie, posts, tmp_path, wrong):
    told = vigie("detect", "coaction", posts, "--out", tmp_path / "out", f"{wrong[0]}={wrong[1]}", "--quiet")
    assert told.status == exits.OPTION
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize("asked", [("--all-pairs",), ()])
def test_a_spark_cluster_of_two_workers_gives_the_same_bytes(detected, process, exercise, tmp_path, asked):
    pytest.importorskip("pyspark", reason="pyspark is not installed: vigie[spark]")
    if shutil.which("java") is None:
        pytest.skip("no Java on this machine")
    out = tmp_path / "spark"
    started = process(
        "detect", "coaction", exercise / "posts.parquet", "--out", out, *FEW, *asked,
        "--engine", "local-cluster[2,1,1024]",
    )  # fmt: skip
    _told, complaint = started.communicate(timeout=600)
    assert started.returncode == exits.DONE, complaint
    assert contents(out) == detected("memory", *asked)
