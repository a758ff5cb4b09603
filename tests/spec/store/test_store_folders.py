"""A folder of results appears whole, or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from vigie.store import OutputError, OutputNotOursError, whole_folder
from vigie.store.folders import DiskFullError, OutputBusyError

NAMES = ("a.txt", "b.txt")


def write(target, **contents):
    with whole_folder(target, names=NAMES, mark="a.txt") as folder:
        for name, content in contents.items():
            (folder / f"{name}.txt").write_text(content)


def held(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def beside(target):
    """Return what stands next to the target, hidden things too."""
    return sorted(path.name for path in target.parent.iterdir() if path != target)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "results"


def test_all_files_are_there_and_nothing_beside(target):
    write(target, a="1", b="2")
    assert held(target) == {"a.txt": "1", "b.txt": "2"}
    assert beside(target) == []


def test_nothing_is_there_before_the_end(target):
    with whole_folder(target, names=NAMES, mark="a.txt") as folder:
        (folder / "a.txt").write_text("1")
        assert not target.exists()
        assert folder.parent == target.parent  # on the same disk, so that renaming is enough
    assert target.exists()


def test_folders_on_the_way_are_made(tmp_path):
    write(tmp_path / "x" / "y" / "results", a="1")
    assert held(tmp_path / "x" / "y" / "results") == {"a.txt": "1"}


def test_earlier_results_are_replaced_whole(target):
    write(target, a="1", b="2")
    write(target, a="3")
    assert held(target) == {"a.txt": "3"}
    assert beside(target) == []


def test_an_empty_folder_may_be_taken(target):
    target.mkdir()
    write(target, a="1")
    assert held(target) == {"a.txt": "1"}


def test_the_name_may_have_dots_spaces_and_accents(tmp_path):
    for name in ("été 2026.v1", ".hidden", "a.partial"):
        write(tmp_path / name, a=name)
        write(tmp_path / name, a=name)
        assert held(tmp_path / name) == {"a.txt": name}


def test_a_relative_target_is_taken_from_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(Path("results"), a="1")
    write(Path("results"), a="2")
    assert held(tmp_path / "results") == {"a.txt": "2"}
    assert beside(tmp_path / "results") == []


class WrongError(Exception):
    pass


def break_off(target, fault):
    with whole_folder(target, names=NAMES, mark="a.txt") as folder:
        (folder / "a.txt").write_text("half")
        raise fault


@pytest.mark.parametrize("fault", [WrongError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_nothing(target, fault):
    with pytest.raises(fault):
        break_off(target, fault)
    assert not target.exists()
    assert beside(target) == []


def test_a_failure_leaves_earlier_results_as_they_were(target):
    write(target, a="1", b="2")
    with pytest.raises(WrongError):
        break_off(target, WrongError)
    assert held(target) == {"a.txt": "1", "b.txt": "2"}
    assert beside(target) == []


def test_a_folder_with_other_things_is_left_alone(target):
    target.mkdir()
    (target / "thesis.odt").write_text("years of work")
    (target / "a.txt").write_text("mine")
    with pytest.raises(OutputNotOursError) as refused:
        write(target, a="1")
    assert refused.value.facts["other"] == "thesis.odt"
    assert held(target) == {"thesis.odt": "years of work", "a.txt": "mine"}
    assert beside(target) == []


def test_a_folder_in_the_folder_is_another_thing(target):
    (target / "b.old").mkdir(parents=True)
    with pytest.raises(OutputNotOursError):
        write(target, a="1")


def test_a_file_in_the_place_is_left_alone(target):
    target.write_text("mine")
    with pytest.raises(OutputNotOursError):
        write(target, a="1")
    assert target.read_text() == "mine"


@pytest.mark.parametrize(
    "way",
    [
        "file/results",
        "/proc/results",
        "/dev/null/results",
        ("/proc/new/newer/results"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_with_its_reason(tmp_path, way):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as told:
        write(tmp_path / way, a="1")
    assert told.value.code == "output.unwritable"
    assert told.value.facts["reason"]


def test_a_folder_without_the_right_to_write_is_told(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError):
        write(tmp_path / "results", a="1")
    tmp_path.chmod(0o700)


def test_another_run_in_this_place_is_refused_and_the_first_goes_on(target):
    with whole_folder(target, names=NAMES, mark="a.txt") as folder:
        (folder / "a.txt").write_text("1")
        with pytest.raises(OutputBusyError):
            write(target, a="2")
        assert (folder / "a.txt").read_text() == "1"
    assert held(target) == {"a.txt": "1"}


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from vigie.store import whole_folder

    with whole_folder(Path(sys.argv[1]), names=("a.txt",), mark="a.txt") as folder:
        (folder / "a.txt").write_text("other")
        print("writing", flush=True)
        sys.stdin.read()
    """
)


def another_process(target):
    """Start a process that has begun to write to `target` and waits."""
    started = subprocess.Popen(
        [sys.executable, "-c", WRITER, target], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert started.stdout.readline() == b"writing\n"
    return started


def ended(process):
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_another_process_in_this_place_is_refused(target):
    process = another_process(target)
    with pytest.raises(OutputBusyError):
        write(target, a="mine")
    process.stdin.close()
    ended(process)
    assert held(target) == {"a.txt": "other"}


def test_a_killed_run_leaves_earlier_results_and_the_next_one_sweeps(target):
    write(target, a="before")
    process = another_process(target)
    process.send_signal(signal.SIGKILL)
    ended(process)
    assert held(target) == {"a.txt": "before"}
    assert beside(target) != []
    write(target, a="after")
    assert held(target) == {"a.txt": "after"}
    assert beside(target) == []


@pytest.fixture
def small_disk(tmp_path):
    """Return a folder on a disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_told_and_earlier_results_stay(small_disk):
    target = small_disk / "results"
    write(target, a="before")
    with pytest.raises(DiskFullError):
        write(target, a="x" * (1 << 21))
    assert held(target) == {"a.txt": "before"}
    assert beside(target) == []


def test_a_table_too_large_for_the_disk_is_told_as_a_full_disk(small_disk):
    import numpy as np
    import pyarrow as pa

    from vigie.store import write_table

    noise = pa.table({"x": np.random.default_rng(1).integers(0, 2**62, 1 << 19)})
    with (
        pytest.raises(DiskFullError),
        whole_folder(small_disk / "results", names=NAMES, mark="a.txt") as folder,
    ):
        write_table(noise, folder / "a.txt")
    assert list(small_disk.iterdir()) == []


LIMITED = textwrap.dedent(
    """
    import resource, signal, sys
    from pathlib import Path
    from vigie.store import OutputError, whole_folder

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        with whole_folder(Path(sys.argv[1]), names=("a.txt",), mark="a.txt") as folder:
            (folder / "a.txt").write_text("x" * 100_000)
    except OutputError as told:
        print(told.code)
    """
)


def test_a_quota_that_ends_a_file_is_told(target):
    done = subprocess.run([sys.executable, "-c", LIMITED, target], capture_output=True, text=True, check=True)
    assert done.stdout == "output.unwritable\n"
    assert not target.exists()
    assert beside(target) == []


def test_a_fault_with_another_file_is_not_told_as_one_with_the_results(tmp_path):
    with (
        pytest.raises(FileNotFoundError),
        whole_folder(tmp_path / "out" / "results", names=NAMES, mark="a.txt"),
    ):
        (tmp_path / "missing").read_text()


def test_nor_is_it_when_that_file_stands_beside_the_results(tmp_path):
    with pytest.raises(FileNotFoundError), whole_folder(tmp_path / "results", names=NAMES, mark="a.txt"):
        (tmp_path / "missing").read_text()


def test_if_the_new_folder_cannot_take_its_place_the_earlier_results_stay(target, monkeypatch):
    write(target, a="before")
    rename = Path.rename

    def fail(self, other):
        if self.name.endswith(".partial"):
            raise OSError(5, "Input/output error", str(self))
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OutputError):
        write(target, a="after")
    assert target.exists()
    assert held(target) == {"a.txt": "before"}


def test_results_through_a_symbolic_link_can_be_written_again(target, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    target.symlink_to("elsewhere")
    write(target, a="1")
    write(target, a="2")
    assert held(target) == {"a.txt": "2"}
    assert beside(target) == ["elsewhere"]
