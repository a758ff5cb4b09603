"""`vigie ledger verify` and `vigie ledger export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_cli import exits
from vigie_cli.telling import aside

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Any, BinaryIO

    from vigie.terms.languages import Words


class UnwritableExportError(VigieError):
    """The file of the export cannot be written."""

    code = "output.export"
    sentence = say("“{path}” cannot be written: {reason}.")
    remedy = say("Name another file with --out.")


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command and what it can do."""
    about = words("look at the ledger of what was done on the node")
    own = commands.add_parser("ledger", help=about, description=about, allow_abbrev=False)
    deeds = own.add_subparsers(title=words("commands"), metavar=words("COMMAND"), required=True)
    about = words("verify that no entry was altered, removed or added behind the node’s back")
    verify = deeds.add_parser(
        "verify",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words("Exit status 0: all holds; 6: something does not, a line tells what."),
    )
    verify.set_defaults(run=run_verify)
    about = words("write every entry as a line of JSON, to keep or to give to somebody who verifies it")
    export = deeds.add_parser("export", parents=[common], help=about, description=about, allow_abbrev=False)
    export.add_argument(
        "--out", type=Path, metavar="FILE", help=words("a new file (default: standard output)")
    )
    export.set_defaults(run=run_export)


def run_verify(_chosen: argparse.Namespace, words: Words) -> int:
    """Say what does not hold, a line each, or that all does."""
    from vigie_cli.node import set_up

    set_up()
    from vigie_node.ledger.actions import HOST, verify_and_record

    found = verify_and_record(by=HOST)
    for problem in found.problems:
        print(problem.said(words))
    if not found.holds:
        print(words.count("{number} problem.", "{number} problems.", found.problem_count))
        return exits.UNSOUND
    print(
        words.count(
            "The ledger holds: {number} entry, whole and in its place.",
            "The ledger holds: {number} entries, all whole and in their place.",
            found.entry_count,
        )
    )
    print(words("The last one’s hash is {hash}.", hash=found.last.hash))
    if found.witnessed is None:
        print(words("Its last entry had not been witnessed yet; it is now."))
    return exits.DONE


def run_export(chosen: argparse.Namespace, words: Words) -> int:
    """Write the entries."""
    from vigie_cli.node import set_up

    set_up()
    from vigie_node.ledger.actions import HOST, record_export
    from vigie_node.ledger.export import lines
    from vigie_node.ledger.models import Entry

    last = record_export(Entry.objects.all(), by=HOST)
    _write(lines(Entry.objects.filter(seq__lte=last.seq)), chosen.out)
    aside(
        words.count("{number} entry was written.", "{number} entries were written.", last.seq)
        + " "
        + words("The last one’s hash is {hash}.", hash=last.hash)
    )
    return exits.DONE


def _write(pieces: Iterator[str], path: Path | None) -> None:
    if path is None:
        _write_to(pieces, sys.stdout.buffer)  # UTF-8 whatever the terminal is: hashes are taken of it
        sys.stdout.buffer.flush()
        return
    try:
        with path.open("xb") as file:
            _write_to(pieces, file)
    except OSError as error:
        raise UnwritableExportError(path=path, reason=error.strerror) from error


def _write_to(pieces: Iterator[str], file: BinaryIO) -> None:
    file.writelines(piece.encode() for piece in pieces)
