"""Originals as they were found, sealed, one file each, named by the SHA-256 of what was found.

An original is cut into pieces of 1 MiB; each is sealed (AES-256-GCM, see `vigie.trust`) together with whose
piece it is, its place and whether it is the last: so pieces cannot be exchanged, left out or put in another
order, a file cannot be cut short, and none opens under another's name. Gigabytes pass in the memory of one
piece. Whoever opens an original records and approves that first: this module only knows files.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from vigie.store.folders import NO_ROOM, DiskFullError, to_disk
from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie.trust import WrongKeyError, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from vigie.store.tokens import ProjectKey

PIECE_BYTES = 1 << 20
SEAL_BYTES = 28  # nonce and tag
MARK = b"vigie evidence 1\n"  # another form of file, another number
SUFFIX, DRAFT = ".sealed", ".draft"
SHA256 = re.compile(r"[0-9a-f]{64}")
ONLY_OWNER, ONLY_OWNER_FILE = 0o700, 0o600


class EvidenceMissingError(VigieError):
    """No original of this name is held."""

    code = "evidence.missing"
    sentence = say("The original {sha256} is not among the evidence.")
    remedy = say("Restore the folder “evidence” from a backup made after the original was taken.")


class EvidenceDamagedError(VigieError):
    """A sealed original does not open: it was altered, cut short, or sealed with another key."""

    code = "evidence.damaged"
    sentence = say("The original {sha256} does not open: its file was altered, or other keys sealed it.")
    remedy = say("Restore its file, or the folder “keys”, from a backup; do not rely on it meanwhile.")


class EvidenceChangedError(VigieError):
    """The file was written to while it was being sealed."""

    code = "evidence.changed"
    sentence = say("“{path}” changed while it was being sealed.")
    remedy = say("Wait until nobody writes to it, then take it again; nothing was kept.")


class EvidenceUnusableError(VigieError):
    """The place of the evidence cannot be read or written."""

    code = "evidence.unusable"
    sentence = say("The evidence in “{path}” cannot be used: {reason}.")
    remedy = say("Check that the folder may be read and written by this account, and that its disk works.")


@dataclass(frozen=True, kw_only=True)
class Original:
    """What was sealed.

    Args:
        sha256: of the original, in hexadecimal: its name.
        byte_count: of the original.
    """

    sha256: str
    byte_count: int


class Shelf:
    """Where the sealed originals of one project stand; no key is needed to let them go.

    Args:
        folder: the project's own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Return where an original lies sealed.

        Raises:
            ValueError: that is no SHA-256.
        """
        if not SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256 in hexadecimal")
        return self.folder / f"{sha256}{SUFFIX}"

    def held(self) -> list[str]:
        """Return the originals that are here, in order."""
        return sorted(path.name.removesuffix(SUFFIX) for path in self.folder.glob(f"*{SUFFIX}"))

    def remove(self, sha256: str) -> None:
        """Let an original go for good; one that is gone already is no error."""
        with self._told():
            self.path(sha256).unlink(missing_ok=True)
            if self.folder.is_dir():
                to_disk(self.folder)

    def sweep(self, recorded: Collection[str], *, older_than_ms: int, now_ms: int) -> list[str]:
        """Remove originals that no record knows, and drafts of dead runs; return their files' names.

        Args:
            recorded: the originals that are to stay.
            older_than_ms: younger files stay: they may be about to be recorded.
            now_ms: this moment.
        """
        gone = []
        for path in sorted(self.folder.glob("*")):
            is_strange = path.suffix == DRAFT or path.name.removesuffix(SUFFIX) not in recorded
            if is_strange and now_ms - path.stat().st_mtime_ns // 1_000_000 > older_than_ms:
                path.unlink()
                gone.append(path.name)
        return gone

    @contextmanager
    def _told(self, sha256: str = "") -> Iterator[None]:
        """Turn what the system refuses into our errors."""
        try:
            yield
        except FileNotFoundError as error:
            if sha256:
                raise EvidenceMissingError(sha256=sha256) from error
            raise EvidenceUnusableError(path=self.folder, reason=error.strerror) from error
        except OSError as error:
            if error.errno in NO_ROOM:
                raise DiskFullError(path=self.folder) from error
            raise EvidenceUnusableError(path=self.folder, reason=error.strerror or str(error)) from error


class Evidence(Shelf):
    """One project's originals, and the key that seals and opens them.

    Args:
        folder: the project's own.
        key: the project's.
    """

    def __init__(self, folder: Path, key: ProjectKey) -> None:
        super().__init__(folder)
        self._key = key.sealing

    def take(self, source: Path) -> Original:
        """Seal a copy of a file; when this returns it is on the disk. The file itself stays.

        Taken twice, it is held once. Killed meanwhile, only a draft is left, for `sweep`.

        Raises:
            EvidenceChangedError: it was written to meanwhile.
            DiskFullError: there is no room.
            EvidenceUnusableError: it cannot be read, or the evidence not be written.
        """
        with self._told(), source.open("rb") as file:
            original = _measured(file)
            target = self.path(original.sha256)
            if target.exists():
                return original
            self.folder.mkdir(mode=ONLY_OWNER, parents=True, exist_ok=True)
            draft = target.with_suffix(f".{os.getpid()}{DRAFT}")
            try:
                self._seal(file, draft, original, source)
                draft.rename(target)
            finally:
                draft.unlink(missing_ok=True)
            to_disk(self.folder)
        return original

    def open(self, sha256: str) -> Iterator[bytes]:
        """Yield an original piece by piece. To record and approve this act first is the caller's.

        Raises:
            EvidenceMissingError: it is not held.
            EvidenceDamagedError: a piece does not open; what was yielded before is genuine, and not all.
            EvidenceUnusableError: it cannot be read.
        """
        digest = hashlib.sha256()
        with self._told(sha256), self.path(sha256).open("rb") as file:
            if file.read(len(MARK)) != MARK:
                raise EvidenceDamagedError(sha256=sha256)
            for place, sealed, is_last in _pieces(file, PIECE_BYTES + SEAL_BYTES):
                try:
                    piece = unseal(self._key, sealed, about=_about(sha256, place, is_last=is_last))
                except WrongKeyError as error:
                    raise EvidenceDamagedError(sha256=sha256) from error
                digest.update(piece)
                yield piece
        if digest.hexdigest() != sha256:
            raise EvidenceDamagedError(sha256=sha256)

    def verify(self, sha256: str) -> VigieError | None:
        """Open an original, keep nothing of it, and return what is wrong; None when it is whole."""
        try:
            for _piece in self.open(sha256):
                pass
        except (EvidenceMissingError, EvidenceDamagedError, EvidenceUnusableError) as error:
            return error
        return None

    def _seal(self, file: BinaryIO, draft: Path, original: Original, source: Path) -> None:
        """Write the pieces; raise when they are not those that were measured."""
        digest = hashlib.sha256()
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, ONLY_OWNER_FILE)
        with os.fdopen(handle, "wb") as target:
            target.write(MARK)
            for place, piece, is_last in _pieces(file, PIECE_BYTES):
                digest.update(piece)
                about = _about(original.sha256, place, is_last=is_last)
                target.write(seal(self._key, piece, about=about))
            target.flush()
            os.fsync(target.fileno())
        if digest.hexdigest() != original.sha256:
            raise EvidenceChangedError(path=source)


def _measured(file: BinaryIO) -> Original:
    """Return what a file is, and go back to its beginning."""
    digest, byte_count = hashlib.sha256(), 0
    while piece := file.read(PIECE_BYTES):
        digest.update(piece)
        byte_count += len(piece)
    file.seek(0)
    return Original(sha256=digest.hexdigest(), byte_count=byte_count)


def _pieces(file: BinaryIO, piece_bytes: int) -> Iterator[tuple[int, bytes, bool]]:
    """Yield the place of each piece, the piece, and whether it is the last; an empty file is one piece."""
    place, piece = 0, file.read(piece_bytes)
    while True:
        after = file.read(piece_bytes)
        yield place, piece, not after
        if not after:
            return
        place, piece = place + 1, after


def _about(sha256: str, place: int, *, is_last: bool) -> str:
    return f"vigie evidence 1 {sha256} {place} {'last' if is_last else 'more'}"
