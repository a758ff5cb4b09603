"""`vigie collect`: take files in under a declaration; `declare` makes one, `declarations` lists them.

`watch-list` takes a watch-list in, `watch-lists` lists them (`vigie_cli/watchlists.py`); `writs` is about
writ periods (`vigie_cli/writs.py`).
In the place of the first file these words are commands; a file of such a name is given as `./declare`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import Message, say
from vigie.terms.signs import shown
from vigie.terms.times import DAY_MS
from vigie_cli import exits, watchlists, writs
from vigie_cli.preview import read_as
from vigie_cli.telling import aside, stage
from vigie_cli.values import add_reading, day_ms, mapping, whole_number

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.terms.languages import Words
    from vigie.terms.progress import Progress
    from vigie_node.people.models import Organisation
    from vigie_node.sources.models import Declaration, Intake

ANSWERS = ("purpose", "legal_basis", "responsible", "retention_days")
DECLARE, DECLARATIONS = "declare", "declarations"
SUBJECTS = ("foreign", "topic", "outlet", "party", "candidate", "protest", "group", "person")
METHODS = ("files", "live", "by_hand")
KINDS = ("site", "account", "channel", "hashtag", "export")
STATES = {
    "asked": say("asked for"),
    "in_force": say("in force"),
    "refused": say("refused"),
    "withdrawn": say("withdrawn"),
    "expired": say("expired"),
}
LISTED_MAX = 200
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
        metavar="FILE",
        help=words(
            "posts: CSV, XLSX, NDJSON, JSON or Parquet, also .gz or .zst; or the word declare (make a "
            "declaration, take nothing in), declarations (list them), watch-list FILE (take a watch-list "
            "in), watch-lists (list them) or writs (list writ periods; writs add, writs end ID); a file so "
            "named: ./declare"
        ),
    )
    own.add_argument("--quiet", action="store_true", help=words("tell only errors"))
    _add_declaration(own, words)
    watchlists.add(own, words)
    writs.add(own, words)
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
    _add_more(group, words)
    group.add_argument(
        "--organisation",
        metavar=words("NAME"),
        help=words("whose declaration it is; needed where the node has several"),
    )


def _add_more(group: argparse._ArgumentGroup, words: Words) -> None:
    """Add what a declaration may say besides."""
    group.add_argument(
        "--subject",
        choices=SUBJECTS,
        default="topic",
        help=words(
            "what it is about; for party, candidate, protest, group and person somebody outside the team "
            "approves"
        ),
    )
    group.add_argument("--hypothesis", default="", help=words("why a foreign hand is thought to be in it"))
    group.add_argument("--query", default="", help=words("what is looked for"))
    group.add_argument(
        "--from", dest="window_from", type=day_ms, metavar="YYYY-MM-DD", help=words("first day of the posts")
    )
    group.add_argument(
        "--to", dest="window_to", type=day_ms, metavar="YYYY-MM-DD", help=words("last day of the posts")
    )
    group.add_argument("--method", choices=METHODS, default="files", help=words("how posts come in"))
    group.add_argument(
        "--source",
        action="append",
        default=[],
        metavar=words("KIND:PLACE"),
        help=words(
            "where they come from, such as site:example.org; once for each ({kinds})", kinds=", ".join(KINDS)
        ),
    )
    group.add_argument(
        "--terms",
        action="append",
        default=[],
        choices=("yes", "no", "unknown"),
        help=words(
            "whether the terms of these sources allow monitoring for research: once for all of them, or "
            "once for each, in their order (default: unknown)"
        ),
    )
    group.add_argument(
        "--retention-days-min",
        type=whole_number,
        default=0,
        metavar="N",
        help=words("how many days posts are kept at least (default: 0)"),
    )
    group.add_argument(
        "--days",
        type=whole_number,
        metavar="N",
        help=words("for how many days posts may come in (default: until it is withdrawn)"),
    )


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Take the files in, one after the other, and say what came in; or make or list declarations."""
    from vigie_cli.node import set_up

    if chosen.files == [DECLARATIONS]:
        set_up()
        return _list(chosen, words)
    if chosen.files == [DECLARE]:
        _check_answers(chosen)
        set_up()
        return _declare(chosen, words)
    if chosen.files[0] == watchlists.LIST or chosen.files == [watchlists.LISTS]:
        set_up()
        organisation = _organisation(chosen.organisation)
        if chosen.files == [watchlists.LISTS]:
            return watchlists.print_lists(organisation, words)
        return watchlists.take_in(chosen, organisation, words)
    if chosen.files[0] == writs.WRITS:
        set_up()
        return writs.run(chosen, _organisation(chosen.organisation), words)

    reading = {
        "mapping": mapping(chosen.map),
        "encoding": chosen.encoding,
        "time_unit": chosen.time_unit,
        "layout": chosen.layout,
    }
    _check_answers(chosen)
    set_up()
    from vigie_node.sources.tasks import keep_compiled

    keep_compiled()
    declaration = _declaration(chosen)
    if not chosen.quiet:
        aside(words("Declaration {id}", id=str(declaration.id)))
    for path in map(Path, chosen.files):
        _take_in(path, declaration, reading, words, quiet=chosen.quiet)
    return exits.DONE


def _take_in(
    path: Path, declaration: Declaration, reading: dict[str, Any], words: Words, *, quiet: bool
) -> None:
    from vigie_node.sources.taking import take_in_file

    with stage(words("Taking in {file}", file=path.name), words, quiet=quiet) as progress:
        told = _Told(progress)
        one = watchlists.plan_posts(path, reading)  # what is no file of posts leaves no trace
        done = take_in_file(_begun(path, declaration, reading, told), told)
    if not quiet:
        print(read_as(one.title, one.sure, words))
        _say(done, words)


def _begun(path: Path, declaration: Declaration, reading: dict[str, Any], told: _Told) -> Intake:
    """Return the intake of a file: one that was cut short goes on, else a new one begins."""
    from vigie_node.sources import actions
    from vigie_node.sources.models import Intake
    from vigie_node.sources.taking import sha256_of

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
    from vigie_node.clock import now_ms
    from vigie_node.sources import actions
    from vigie_node.sources.access import standing
    from vigie_node.sources.models import Declaration

    organisation = _organisation(chosen.organisation)
    if chosen.declaration is not None:
        return _named(chosen.declaration, organisation)
    answers = _answers(chosen)
    if not chosen.source:
        plain = {name: value for name, value in answers.items() if name not in {"project", "sources"}}
        found = Declaration.objects.filter(
            standing(Declaration.State.IN_FORCE, now_ms()),
            organisation=organisation,
            project__name=answers["project"].strip() or organisation.name,
            **plain,
        ).first()
        if found is not None:
            return found
    return actions.declare(organisation=organisation, by=None, **answers)


def _answers(chosen: argparse.Namespace) -> dict[str, Any]:
    """Return what the options say, as `vigie_node.sources.actions.Answers` takes it."""
    from vigie_node.sources.guards import Source

    return {
        "purpose": chosen.purpose.strip(),
        "legal_basis": chosen.legal_basis.strip(),
        "responsible": chosen.responsible.strip(),
        "retention_days": chosen.retention_days,
        "retention_days_min": chosen.retention_days_min,
        "project": chosen.project,
        "subject": chosen.subject,
        "hypothesis": chosen.hypothesis.strip(),
        "query": chosen.query.strip(),
        "window_from_ms": chosen.window_from,
        "window_to_ms": None if chosen.window_to is None else chosen.window_to + DAY_MS,
        "method": chosen.method,
        "days_in_force": chosen.days,
        "sources": [
            Source(kind=kind, place=place, allows=allows)
            for (kind, place), allows in zip(_sources(chosen), _terms(chosen), strict=True)
        ],
    }


def _sources(chosen: argparse.Namespace) -> list[tuple[str, str]]:
    """Return the kind and place of each source named.

    Raises:
        BadOptionError: one is not of the form KIND:PLACE.
    """
    found = []
    for text in chosen.source:
        kind, colon, place = text.partition(":")
        if kind not in KINDS or not colon or not place.strip():
            raise BadOptionError(
                option="--source", value=text, expected=", ".join(f"{one}:…" for one in KINDS)
            )
        found.append((kind, place.strip()))
    return found


def _terms(chosen: argparse.Namespace) -> list[str]:
    """Return what is said of the terms of each source: one answer stands for all.

    Raises:
        BadOptionError: there are several answers, and not one for each source.
    """
    given, count = chosen.terms, len(chosen.source)
    if len(given) < 2:  # noqa: PLR2004 (one for all)
        return (given or ["unknown"]) * count
    if len(given) != count:
        raise BadOptionError(
            option="--terms", value=" ".join(given), expected=say("one answer, or one for each --source")
        )
    return list(given)


def _declare(chosen: argparse.Namespace, words: Words) -> int:
    """Make a declaration and say how it stands.

    Raises:
        GuardedError: a guard refused it, and that is recorded.
    """
    from vigie_node.sources.errors import GuardedError
    from vigie_node.sources.guards import REFUSALS

    made = _declaration(chosen)
    if made.decision_code:
        raise GuardedError(reason=REFUSALS[made.decision_code])
    print(made.id)
    if not chosen.quiet:
        aside(
            words("It is in force, recorded as made by the host.")
            if made.state == made.State.IN_FORCE
            else words("It is asked for: somebody outside the team has to approve it on the console.")
        )
    return exits.DONE


def _list(chosen: argparse.Namespace, words: Words) -> int:
    """Print declarations, the latest first: id, state, purpose."""
    from vigie_node.clock import now_ms
    from vigie_node.sources.models import Declaration

    now = now_ms()
    found = Declaration.objects.filter(organisation=_organisation(chosen.organisation))
    for one in found.order_by("-created_ms", "-id")[:LISTED_MAX]:
        purpose = shown(" ".join(one.purpose.split()))
        print(f"{one.id}  {words(STATES[one.standing_at(now)])}  {purpose}")
    return exits.DONE


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
    for one in done.skips:
        why = words(Message(one["sentence"]))
        print(words.count("{number} row: {why}", "{number} rows: {why}", one["count"], why=why))
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
