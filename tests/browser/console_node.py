"""A node with some weeks of work in it, for the browser: run in a home that VIGIE_HOME names.

Prints, as JSON, what a browser needs: session cookies by person, and the ids of some rows.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parents[1]))
django.setup()

from browser.assessing import fill_incidents  # noqa: E402
from browser.collecting import fill_collecting  # noqa: E402
from browser.listed import make_lists  # noqa: E402
from django.core.management import call_command  # noqa: E402 (models need Django set up)
from django.test import Client  # noqa: E402
from node.alerts.seed import fill  # noqa: E402
from node.alerts.signals_seed import notice  # noqa: E402

from vigie_node.alerts import concerning  # noqa: E402
from vigie_node.alerts.models import Alert  # noqa: E402
from vigie_node.clock import now_ms  # noqa: E402
from vigie_node.people.models import Grant, Organisation, Person  # noqa: E402


def person(username: str, organisation: Organisation, *roles: str) -> Person:
    """Make somebody with roles."""
    made = Person(organisation=organisation, username=username, name=username.title(), created_ms=now_ms())
    made.set_unusable_password()
    made.save()
    Grant.objects.bulk_create(Grant(person=made, role=role, granted_ms=now_ms()) for role in roles)
    return made


def cookies_of(somebody: Person) -> dict[str, str]:
    """Return the cookies of somebody who has signed in."""
    client = Client()
    client.force_login(somebody)
    session = client.session
    session["session_key"] = somebody.session_key
    session.save()
    return {name: morsel.value for name, morsel in client.cookies.items()}


def main() -> None:
    """Fill the node."""
    call_command("migrate", verbosity=0)
    busy = Organisation.objects.create(name="Unité d’essai", created_ms=now_ms())
    quiet = Organisation.objects.create(name="Ville d’essai", created_ms=now_ms())
    people = {
        "anne": person("anne", busy, "analyst"),
        "guy": person("guy", busy, "analyst", "approver"),
        "new": person("new", quiet, "analyst", "approver"),
    }
    made = fill(
        busy,
        people=[people["guy"], people["anne"]],
        alert_count=12,
        full_count=3,
        statuses=("new", "in_review", "new", "new", "new", "dismissed", "disputed", "confirmed"),
        now_ms=now_ms(),
    )
    noticed = notice(made.declaration, subjects=2, posts=9)
    concerning.note_languages(busy.pk, check=lambda: None)
    ids = {"run": str(made.runs[-1].pk), "failed": str(made.runs[1].pk), "noticed": str(noticed.pk)}
    ids |= {"declaration": str(made.declaration.pk)}
    ids |= fill_collecting(people["anne"], people["guy"])
    ids |= make_lists(people["anne"])
    ids |= fill_incidents(people["anne"], people["guy"], made.alerts[0])
    ids |= {str(number): str(pk) for number, pk in Alert.objects.values_list("number", "pk")}
    print(json.dumps({"cookies": {name: cookies_of(one) for name, one in people.items()}, "ids": ids}))  # noqa: T201


if __name__ == "__main__":
    main()
