"""`vigie collect`: take files of posts in, under a declaration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import Message, say
from vigie_cli import exits
from vigie_cli.telling import aside, stage
from vigie_cli.values import add_reading, mapping, whole_number

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.terms.languages import Words
    from vigie.terms.progress import Progress
    from vigie_node.people.models import Organisation
    from vigie_node.sources.models import Declaration, Intake

ANSWERS = ("purpose", "legal_basis", "responsible", "retention_days")
REASONS_SHOWN = 5


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    about = words("take files of posts in on this node, under a declaration of why")
    own = commands.add_parser(
        "collect",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "Nothing is taken in twice: run it again after an interruption, or with a later state of a file."
        ),
    )
    own.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help=words("posts: CSV, XLSX, NDJSON, JSON or Parquet, also .gz or .zst"),
    )
    own.add_argument("--quiet", action="store_true", help=words("tell only errors"))
    _add_declaration(own, words)
    add_reading(own, words)
    own.set_defaults(run=run)


def _add_declaration(own: argparse.ArgumentParser, words: Words) -> None:
    group = own.add_argument_group(words("declaration: one that is there, or a new one"))
    group.add_argument(
        "--declaration", metavar="ID", help=words("one that is there; its page on the console shows the id")
    )
    group.add_argument("--purpose", help=words("what the posts are for"))
    group.add_argument("--legal-basis", help=words("what allows it: an act, a mandate, an authorisation"))
    group.add_argument("--responsible", help=words("who answers for it"))
    group.add_argument(
        "--retention-days",
        type=whole_number,
        metavar="N",
        help=words("how many days posts are kept: 1 to 3650"),
    )
    group.add_argument(
        "--project",
        default="",
        metavar=words("NAME"),
        help=words("work within which an account keeps one pseudonym (default: the organisation’s own)"),
    )
    group.add_argument(
        "--organisation",
        metavar=words("NAME"),
        help=words("whose declaration it is; needed where the node has several"),
    )


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Take the files in, one after the other, and say what came in."""
    from vigie_cli.node import set_up

    reading = {"mapping": mapping(chosen.map), "encoding": chosen.encoding, "time_unit": chosen.time_unit}
    _check_answers(chosen)
    set_up()
    from vigie_node.sources.tasks import keep_compiled

    keep_compiled()
    declaration = _declaration(chosen)
    if not chosen.quiet:
        aside(words("Declaration {id}", id=str(declaration.id)))
    for path in chosen.files:
        _take_in(path, declaration, reading, words, quiet=chosen.quiet)
    return exits.DONE


def _take_in(
    path: Path, declaration: Declaration, reading: dict[str, Any], words: Words, *, quiet: bool
) -> None:
    from vigie_node.sources.taking import take_in_file

    with stage(words("Taking in {file}", file=path.name), words, quiet=quiet) as progress:
        told = _Told(progress)
        done = take_in_file(_begun(path, declaration, reading, told), told)
    if not quiet:
        _say(done, words)


def _begun(path: Path, declaration: Declaration, reading: dict[str, Any], told: _Told) -> Intake:
    """Return the intake of a file: one that was cut short goes on, else a new one begins."""
    from vigie.collect import plan
    from vigie_node.sources import actions
    from vigie_node.sources.models import Intake
    from vigie_node.sources.taking import sha256_of

    plan(path, **reading)  # what is no file of posts leaves no trace
    path = path.resolve()
    found = sha256_of(path, told)
    cut_short = Intake.objects.filter(
        declaration=declaration,
        file_sha256=found,
        is_upload=False,
        options=reading,
        state__in=(Intake.State.WAITING, Intake.State.RUNNING),
    ).first()
    if cut_short is not None:
        return actions.move_intake(cut_short, path=str(path))
    return actions.begin_intake(
        declaration=declaration,
        by=None,
        file_name=path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        path=str(path),
        byte_count=path.stat().st_size,
        options=reading,
        file_sha256=found,
        queued=False,
    )


@dataclass(frozen=True)
class _Told:
    """Shows how far the work is; nobody can stop it but by ending the process."""

    shown: Progress

    def progress(self, stage: Message, done: int, total: int | None) -> None:  # noqa: ARG002 (one bar for all stages)
        self.shown(done, total)

    def check(self) -> None:
        """Go on."""


def _check_answers(chosen: argparse.Namespace) -> None:
    """Refuse half a declaration before the long work.

    Raises:
        BadOptionError: an answer is missing, or there is a declaration beside it.
    """
    given = [name for name in ANSWERS if getattr(chosen, name) is not None]
    if chosen.declaration is not None and given:
        raise BadOptionError(
            option="--declaration",
            value=chosen.declaration,
            expected=say("either --declaration or the answers of a new one, not both"),
        )
    for name in ANSWERS if chosen.declaration is None else ():
        if name not in given:
            raise BadOptionError(
                option=f"--{name.replace('_', '-')}",
                value="",
                expected=say(
                    "all of --purpose, --legal-basis, --responsible and --retention-days, or --declaration"
                ),
            )


def _declaration(chosen: argparse.Namespace) -> Declaration:
    """Return the declaration that was named, or one with these very answers, made where there is none."""
    from vigie_node.sources import actions
    from vigie_node.sources.models import Declaration

    organisation = _organisation(chosen.organisation)
    if chosen.declaration is not None:
        return _named(chosen.declaration, organisation)
    answers = {
        "purpose": chosen.purpose.strip(),
        "legal_basis": chosen.legal_basis.strip(),
        "responsible": chosen.responsible.strip(),
        "retention_days": chosen.retention_days,
    }
    found = Declaration.objects.filter(
        organisation=organisation,
        closed_ms=None,
        project__name=chosen.project.strip() or organisation.name,
        **answers,
    ).first()
    return found or actions.declare(organisation=organisation, by=None, project=chosen.project, **answers)


def _named(id_: str, organisation: Organisation) -> Declaration:
    from uuid import UUID

    from vigie_node.sources.errors import NoDeclarationError
    from vigie_node.sources.models import Declaration

    try:
        return Declaration.objects.get(id=UUID(id_), organisation=organisation, closed_ms=None)
    except (ValueError, Declaration.DoesNotExist) as error:
        raise NoDeclarationError(declaration=id_) from error


def _organisation(name: str | None) -> Organisation:
    from vigie_node.people.models import Organisation

    known = list(Organisation.objects.order_by("name"))
    found = [one for one in known if name in {None, one.name}]
    if len(found) != 1:
        raise BadOptionError(
            option="--organisation", value=name or "", expected=", ".join(one.name for one in known)
        )
    return found[0]


def _say(done: Intake, words: Words) -> None:
    """Print what came in."""
    print(
        words(
            "{file}: {read} posts read, {new} new, {held} held already, {rejected} rows set aside.",
            file=done.file_name,
            read=done.read_count,
            new=done.new_count,
            held=done.held_count,
            rejected=done.rejected_count,
        )
    )
    if not done.new_count:
        print(words("Nothing was added: the node holds all of it."))
    for reason in done.reasons[:REASONS_SHOWN]:
        print(_said(reason, done, words))
    for batch in done.batches.filter(erased_ms=None).order_by("stored_ms"):
        print(words("Batch {sha256}: {rows} observations", sha256=batch.sha256, rows=batch.row_count))


def _said(reason: dict[str, Any], done: Intake, words: Words) -> str:
    """Return why rows were set aside, with the place of the first such row that is known."""
    from vigie.collect import UNITS

    why = Message(reason["sentence"])
    first = done.rejected_rows.filter(code=reason["code"]).order_by("number").first()
    if first is None:
        return words.count("{number} row: {why}", "{number} rows: {why}", reason["count"], why=why)
    return words.count(
        "{number} row, first {place}: {why}",
        "{number} rows, first {place}: {why}",
        reason["count"],
        place=words(UNITS["line" if first.unit == "line" else "row"], number=first.number),
        why=words(why, **first.facts),
    )
