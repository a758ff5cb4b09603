"""Keep the parts of a node running: web, worker, collector and lookout, children that die with this one.

1. Hold the home, so that no second node runs in it. 2. Take the port. 3. Bring the tables to this version. 4.
Start the parts, and start again what ends, later each time. 5. Told to stop, tell them and wait; told twice,
kill them.

It stays small: Django is imported by the children only.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from vigie.terms.errors import VigieError
from vigie.terms.languages import Message, say
from vigie_node.schema import DONE, NEWER, UNREACHABLE
from vigie_node.tied import environment_of_child
from vigie_node.wakeups import Wakeups

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

    from vigie_node.home import Home

WEB, WORKER, COLLECTOR, LOOKOUT = "web", "worker", "collector", "lookout"
PARTS = (WEB, WORKER, COLLECTOR, LOOKOUT)
NAMES = {
    WEB: say("the web server"),
    WORKER: say("the worker"),
    COLLECTOR: say("the collector"),
    LOOKOUT: say("the lookout"),
}
MODULES = {
    WORKER: "vigie_node.jobs.worker",
    COLLECTOR: "vigie_node.sources.collector",
    LOOKOUT: "vigie_node.alerts.lookout",
}
RUNS = {
    WORKER: say("The worker runs. Ctrl-C stops it."),
    COLLECTOR: say("The collector runs. Ctrl-C stops it."),
    LOOKOUT: say("The lookout runs. Ctrl-C stops it."),
}
BACKLOG = 512
LOOK_EVERY_S = 1.0
READY_EVERY_S = 0.1
BACKOFF_FIRST_S, BACKOFF_MAX_S = 1.0, 30.0
STEADY_S = 60.0  # whoever ran so long starts again at once
GRACE_S = 25.0  # longer than each part needs for its own
LOG_BYTES_MAX = 10 * 1024 * 1024  # a longer log is set aside at the next start


class RunningNodeError(VigieError):
    """Another process holds the home."""

    code = "node.running"
    sentence = say("A node already runs in “{path}”.")
    remedy = say("Stop it first, or name another folder in VIGIE_HOME.")


class TakenPortError(VigieError):
    """The web process cannot have its address."""

    code = "port.taken"
    sentence = say("Port {port} of {host} cannot be used: {reason}.")
    remedy = say("Stop what uses it, or give another with --port or --host.")


class NewerDatabaseError(VigieError):
    """A newer version has altered the tables."""

    code = "database.newer"
    sentence = say("This node’s database was made by a newer version of Vigie.")
    remedy = say("Install that version, or restore a backup made before the upgrade.")


class UnreachableDatabaseError(VigieError):
    """The database does not answer."""

    code = "database.unreachable"
    sentence = say("The node’s database cannot be reached.")
    remedy = say("Look at the line above, and at DATABASE_URL if it is set.")


class SchemaError(VigieError):
    """The tables could not be brought to this version."""

    code = "database.upgrade"
    sentence = say("The node’s database could not be brought to this version.")
    remedy = say("The lines above say why; nothing was half done. `vigie doctor` looks at the node.")


class Tell(Protocol):
    """How the supervisor says what happens."""

    def __call__(self, message: Message, /, **facts: object) -> None:
        """Say it."""


@dataclass
class Part:
    """One child process that is kept running."""

    name: str
    command: list[str]
    fds: tuple[int, ...] = ()
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    begun_s: float = 0.0
    again_s: float | None = None
    waits_s: float = field(default=BACKOFF_FIRST_S)

    def start(self) -> None:
        """Start it."""
        self.begun_s, self.again_s = time.monotonic(), None
        with ExitStack() as stack:
            errors = stack.enter_context(_log_file(self.log)) if self.log else None
            self.process = subprocess.Popen(  # noqa: S603 (our own program, on our own interpreter)
                self.command,
                env=environment_of_child(),
                pass_fds=self.fds,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,  # Ctrl-C comes to the supervisor alone
            )

    def look(self, tell: Tell) -> None:
        """Start it again when it has ended and its time has come."""
        now_s = time.monotonic()
        if self.again_s is not None:
            if now_s >= self.again_s:
                self.start()
        elif self.process is not None and self.process.poll() is not None:
            steady = now_s - self.begun_s >= STEADY_S
            wait_s = BACKOFF_FIRST_S if steady else self.waits_s
            self.waits_s = min(BACKOFF_MAX_S, 2 * wait_s)
            self.again_s = now_s + wait_s
            tell(
                say("{part} ended (status {status}); it starts again in {seconds} s."),
                part=NAMES[self.name],
                status=str(self.process.returncode),
                seconds=round(wait_s),
            )

    def is_running(self) -> bool:
        """Tell whether its process lives."""
        return self.process is not None and self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send its process a signal."""
        if self.process is not None and self.is_running():
            with suppress(ProcessLookupError):
                self.process.send_signal(number)


def supervise(
    home: Home,
    tell: Tell,
    *,
    parts: tuple[str, ...] = PARTS,
    host: str | None = None,
    port: int | None = None,
    log_to_files: bool = False,
) -> None:
    """Run a node until told to stop.

    Args:
        home: its folder.
        tell: how to say what happens.
        parts: what of it.
        host: where pages are served, else as configured.
        port: the same; 0 takes any free one.
        log_to_files: write the parts' logs to the home's folder, not to standard error.

    Raises:
        RunningNodeError: it runs already.
        TakenPortError: the address cannot be had.
        NewerDatabaseError: a newer version's database.
        UnreachableDatabaseError: the database does not answer.
        SchemaError: its tables could not be brought to this version.
    """
    with ExitStack() as held, Wakeups() as wakeups:
        for part in parts:
            held.enter_context(hold(home, part))  # (1)
        listening = None
        if WEB in parts:
            asked_host, asked_port = host or home.configuration.host, home.configuration.port
            listening = held.enter_context(listen(asked_host, asked_port if port is None else port))  # (2)
        prepare_database()  # (3)
        if not wakeups.stops:
            logs = home.logs if log_to_files else None
            _keep(home, parts, listening, wakeups, tell, logs)  # (4), (5)


def hold(home: Home, part: str) -> IO[str]:
    """Return the lock of one part of a home; it is let go when the file is closed or the process dies.

    Raises:
        RunningNodeError: somebody has it.
    """
    file = (home.folder / f"{part}.lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise RunningNodeError(path=home.folder) from error
    return file


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        TakenPortError: the address is taken, not this machine's, or not allowed.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise TakenPortError(host=host, port=str(port), reason=os.strerror(error.errno or 0)) from error


def prepare_database() -> None:
    """Bring the tables to this version, in a process of its own."""
    command = [sys.executable, "-m", "vigie_node.schema"]
    status = subprocess.run(command, check=False, env=environment_of_child()).returncode  # noqa: S603 (ours)
    known = {NEWER: NewerDatabaseError, UNREACHABLE: UnreachableDatabaseError}
    if status != DONE:
        raise known.get(status, SchemaError)


def address_of(home: Home, listening: socket.socket) -> str:
    """Return the address that people use: as configured, but with the port that is really served."""
    configured = urlsplit(home.configuration.address)
    port = listening.getsockname()[1]
    if port == home.configuration.port or configured.hostname is None:
        return home.configuration.address
    return f"{configured.scheme}://{configured.hostname}:{port}"


def _keep(
    home: Home,
    names: tuple[str, ...],
    listening: socket.socket | None,
    wakeups: Wakeups,
    tell: Tell,
    logs: Path | None,
) -> None:
    """Start the parts, keep them running, stop them."""
    ready, say_ready = os.pipe()
    os.set_blocking(ready, False)
    parts = [_part(name, listening, say_ready, logs) for name in names]
    try:
        for part in parts:
            part.start()
        if logs:
            tell(say("What the node logs is in {path}."), path=logs)
        if listening is None:
            tell(RUNS[names[0]])
        waiting = listening is not None
        while not wakeups.stops:
            for part in parts:
                part.look(tell)
            if waiting and listening is not None and _is_said(ready):
                waiting = False
                tell(
                    say("The console is at {address} – Ctrl-C stops it."), address=address_of(home, listening)
                )
            wakeups.wait(READY_EVERY_S if waiting else LOOK_EVERY_S)
    finally:
        tell(say("Stopping…"))
        _stop(parts, wakeups)
        os.close(ready)
        os.close(say_ready)
    tell(say("Stopped."))


def _part(name: str, listening: socket.socket | None, say_ready: int, logs: Path | None) -> Part:
    log = logs / f"{name}.log" if logs else None
    if name == WEB and listening is not None:
        fds = (listening.fileno(), say_ready)
        command = [sys.executable, "-m", "vigie_node.serving", *map(str, fds)]
        return Part(name, command, fds=fds, log=log)
    return Part(name, [sys.executable, "-m", MODULES[name]], log=log)


def _stop(parts: list[Part], wakeups: Wakeups) -> None:
    """Tell every part to stop and wait; kill what has not after the grace, or when told to stop again."""
    for part in parts:
        part.send(signal.SIGTERM)
    end_s, asked = time.monotonic() + GRACE_S, wakeups.stops
    while any(part.is_running() for part in parts) and time.monotonic() < end_s and wakeups.stops == asked:
        wakeups.wait(READY_EVERY_S)
    for part in parts:
        part.send(signal.SIGKILL)
        if part.process is not None:
            part.process.wait()


def _is_said(ready: int) -> bool:
    try:
        return bool(os.read(ready, 1))
    except BlockingIOError:
        return False


def _log_file(path: Path) -> IO[bytes]:
    """Return the log, opened at its end; one that has grown long is set aside first."""
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")
