"""Originals lie sealed under the SHA-256 of what was found, and open whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vigie.store import evidence
from vigie.store.evidence import (
    MARK,
    PIECE_BYTES,
    Evidence,
    EvidenceChangedError,
    EvidenceDamagedError,
    EvidenceMissingError,
    EvidenceUnusableError,
)
from vigie.store.folders import DiskFullError
from vigie.store.pseudonyms import ProjectKey

KEY = ProjectKey.derive(bytes(range(32)), b"project")
OTHER = ProjectKey.derive(bytes(range(32)), b"other project")
NAMES = st.sampled_from([0, 1, 3, 4, 5, 11, 12, 13])


@pytest.fixture
def held(tmp_path):
    return Evidence(tmp_path / "evidence" / "one", KEY)


@pytest.fixture
def take(held, tmp_path):
    """Return a way to seal bytes."""

    def taken(content):
        source = tmp_path / "source"
        source.write_bytes(content)
        return held.take(source).sha256

    return taken


def opened(held, sha256):
    return b"".join(held.open(sha256))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(content=st.binary(max_size=40))
def test_what_was_taken_opens_as_it_was(held, take, content):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "PIECE_BYTES", 4)  # as many pieces as a large file has
        sha256 = take(content)
        assert sha256 == hashlib.sha256(content).hexdigest()
        assert opened(held, sha256) == content
        held.remove(sha256)


def test_the_sealed_file_tells_nothing_of_the_original(held, take):
    canary = b"canary-wxid-8841" * 100
    sealed = held.path(take(canary)).read_bytes()
    assert b"canary" not in sealed
    assert sealed.startswith(MARK)


def test_taken_twice_it_is_held_once(held, take):
    sha256 = take(b"original")
    before = held.path(sha256).read_bytes()
    assert take(b"original") == sha256
    assert held.path(sha256).read_bytes() == before
    assert held.held() == [sha256]


def test_only_the_owner_may_read_the_files(held, take):
    path = held.path(take(b"original"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_another_project_has_its_own_and_opens_none_of_ours(held, take, tmp_path):
    sha256 = take(b"original")
    other = Evidence(tmp_path / "evidence" / "other", OTHER)
    assert other.held() == []
    with pytest.raises(EvidenceMissingError):
        opened(other, sha256)
    other.path(sha256).parent.mkdir()
    other.path(sha256).write_bytes(held.path(sha256).read_bytes())
    assert isinstance(other.verify(sha256), EvidenceDamagedError)


@pytest.mark.parametrize("place", [0, len(MARK), len(MARK) + 20, -1])
def test_any_changed_byte_is_noticed(held, take, place):
    sha256 = take(b"original")
    sealed = bytearray(held.path(sha256).read_bytes())
    sealed[place] ^= 1
    held.path(sha256).write_bytes(sealed)
    assert isinstance(held.verify(sha256), EvidenceDamagedError)


def sealed_pieces(path, piece_bytes):
    content = path.read_bytes()[len(MARK) :]
    return [content[start : start + piece_bytes] for start in range(0, len(content), piece_bytes)]


@pytest.mark.parametrize(
    "order", [[1, 0, 2], [0, 2], [0, 1], [0, 1, 1, 2], [2], []], ids=lambda order: "".join(map(str, order))
)
def test_pieces_left_out_repeated_or_exchanged_are_noticed(held, take, monkeypatch, order):
    monkeypatch.setattr(evidence, "PIECE_BYTES", 4)
    sha256 = take(b"0123456789ab")
    path = held.path(sha256)
    pieces = sealed_pieces(path, 4 + evidence.SEAL_BYTES)
    assert len(pieces) == 3
    path.write_bytes(MARK + b"".join(pieces[place] for place in order))
    assert isinstance(held.verify(sha256), EvidenceDamagedError)


def test_one_original_cannot_pass_as_another(held, take):
    one, two = take(b"original"), take(b"another")
    held.path(one).write_bytes(held.path(two).read_bytes())
    assert isinstance(held.verify(one), EvidenceDamagedError)
    assert held.verify(two) is None


def test_what_is_not_held_is_said_to_be_missing(held):
    assert isinstance(held.verify("0" * 64), EvidenceMissingError)


@pytest.mark.parametrize("name", ["", "0" * 63, "../" + "0" * 61, "A" * 64, "0" * 64 + "\n"])
def test_only_a_sha256_is_a_name(held, name):
    with pytest.raises(ValueError, match="not a SHA-256"):
        held.path(name)


def test_removed_it_is_gone_and_removing_it_again_is_no_error(held, take):
    sha256 = take(b"original")
    held.remove(sha256)
    held.remove(sha256)
    assert held.held() == []


def test_a_file_that_changes_meanwhile_is_refused_and_leaves_nothing(held, tmp_path, monkeypatch):
    source = tmp_path / "source"
    source.write_bytes(b"before")
    measured = evidence._measured

    def and_then_it_changes(file):
        found = measured(file)
        source.write_bytes(b"after!")
        return found

    monkeypatch.setattr(evidence, "_measured", and_then_it_changes)
    with pytest.raises(EvidenceChangedError):
        held.take(source)
    assert list(held.folder.iterdir()) == []


def test_a_full_disk_is_said_and_leaves_nothing(small_disk, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(bytes(2 << 20))
    held = Evidence(small_disk, KEY)
    with pytest.raises(DiskFullError):
        held.take(source)
    assert list(held.folder.iterdir()) == []


def test_a_source_that_is_not_there_is_said(held, tmp_path):
    with pytest.raises(EvidenceUnusableError):
        held.take(tmp_path / "nowhere")


def test_drafts_and_strangers_are_swept_once_they_are_old(held, take):
    kept, stranger = take(b"kept"), take(b"stranger")
    draft = held.folder / f"{'0' * 64}.77.draft"
    draft.write_bytes(b"half")
    for path in held.folder.iterdir():
        os.utime(path, (1, 1))
    young = take(b"young")
    now_ms = held.path(young).stat().st_mtime_ns // 1_000_000
    gone = held.sweep({kept}, older_than_ms=60_000, now_ms=now_ms)
    assert sorted(gone) == sorted([draft.name, held.path(stranger).name])
    assert held.held() == sorted([kept, young])


def test_a_large_original_needs_the_memory_of_a_few_pieces(held, tmp_path):
    source = tmp_path / "large"
    with source.open("wb") as file:
        file.truncate(64 * PIECE_BYTES)
    tracemalloc.start()
    try:
        original = held.take(source)
        assert held.verify(original.sha256) is None
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert original.byte_count == 64 * PIECE_BYTES
    assert peak < 12 * PIECE_BYTES
