"""`vigie init`: make a node: its home, its database, its first organisation and administrator.

1. the folder with key and configuration; 2. the tables; 3. in one transaction the organisation, its
administrator and the link that lets them in. Cut short anywhere, it goes on from there when run again.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vigie.terms.errors import BadOptionError, VigieError
from vigie.terms.languages import LANGUAGES, say
from vigie_cli import exits
from vigie_cli.node import SilentDatabaseError, set_up

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from vigie.terms.languages import Words
    from vigie_node.home import Home

ADDRESS = "http://localhost:8000"
HERE = {"localhost", "127.0.0.1", "::1"}


class MissingOptionError(VigieError):
    """Something must be known and nobody is there to be asked."""

    code = "option.missing"
    sentence = say("These options are needed: {options}.")
    remedy = say("Give them, or run the command in a terminal, which asks.")


@dataclass(frozen=True, kw_only=True)
class First:
    """The first organisation and its administrator."""

    organisation: str
    username: str
    name: str
    language: str


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    about = words("make a node here: its home, its first organisation and administrator")
    own = commands.add_parser("init", parents=[common], help=about, description=about, allow_abbrev=False)
    own.add_argument("--organisation", metavar="NAME", help=words("the first organisation"))
    own.add_argument("--admin", metavar="USERNAME", help=words("what its administrator signs in with"))
    own.add_argument("--admin-name", metavar="NAME", help=words("what others read (default: USERNAME)"))
    own.add_argument("--name", help=words("of the node (default: the organisation’s)"))
    own.add_argument(
        "--address",
        metavar="URL",
        help=words("how browsers reach the node (default: {address})", address=ADDRESS),
    )
    own.add_argument("--language", choices=LANGUAGES, help=words("of the administrator"))
    own.add_argument(
        "--exercise", action="store_true", help=words("say on every page that the data are invented")
    )
    own.set_defaults(run=run)


def run(chosen: argparse.Namespace, words: Words) -> int:
    """Make the node, or go on where an earlier run was cut short."""
    from vigie_node.home import Home

    home = Home.here()
    is_new = not home.configuration_file.exists()
    if not is_new:
        set_up(ask_database=False)
        _check_unfinished(home)
    first = _first(chosen, words)
    if is_new:
        _make_home(chosen, words, home, first)
        set_up(ask_database=False)
    _make_tables()
    link = _make_first(first)
    print(words("The node is ready in “{path}”.", path=home.folder))
    print(words("Start it with: vigie up"))
    tell_link(words, first.username, link)
    return exits.DONE


def tell_link(words: Words, username: str, link: str) -> None:
    """Print a link to hand over, once."""
    from vigie_node.people.actions import LINK_HOURS

    said = words(
        "“{username}” chooses a password with this link, once, within {hours} hours:",
        username=username,
        hours=LINK_HOURS,
    )
    print(f"{said}\n\n    {link}\n")


def _check_unfinished(home: Home) -> None:
    """Check that an earlier run left its work unfinished.

    Raises:
        HomeExistsError: it did not: a node lives there.
    """
    from django.db import OperationalError, connection

    from vigie_node.making import HomeExistsError
    from vigie_node.people.models import Organisation

    try:
        tables = connection.introspection.table_names()
    except OperationalError as error:
        raise SilentDatabaseError.of(error) from error
    if Organisation._meta.db_table in tables and Organisation.objects.exists():  # noqa: SLF001 (Django's own name for it)
        raise HomeExistsError(path=home.folder)


def _first(chosen: argparse.Namespace, words: Words) -> First:
    """Return what is to be made, from the options and, on a terminal, from answers.

    Raises:
        MissingOptionError: nobody can be asked.
        BadNameError, BadUsernameError: a name cannot be used.
    """
    from vigie_node.people.names import name_from, username_from

    missing = [f"--{name}" for name in ("organisation", "admin") if getattr(chosen, name) is None]
    if missing and not sys.stdin.isatty():
        raise MissingOptionError(options=", ".join(missing))
    organisation = chosen.organisation or _ask(words("Name of the first organisation"))
    username = username_from(chosen.admin or _ask(words("Name its administrator signs in with")))
    return First(
        organisation=name_from(organisation),
        username=username,
        name=name_from(chosen.admin_name or username),
        language=chosen.language or words.language,
    )


def _ask(question: str, default: str = "") -> str:
    shown = f"{question} [{default}]: " if default else f"{question}: "
    answer = ""
    while not answer:
        answer = input(shown).strip() or default
    return answer


def _make_home(chosen: argparse.Namespace, words: Words, home: Home, first: First) -> None:
    from vigie_node.making import make_home

    address = chosen.address
    if address is None:
        asked = sys.stdin.isatty() and chosen.organisation is None
        address = _ask(words("How browsers reach the node"), ADDRESS) if asked else ADDRESS
    parts = _parts(address)
    place = {"port": parts.port} if parts.hostname in HERE and parts.port else {}
    make_home(
        home.folder,
        name=chosen.name or first.organisation,
        address=f"{parts.scheme}://{parts.netloc}",
        exercise=chosen.exercise,
        **place,
    )


def _parts(address: str) -> Any:
    """Return an address in parts: scheme, host, port, no more."""
    try:
        parts = urlsplit(address)
        fits = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        expected = say("https://HOST, or http://localhost:PORT to try it")
        raise BadOptionError(option="--address", value=address, expected=expected)
    return parts


def _make_tables() -> None:
    from django.core.management import call_command
    from django.db import OperationalError

    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise SilentDatabaseError.of(error) from error


def _make_first(first: First) -> str:
    """Make organisation and administrator, both or neither, and return the link."""
    from django.db import transaction

    from vigie_node.ledger.actions import HOST
    from vigie_node.people.actions import invite_person, make_organisation
    from vigie_node.people.links import welcome_address

    with transaction.atomic():
        invited = invite_person(
            organisation=make_organisation(name=first.organisation, by=HOST),
            username=first.username,
            name=first.name,
            roles=["administrator"],
            language=first.language,
            by=HOST,
        )
    return welcome_address(invited.secret, first.language)
