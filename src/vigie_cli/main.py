"""The outermost edge of the command line: language, arguments, errors as sentences and exit statuses."""

from __future__ import annotations

import argparse
import gettext
import io
import os
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from vigie import __version__
from vigie.terms.errors import VigieError, tell
from vigie.terms.languages import LANGUAGES, Words, language_from
from vigie_cli import (
    backup,
    collect,
    demo,
    detect,
    doctor,
    exercise,
    exits,
    init,
    ledger,
    preview,
    restore,
    stopping,
    store,
    up,
    user,
)
from vigie_cli.telling import aside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

COMMANDS = (  # the engine on files, in the order of the data; then the node
    *(exercise, preview, detect, demo),
    *(init, up, user, collect, doctor, backup, restore, ledger, store),
)
FAULT_MAX = 300  # characters of a fault shown


def parser(words: Words) -> argparse.ArgumentParser:
    """Return the parser of all commands, in one language."""
    whole = argparse.ArgumentParser(
        prog="vigie",
        allow_abbrev=False,
        description=words("Find accounts that act together in open posts, say how sure, and show why."),
        epilog=words("Each command explains itself: vigie COMMAND --help."),
    )
    whole.add_argument(
        "--version", action="version", version=f"vigie {__version__}", help=words("show the version")
    )
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for every in (whole, common):
        every.add_argument(
            "--lang",
            choices=LANGUAGES,
            default=argparse.SUPPRESS,
            help=words("language of what is said (else VIGIE_LANG or the system’s)"),
        )
    commands = whole.add_subparsers(title=words("commands"), metavar=words("COMMAND"), required=True)
    for module in COMMANDS:
        module.add(commands, words, common)
    return whole


def language_of(arguments: Sequence[str]) -> str:
    """Return the language asked for: by `--lang`, by VIGIE_LANG, or by the system."""
    asked = None
    for before, word in zip(("", *arguments), (*arguments, ""), strict=True):
        if before == "--lang":
            asked = word
        elif word.startswith("--lang="):
            asked = word.removeprefix("--lang=")
    system = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), None)
    return language_from(asked, os.environ.get("VIGIE_LANG"), system)


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    words = Words(language_from(language_of(arguments)), packages=("vigie_cli", "vigie_node", "vigie"))
    _teach_argparse(words)
    _keep_compiled()
    try:
        chosen = parser(words).parse_args(arguments)
        return int(chosen.run(chosen, words))
    except VigieError as error:
        aside(tell(error, words))
        return exits.status_of(error.code)
    except (KeyboardInterrupt, stopping.Terminated) as stop:
        return _stopped(stop, words)
    except BrokenPipeError:  # whoever read our words has gone
        sys.stdout = None  # nothing more can be said there
        return exits.DONE
    except Exception as fault:  # the outermost edge: nobody should meet a traceback
        if interruption := stopping.behind(fault):
            return _stopped(interruption, words)
        if os.environ.get("VIGIE_DEBUG"):
            raise
        shown = f"{type(fault).__name__}: {fault}"[:FAULT_MAX]
        aside(words("A fault of Vigie’s own: {fault}", fault=shown))
        aside(words("Please report it; run again with VIGIE_DEBUG=1 for the details."))
        return exits.BROKEN


def home() -> Path:
    """Return where Vigie keeps what is its own on this machine."""
    return Path(os.environ.get("VIGIE_HOME") or Path.home() / ".local" / "share" / "vigie")


def _keep_compiled() -> None:
    """Let numba keep what it compiles in our home, where there is one."""
    try:
        os.environ.setdefault("NUMBA_CACHE_DIR", str(home() / "cache" / "numba"))
    except RuntimeError:  # a user without a home, in a container: numba finds another place or compiles anew
        return


def _stopped(stop: BaseException, words: Words) -> int:
    """Say that a run was stopped, where somebody pressed Ctrl-C; return its exit status."""
    if isinstance(stop, stopping.Terminated):
        return exits.TERMINATED
    aside("\n" + words("Interrupted. Nothing half-written was left."))
    return exits.INTERRUPTED


def _teach_argparse(words: Words) -> None:
    """Let argparse's own sentences ("usage: ") come from our catalogue."""
    os.environ["LANGUAGE"] = words.language
    gettext.bindtextdomain("vigie_cli", str(resources.files("vigie_cli") / "locale"))
    gettext.textdomain("vigie_cli")


def run() -> NoReturn:
    """Run the command line and exit."""
    stopping.listen()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal of few letters shows what it cannot as \\xe9
            stream.reconfigure(errors="backslashreplace")
    status = main(sys.argv[1:])
    stopping.end()  # what comes now comes too late
    sys.exit(status)
