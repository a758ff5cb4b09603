"""What a node should be like, looked at one thing at a time; each finding says what to do.

A check changes nothing. It yields findings; none at all where all is well there.
"""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.home import FOLDERS
from vigie_node.schema import look as look_at_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vigie.terms.languages import Message

    Check = Callable[[], Iterator["Finding"]]

State = Literal["ok", "warning", "problem"]
OTHERS = stat.S_IRWXG | stat.S_IRWXO
HERE = frozenset({"localhost", "127.0.0.1", "::1", None})
CLOCK_FIRST_MS = 1_767_225_600_000  # 2026-01-01: this version did not exist before
CLOCK_AHEAD_MS = 5 * 60_000
STUCK_MS = 10 * 60_000


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is not as it should be, and what to do about it."""

    state: State
    sentence: Message
    remedy: Message
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What one check found."""

    title: Message
    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        """The worst that was found."""
        found = {finding.state for finding in self.findings}
        return "problem" if "problem" in found else "warning" if found else "ok"


def problem(sentence: Message, remedy: Message, **facts: object) -> Finding:
    """Return a finding that keeps the node from working, or its data from being safe."""
    return Finding(state="problem", sentence=sentence, remedy=remedy, facts=facts)


def warning(sentence: Message, remedy: Message, **facts: object) -> Finding:
    """Return a finding that will become a problem, or weakens the node."""
    return Finding(state="warning", sentence=sentence, remedy=remedy, facts=facts)


def look() -> Iterator[Looked]:
    """Yield what every check found; those about rows only where the database answers."""
    tables = True
    for title, check in FIRST:
        looked = Looked(title=title, findings=tuple(check()))
        tables = tables and not (check is database and looked.state == "problem")
        yield looked
    for title, check in THEN if tables else ():
        yield Looked(title=title, findings=tuple(check()))


def folders() -> Iterator[Finding]:
    """Home and keys belong to the node's user alone, and can be written."""
    home = settings.HOME.folder
    for path in (home, *(home / name for name in FOLDERS)):
        if not path.is_dir():
            yield problem(
                say("The folder “{path}” is missing."),
                say("Make it, readable by its owner alone."),
                path=path,
            )
        elif path.stat().st_mode & OTHERS and path in {home, settings.HOME.keys}:
            yield problem(
                say("Others on this machine may look into “{path}”."),
                say("Take the right from them: chmod 700 {path}"),
                path=path,
            )
        elif not os.access(path, os.W_OK | os.X_OK):
            yield problem(
                say("“{path}” cannot be written."), say("Run the node as the folder’s owner."), path=path
            )


def keys() -> Iterator[Finding]:
    """Every key file is there, and readable by its owner alone."""
    from vigie_node.sources.keys import salt_file  # noqa: PLC0415 (models need Django set up)
    from vigie_node.sources.models import Project  # noqa: PLC0415

    projects = Project.objects.filter(key_destroyed_ms=None).values_list("id", flat=True)
    for path in (settings.HOME.keys / "master.key", *map(salt_file, projects)):
        if not path.is_file():
            yield problem(
                say("The key “{path}” is missing: what it sealed opens for nobody."),
                say("Put back the folder “keys”: it is kept apart from backups."),
                path=path,
            )
        elif path.stat().st_mode & OTHERS:
            yield problem(
                say("Others on this machine may read the key “{path}”."),
                say("Take the right from them: chmod 600 {path}"),
                path=path,
            )


def configuration() -> Iterator[Finding]:
    """The configuration fits the way the node is used."""
    node, host = settings.NODE, urlsplit(settings.NODE.address).hostname
    if urlsplit(node.address).scheme != "https" and host not in HERE:
        yield problem(
            say("People reach the node at {address}, without encryption: passwords can be read on the way."),
            say("Put a TLS proxy before it and write https:// in vigie.toml (see the guide on TLS)."),
            address=node.address,
        )
    if host == "127.0.0.1":
        yield warning(
            say("The address is {address}: browsers accept passkeys on “localhost” or a domain only."),
            say("Write http://localhost:{port} in vigie.toml."),
            address=node.address,
            port=str(node.port),
        )
    if node.second_factor != "required" and not node.exercise:
        yield warning(
            say("No second factor is asked for, and the node’s data are real."),
            say('Write `second_factor = "required"` in vigie.toml.'),
        )


def database() -> Iterator[Finding]:
    """The database answers, has this version's tables, and keeps what it confirmed."""
    try:
        connection.ensure_connection()
        schema = look_at_schema()
    except DatabaseError as error:
        yield problem(
            say("The database does not answer ({fault})."),
            say("Check DATABASE_URL and that the server runs; for SQLite, that the disk works."),
            fault=type(error).__name__,
        )
        return
    if schema.unknown:
        yield problem(
            say("A newer version of Vigie has altered the database."),
            say("Run that version, or restore a backup taken before the upgrade."),
        )
    if schema.pending:
        yield problem(
            say("Changes that this version makes to the database are missing: {count}."),
            say("Take a backup; `vigie up` makes them when it starts."),
            count=schema.pending,
        )
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        if mode not in {"wal", "memory"}:
            yield problem(
                say("SQLite keeps its journal as “{mode}”: readers and writers stand in each other’s way."),
                say("Put the node’s folder on a local disk: network disks cannot do it."),
                mode=mode,
            )


def room() -> Iterator[Finding]:
    """Disk and quota have room."""
    from vigie_node.sources.room import room_now  # noqa: PLC0415

    now = room_now()
    facts = {"used": now.used_bytes, "bytes_max": now.bytes_max, "free": now.free_bytes}
    if now.bytes_max and now.state != "ok":
        sentence = say("The store holds {used} bytes of {bytes_max}, and the disk has {free} left.")
    else:
        sentence = say("The store holds {used} bytes, and the disk has {free} left.")
    if now.state == "full":
        yield problem(sentence, say("Make room, or raise store_bytes_max: nothing comes in now."), **facts)
    elif now.state == "near":
        yield warning(sentence, say("Make room before intakes stop."), **facts)


def work() -> Iterator[Finding]:
    """A worker is there, and no work is stuck."""
    from vigie_node.jobs.access import workers_alive  # noqa: PLC0415
    from vigie_node.jobs.models import Job, State  # noqa: PLC0415

    waiting = Job.objects.filter(state=State.QUEUED, not_before_ms__lt=now_ms() - STUCK_MS)
    alive = workers_alive().exists()
    if not alive:
        yield warning(
            say("No worker was heard of in the last minute: nothing is taken in or looked at."),
            say("Start the node with `vigie up`."),
        )
    late = waiting.filter(created_ms__lt=now_ms() - STUCK_MS).count()
    if alive and late:
        yield warning(
            say("Work waits for more than ten minutes: {count}."),
            say("Look at the log of the worker; something long may be before them."),
            count=late,
        )


def live() -> Iterator[Finding]:
    """Live sources are looked after, and can be read."""
    from vigie_node.sources.live.looking import UNHEARD, figures  # noqa: PLC0415
    from vigie_node.sources.models import SourceHealth  # noqa: PLC0415

    counts = figures().counts
    if counts[UNHEARD]:
        yield warning(
            say("No collector was heard of in the last minute: live sources are not read ({count})."),
            say("Start the node with `vigie up`."),
            count=counts[UNHEARD],
        )
    failing = counts[SourceHealth.State.RETRYING] + counts[SourceHealth.State.PAUSED]
    if failing:
        yield warning(
            say("Live sources that cannot be read now: {count}."),
            say("The page of each of them says why; they are tried again."),
            count=failing,
        )


def outbox() -> Iterator[Finding]:
    """Whoever must act on what is recorded does so."""
    from vigie_node.jobs import registry  # noqa: PLC0415
    from vigie_node.ledger.outbox import stalled  # noqa: PLC0415

    registry.load()
    for cursor in stalled():
        yield problem(
            say("“{name}” fails again and again ({fault}) at entry {seq} of the ledger."),
            say("Look at the log of the worker, and report it: what follows waits."),
            name=cursor.name,
            fault=cursor.fault,
            seq=cursor.seq + 1,
        )


def ledger() -> Iterator[Finding]:
    """The ledger's last entry is what was witnessed, and the database refuses to alter entries."""
    from vigie_node.ledger.access import last_verification  # noqa: PLC0415
    from vigie_node.ledger.guard import is_guarded  # noqa: PLC0415
    from vigie_node.ledger.models import Entry, Head  # noqa: PLC0415
    from vigie_node.ledger.witness import FILE, read_witness  # noqa: PLC0415

    look_closer = say("Run `vigie ledger verify`; if a backup was put back by hand, use `vigie restore`.")
    head, last = Head.objects.filter(id=1).first(), Entry.objects.order_by("-seq").first()
    if (head.seq if head else 0) != (last.seq if last else 0):
        yield problem(say("The ledger’s last entry is not the one it should be."), look_closer)
    try:
        seen = read_witness(settings.HOME.keys / FILE)
    except VigieError as error:
        yield Finding(state="problem", sentence=error.sentence, remedy=error.remedy, facts=error.facts)
        return
    if seen is not None and seen.seq and not Entry.objects.filter(seq=seen.seq, hash=seen.hash).exists():
        yield problem(say("The ledger lacks entry {seq}, which was witnessed."), look_closer, seq=seen.seq)
    if not is_guarded():
        yield problem(
            say("The database does not refuse to alter the ledger’s entries: its triggers are gone."),
            say("Find out who removed them, run `vigie ledger verify`, and restore a backup."),
        )
    verified = last_verification()
    if verified is not None and verified.said.get("problems"):
        yield problem(say("The last verification of the ledger found problems."), look_closer)


def clock() -> Iterator[Finding]:
    """The machine's clock can be right."""
    from vigie_node.ledger.models import Entry  # noqa: PLC0415

    last = Entry.objects.order_by("-seq").values_list("at_ms", flat=True).first() or 0
    if now_ms() < CLOCK_FIRST_MS or now_ms() + CLOCK_AHEAD_MS < last:
        yield problem(
            say("The machine’s clock is behind: what is recorded already lies in its future."),
            say("Set the clock, and keep it by NTP: retention and codes to sign in depend on it."),
        )


def port() -> Iterator[Finding]:
    """The address can be listened on, or the node does so already."""
    from vigie_node.jobs.access import workers_alive  # noqa: PLC0415

    node = settings.NODE
    if not _is_taken(node.host, node.port) or workers_alive().exists():
        return
    yield warning(
        say("Something listens on {host}:{port}, and this node’s worker does not run."),
        say("Stop that program, or write another port in vigie.toml."),
        host=node.host,
        port=str(node.port),
    )


def _is_taken(host: str, number: int) -> bool:
    """Tell whether we could not listen there ourselves."""
    try:
        with socket.create_server((host, number), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return False
    except OSError:
        return True


def cache() -> Iterator[Finding]:
    """Compiled code can be kept: without that each run compiles anew."""
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or settings.HOME.cache / "numba")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError:
        yield warning(
            say("Compiled code cannot be kept in “{path}”: each run takes seconds longer to begin."),
            say("Let the node’s user write there."),
            path=folder,
        )


def pages() -> Iterator[Finding]:
    """The static files of the pages are there."""
    built = resources.files("vigie_node.web") / "static" / "web" / "build" / "vigie.js"
    if not built.is_file():
        yield problem(
            say("The pages’ scripts and fonts are missing from this installation."),
            say("Install the wheel, or run `npm ci && npm run build` in the source tree."),
        )


FIRST: tuple[tuple[Message, Check], ...] = (
    (say("Folders"), folders),
    (say("Configuration"), configuration),
    (say("Pages"), pages),
    (say("Compiled code"), cache),
    (say("Database"), database),
)
THEN: tuple[tuple[Message, Check], ...] = (
    (say("Keys"), keys),
    (say("Room"), room),
    (say("Work"), work),
    (say("Live sources"), live),
    (say("Ledger"), ledger),
    (say("Outbox"), outbox),
    (say("Clock"), clock),
    (say("Port"), port),
)
