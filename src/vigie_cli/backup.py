"""`vigie backup`: copy the node while it works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vigie_cli import exits
from vigie_cli.telling import aside, stage

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.terms.languages import Words


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    about = words("copy the node, while it works, to a folder or an archive")
    own = commands.add_parser(
        "backup",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words(
            "The folder “keys” is not copied: keep a copy of it elsewhere, renewed when a project is made. "
            "Neither are files on their way in (“spool”), logs and caches."
        ),
    )
    own.add_argument(
        "out",
        type=Path,
        metavar="OUT",
        help=words("where to: a name that ends in .tar.zst for an archive, any other for a folder"),
    )
    own.add_argument("--quiet", action="store_true", help=words("tell only errors"))
    own.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Take the backup and say what is in it, and what is not."""
    from vigie_cli.node import set_up

    set_up()
    from vigie_node.backup import take

    with stage(words("Copying the node"), words, quiet=chosen.quiet) as progress:
        manifest = take(chosen.out, progress=progress)
    if not chosen.quiet:
        size = sum(one["bytes"] for one in manifest.files)
        print(
            words(
                "Backed up to “{path}”: {files} files, {bytes} bytes, the ledger up to entry {seq}.",
                path=chosen.out,
                files=len(manifest.files),
                bytes=size,
                seq=manifest.ledger_seq,
            )
        )
        print(words("Not in it: the folder “keys”. Without the keys nobody can restore it: keep them apart."))
    for sha256 in manifest.missing:
        aside(words("The batch {sha256} is recorded and not there: it is not in the backup.", sha256=sha256))
    return exits.DONE
