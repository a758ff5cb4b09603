"""One file's hashes and what they say of it: asked of a process of its own that may fail.

A decoder that a hostile picture makes crash, spin or swallow memory takes that process down and nothing else:
its processor time, address space and output are limited before any decoder is loaded. What was not decoded is
said; nothing is guessed.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from vigie.media.kinds import SVG, kind_of
from vigie.terms.media import CREDENTIALS, PROBLEMS

if TYPE_CHECKING:
    from pathlib import Path

Credentials = Literal["", "absent", "trusted", "untrusted", "invalid", "elsewhere"]
Problem = Literal["", "undecoded", "refused", "oversized", "damaged", "unread", "exhausted"]

DECODED = {  # media type -> the one decoder that may try
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/bmp": "BMP",
}
BYTES_MAX = 64 << 20  # of a picture's file
SECONDS_MAX = 60.0
READ_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Medium:
    """What is known of a file.

    Args:
        sha256: of its bytes, in hexadecimal.
        byte_count: its size.
        mime: its kind by its first bytes.
        pdq: what it looks like, 64 hexadecimal digits; empty where it was not decoded or is too small.
        pdq_quality: how much there is to tell it by, 0 to 100; None without `pdq`.
        looks: `pdq` turned and mirrored in all ways, and the same without borders, each once: what an index
            of pictures holds, `pdq` first.
        width, height: in pixels, 0 where unknown.
        c2pa: the state of its content credentials; empty where nobody looked.
        problem: why there is no `pdq`.
    """

    sha256: str
    byte_count: int
    mime: str
    pdq: str = ""
    pdq_quality: int | None = None
    looks: tuple[str, ...] = ()
    width: int = 0
    height: int = 0
    c2pa: Credentials = ""
    problem: Problem = ""

    @property
    def other_looks(self) -> tuple[str, ...]:
        """`looks` without `pdq` itself: what a post's medium holds."""
        return tuple(look for look in self.looks if look != self.pdq)


def hashes_of(path: Path, *, trust_list: str = "") -> Medium:
    """Return what is known of a file, whatever it holds.

    Args:
        path: the file.
        trust_list: certificates (PEM) of those whose content credentials are trusted; none by default.

    Raises:
        OSError: the file cannot be read.
    """
    sha256, byte_count = _measured(path)
    mime = kind_of(path)
    known: dict[str, Any] = {"sha256": sha256, "byte_count": byte_count, "mime": mime}
    if mime == SVG:
        return Medium(**known, problem="refused")
    if mime not in DECODED:
        return Medium(**known, problem="undecoded")
    if byte_count > BYTES_MAX:
        return Medium(**known, problem="oversized")
    return Medium(**known, **_told(path, mime, trust_list))


def _measured(path: Path) -> tuple[str, int]:
    digest, byte_count = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(READ_BYTES):
            digest.update(piece)
            byte_count += len(piece)
    return digest.hexdigest(), byte_count


def _told(path: Path, mime: str, trust_list: str) -> dict[str, Any]:
    """Return what the decoding process tells; that it died is told too."""
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as trusted:
        trusted.write(trust_list.encode())
        trusted.seek(0)
        process = subprocess.Popen(  # noqa: S603 (our own program, on our own interpreter)
            [sys.executable, "-I", "-m", "vigie.media.child", str(path.resolve()), mime],
            stdin=trusted,
            stdout=answer,
            stderr=subprocess.DEVNULL,  # a decoder's words may quote the file
            env={"OPENBLAS_NUM_THREADS": "1"},
            cwd="/",
        )
        try:
            status = process.wait(SECONDS_MAX)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            process.kill()
            process.wait()
        answer.seek(0)
        return _checked(answer.read()) if status == 0 else {"problem": "exhausted"}


def _checked(answer: bytes) -> dict[str, Any]:
    """Return an answer whose parts are what they should be; the process that gave it read a hostile file."""
    told = json.loads(answer)
    return {
        "pdq": str(told["pdq"]),
        "pdq_quality": None if told["pdq_quality"] is None else int(told["pdq_quality"]),
        "looks": tuple(map(str, told["looks"])),
        "width": int(told["width"]),
        "height": int(told["height"]),
        "c2pa": told["c2pa"] if told["c2pa"] in CREDENTIALS else "",
        "problem": told["problem"] if told["problem"] in PROBLEMS else "",
    }
