"""`vigie up`: run the node: pages, worker, collector and lookout, until Ctrl-C."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from vigie_cli import exits
from vigie_cli.values import whole_number

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.terms.languages import Message, Words


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    about = words("run the node: its pages, its worker, its collector and its lookout, until Ctrl-C")
    own = commands.add_parser("up", parents=[common], help=about, description=about, allow_abbrev=False)
    own.add_argument("--host", metavar="ADDRESS", help=words("where pages are served (else as configured)"))
    own.add_argument(
        "--port",
        type=whole_number,
        metavar="NUMBER",
        help=words("the port they are served on (else as configured)"),
    )
    own.add_argument(
        "--only",
        choices=("web", "worker", "collector", "lookout"),
        help=words("run one part alone, where each is a service of its own"),
    )
    own.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Run until told to stop."""
    from vigie_node.home import Home
    from vigie_node.supervisor import PARTS, supervise

    def tell(message: Message, /, **facts: object) -> None:
        said = words(message, **facts)
        print(said[:1].upper() + said[1:], flush=True)

    home = Home.here()
    _ = home.configuration, home.master_key  # what is missing is said before anything starts
    supervise(
        home,
        tell,
        parts=(chosen.only,) if chosen.only else PARTS,
        host=chosen.host,
        port=chosen.port,
        log_to_files=sys.stderr is not None and sys.stderr.isatty(),
    )
    return exits.DONE
