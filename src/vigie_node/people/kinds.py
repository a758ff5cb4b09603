"""What the app's entries in the ledger say, and how the ledger names people to those who may know them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from vigie.terms.languages import say
from vigie_node.ledger.kinds import describe, name_with
from vigie_node.people.models import Organisation, Person, Team

if TYPE_CHECKING:
    from collections.abc import Iterable

SENTENCES = {
    "organisation.made": say("The organisation was made."),
    "person.invited": say("A person was invited, with the roles: {roles}."),
    "person.link_used": say("A password was chosen with a link."),
    "person.roles_changed": say("Roles changed from “{before}” to “{after}”."),
    "person.suspended": say("The person was suspended."),
    "person.restored": say("The person was restored."),
    "person.recovered": say(
        "A new link was given; password, passkeys, links, sessions and tokens ended; {second_factor}."
    ),
    "person.recovery_asked": say(
        "A new way in was asked for; another administrator decides; {second_factor}."
    ),
    "person.recovery_refused": say("A new way in was refused."),
    "person.recovery_withdrawn": say("The request for a new way in was withdrawn."),
    "person.recovery_lapsed": say("The request for a new way in lapsed: nobody decided in time."),
    "person.password_set": say("The password was changed."),
    "person.second_factor_enrolled": say("A second factor was enrolled."),
    "person.recovery_codes_made": say("New recovery codes were made."),
    "person.recovery_code_used": say("A recovery code was used; left: {left}."),
    "person.sessions_ended": say("Every session was ended."),
    "person.profile_changed": say("The profile was changed: {changed}."),
    "person.passkey_added": say("A passkey was added."),
    "person.passkey_named": say("A passkey was given another name."),
    "person.passkey_removed": say("A passkey was removed; every session was ended."),
    "person.identity_linked": say("An identity was linked; sign-in service: {issuer}."),
    "person.identity_unlinked": say("An identity was unlinked; sign-in service: {issuer}."),
    "person.signed_in": say("Signed in; {way}, {second_factor}."),
    "sign_in.refused": say("A sign-in was refused at the step “{step}”."),
    "organisation.zone_changed": say("The organisation plans in another time zone: {zone}."),
    "team.kept": say("A team was made or changed."),
    "team.removed": say("A team was removed."),
    "duty.planned": say("A turn on duty was planned."),
    "duty.changed": say("A turn on duty was changed."),
    "duty.dropped": say("A turn on duty was taken away."),
    "token.made": say("An API token was made; days: {days}; permissions: {permissions}."),
    "token.revoked": say("An API token was revoked."),
}
VALUES = {
    "second_factor": {"True": say("second factor included"), "False": say("second factor apart")},
    "step": {
        "password": say("password"),
        "code": say("code"),
        "passkey": say("passkey"),
        "provider": say("sign-in service"),
        "passkey_counter": say("passkey whose counter went back: it may have been copied"),
    },
    "way": {
        "password": say("with a password"),
        "passkey": say("with a passkey"),
        "provider": say("with the sign-in service"),
    },
}


def teach() -> None:
    """Tell the ledger our words and names."""
    describe(SENTENCES, values=VALUES)
    name_with("person", persons_named)
    name_with("organisation", organisations_named)
    name_with("team", teams_named)


def persons_named(ids: Iterable[str], organisation: UUID | None) -> dict[str, str]:
    """Return the names of those among `ids` who are of the reader's organisation."""
    found = Person.objects.filter(pk__in=_uuids(ids), organisation=organisation)
    return {str(id_): name for id_, name in found.values_list("pk", "name")}


def organisations_named(ids: Iterable[str], organisation: UUID | None) -> dict[str, str]:
    """Return the name of the reader's own organisation, if it is among `ids`."""
    own = [id_ for id_ in _uuids(ids) if id_ == organisation]
    found = Organisation.objects.filter(pk__in=own)
    return {str(id_): name for id_, name in found.values_list("pk", "name")}


def teams_named(ids: Iterable[str], organisation: UUID | None) -> dict[str, str]:
    """Return the names of those among `ids` that are teams of the reader's organisation."""
    found = Team.objects.filter(pk__in=_uuids(ids), organisation=organisation)
    return {str(id_): name for id_, name in found.values_list("pk", "name")}


def _uuids(ids: Iterable[str]) -> list[UUID]:
    found = []
    for id_ in ids:
        try:
            found.append(UUID(id_))
        except ValueError:
            continue  # an older or damaged entry names something else: it is shown as it is
    return found
