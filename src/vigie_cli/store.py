"""`vigie store verify`: hold what is stored against what is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie_cli import exits
from vigie_cli.telling import stage

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.terms.languages import Words


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command and what it can do."""
    about = words("look after the stored observations")
    own = commands.add_parser("store", help=about, description=about, allow_abbrev=False)
    deeds = own.add_subparsers(title=words("commands"), metavar=words("COMMAND"), required=True)
    about = words("hold every stored batch, the vault and the records against each other")
    verify = deeds.add_parser(
        "verify",
        parents=[common],
        help=about,
        description=about,
        allow_abbrev=False,
        epilog=words("Exit status 0: all is whole; 6: something is wrong, a line tells what."),
    )
    verify.add_argument("--quiet", action="store_true", help=words("tell only what is wrong"))
    verify.set_defaults(run=run_verify)


def run_verify(chosen: argparse.Namespace, words: Words) -> int:
    """Say what is wrong, a line each, or that nothing is."""
    from vigie_cli.node import set_up

    set_up()
    from vigie_node.sources.verifying import flaws

    with stage(words("Looking at what is stored"), words, quiet=chosen.quiet) as progress:
        found = [words(flaw.sentence, **flaw.facts) for flaw in flaws(progress)]
    for line in found:
        print(line)
    if found:
        print(words.count("{number} thing is wrong.", "{number} things are wrong.", len(found)))
        return exits.UNSOUND
    if not chosen.quiet:
        print(words("All that is recorded is there, whole and sealed; nothing is past its date."))
    return exits.DONE
