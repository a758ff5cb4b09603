"""`vigie demo`: a node of one's own with an invented conversation in it, taken in and examined as any other.

1. a home marked as an exercise, an organisation, two analysts, an approver, an administrator; 2. an exercise,
written to a file; 3. the node starts; 4. the file is taken in by the worker, which then looks for groups;
5. what was found is held against the truth, which the node never saw; 6. the console goes on until Ctrl-C.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_cli import exits
from vigie_cli.exercise import POSTS, write_exercise
from vigie_cli.telling import stage
from vigie_cli.values import whole_number

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Any

    import pyarrow as pa

    from vigie.exercise.scoring import Score
    from vigie.terms.languages import Words
    from vigie.terms.progress import Progress
    from vigie_node.alerts.models import Run
    from vigie_node.people.models import Organisation
    from vigie_node.sources.models import Intake

SEED, DAYS = 1, 14
PORT = 8000
LOOK_EVERY_S = 0.5
STOP_S_MAX = 60
PASSWORD_BYTES = 12
ANALYSTS = (("amelie", "Amélie Tremblay", "fr"), ("noor", "Noor Gill", "en"))
APPROVER = ("simone", "Simone Gagnon", "fr")
ADMINISTRATOR = ("admin", "Camille Roy", "fr")


class NotAnExerciseError(VigieError):
    """The folder holds a node that is no exercise."""

    code = "option.not_an_exercise"
    sentence = say("The node in “{path}” is no exercise.")
    remedy = say("Choose another folder with --out; nothing in this one was touched.")


class DemoFailedError(VigieError):
    """The node did not come to its end of the demonstration."""

    code = "demo.failed"
    sentence = say("The demonstration stopped: {reason}")
    remedy = say("The file “demo.log” in the node’s folder “logs” says more. Run it again: it goes on.")


@dataclass(frozen=True, kw_only=True)
class Signing:
    """How one person of the demonstration signs in."""

    username: str
    password: str
    roles: tuple[str, ...]


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    about = words("make a node with an invented conversation, find what was planted in it, and look at it")
    own = commands.add_parser("demo", parents=[common], help=about, description=about, allow_abbrev=False)
    own.add_argument(
        "--out",
        type=Path,
        default=Path("demo"),
        metavar="DIR",
        help=words("folder for the node and its exercise"),
    )
    own.add_argument("--posts", type=whole_number, default=200_000, help=words("how many (default: 200000)"))
    own.add_argument(
        "--port",
        type=whole_number,
        default=PORT,
        metavar="N",
        help=words("where the console stands (default: 8000)"),
    )
    own.add_argument("--no-serve", action="store_true", help=words("stop once what was found is told"))
    own.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Make the node, fill it, tell what was found, and serve the console."""
    home = (chosen.out / "node").resolve()
    os.environ["VIGIE_HOME"] = str(home)
    os.environ.pop("DATABASE_URL", None)  # a demonstration never stands in somebody's database
    people = _make_node(home, words, port=chosen.port)  # (1)
    truth = _exercise(chosen, words)  # (2)
    with _serving(words) as node:  # (3)
        found = _find(chosen.out / "exercise" / POSTS, node, words)  # (4)
        _show(_scored(found, truth), found.group_count, words)  # (5)
        _invite(people, words)
        if not chosen.no_serve:
            _wait(node)  # (6)
    return exits.DONE


def _make_node(home: Path, words: Words, *, port: int) -> list[Signing]:
    """Make the home and its people, or give those of an earlier demonstration new passwords."""
    from vigie_node.home import read_configuration
    from vigie_node.making import make_home

    if (home / "vigie.toml").exists():
        if not read_configuration(home / "vigie.toml").exercise:
            raise NotAnExerciseError(path=home)
    else:
        make_home(
            home,
            name=words("Vigie, exercise"),
            address=f"http://localhost:{port}",
            exercise=True,
            second_factor="optional",
            port=port,
        )
    from vigie_cli.node import set_up

    set_up()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    organisation = _organisation(words)
    named = [
        *((*each, ("analyst",)) for each in ANALYSTS),
        (*APPROVER, ("approver",)),
        (*ADMINISTRATOR, ("administrator", "auditor")),
    ]
    return [_person(organisation, *each) for each in named]


def _organisation(words: Words) -> Organisation:
    from vigie_node.ledger.actions import HOST
    from vigie_node.people.actions import make_organisation
    from vigie_node.people.models import Organisation

    return Organisation.objects.first() or make_organisation(
        name=words("Rapid-response unit (exercise)"), by=HOST
    )


def _person(
    organisation: Organisation, username: str, name: str, language: str, roles: tuple[str, ...]
) -> Signing:
    """Make a person, or recover them, and choose their password by the link that anybody would get."""
    from vigie_node.ledger.actions import HOST
    from vigie_node.people.actions import accept_link, invite_person, recover
    from vigie_node.people.models import Person

    there = Person.objects.filter(username=username).first()
    if there is None:
        invited = invite_person(
            organisation=organisation, username=username, name=name, roles=roles, language=language, by=HOST
        )
        secret = invited.secret
    else:
        secret = recover(there, by=HOST)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    accept_link(secret, password=password)
    return Signing(username=username, password=password, roles=roles)


def _exercise(chosen: argparse.Namespace, words: Words) -> pa.Table:
    """Write the exercise where there is none, and return its truth."""
    from pyarrow import parquet

    from vigie_cli.exercise import TRUTH

    folder = chosen.out / "exercise"
    if not (folder / TRUTH).exists():
        write_exercise(folder, words, seed=SEED, posts=chosen.posts, days=DAYS, quiet=False)
    return parquet.read_table(folder / TRUTH)


@contextmanager
def _serving(words: Words) -> Iterator[subprocess.Popen[bytes]]:
    """Run the node beside us while the block runs; it stops as after Ctrl-C."""
    from vigie_node.home import Home

    command = [sys.executable, "-m", "vigie_cli", "--lang", words.language, "up"]
    log = Home.here().logs / "demo.log"
    with (
        log.open("ab") as told,
        subprocess.Popen(command, stdout=told, stderr=told) as node,  # noqa: S603 (our own command)
    ):
        try:
            yield node
        finally:
            if node.poll() is None:
                node.send_signal(signal.SIGTERM)
            try:
                node.wait(STOP_S_MAX)
            except subprocess.TimeoutExpired:
                node.kill()


def _find(posts: Path, node: subprocess.Popen[bytes], words: Words) -> Run:
    """Take the posts in as an analyst would, and return the run that the worker makes of them."""
    from vigie_node.alerts.models import Run

    intake = _begun(posts, words)
    with stage(words("Taking the posts in"), words, quiet=False) as progress:
        _until_done(intake, node, progress)
    run = _await_run(intake, node)
    with stage(words("Looking for groups that moved together"), words, quiet=False) as progress:
        _until_done(run, node, progress)
    return Run.objects.get(pk=run.pk)


def _begun(posts: Path, words: Words) -> Intake:
    """Return the intake of the posts: an earlier one, or a new one under a new declaration."""
    from vigie_node.alerts.actions import choose_methods
    from vigie_node.alerts.parameters import METHOD_IDS
    from vigie_node.people.models import Person
    from vigie_node.sources.actions import begin_intake, declare
    from vigie_node.sources.models import Intake

    analyst = Person.objects.select_related("organisation").get(username=ANALYSTS[0][0])
    earlier = Intake.objects.exclude(state__in=["failed", "cancelled"]).order_by("created_ms").first()
    if earlier is not None:
        return earlier
    declaration = declare(
        organisation=analyst.organisation,
        purpose=words("Exercise: find coordinated groups in an invented election conversation"),
        legal_basis=words("None is needed: the posts are invented"),
        responsible=analyst.name,
        retention_days=30,
        by=analyst,
    )
    choose_methods(declaration, by=analyst, methods=tuple(METHOD_IDS))  # all, to be looked at
    path = posts.resolve()
    size = path.stat().st_size
    return begin_intake(
        declaration=declaration, by=analyst, file_name=path.name, path=str(path), byte_count=size
    )


def _await_run(intake: Intake, node: subprocess.Popen[bytes]) -> Run:
    """Return the run of co-action that the end of an intake brings about; other methods look after it."""
    from vigie_node.alerts.models import Run

    while True:
        runs = Run.objects.filter(declaration=intake.declaration_id, method__startswith="coaction/")
        run = runs.order_by("-created_ms").first()
        if run is not None:
            return run
        _still(node)


def _until_done(row: Intake | Run, node: subprocess.Popen[bytes], progress: Progress) -> None:
    """Wait until the job of an intake or a run has ended.

    Raises:
        DemoFailedError: it failed, or the node stopped.
    """
    from vigie_node.jobs.models import Job

    while row.state in {"waiting", "running"}:
        job = Job.objects.filter(pk=row.job).first() if row.job else None
        if job is not None:
            progress(job.done_count, job.total_count)
        _still(node)
        row.refresh_from_db()
    if row.state != "done":
        raise DemoFailedError(reason=row.error_code or row.state)


def _still(node: subprocess.Popen[bytes]) -> None:
    if node.poll() is not None:
        raise DemoFailedError(reason=f"vigie up: {node.returncode}")
    time.sleep(LOOK_EVERY_S)


def _scored(run: Run, truth: pa.Table) -> Score:
    """Return what was found held against the truth: only the key of the project joins the two."""
    from vigie.exercise.scoring import score
    from vigie.exercise.world import PLATFORM
    from vigie.store.tokens import Tokens, platform_name
    from vigie_node.alerts.models import SignalMember
    from vigie_node.sources.keys import key_of

    tokens, platform = Tokens(key_of(run.declaration.project)), platform_name(PLATFORM)
    names = {tokens.shown("account", platform, name): name for name in truth.column("account").to_pylist()}
    found = SignalMember.objects.filter(signal__run=run).values_list("account", flat=True).distinct()
    return score([names[account] for account in found], truth)


def _show(scored: Score, groups: int, words: Words) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print()
    planted = Table(words("planted campaigns"), title=words("Found against the truth"), title_justify="left")
    planted.add_column(words("accounts found"), justify="right")
    planted.add_column(words("accounts planted"), justify="right")
    for kind, (found, total) in scored.recall_by_kind.items():
        planted.add_row(kind, str(found), str(total))
    console.print(planted)
    others = Table(words("others"))
    others.add_column(words("accounts found"), justify="right")
    others.add_column(words("accounts in all"), justify="right")
    for role, (found, total) in scored.wrong_by_role.items():
        others.add_row(role, str(found), str(total))
    console.print(others)
    print(words.count("{number} group found.", "{number} groups found.", groups))
    print(
        words(
            "Precision {precision}, recall {recall}; of 10,000 accounts that were not planted, {false} were "
            "found. These figures hold for this invented conversation, not for the world.",
            precision=format(scored.precision, ".3f"),
            recall=format(scored.recall, ".3f"),
            false=format(scored.false_per_10_000, ".1f"),
        )
    )


def _invite(people: list[Signing], words: Words) -> None:
    """Say where the console is, who may sign in, and what to click first."""
    from rich.console import Console
    from rich.table import Table

    from vigie_node.home import Home

    table = Table(title=words("Sign in"), title_justify="left")
    for column in (words("name"), words("password"), words("roles")):
        table.add_column(column)
    for one in people:
        table.add_row(one.username, one.password, ", ".join(one.roles))
    console = Console(highlight=False)
    console.print()
    console.print(table)
    print(words("The console: {address}", address=Home.here().configuration.address))
    print(
        words(
            "Sign in as {first}, open Alerts and the first group, look at its network and its posts, and "
            "confirm it; then sign in as {second} in another browser: two are needed.",
            first=people[0].username,
            second=people[1].username,
        )
    )
    print(
        words(
            "To collect: ask for a declaration as {first}, approve it as {approver}, then take a file in or "
            "capture a post as {first}.",
            first=people[0].username,
            approver=APPROVER[0],
        )
    )
    print(
        words("Ctrl-C stops the node; run the command again to go on. To remove it all, delete its folder.")
    )


def _wait(node: subprocess.Popen[bytes]) -> None:
    """Wait until the node ends: Ctrl-C reaches it as it reaches us."""
    try:
        node.wait()
    except KeyboardInterrupt:
        node.wait(STOP_S_MAX)
