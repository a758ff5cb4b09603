"""`vigie user`: the people of a node, from the machine it runs on; the ledger names the host as who acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.terms.errors import VigieError
from vigie.terms.languages import LANGUAGES, say
from vigie_cli import exits
from vigie_cli.init import tell_link

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import Any

    from vigie.terms.languages import Words
    from vigie_node.people.models import Organisation, Person

    Act = Callable[[argparse.Namespace, Words], int]


class NobodyError(VigieError):
    """Nobody signs in with this name."""

    code = "option.nobody"
    sentence = say("Nobody signs in with “{username}”.")
    remedy = say("`vigie user list` shows who does.")


class WhichOrganisationError(VigieError):
    """The node has no organisation of this name, or several and none was named."""

    code = "option.which_organisation"
    sentence = say("Which organisation is not clear; the node has: {names}.")
    remedy = say("Name one with --organisation, or make another with --new-organisation.")


def add(commands: Any, words: Words, common: argparse.ArgumentParser) -> None:
    """Add the command and its acts."""
    about = words("add, list, suspend, restore and recover the people of the node")
    own = commands.add_parser("user", parents=[common], help=about, description=about, allow_abbrev=False)
    acts = own.add_subparsers(title=words("acts"), metavar=words("ACT"), required=True)
    _add_add(acts, words, common)
    listed = _act(acts, "list", words("list people, with roles and state"), common, list_people)
    listed.add_argument("--organisation", metavar="NAME", help=words("of this organisation only"))
    roles = _named(acts, "roles", words("give a person these roles and no others"), common, change_roles)
    _add_roles(roles, words)
    _named(acts, "suspend", words("let a person in no more"), common, suspend)
    _named(acts, "restore", words("let a suspended person in again"), common, restore)
    recovery = _named(acts, "recover", words("give a person a new link"), common, recover)
    recovery.add_argument(
        "--second-factor", action="store_true", help=words("the app and the recovery codes are lost too")
    )


def add_person(chosen: argparse.Namespace, words: Words) -> int:
    """Make a person and print the link that lets them in."""
    from django.db import transaction

    from vigie_node.ledger.actions import HOST
    from vigie_node.people.actions import invite_person, make_organisation
    from vigie_node.people.links import welcome_address

    with transaction.atomic():
        new = chosen.new_organisation
        invited = invite_person(
            organisation=make_organisation(name=new, by=HOST) if new else _organisation(chosen.organisation),
            username=chosen.username,
            name=chosen.name or chosen.username,
            roles=chosen.role,
            language=chosen.language or words.language,
            by=HOST,
        )
    tell_link(words, invited.person.username, welcome_address(invited.secret, invited.person.language))
    return exits.DONE


def list_people(chosen: argparse.Namespace, words: Words) -> int:
    """Show people, their roles and state."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from vigie_node.people.models import Person

    people = Person.objects.select_related("organisation").prefetch_related("grants")
    if chosen.organisation:
        people = people.filter(organisation=_organisation(chosen.organisation))
    heads = (
        words("name to sign in with"),
        words("name"),
        words("organisation"),
        words("roles"),
        words("state"),
    )
    table = Table(*heads)
    for person in people.order_by("organisation__name", "username"):
        cells = (person.username, person.name, person.organisation.name, ", ".join(person.role_ids))
        table.add_row(*map(Text, (*cells, _state(person, words))))
    Console(highlight=False, markup=False).print(table)
    return exits.DONE


def change_roles(chosen: argparse.Namespace, words: Words) -> int:
    """Give a person these roles and no others."""
    from vigie_node.ledger.actions import HOST
    from vigie_node.people import actions

    person = actions.change_roles(_person(chosen.username), roles=chosen.role, by=HOST)
    shown = ", ".join(person.role_ids)
    print(words("“{username}” now has the roles: {roles}.", username=person.username, roles=shown))
    return exits.DONE


def suspend(chosen: argparse.Namespace, words: Words) -> int:
    """Let a person in no more."""
    from vigie_node.ledger.actions import HOST
    from vigie_node.people import actions

    person = actions.suspend(_person(chosen.username), by=HOST)
    print(words("“{username}” cannot sign in any more.", username=person.username))
    return exits.DONE


def restore(chosen: argparse.Namespace, words: Words) -> int:
    """Let a suspended person in again."""
    from vigie_node.ledger.actions import HOST
    from vigie_node.people import actions

    person = actions.restore(_person(chosen.username), by=HOST)
    print(words("“{username}” can sign in again.", username=person.username))
    return exits.DONE


def recover(chosen: argparse.Namespace, words: Words) -> int:
    """Give a person a new link."""
    from vigie_node.ledger.actions import HOST
    from vigie_node.people import actions
    from vigie_node.people.links import welcome_address

    person = _person(chosen.username)
    secret = actions.recover(person, by=HOST, second_factor=chosen.second_factor)
    tell_link(words, person.username, welcome_address(secret, person.language))
    return exits.DONE


def _add_add(acts: Any, words: Words, common: argparse.ArgumentParser) -> None:
    own = _named(acts, "add", words("add a person and print a link for them"), common, add_person)
    _add_roles(own, words)
    own.add_argument("--name", help=words("what others read (default: USERNAME)"))
    where = own.add_mutually_exclusive_group()
    where.add_argument("--organisation", metavar="NAME", help=words("where they work, if there are several"))
    where.add_argument("--new-organisation", metavar="NAME", help=words("make this organisation for them"))
    own.add_argument("--language", choices=LANGUAGES, help=words("of the person"))


def _add_roles(parser: argparse.ArgumentParser, words: Words) -> None:
    from vigie_node.people.roles import roles

    about = words("what the person may do; may be repeated")
    parser.add_argument("--role", action="append", required=True, choices=tuple(roles()), help=about)


def _named(acts: Any, name: str, about: str, common: argparse.ArgumentParser, act: Act) -> Any:
    parser = _act(acts, name, about, common, act)
    parser.add_argument("username", metavar="USERNAME")
    return parser


def _act(acts: Any, name: str, about: str, common: argparse.ArgumentParser, act: Act) -> Any:
    parser = acts.add_parser(name, parents=[common], help=about, description=about, allow_abbrev=False)
    parser.set_defaults(run=_on_node(act))
    return parser


def _on_node(act: Act) -> Act:
    """Return the act, preceded by what every act on a node needs."""

    def run(chosen: argparse.Namespace, words: Words) -> int:
        from vigie_cli.node import set_up

        set_up()
        return act(chosen, words)

    return run


def _person(username: str) -> Person:
    from vigie_node.people.models import Person
    from vigie_node.people.names import normal

    found = Person.objects.select_related("organisation").filter(username=normal(username)).first()
    if found is None:
        raise NobodyError(username=username)
    return found


def _organisation(name: str | None) -> Organisation:
    from vigie_node.people.models import Organisation

    found = Organisation.objects.filter(name=name) if name else Organisation.objects.all()
    few = list(found[:2])
    if len(few) != 1:
        names = Organisation.objects.order_by("name").values_list("name", flat=True)
        raise WhichOrganisationError(names=", ".join(f"“{one}”" for one in names))
    return few[0]


def _state(person: Person, words: Words) -> str:
    if not person.is_active:
        return words("suspended")
    if not person.has_usable_password():
        return words("has not come yet")
    return words("active") if person.has_second_factor else words("without second factor")
