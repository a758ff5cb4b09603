"""Passkeys: what a browser is asked for, and what its answer proves.

A passkey is bound to the name of the node and shows that its holder was recognised (PIN, finger, face): it
stands in for the password and the second factor together. Attestation is not asked for: which make of device
people use is theirs to know. Source: Web Authentication, level 3, https://www.w3.org/TR/webauthn-3/,
sections 7.1 and 7.2; the reading of keys and signatures is `fido2`'s.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from vigie.terms.errors import VigieError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vigie_node.people.models import Person

ANSWER_CHARACTERS_MAX = 20_000
ALGORITHMS = (-7, -8, -257)  # ES256, EdDSA, RS256: https://www.iana.org/assignments/cose/
TIME_MS = 5 * 60_000  # how long a question may be answered
# What `fido2` raises on answers that are not what they should be, beside ValueError.
UNREADABLE = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, RecursionError, struct.error,
)  # fmt: skip


class PasskeyRefusedError(VigieError):
    """An answer proves nothing: another site's, an old question's, an unknown key's, nobody recognised."""

    code = "sign_in.passkey"
    sentence = say("This passkey was not accepted.")
    remedy = say("Try again; or use your password, and look at your passkeys in the settings.")


class NoPasskeysHereError(VigieError):
    """The node has no name that a passkey could be bound to."""

    code = "sign_in.passkey_place"
    sentence = say("Passkeys work only on a node that is reached by a name over https, or at localhost.")
    remedy = say("Use your password; the node’s operator sets `address` in vigie.toml.")


@dataclass(frozen=True, kw_only=True)
class Site:
    """What passkeys are bound to: the host of the configured address, never of a request."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a browser is asked, as JSON, and the challenge that its answer has to sign."""

    options: dict[str, Any]
    challenge: str


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A passkey that was made: its id in base64url, the public key as the browser gave it, its counter."""

    credential_id: str
    credential: bytes
    sign_count: int


def site() -> Site | None:
    """Return what this node's passkeys are bound to; None where browsers would refuse.

    They ask for a name, not an address, and for https, except at localhost.
    """
    address = urlsplit(settings.NODE.address)
    try:
        host = (address.hostname or "").encode("idna").decode("ascii")  # as browsers write it
    except UnicodeError:
        return None
    secure = address.scheme == "https" or host == "localhost" or host.endswith(".localhost")
    if not host or not secure or _is_address(host):
        return None
    usual = address.port is None or address.port == {"https": 443, "http": 80}[address.scheme]
    origin = f"{address.scheme}://{host}" if usual else f"{address.scheme}://{host}:{address.port}"
    return Site(host=host, origin=origin, name=settings.NODE.name)


def needed_site() -> Site:
    """Return what `site` returns.

    Raises:
        NoPasskeysHereError: there is none.
    """
    found = site()
    if found is None:
        raise NoPasskeysHereError
    return found


def ask_for_new(site: Site, person: Person, known: Iterable[str]) -> Question:
    """Return the question by which a browser makes a passkey, not twice on one device.

    Args:
        site: where.
        person: whose; their id, no name, is what the device gives back.
        known: ids of the passkeys they have.
    """
    options, state = _server(site).register_begin(
        PublicKeyCredentialUserEntity(id=person.pk.bytes, name=person.username, display_name=person.name),
        [
            PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=websafe_decode(one))
            for one in known
        ],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Question(options={**options.public_key, "timeout": TIME_MS}, challenge=state["challenge"])


def ask_for_any(site: Site) -> Question:
    """Return the question by which a browser offers the passkeys it has for this node, whoever's they are."""
    options, state = _server(site).authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    return Question(options={**options.public_key, "timeout": TIME_MS}, challenge=state["challenge"])


def new_key(site: Site, answer: str, challenge: str) -> NewKey:
    """Return the passkey that an answer to `ask_for_new` brings.

    Raises:
        PasskeyRefusedError: it answers another question or comes from another site, nobody was recognised, or
            its key is of a kind that was not asked for.
    """
    try:
        sent = _read(answer, "clientDataJSON", "attestationObject")
        response = RegistrationResponse.from_dict(sent)
        _check_not_framed(response.response.client_data.cross_origin)
        made = _server(site).register_complete(_state(challenge), response)
        credential = made.credential_data
        if credential is None or credential.public_key.get(3) not in ALGORITHMS:  # 3: alg, RFC 9052
            raise PasskeyRefusedError
    except UNREADABLE as error:
        raise PasskeyRefusedError from error
    return NewKey(
        credential_id=websafe_encode(credential.credential_id),
        credential=bytes(credential),
        sign_count=made.counter,
    )


def credential_id_of(answer: str) -> str:
    """Return which passkey an answer to `ask_for_any` says it is of, nothing being proven yet.

    Raises:
        PasskeyRefusedError: it cannot be read.
    """
    try:
        return str(_read(answer)["id"])
    except UNREADABLE as error:
        raise PasskeyRefusedError from error


def proven_count(site: Site, answer: str, challenge: str, *, credential: bytes, person: Person) -> int:
    """Check an answer to `ask_for_any` against a passkey of a person and return the key's counter.

    Raises:
        PasskeyRefusedError: it answers another question, comes from another site, is signed by another key,
            names another person, or nobody was recognised.
    """
    try:
        sent = _read(answer, "clientDataJSON", "authenticatorData", "signature", "userHandle")
        response = AuthenticationResponse.from_dict(sent)
        _check_not_framed(response.response.client_data.cross_origin)
        if response.response.user_handle != person.pk.bytes:
            raise PasskeyRefusedError
        known = [AttestedCredentialData(credential)]
        _server(site).authenticate_complete(_state(challenge), known, response)
    except UNREADABLE as error:
        raise PasskeyRefusedError from error
    return int(response.response.authenticator_data.counter)


def _server(site: Site) -> Fido2Server:
    server = Fido2Server(
        PublicKeyCredentialRpEntity(id=site.host, name=site.name),
        attestation=AttestationConveyancePreference.NONE,
        verify_origin=lambda origin: origin == site.origin,
    )
    server.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=alg) for alg in ALGORITHMS
    ]
    return server


def _state(challenge: str) -> dict[str, object]:
    """Return what the answer has to fit; no challenge fits none."""
    if not challenge:
        raise PasskeyRefusedError
    return {"challenge": challenge, "user_verification": UserVerificationRequirement.REQUIRED}


def _read(answer: str, *names: str) -> dict[str, Any]:
    """Return what is read of an answer: its id, and the texts that are named."""
    if len(answer) > ANSWER_CHARACTERS_MAX:
        raise PasskeyRefusedError
    sent = json.loads(answer)
    response = {name: sent["response"][name] for name in names if sent["response"].get(name)}
    texts = [sent["id"], sent["rawId"], *response.values()]
    if sent["type"] != PublicKeyCredentialType.PUBLIC_KEY.value or not all(isinstance(t, str) for t in texts):
        raise PasskeyRefusedError
    return {"id": sent["id"], "rawId": sent["rawId"], "type": sent["type"], "response": response}


def _check_not_framed(cross_origin: object) -> None:
    """Check that our page was not inside another site's (section 7.2, step 13)."""
    if cross_origin:
        raise PasskeyRefusedError


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
