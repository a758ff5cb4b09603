"""Two analysts at work while the node is killed again and again: is anything lost, or done twice?

    python benchmarks/endurance.py [--seconds 120] [--seed N]

A real node, on SQLite and on PostgreSQL. Two people, each with a session of their own, review alerts (through
pages and the API), send files, start runs and take exports, as fast as the node answers. Meanwhile the web
process (while a form is on its way), the worker, its child at work, and the whole of `vigie up` are killed
with -9 at random moments and started again; backups are taken, one of them killed.

Then everything is killed once more and started, the work that waits comes to its end, and each act is held
against the database and the ledger: what was acknowledged (2xx or 3xx) is there, once; what was not is there
once or not at all. Each backup is restored and holds all that was acknowledged before it began. A form that
got no answer is sent again, as a browser does: it counts once.

What would only be waited for is not waited for: leases of killed workers and the waits between attempts are
cut short, once nothing runs that could hold them.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from nodes import (
    CHILD,
    REDIRECTS,
    SERVING,
    WORKER,
    Answer,
    Browser,
    LostError,
    Node,
    Up,
    database_beside,
    is_alive,
    made,
    on_both,
    people_of,
    remove,
    until,
)
from places import WORK
from tables import show

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Sequence

    from nodes import Known

POSTS_A_FILE = 40
EXERCISE_POSTS = 6_000  # a small conversation: a run takes seconds, and finds some groups
UPLOAD_EVERY_S, RUN_EVERY_S, EXPORT_EVERY_S = 5.0, 9.0, 3.0  # for each analyst; reviews fill the rest
SENT_AGAIN_MAX = 200
ACTS_BETWEEN, WORK_S_MAX = 6, 30.0  # from one kill to the next
DRAIN_S = 900.0
SERVER_ERROR = 500
OK = range(200, 300)
VICTIMS = ("web", "web", "web", "worker", "child", "child", "child", "all", "all")
VERDICTS = ("confirm", "dismiss", "unsure")


@dataclass(kw_only=True)
class Act:
    """Something that a person did, as far as their browser can tell."""

    kind: str
    key: str  # what marks it in the database
    by: str
    sent: int = 0  # how often
    acked_s: float | None = None  # when it was acknowledged
    answer: str = ""


@dataclass
class Analyst:
    """Somebody who works without pause."""

    known: Known
    node: Node
    alerts: list[str]
    declaration: str
    chance: Random
    ended: Event
    sending: Event
    acts: list[Act] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Sign in."""
        self.browser = Browser(self.node.port, keeps=False, timeout_s=60)
        self.browser.sign_in(self.known)
        self.due = dict.fromkeys((self.upload, self.run, self.export), 0.0)

    def work(self) -> None:
        """Do one thing after another until told to end."""
        every_s = {self.upload: UPLOAD_EVERY_S, self.run: RUN_EVERY_S, self.export: EXPORT_EVERY_S}
        try:
            while not self.ended.is_set():
                now_s = time.monotonic()
                due = [act for act, at_s in self.due.items() if at_s <= now_s]
                act = (
                    self.chance.choice(due)
                    if due
                    else self.chance.choice((self.review, self.review_by_api, self.look))
                )
                if due:
                    self.due[act] = now_s + every_s[act] * self.chance.uniform(0.5, 1.5)
                act()
        except Exception as fault:  # noqa: BLE001 (a thread's outermost edge: said with the findings)
            self.faults.append(f"{type(fault).__name__}: {fault}")

    def review(self) -> None:
        """Give a verdict through the page; send the same form again until it is answered."""
        alert, act = self.chance.choice(self.alerts), self._act("review")
        form = {"review": str(uuid4()), "verdict": self.chance.choice(VERDICTS), "reason": act.key}
        for _ in range(SENT_AGAIN_MAX):
            answer = self._sent(act, f"/en/alerts/{alert}/review", form)
            if answer is not None or self.ended.is_set():
                return
            time.sleep(0.1)

    def review_by_api(self) -> None:
        """Give a verdict through the API; never twice, for nothing marks it as the same."""
        alert, act = self.chance.choice(self.alerts), self._act("review by API")
        content = {"verdict": self.chance.choice(VERDICTS), "reason": act.key}
        path = f"/api/v1/alerts/{alert}/reviews"
        self._noted(act, lambda: self.browser.post_json(path, content, token=self.known.token))

    def upload(self) -> None:
        """Send a small file that nobody has sent before."""
        act = self._act("upload")
        form = {"declaration": self.declaration, "mapping": "", "encoding": "", "time_unit": "auto"}
        self._sent(act, "/en/watch/intakes/new", form, file=(act.key, _posts(act.key, self.chance)))

    def run(self) -> None:
        """Start a run."""
        self._sent(self._act("run"), "/en/watch/runs/begin", {"declaration": self.declaration})

    def export(self) -> None:
        """Take the ledger out as a file."""
        self._sent(self._act("export"), "/en/ledger/export", {})

    def look(self) -> None:
        """Look at a page."""
        alert = self.chance.choice(self.alerts)
        path = self.chance.choice(("/en/", "/en/alerts", f"/en/alerts/{alert}", f"/en/alerts/{alert}/posts"))
        with suppress(LostError):
            self._count("look", self.browser.get(path))

    def _act(self, kind: str) -> Act:
        act = Act(kind=kind, key=f"{kind} {uuid4()}", by=self.known.id)
        if kind == "upload":
            act.key = f"{secrets.token_hex(8)}.csv"
        self.acts.append(act)
        return act

    def _sent(
        self, act: Act, path: str, form: dict[str, str], *, file: tuple[str, bytes] | None = None
    ) -> Answer | None:
        return self._noted(act, lambda: self.browser.send(path, form, file=file))

    def _noted(self, act: Act, send: Callable[[], Answer]) -> Answer | None:
        act.sent += 1
        self.sending.set()
        try:
            answer = send()
        except LostError:
            self.answers[f"{act.kind}: no answer"] += 1
            return None
        self._count(act.kind, answer)
        if (answer.status in REDIRECTS or answer.status in OK) and "sign-in" not in answer.location:
            act.acked_s, act.answer = time.monotonic(), answer.location
        return answer

    def _count(self, kind: str, answer: Answer) -> None:
        signed_out = " to the sign-in page" if "sign-in" in answer.location else ""
        self.answers[f"{kind}: {answer.status}{signed_out}"] += 1


def _posts(name: str, chance: Random) -> bytes:
    """Return a file of posts, some of which say the same thing within seconds."""
    begin = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(40_000))
    lines = ["author,created_at,post_id,share_of,body"]
    for at in range(POSTS_A_FILE):
        when = (begin + timedelta(seconds=7 * at)).strftime("%Y-%m-%d %H:%M:%S")
        said = f"Le pont ferme {name}" if at % 4 == 0 else f"Texte {name} {at}"
        lines.append(f"endurant-{chance.randrange(60)},{when},{name}-{at},,{said}")
    return "\n".join([*lines, ""]).encode()


def chances(seed: int) -> Random:
    """Return a source of chance; what a seed gives is the same each time, but for what the machine does."""
    return Random(seed)  # noqa: S311 (nothing here is a secret)


# --- the storm


@dataclass
class Storm:
    """Kills parts of a node at random moments, and starts it again."""

    node: Node
    chance: Random
    sending: Event
    up: Up
    struck: Counter[str] = field(default_factory=Counter)
    outlived: list[str] = field(default_factory=list)
    next: list[str] = field(default_factory=list)

    def strike(self) -> None:
        """Kill something, and wait until pages are answered again or for a while."""
        if not self.next:
            self.next = self.chance.sample(VICTIMS, k=len(VICTIMS))
        victim = self.next.pop()
        if victim == "web" and SERVING not in self.up.parts():  # it waits to be started again
            victim = "all"
        if victim == "all":
            self.kill_all()
            self.start()
            self.up.wait_ready()
        else:
            getattr(self, f"_{victim}")()

    def kill_all(self) -> None:
        """Kill `vigie up`, and see that nothing of it lives on."""
        self._as_a_form_is_sent()
        below = self.up.kill()
        self.struck["the whole of vigie up"] += 1
        try:
            until(lambda: not any(map(is_alive, below)), patience_s=20)
        except TimeoutError:
            self.outlived.append("a process outlived vigie up")

    def start(self) -> None:
        """Start it again."""
        self.up = self.node.start()

    def _web(self) -> None:
        self._as_a_form_is_sent()
        self._kill(SERVING, "the web process")

    def _worker(self) -> None:
        self._kill(WORKER, "the worker")

    def _child(self) -> None:
        with suppress(TimeoutError):
            until(lambda: CHILD in self.up.parts(), patience_s=8)
        time.sleep(self.chance.choice((0.0, 1.0)) * self.chance.uniform(0, 8))
        self._kill(CHILD, "the worker’s child")

    def _as_a_form_is_sent(self) -> None:
        self.sending.clear()
        self.sending.wait(2)
        time.sleep(self.chance.choice((0.03, 0.3)) * self.chance.random())

    def _kill(self, module: str, name: str) -> None:
        pid = self.up.parts().get(module)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.struck[name] += 1


@dataclass
class Backups:
    """Takes backups while all this goes on; one of them is killed."""

    node: Node
    folder: Path
    taken: list[tuple[Path, float]] = field(default_factory=list)  # where, and when it began
    failed: list[str] = field(default_factory=list)
    killed: int = 0

    def take(self) -> None:
        """Take one, to its end."""
        out, begun_s = self.folder / f"backup-{len(self.taken)}.tar.zst", time.monotonic()
        done = self.node.command("backup", out)
        if done.returncode:
            self.failed.append(done.stderr[-500:])
        else:
            self.taken.append((out, begun_s))

    def take_and_kill(self, chance: Random) -> None:
        """Begin one and kill it."""
        process = self._begin(self.folder / "killed.tar.zst")
        spool = self.node.home / "spool"
        with suppress(TimeoutError):
            until(lambda: list(spool.glob("backup-*")) or process.poll() is not None, patience_s=30)
        time.sleep(chance.uniform(0, 0.05))
        process.kill()
        self.killed += process.wait() == -signal.SIGKILL

    def _begin(self, out: Path) -> subprocess.Popen[bytes]:
        import subprocess

        words = [sys.executable, "-c", "from vigie_cli.main import run; run()", "backup", str(out), "--quiet"]
        return subprocess.Popen(words, env=self.node.environment(), start_new_session=True)


def storm(
    node: Node, analysts: Sequence[Analyst], up: Up, *, seconds: float, chance: Random, folder: Path
) -> tuple[Storm, Backups]:
    """Let the analysts work for so long while the node is killed again and again."""
    raging = Storm(node, chance, analysts[0].sending, up)
    backups = Backups(node, folder)
    threads = [Thread(target=one.work) for one in analysts]
    planned = [0.3 * seconds, 0.7 * seconds]
    acts = [backups.take, backups.take]
    if seconds >= 60:
        planned, acts = [*planned, 0.5 * seconds], [*acts, lambda: backups.take_and_kill(chance)]
    begun_s = time.monotonic()
    threads += [
        Thread(target=_at, args=(begun_s + at_s, act)) for at_s, act in zip(planned, acts, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        while time.monotonic() - begun_s < seconds:
            _let_work(analysts)
            time.sleep(chance.uniform(0, 4))
            raging.strike()
    finally:
        analysts[0].ended.set()  # the same for all
        for thread in threads:
            thread.join()  # a form on its way is answered, or lost
        raging.kill_all()
    return raging, backups


def _let_work(analysts: Sequence[Analyst]) -> None:
    """Wait until the analysts got some answers since the last kill: a slow machine is not only killed."""

    def acknowledged() -> int:
        return sum(act.acked_s is not None for one in analysts for act in one.acts)

    before = acknowledged()
    with suppress(TimeoutError):
        until(lambda: acknowledged() >= before + ACTS_BETWEEN, patience_s=WORK_S_MAX)


def _at(when_s: float, act: Callable[[], None]) -> None:
    time.sleep(max(0.0, when_s - time.monotonic()))
    act()


# --- one node, from its making to the verdict on it


def endure(folder: Path, *, seconds: float, seed: int) -> dict[str, Any]:
    """Make a node, let it endure, and return the tally and every finding."""
    chance, node = chances(seed), made(folder)
    known = people_of(node, {"amelie": ["analyst", "auditor"], "noor": ["analyst", "auditor"]})
    begun = _begin(node, folder)
    up = node.start()
    up.wait_ready()
    ended, sending = Event(), Event()
    analysts = [
        Analyst(
            known=one,
            node=node,
            alerts=begun["alerts"],
            declaration=begun["declaration"],
            chance=chances(chance.getrandbits(32)),
            ended=ended,
            sending=sending,
        )
        for one in known.values()
    ]
    told(node, "the storm begins")
    raging, backups = storm(node, analysts, up, seconds=seconds, chance=chance, folder=folder)
    acts = [act for one in analysts for act in one.acts]
    told(node, "all is killed, and started again to end its work")
    drained_s, left = _drain(node)
    told(node, "what there is is held against what was done")
    found = [*raging.outlived, *(fault for one in analysts for fault in one.faults), *left, *backups.failed]
    audited = _audited(node, acts, complete=not left)
    found += audited["findings"]
    answers = sum((one.answers for one in analysts), Counter())
    found += [f"{count} × {what}" for what, count in answers.items() if _is_bad(what)]
    found += _verified(node)
    restored, lost = _restored(node, folder, backups, acts)
    found += lost
    swept = node.inside("endurance.py", "--do", "sweep")
    found += [f"left after the sweep: {name}" for name in swept["left"]]
    found += _verified(node)
    return {
        "database": node.kind,
        "seconds": seconds,
        "seed": seed,
        "acts": _acts(acts),
        "answers": dict(sorted(answers.items())),
        "killed": {**raging.struck, "backup": backups.killed},
        "audit": audited["tally"],
        "swept": swept["swept"],
        "backups": restored,
        "drained_s": round(drained_s),
        "logged": _logged(folder),
        "findings": found,
    }


def told(node: Node, what: str) -> None:
    """Say how far it is."""
    print(f"{datetime.now(tz=UTC):%H:%M:%S} {node.kind}: {what}", flush=True)


def _begin(node: Node, folder: Path) -> dict[str, Any]:
    """Take an exercise in and let the worker look at it once, before the storm."""
    node.must(
        "exercise",
        "generate",
        "--posts",
        EXERCISE_POSTS,
        "--seed",
        11,
        "--out",
        folder / "exercise",
        "--quiet",
    )
    answers = ("--purpose=essai", "--legal-basis=consentement", "--responsible=Essai", "--retention-days=30")
    node.must("collect", folder / "exercise" / "posts.parquet", *answers, "--quiet")
    with node.start():
        until(lambda: node.inside("endurance.py", "--do", "ready")["alerts"], patience_s=600)
    return dict(node.inside("endurance.py", "--do", "ready"))


def _drain(node: Node) -> tuple[float, list[str]]:
    """Start the node once more and wait for the end of all work; say what did not come to an end."""
    node.inside("endurance.py", "--do", "hasten", given={"leases": True})
    begun_s, up = time.monotonic(), node.start()
    open_ones: dict[str, int] = {}

    def all_is_over() -> bool:
        nonlocal open_ones
        open_ones = node.inside("endurance.py", "--do", "hasten", given={"leases": False})
        time.sleep(1)
        return not any(open_ones.values())

    with up, suppress(TimeoutError):
        until(all_is_over, patience_s=DRAIN_S)
    status = up.stop()
    left = [f"{count} {what} never came to an end" for what, count in open_ones.items() if count]
    return time.monotonic() - begun_s, left + ([f"vigie up ended with {status}"] if status else [])


def _audited(node: Node, acts: Sequence[Act], *, complete: bool) -> dict[str, Any]:
    given = {"acts": [asdict(act) for act in acts], "complete": complete}
    return dict(node.inside("endurance.py", "--do", "audit", given=given))


def _verified(node: Node) -> list[str]:
    found = []
    for words in (("ledger", "verify"), ("store", "verify", "--quiet"), ("doctor",)):
        done = node.command(*words)
        if done.returncode:
            found.append(
                f"vigie {' '.join(words)}: {done.returncode}: {done.stdout[-600:]} {done.stderr[-300:]}"
            )
    return found


def _restored(node: Node, folder: Path, backups: Backups, acts: Sequence[Act]) -> tuple[list[str], list[str]]:
    """Restore each backup, verify the node that comes of it, and hold earlier acts against it."""
    said, found = [], []
    for number, (path, begun_s) in enumerate(backups.taken):
        for name, other in _homes(node, folder, number):
            done = other.command(
                "restore", path, "--home", other.home, "--keys", node.home / "keys", "--quiet"
            )
            if done.returncode:
                found.append(f"{path.name} on {name}: restore: {done.stdout[-300:]}{done.stderr[-600:]}")
                continue
            before = [act for act in acts if act.acked_s is not None and act.acked_s < begun_s]
            later = [_unsure(act) for act in acts if act not in before]
            audited = _audited(other, [*before, *later], complete=False)
            said.append(f"{path.name} on {name}: {len(before)} acknowledged acts before it began are in it")
            found += [f"{path.name} on {name}: {one}" for one in [*audited["findings"], *_verified(other)]]
    return said, found


def _unsure(act: Act) -> Act:
    return Act(kind=act.kind, key=act.key, by=act.by, sent=act.sent)


def _homes(node: Node, folder: Path, number: int) -> Iterator[tuple[str, Node]]:
    """Yield the nodes to restore to: rows of PostgreSQL go into either database."""
    home = folder / f"back-{number}-sqlite"
    yield "SQLite", Node(home=home, port=node.port, database="")
    if node.database:
        address = database_beside(node.database, f"back_{number}_{secrets.token_hex(4)}")
        yield "PostgreSQL", Node(home=folder / f"back-{number}-postgresql", port=node.port, database=address)


def _acts(acts: Sequence[Act]) -> list[dict[str, Any]]:
    kinds = sorted({act.kind for act in acts})
    return [
        {
            "act": kind,
            "done": len(of_it := [act for act in acts if act.kind == kind]),
            "acknowledged": sum(act.acked_s is not None for act in of_it),
            "sent again": sum(act.sent > 1 for act in of_it),
        }
        for kind in kinds
    ]


def _is_bad(what: str) -> bool:
    status = what.rpartition(": ")[2]
    return "sign-in" in status or (status.isdigit() and int(status) >= 400)


def _logged(folder: Path) -> dict[str, int]:
    """Count what the node’s processes logged as errors, and what they said outside their logs."""
    found: Counter[str] = Counter()
    for path in folder.glob("up-*.log"):
        for line in path.read_text(errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("level") in {"error", "critical"}:
                found[f"{entry.get('logger', '')} {entry.get('event', '')} {_fault(entry)}".strip()] += 1
    return dict(found.most_common(20))


def _fault(entry: dict[str, Any]) -> str:
    text = entry.get("exception") or entry.get("exc_info") or entry.get("fault") or ""
    return json.dumps(text)[:200] if text else ""


# --- inside the node


def _ready(_given: Any) -> dict[str, Any]:
    from vigie_node.alerts.models import Alert
    from vigie_node.sources.models import Declaration

    return {
        "alerts": [str(pk) for pk in Alert.objects.order_by("number").values_list("pk", flat=True)],
        "declaration": str(Declaration.objects.get().pk),
    }


def _hasten(given: dict[str, bool]) -> dict[str, int]:
    """Cut waits short, and return how much is still open."""
    from vigie_node.alerts.models import Run
    from vigie_node.jobs import registry
    from vigie_node.jobs.models import Job, State
    from vigie_node.ledger import outbox
    from vigie_node.ledger.models import Cursor, Entry
    from vigie_node.sources.models import Intake

    if given["leases"]:
        Job.objects.filter(state=State.RUNNING).update(lease_until_ms=0)
    Job.objects.filter(state=State.QUEUED).update(not_before_ms=0)
    Cursor.objects.update(not_before_ms=0)
    registry.load()
    seen = dict(Cursor.objects.values_list("name", "seq"))
    waiting = sum(
        Entry.objects.filter(seq__gt=seen.get(name, 0), kind__in=one.kinds).count()
        for name, one in outbox._subscribers.items()  # noqa: SLF001 (a measure may look inside)
    )
    return {
        "jobs": Job.objects.filter(state__in=(State.QUEUED, State.RUNNING)).count(),
        "intakes": Intake.objects.filter(state__in=("waiting", "running")).count(),
        "runs": Run.objects.filter(state__in=("waiting", "running")).count(),
        "entries for subscribers": waiting,
    }


def _audit(given: dict[str, Any]) -> dict[str, Any]:
    acts = [Act(**act) for act in given["acts"]]
    found: list[str] = []
    tally: dict[str, Any] = {}
    for check in (_reviews, _uploads, _runs, _exports, _posts_once, _ledger_fits):
        tally |= check(acts, found)
    if given["complete"]:
        tally |= _all_over(found)
    return {"tally": tally, "findings": found}


def _hold(acts: Sequence[Act], counts: Counter[str], what: str, found: list[str]) -> dict[str, int]:
    """Hold acts against how often each is there; say which are lost or doubled."""
    for act in acts:
        there = counts[act.key]
        if act.acked_s is not None and not there:
            found.append(f"lost: {act.key} was acknowledged")
        if there > 1:
            found.append(f"doubled: {act.key} is there {there} times")
    strangers = counts.keys() - {act.key for act in acts}
    if strangers:
        found.append(f"{len(strangers)} {what} that nobody made")
    acked = {act.key for act in acts if act.acked_s is not None}
    return {
        f"{what} acknowledged and there": sum(counts[key] == 1 for key in acked),
        f"{what} not acknowledged and there": sum(1 for key in counts if key not in acked),
    }


def _reviews(acts: list[Act], found: list[str]) -> dict[str, Any]:
    from vigie.assess import settle
    from vigie_node.alerts.actions import verdicts
    from vigie_node.alerts.models import Alert, Review
    from vigie_node.ledger.models import Entry

    ours = [act for act in acts if act.kind.startswith("review")]
    held = _hold(ours, Counter(Review.objects.values_list("reason", flat=True)), "reviews", found)
    rows = Counter(
        (f"alert:{alert}", f"person:{by}") for alert, by in Review.objects.values_list("alert", "by")
    )
    entries = Counter(Entry.objects.filter(kind="alert.reviewed").values_list("subject", "actor"))
    if rows != entries:
        found.append(f"reviews and their entries differ: {dict((rows - entries) + (entries - rows))}")
    for alert in Alert.objects.all():
        given = verdicts(alert.reviews.order_by("at_ms", "id"))
        right = settle(given, is_alone=False)  # there are two
        if given and alert.status != right:
            found.append(f"alert {alert.number} is {alert.status}, its reviews say {right}")
    return held


def _uploads(acts: list[Act], found: list[str]) -> dict[str, Any]:
    from django.db.models import Sum

    from vigie_node.ledger.models import Entry
    from vigie_node.sources.models import Batch, Intake

    ours = [act for act in acts if act.kind == "upload"]
    uploads = {one.file_name: one for one in Intake.objects.filter(is_upload=True)}
    names = Counter(Intake.objects.filter(is_upload=True).values_list("file_name", flat=True))
    held = _hold(ours, names, "uploads", found)
    found += [
        f"{act.key}: the answer led to another intake"
        for act in ours
        if act.answer and act.key in uploads and str(uploads[act.key].pk) not in act.answer
    ]
    rows = dict(Batch.objects.values_list("intake").annotate(Sum("row_count")))
    for one in uploads.values():
        kept = rows.get(one.pk, 0)
        if one.new_count != kept:
            found.append(f"{one.file_name}: {one.new_count} new, {kept} in batches")
        if one.state == "done" and (one.read_count, kept, one.held_count) != (POSTS_A_FILE, POSTS_A_FILE, 0):
            found.append(
                f"{one.file_name}: {one.read_count} read, {kept} kept, {one.held_count} held already"
            )
    for kind, subjects in {
        "intake.begun": {f"intake:{pk}" for pk in Intake.objects.values_list("pk", flat=True)},
        "intake.finished": {
            f"intake:{pk}" for pk in Intake.objects.filter(state="done").values_list("pk", flat=True)
        },
        "batch.recorded": {f"batch:{pk}" for pk in Batch.objects.values_list("pk", flat=True)},
    }.items():
        _once(kind, subjects, Entry, found)
    states = Counter(f"{one.state} {one.error_code}".strip() for one in uploads.values())
    return {**held, **{f"uploads {state}": count for state, count in states.items()}}


def _once(kind: str, subjects: set[str], entries: Any, found: list[str]) -> None:
    """Say where an entry of a kind is missing, doubled, or about nothing."""
    counts = Counter(entries.objects.filter(kind=kind).values_list("subject", flat=True))
    if counts != Counter(subjects):
        wrong = (counts - Counter(subjects)) + (Counter(subjects) - counts)
        found.append(f"{kind}: {len(subjects)} rows, {counts.total()} entries, {len(wrong)} do not fit")


def _runs(acts: list[Act], found: list[str]) -> dict[str, Any]:
    from vigie_node.alerts.models import Alert, Run
    from vigie_node.ledger.models import Entry

    runs = {one.pk: one for one in Run.objects.all()}
    begun = [act for act in acts if act.kind == "run" and act.acked_s is not None]
    found += [
        f"lost: the run {act.answer}"
        for act in begun
        if UUID(act.answer.rstrip("/").rpartition("/")[2]) not in runs
    ]
    _once("run.begun", {f"run:{pk}" for pk in runs}, Entry, found)
    _once("run.finished", {f"run:{pk}" for pk, one in runs.items() if one.state == "done"}, Entry, found)
    for pk, one in runs.items():
        count = one.signals.count()
        if count != (one.group_count if one.state == "done" else 0):
            found.append(f"run {pk}: {one.state}, {one.group_count} groups, {count} signals")
    alerts = list(Alert.objects.order_by("number"))
    if [one.number for one in alerts] != list(range(1, len(alerts) + 1)):
        found.append("the numbers of alerts do not follow each other")
    _once("alert.opened", {f"alert:{one.pk}" for one in alerts}, Entry, found)
    found += [
        f"alert {alert.number} counts {alert.signal_count} signals and has {alert.signals.count()}"
        for alert in alerts
        if alert.signal_count != alert.signals.count()
    ]
    states = Counter(f"{one.state} {one.error_code}".strip() for one in runs.values())
    return {f"runs {state}": count for state, count in states.items()} | {"alerts": len(alerts)}


def _exports(acts: list[Act], found: list[str]) -> dict[str, Any]:
    from vigie_node.ledger.models import Entry

    ours = [act for act in acts if act.kind == "export"]
    acked = sum(act.acked_s is not None for act in ours)
    there = Entry.objects.filter(kind="ledger.exported").count()
    if not acked <= there <= len(ours):
        found.append(f"{acked} exports acknowledged of {len(ours)}, {there} in the ledger")
    return {"exports acknowledged": acked, "exports there": there}


def _posts_once(_acts: list[Act], found: list[str]) -> dict[str, Any]:
    from django.conf import settings

    from vigie.store.batches import Store
    from vigie_node.sources.models import Batch

    shas = list(Batch.objects.filter(erased_ms=None).values_list("sha256", flat=True))
    posts: Counter[str] = Counter()
    for rows in Store(settings.HOME.store).read(shas, ("post_id",)):
        posts.update(rows.column("post_id").to_pylist())
    doubled = sum(count > 1 for count in posts.values())
    if doubled:
        found.append(f"{doubled} posts are held twice")
    return {"batches": len(shas), "posts": len(posts)}


def _ledger_fits(_acts: list[Act], found: list[str]) -> dict[str, Any]:
    from vigie_node.ledger.models import Entry, Head

    head, count = Head.objects.get(), Entry.objects.count()
    if head.seq != count:
        found.append(f"the ledger’s head is {head.seq}, it has {count} entries")
    return {"ledger entries": count}


def _all_over(found: list[str]) -> dict[str, Any]:
    from vigie_node.jobs.models import Job
    from vigie_node.ledger.outbox import stalled

    found += [f"subscriber {one.name} is stalled: {one.fault}" for one in stalled()]
    states = Counter(
        f"jobs {state} {code}".strip() for state, code in Job.objects.values_list("state", "error_code")
    )
    attempts = Counter(
        f"jobs tried {number} times" for number in Job.objects.values_list("attempts", flat=True)
    )
    return {**states, **attempts}


def _sweep(_given: Any) -> dict[str, Any]:
    """Let what killed processes left grow old, sweep, and say what was swept and what is left."""
    from django.conf import settings

    from vigie_node.sources import uploads
    from vigie_node.sources.erasing import erase_what_is_past
    from vigie_node.sources.models import Batch

    store, spool = settings.HOME.store, settings.HOME.spool
    batches = Batch.objects.filter(erased_ms=None).values_list("sha256", flat=True)
    known = {f"{sha}{ending}" for sha in batches for ending in (".parquet", ".languages")}
    long_ago = time.time() - 30 * 86_400

    def strangers() -> list[str]:
        stored = [
            path
            for path in store.rglob("*")
            if path.is_file() and path.name not in known and path.name != ".lock"
        ]
        waiting = [path for path in spool.iterdir() if path.name != "locks"]
        return [str(path.relative_to(settings.HOME.folder)) for path in [*stored, *waiting]]

    before = strangers()
    for name in before:
        os.utime(settings.HOME.folder / name, (long_ago, long_ago))
    erase_what_is_past(lambda: None)
    uploads.sweep()
    return {"swept": len(before) - len(strangers()), "left": strangers()}


DEEDS = {"ready": _ready, "hasten": _hasten, "audit": _audit, "sweep": _sweep}


# --- at the terminal


def run(*, quick: bool = False, **_options: object) -> dict[str, Any]:
    """Endure on both databases, print the tallies, and return them."""
    results = on_both(Path(__file__), ["--seconds", "20" if quick else "120"], WORK)
    for one in results.values():
        tell(one)
    return results


def tell(one: dict[str, Any]) -> None:
    """Print what one node endured."""
    show(f"{one['database']}: {one['seconds']:.0f} s, seed {one['seed']}", one["acts"])
    for title in ("killed", "answers", "audit", "logged"):
        print(f"  {title}: " + ", ".join(f"{what}: {count}" for what, count in one[title].items()))
    print(f"  swept: {one['swept']}; all work was over after {one['drained_s']} s")
    for line in one["backups"]:
        print(f"  {line}")
    print(f"  FINDINGS: {len(one['findings'])}")
    for line in one["findings"]:
        print(f"    - {line}")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=120, help="how long the storm lasts (default: 120)")
    parser.add_argument("--seed", type=int, default=None, help="of all chance (default: any)")
    parser.add_argument("--result", type=Path, help="write the tally here; endure on one database alone")
    parser.add_argument("--keep", action="store_true", help="leave the node’s folder where it is")
    parser.add_argument("--do", choices=DEEDS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.do:
        import django

        django.setup()
        print(json.dumps(DEEDS[asked.do](json.load(sys.stdin))))
        return
    if asked.result is None:
        words = ["--seconds", str(asked.seconds), *(["--seed", str(asked.seed)] if asked.seed else [])]
        for one in on_both(Path(__file__), words, WORK).values():
            tell(one)
        return
    folder = Path(tempfile.mkdtemp(prefix="vigie-endurance-"))
    try:
        seed = secrets.randbits(32) if asked.seed is None else asked.seed
        asked.result.write_text(json.dumps(endure(folder, seconds=asked.seconds, seed=seed), indent=1))
    finally:
        if asked.keep:
            print(folder)
        else:
            remove(folder)


if __name__ == "__main__":
    main()
