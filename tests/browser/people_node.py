"""A node with people who sign in, for the browser: run in a home that VIGIE_HOME names."""

from __future__ import annotations

import sys
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parents[1]))
django.setup()

from django.core.management import call_command  # noqa: E402 (models need Django set up)

from vigie_node.ledger.actions import HOST  # noqa: E402
from vigie_node.people import actions  # noqa: E402

PASSWORD = "une phrase de passe pour les essais"  # noqa: S105 (of invented people)


def main() -> None:
    """Fill the node: one person for each language."""
    call_command("migrate", verbosity=0)
    place = actions.make_organisation(name="Unité d’essai", by=HOST)
    for username, language in (("anne", "en"), ("guy", "fr")):
        invited = actions.invite_person(
            organisation=place,
            username=username,
            name=username.title(),
            roles=["analyst", "approver"],
            language=language,
            by=HOST,
        )
        actions.accept_link(invited.secret, password=PASSWORD)


if __name__ == "__main__":
    main()
