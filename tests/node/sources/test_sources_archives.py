"""Backups that were damaged, made up or made to harm: refused, and nothing is left of them.

Abuse cases: 40 (archives that unpack without end, links), 43 (names that climb).
"""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from vigie.terms.progress import silent
from vigie_node.archives import (
    ArchiveDamagedError,
    ArchiveExistsError,
    ArchiveOversizedError,
    ArchiveStrangeError,
    ArchiveUnwritableError,
    reading,
    writing,
)
from vigie_node.restore import HomeNotEmptyError, NoBackupError, NoKeysError, bring_back

if TYPE_CHECKING:
    from pathlib import Path

HARMFUL = [
    "../climbs",
    "/etc/passwd",
    "store/../../climbs",
    ".hidden",
    "a/b/c/d/e",
    "with space",
    "x" * 120,
    "nœud.db",
]


def packed(path: Path, *members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.GNU_FORMAT) -> Path:
    """Write an archive by the library's own hand, with whatever it is given."""
    with (
        pa.CompressedOutputStream(str(path), "zstd") as stream,
        tarfile.open(fileobj=stream, mode="w|", format=form) as tar,
    ):
        for about, content in members:
            tar.addfile(about, io.BytesIO(content))
    return path


def member(name: str, content: bytes = b"x", **about: object) -> tuple[tarfile.TarInfo, bytes]:
    """Return one file of an archive."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for what, value in about.items():
        setattr(info, what, value)
    return info, content


def read_all(path: Path, bytes_max: int = 10_000) -> dict[str, bytes]:
    """Read a set of files to its end."""
    return {name: content.read() for name, _size, content in reading(path, bytes_max=bytes_max)}


@pytest.mark.parametrize("name", ["set.tar.zst", "set"])
def test_what_is_written_is_read_again(tmp_path, name):
    files = {"manifest.json": b"{}", "store/ab/abc.parquet": bytes(3_000), "empty": b""}
    with writing(tmp_path / name) as writer:
        for path, content in files.items():
            writer.add(path, io.BytesIO(content), len(content))
    assert read_all(tmp_path / name) == files


@pytest.mark.parametrize("name", ["set.tar.zst", "set"])
def test_what_fails_halfway_leaves_nothing(tmp_path, name):
    with pytest.raises((EOFError, ArchiveUnwritableError)), writing(tmp_path / name) as writer:
        writer.add("short", io.BytesIO(b"1"), 2)
    assert list(tmp_path.iterdir()) == []


def leave_drafts(folder: Path) -> None:
    """Leave behind what killed backups would, and what other programs might."""
    (folder / ".old.tar.zst.partial").write_bytes(b"x")
    (folder / ".older.partial" / "store").mkdir(parents=True)
    (folder / ".others.partial").mkdir()
    (folder / ".others.partial" / "song.mp3").write_bytes(b"x")
    (folder / ".film.mkv.partial").write_bytes(b"x")


def test_drafts_of_killed_backups_are_cleared_away_and_nothing_else(tmp_path):
    leave_drafts(tmp_path)
    with writing(tmp_path / "set"):
        assert {path.name for path in tmp_path.iterdir()} == {
            ".set.partial",
            ".others.partial",
            ".film.mkv.partial",
        }


def test_a_draft_that_somebody_writes_is_left_alone(tmp_path):
    with writing(tmp_path / "one") as first:
        leave_drafts(tmp_path)
        with writing(tmp_path / "two.tar.zst"):
            assert (tmp_path / ".older.partial").exists()
        first.add("node.db", io.BytesIO(b"1"), 1)
    assert read_all(tmp_path / "one") == {"node.db": b"1"}


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "set").mkdir()
    with pytest.raises(ArchiveExistsError), writing(tmp_path / "set"):
        pytest.fail("it must not begin")


@pytest.mark.parametrize("name", HARMFUL)
def test_a_name_that_we_never_write_is_refused(tmp_path, name):
    with pytest.raises((ArchiveStrangeError, ArchiveDamagedError)):
        read_all(packed(tmp_path / "set.tar.zst", member(name)))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_are_refused(tmp_path, kind):
    with pytest.raises(ArchiveStrangeError):
        read_all(packed(tmp_path / "set.tar.zst", member("node.db", b"", type=kind, linkname="/etc/passwd")))


def test_a_link_in_a_folder_is_refused(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "node.db").symlink_to("/etc/passwd")
    with pytest.raises(ArchiveStrangeError):
        read_all(tmp_path / "set")


def test_the_same_name_twice_is_refused(tmp_path):
    with pytest.raises(ArchiveStrangeError):
        read_all(packed(tmp_path / "set.tar.zst", member("node.db"), member("node.db", b"y")))


def test_an_archive_that_unpacks_to_more_than_there_is_room_for_is_refused_unread(tmp_path):
    bomb = packed(tmp_path / "set.tar.zst", member("node.db", bytes(50_000_000)))
    assert bomb.stat().st_size < 100_000
    with pytest.raises(ArchiveOversizedError):
        read_all(bomb)


def test_extended_headers_are_refused(tmp_path):
    info, content = member("node.db")
    info.pax_headers = {"comment": "x" * 10_000}
    with pytest.raises(ArchiveStrangeError):
        read_all(packed(tmp_path / "set.tar.zst", (info, content), form=tarfile.PAX_FORMAT))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_an_archive_that_breaks_off_is_refused(tmp_path, share):
    whole = packed(
        tmp_path / "set.tar.zst", member("one", b"1" * 5_000), member("two", bytes(range(256)) * 9)
    )
    whole.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
    with pytest.raises(ArchiveDamagedError):
        read_all(whole, 100_000)


@pytest.mark.parametrize("content", [b"", b"\0" * 2_000, b"no archive at all", bytes(range(256)) * 10])
def test_what_is_no_archive_makes_no_home(tmp_path, content):
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "master.key").write_text("ab" * 32)
    (tmp_path / "x.tar.zst").write_bytes(content)
    with pytest.raises(ArchiveDamagedError):
        bring_back(
            tmp_path / "x.tar.zst", folder=tmp_path / "home", keys=keys, has_server=False, progress=silent
        )
    assert not (tmp_path / "home").exists()


def test_a_backup_that_is_not_there_is_said_to_be_absent(tmp_path):
    with pytest.raises(NoBackupError):
        bring_back(tmp_path / "x", folder=tmp_path / "home", keys=None, has_server=False, progress=silent)


def test_a_home_needs_keys_and_an_empty_place(tmp_path):
    (tmp_path / "set").mkdir()
    with pytest.raises(NoKeysError):
        bring_back(tmp_path / "set", folder=tmp_path / "home", keys=None, has_server=False, progress=silent)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "vigie.toml").write_text("")
    with pytest.raises(HomeNotEmptyError):
        bring_back(
            tmp_path / "set", folder=tmp_path / "home", keys=tmp_path, has_server=False, progress=silent
        )
