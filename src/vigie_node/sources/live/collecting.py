"""The collector's one loop over the database: which sources are read, what came, how they are.

1. Read which sources people want. 2. Stop what is no longer wanted, or no longer allowed. 3. Pause while
there is no room. 4. Start what is missing. 5. Close segments and hand them in. 6. Note how each source is.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from vigie.outbound import Client
from vigie.terms.errors import VigieError
from vigie_node.clock import now_ms
from vigie_node.sources.actions import live as actions
from vigie_node.sources.actions.live import folder_of
from vigie_node.sources.live import jetstream, mastodon, visits
from vigie_node.sources.live.backoff import Backoff
from vigie_node.sources.live.errors import BacklogError, DiskError
from vigie_node.sources.live.health import Health
from vigie_node.sources.live.listening import Listening
from vigie_node.sources.live.policy import policy_of
from vigie_node.sources.live.robots import Robots
from vigie_node.sources.live.running import Runner
from vigie_node.sources.live.segments import Segments, closed_in
from vigie_node.sources.models import Intake, Source, SourceHealth
from vigie_node.sources.room import room_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

LOG = structlog.stdlib.get_logger("vigie_node.sources.live")

CHECK_S, NOTE_S, SWEEP_S = 10.0, 5.0, 3600.0
STOP_S = 5.0  # how long a listener may take to end
BACKLOG_BYTES_MAX = 2 * 1024**3  # of one source, waiting for the worker
FAILED_MS = 7 * 24 * 60 * 60_000  # how long a segment lies whose intake failed
EVERY_S = 900
UNDER_WAY = (Intake.State.WAITING, Intake.State.RUNNING)
LISTENERS = {
    Source.Kind.JETSTREAM: (jetstream.listen, jetstream.cursor_of),
    Source.Kind.MASTODON: (mastodon.listen, mastodon.cursor_of),
    Source.Kind.FEED: (visits.feed, visits.cursor_of),
    Source.Kind.SITEMAP: (visits.sitemap, visits.cursor_of),
}


class Collector:
    """Reads all sources of the node. The main thread's only; listeners have threads of their own."""

    def __init__(self) -> None:
        self._client = Client(policy_of(settings.NODE))
        self._robots = Robots(self._client, now_ms=now_ms)
        self._runners: dict[UUID, Runner] = {}
        self._paused: dict[UUID, VigieError] = {}
        self._handed: set[Path] = set()  # segments whose intake is asked for
        self._next_s: dict[str, float] = {}

    def look(self) -> None:
        """Do once what the module says."""
        wanted = {source.pk: source for source in _wanted()}  # (1)
        for pk in self._runners.keys() - wanted.keys():
            source = Source.objects.select_related("declaration__project", "by").get(pk=pk)
            with _alone(source):
                self._leave(source)  # (2)
        if self._is_time("check", CHECK_S):
            self._check(wanted)  # (2), (3)
        for pk in wanted.keys() - self._runners.keys() - self._paused.keys():
            self._try_to_start(wanted[pk])  # (4)
        for source in list(wanted.values()):
            with _alone(source):
                self._carry(source, wanted)  # (5)
        if self._is_time("sweep", SWEEP_S):
            self._sweep(wanted)
        if self._is_time("note", NOTE_S):
            self._note(wanted.values())  # (6)

    def stop(self) -> None:
        """End all listeners, close their segments and hand these in."""
        for runner in self._runners.values():
            runner.stop()
        wanted = {source.pk: source for source in _wanted()}
        for pk in list(self._runners):
            to = self._end(pk)
            if pk in wanted:
                self._try_to_hand_in(wanted[pk], to, wanted)
        self._note(wanted.values())

    def _check(self, wanted: dict[UUID, Source]) -> None:
        """Stop sources that are not allowed any more; pause those for which there is no room."""
        for source in list(wanted.values()):
            refusal = _refusal(source)
            if refusal is not None:
                self._forbid(source, refusal, wanted)
        full = _fullness()
        for pk in wanted:
            hindrance = full or _backlog(pk)
            if hindrance is None:
                self._paused.pop(pk, None)
            else:
                self._paused[pk] = hindrance
                if pk in self._runners:
                    self._end(pk)

    def _try_to_start(self, source: Source) -> None:
        try:
            self._start(source)
        except VigieError as error:
            self._paused[source.pk] = error  # `_check` tries again
        except OSError as error:
            self._paused[source.pk] = DiskError(reason=os.strerror(error.errno or 0))

    def _start(self, source: Source) -> None:
        listen, _ = LISTENERS[Source.Kind(source.kind)]
        health = source.health
        to = Listening(
            address=actions.address_of(source),
            options=source.options | {actions.STREAMING: actions.streaming_of(source)},
            secrets=actions.secrets_of(source),
            cursor=actions.cursor_of(source),
            every_s=float(source.options.get("every_s", EVERY_S)),
            client=self._client,
            segments=Segments(folder_of(source.pk), now_ms=now_ms),
            health=Health(
                now_ms,
                event_count=health.event_count,
                unread_count=health.unread_count,
                reconnect_count=health.reconnect_count,
                last_event_ms=health.last_event_ms,
            ),
            robots=self._robots,
            now_ms=now_ms,
            check_elsewhere=actions.elsewhere_check(source),
            stopping=threading.Event(),
        )
        self._runners[source.pk] = Runner(to, listen, Backoff(Random()))  # noqa: S311 (spreads attempts)
        self._runners[source.pk].start()

    def _end(self, pk: UUID) -> Listening:
        """End a listener, close what it wrote, and return what it worked with."""
        runner = self._runners.pop(pk)
        runner.stop()
        if not runner.wait(STOP_S):
            LOG.warning("a listener is slow to end", source=str(pk))  # it waits for an answer; then it ends
        runner.to.segments.close()
        return runner.to

    def _leave(self, source: Source) -> None:
        """End a source that people stopped; what came until then is taken in."""
        to = self._end(source.pk)
        self._hand_in_rest(source, to)

    def _hand_in_rest(self, source: Source, to: Listening | None) -> None:
        """Hand in what waits of a stopped source; what its declaration does not allow any more is removed."""
        try:
            self._hand_in(source, to)
        except VigieError as error:
            if not _is_end(error):
                raise
            left = _unhanded(source)
            if left:
                lost_bytes = sum(path.stat().st_size for path in left)
                actions.record_lost(source, error, lost_bytes=lost_bytes)
            _remove(left)

    def _forbid(self, source: Source, refusal: VigieError, wanted: dict[UUID, Source]) -> None:
        """End a source whose declaration no longer holds; what waits may not be taken in, and is removed."""
        if source.pk in self._runners:
            self._end(source.pk)
        left = _unhanded(source)
        lost_bytes = sum(path.stat().st_size for path in left)
        actions.end_source(source, refusal, lost_bytes=lost_bytes)
        _remove(left)
        wanted.pop(source.pk, None)

    def _carry(self, source: Source, wanted: dict[UUID, Source]) -> None:
        """Hand in what is closed of a source; close what is due first."""
        runner = self._runners.get(source.pk)
        if runner is not None:
            runner.to.segments.close_if_due(may_wait=self._is_busy(source))
        self._try_to_hand_in(source, runner.to if runner else None, wanted)

    def _try_to_hand_in(self, source: Source, to: Listening | None, wanted: dict[UUID, Source]) -> None:
        try:
            self._hand_in(source, to)
        except VigieError as error:
            if _is_end(error):
                self._forbid(source, error, wanted)
                return
            self._paused[source.pk] = error  # no room: `_check` looks again
            if source.pk in self._runners:
                self._end(source.pk)

    def _hand_in(self, source: Source, to: Listening | None) -> None:
        _, cursor_of = LISTENERS[Source.Kind(source.kind)]
        for path in closed_in(folder_of(source.pk)):
            if path not in self._handed:
                cursor = cursor_of(actions.cursor_of(source) if to is None else to.cursor, path)
                actions.hand_in(source, path, cursor=cursor)
                self._handed.add(path)
                if to is not None:
                    to.cursor = cursor  # the file goes when it is taken in

    def _is_busy(self, source: Source) -> bool:
        """Tell whether an intake of this source is not done: then its segment grows on."""
        paths = [str(path) for path in self._handed if path.parent == folder_of(source.pk)]
        return Intake.objects.filter(
            declaration=source.declaration_id, path__in=paths, state__in=UNDER_WAY
        ).exists()

    def _sweep(self, wanted: Mapping[UUID, Source]) -> None:
        """Hand in what processes that were killed left of stopped sources; remove what failed long ago."""
        self._handed = {path for path in self._handed if path.exists()}
        for folder in (settings.HOME.spool / "live").glob("*"):
            source = _known(folder.name)
            if source is None:
                shutil.rmtree(folder)  # of a database that was put back from before it was begun
            elif source.pk not in wanted:
                with _alone(source):
                    self._leave_behind(source, folder)
        old = Intake.objects.filter(
            path__in=[str(path) for path in self._handed],
            state__in=(Intake.State.FAILED, Intake.State.CANCELLED),
            finished_ms__lt=now_ms() - FAILED_MS,
        )
        for path in [path for path in self._handed if str(path) in set(old.values_list("path", flat=True))]:
            path.unlink(missing_ok=True)

    def _leave_behind(self, source: Source, folder: Path) -> None:
        if not _files(folder):
            folder.rmdir()
            return
        Segments(folder, now_ms=now_ms).close()
        self._hand_in_rest(source, None)

    def _note(self, sources: Iterable[Source]) -> None:
        actions.note_health([(source, *self._state_of(source.pk)) for source in sources])

    def _state_of(self, pk: UUID) -> tuple[str, Mapping[str, Any], VigieError | None]:
        runner, states = self._runners.get(pk), SourceHealth.State
        if runner is None:
            paused = self._paused.get(pk)
            return (states.PAUSED if paused else states.WAITING), {"events_per_minute": 0}, paused
        now = runner.to.health.now()
        state = states.OPEN if now.is_open else states.RETRYING if now.error else states.WAITING
        names = (
            *("last_event_ms", "lag_ms", "event_count", "unread_count", "events_per_minute"),
            *("reconnect_count", "next_ms", "error_ms"),
        )
        return state, {name: getattr(now, name) for name in names}, now.error

    def _is_time(self, what: str, every_s: float) -> bool:
        now_s = time.monotonic()
        if now_s < self._next_s.get(what, 0.0):
            return False
        self._next_s[what] = now_s + every_s
        return True


@contextmanager
def _alone(source: Source) -> Iterator[None]:
    """Let what fails for one source stop no other: what it has waits for the next look or sweep."""
    try:
        yield
    except VigieError as error:
        LOG.warning("segments of a source wait", source=str(source.pk), code=error.code)
    except OSError as error:
        LOG.warning("segments of a source wait", source=str(source.pk), errno=error.errno)


def _is_end(error: VigieError) -> bool:
    """Tell whether a declaration does not allow any more what an action was asked for."""
    return error.code.startswith("declaration.")


def _wanted() -> Iterator[Source]:
    yield from Source.objects.filter(stopped_ms=None).select_related("declaration__project", "health", "by")


def _refusal(source: Source) -> VigieError | None:
    """Return why a declaration no longer allows a source, or None."""
    try:
        with transaction.atomic():
            actions.check_allowed(source)
    except VigieError as error:
        return error if _is_end(error) else None
    return None


def _fullness() -> VigieError | None:
    try:
        room_now().check()
    except VigieError as error:
        return error
    return None


def _backlog(pk: UUID) -> VigieError | None:
    waiting = sum(path.stat().st_size for path in closed_in(folder_of(pk)) if path.exists())
    return BacklogError(bytes=waiting) if waiting > BACKLOG_BYTES_MAX else None


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _unhanded(source: Source) -> list[Path]:
    """Return the files of a source whose intake nobody has asked for."""
    held = set(Intake.objects.filter(declaration=source.declaration_id).values_list("path", flat=True))
    return [path for path in _files(folder_of(source.pk)) if str(path) not in held]


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _known(name: str) -> Source | None:
    try:
        pk = UUID(name)
    except ValueError:
        return None
    return Source.objects.filter(pk=pk).select_related("declaration__project", "by").first()
