"""`vigie restore`: make a node of a backup."""

from __future__ import annotations

import os
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
    about = words("make a node of a backup, in a new folder")
    own = commands.add_parser("restore", parents=[common], help=about, description=about, allow_abbrev=False)
    own.add_argument("backup", type=Path, metavar="BACKUP", help=words("what `vigie backup` wrote"))
    own.add_argument(
        "--home", type=Path, required=True, metavar="DIR", help=words("the new node’s folder, empty")
    )
    own.add_argument(
        "--keys",
        type=Path,
        metavar="DIR",
        help=words("the node’s keys (default: they stand in the new folder)"),
    )
    own.add_argument("--quiet", action="store_true", help=words("tell only errors"))
    own.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Bring the node back, and say how to look at it."""
    from vigie_node.restore import bring_back

    home = chosen.home.absolute()
    with stage(words("Bringing the node back"), words, quiet=chosen.quiet) as progress:
        brought = bring_back(
            chosen.backup,
            folder=home,
            keys=chosen.keys,
            has_server=bool(os.environ.get("DATABASE_URL")),
            progress=progress,
        )
    os.environ["VIGIE_HOME"] = str(home)
    from vigie_cli.node import set_up

    set_up()
    from vigie_node.restore import finish

    finish(brought, source=chosen.backup)
    for sha256 in brought.manifest["missing"]:
        aside(words("The batch {sha256} is recorded and not in the backup.", sha256=sha256))
    if not chosen.quiet:
        print(words("The node is back in “{path}”.", path=home))
        print(words("Look at it with `vigie store verify` and `vigie ledger verify`; then `vigie up`."))
    return exits.DONE
