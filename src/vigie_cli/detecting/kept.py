"""A folder in which each method's results are kept under what they were made from.

A method whose inputs, parameters and version are those of last time is not run again; what a killed run left
unfinished goes on from there. Each file appears whole, or not at all.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from vigie.store.folders import (
    NO_ROOM,
    DiskFullError,
    OutputBusyError,
    OutputError,
    OutputNotOursError,
    to_disk,
)
from vigie.terms.languages import Message
from vigie_cli.detecting.files import REJECTED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    import pyarrow as pa

    from vigie.detect.methods import Outcome

MANIFEST, SIGNALS, TABLE, BY_METHOD = "manifest.json", "signals.json", "signals.parquet", "methods"
MARK = ".vigie-run"  # in BY_METHOD: without it a folder is somebody's own
KIND = "vigie detect run"  # of a manifest of ours
PARTIAL = ".partial"
PARTS = ("read", "fingerprints", "methods", "failed")  # of a manifest, each an object
WRITTEN = (MANIFEST, SIGNALS, TABLE, REJECTED)
SAID = "say"  # marks a sentence of ours


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What one method made of posts.

    Args:
        fingerprint: SHA-256 of all that it was made from.
        method: id and version.
        signals: as JSON holds them, the strongest first.
        notes: what could not be said.
        false_alarms_expected: by the method's own budget, where it has one.
    """

    fingerprint: str
    method: str
    signals: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    false_alarms_expected: float | None


KEPT = frozenset(field.name for field in fields(Kept))


def fingerprint_of(facts: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a result is made from."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def kept_from(outcome: Outcome, *, method: str, fingerprint: str) -> Kept:
    """Return what a method noticed, as JSON holds it."""
    return Kept(
        fingerprint=fingerprint,
        method=method,
        signals=[asdict(one) for one in outcome.signals],
        notes=[asdict(one) for one in outcome.notes],
        false_alarms_expected=outcome.false_alarms_expected,
    )


@contextmanager
def our_folder(out: Path) -> Iterator[Results]:
    """Yield the results of a folder, which is made where it is not; nobody else writes there meanwhile.

    Where the block fails before anything was kept, the folder is left as it was found.

    Raises:
        OutputNotOursError: it holds something else.
        OutputBusyError: another run writes there.
        OutputError: it cannot be written.
    """
    with _told_of(out):
        is_new, had_folder = not (out / BY_METHOD / MARK).exists(), out.exists()
        _check_ours(out)
        (out / BY_METHOD).mkdir(parents=True, exist_ok=True)
        held = os.open(out / BY_METHOD, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        with _told_of(out):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_new:
                (out / BY_METHOD / MARK).touch()
        try:
            yield Results(out)
        finally:
            if is_new:
                _leave_if_bare(out, had_folder=had_folder)
    finally:
        os.close(held)


@contextmanager
def _told_of(out: Path) -> Iterator[None]:
    """Turn what the system refuses into our errors."""
    try:
        yield
    except BlockingIOError as error:
        raise OutputBusyError(path=out) from error
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFullError(path=out) from error
        raise OutputError(path=out, reason=error.strerror or str(error)) from error


def _check_ours(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise OutputNotOursError(path=out, other=out.name)
    held = {entry.name for entry in out.iterdir()} if out.is_dir() else set()
    if not held:
        return
    within = out / BY_METHOD
    entries = [] if within.is_symlink() or not within.is_dir() else list(within.iterdir())
    was_stopped = held == {BY_METHOD} and within.is_dir() and not entries  # before it could leave its mark
    if not was_stopped and within / MARK not in entries:
        raise OutputNotOursError(path=out, other=min(held))
    ours = [out / f"{name}{ending}" for name in WRITTEN for ending in ("", PARTIAL)]
    for path in (within, *entries, *ours):
        if path.is_symlink():
            raise OutputNotOursError(path=out, other=path.name)


def _leave_if_bare(out: Path, *, had_folder: bool) -> None:
    """Take back what a run has begun that came to nothing: no result is kept, and no manifest."""
    within = out / BY_METHOD
    held = {entry.name for entry in (*out.iterdir(), *within.iterdir())}
    if held - {BY_METHOD, MARK, REJECTED}:
        return  # the next run goes on from there
    (out / REJECTED).unlink(missing_ok=True)
    (within / MARK).unlink()
    within.rmdir()
    if not had_folder and not any(out.iterdir()):
        out.rmdir()


class Results:
    """What a folder holds.

    Args:
        folder: which.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, name: str, fingerprint: str) -> Kept | None:
        """Return what is kept of a method, if it was made from the same."""
        kept = self._kept(name)
        return kept if kept is not None and kept.fingerprint == fingerprint else None

    def keep(self, name: str, kept: Kept) -> None:
        """Keep what a method made.

        Raises:
            OutputError: it cannot be written.
        """
        content = json.loads(_json(_marked(asdict(kept))))
        with _told_of(self.folder):
            self._write(self._path(name), _json({**content, "sha256": fingerprint_of(content)}))

    def forget(self, names: Collection[str]) -> None:
        """Let go of the results of these methods, where they are ours."""
        with _told_of(self.folder):
            for name in names:
                if self._kept(name) is not None:
                    self._path(name).unlink()

    def manifest(self) -> dict[str, Any] | None:
        """Return how the results were made; None where a run did not come to its end, or it is damaged.

        Raises:
            OutputNotOursError: the manifest is somebody else's.
        """
        manifest = _object_in(self.folder / MANIFEST)
        if manifest is None:
            return None
        if manifest.get("kind") != KIND:
            raise OutputNotOursError(path=self.folder, other=MANIFEST)
        is_whole = all(isinstance(manifest.get(name), dict) for name in PARTS)
        return manifest if is_whole else None

    def _path(self, name: str) -> Path:
        return self.folder / BY_METHOD / f"{name}.json"

    def _kept(self, name: str) -> Kept | None:
        """Return what is kept of a method; None where there is nothing, or nothing that we wrote as it is."""
        content = _object_in(self._path(name)) or {}
        if content.pop("sha256", None) != fingerprint_of(content):
            return None
        return Kept(**_unmarked(content)) if content.keys() == KEPT else None

    def finish(self, kept: Mapping[str, Kept], manifest: Mapping[str, Any]) -> None:
        """Write the signals of all methods together, and last how they were made.

        Raises:
            OutputError: they cannot be written.
        """
        from vigie.store import write_table

        signals = [signal for one in kept.values() for signal in one.signals]
        with _told_of(self.folder):
            self._write(self.folder / SIGNALS, _json({"signals": signals}))
            partial = self.folder / f"{TABLE}{PARTIAL}"
            write_table(table_of(signals), partial)
            _into_place(partial, self.folder / TABLE)
            self._write(self.folder / MANIFEST, _json(manifest))

    def _write(self, path: Path, text: str) -> None:
        partial = path.with_name(f"{path.name}{PARTIAL}")
        partial.write_text(text, encoding="utf-8")
        _into_place(partial, path)


def _object_in(path: Path) -> dict[str, Any] | None:
    """Return the object in a JSON file; None where there is no file, or it is damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _marked(value: Any) -> Any:
    """Return a value as JSON holds it; sentences of ours keep their mark, so that they can be said later."""
    if isinstance(value, Message):
        return {SAID: str(value)}
    if isinstance(value, dict):
        return {name: _marked(each) for name, each in value.items()}
    return [_marked(each) for each in value] if isinstance(value, list | tuple) else value


def _unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        said = value.get(SAID)
        if len(value) == 1 and isinstance(said, str):
            return Message(said)
        return {name: _unmarked(each) for name, each in value.items()}
    return [_unmarked(each) for each in value] if isinstance(value, list) else value


def _into_place(partial: Path, path: Path) -> None:
    to_disk(partial)
    partial.replace(path)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def table_of(signals: list[dict[str, Any]]) -> pa.Table:
    """Return signals as a table, a row each; `facts`, `indicators` and `exhibits` as JSON."""
    import pyarrow as pa

    schema = pa.schema(
        [
            *(
                (name, pa.string())
                for name in ("method", "kind", "subject_kind", "subject", "sentence", "facts")
            ),
            ("start_ms", pa.int64()),
            ("end_ms", pa.int64()),
            ("weight", pa.float64()),
            ("q_value", pa.float64()),
            ("accounts", pa.list_(pa.string())),
            ("account_count", pa.int64()),
            ("posts", pa.list_(pa.string())),
            ("post_count", pa.int64()),
            ("indicators", pa.string()),
            ("exhibits", pa.string()),
        ]
    )
    told = ("facts", "indicators", "exhibits")
    rows = [
        {**one, **{name: json.dumps(one[name], ensure_ascii=False, sort_keys=True) for name in told}}
        for one in signals
    ]
    return pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)
