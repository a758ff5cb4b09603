"""The identity provider that the operator names: how a browser is sent there, and what its answer proves.

Authorization code with PKCE, state and nonce. An answer says who somebody is by issuer and subject; an e-mail
address in it means nothing here (abuse case 15). Sources: OpenID Connect Core 1.0 and Discovery 1.0; RFC 7636
(PKCE), RFC 9207 (who answers), RFC 9700 (best current practice).
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b64encode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings

import vigie
from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie.trust.id_tokens import UnknownKeyError, id_claims
from vigie_node import clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.outbound import Answer, Client

TIME_MS = 10 * 60_000  # how long somebody may take there
KEEP_MS = 60 * 60_000  # how long what it publishes is believed
FORM = "application/x-www-form-urlencoded"

FOREIGN = say("it was not asked for by this browser, or too long ago")
OTHER_ISSUER = say("it comes from another service")
DECLINED = say("the service let nobody in")
UNREADABLE = say("it cannot be read")
UNFIT = say("the service does not describe itself as it should")


class ProviderRefusedError(VigieError):
    """What came back from the provider is not an answer that counts."""

    code = "sign_in.provider"
    sentence = say("The answer of the sign-in service was not accepted: {reason}.")
    remedy = say("Begin again; if it stays so, use your password and tell the node’s operator.")


class NoProviderError(VigieError):
    """The operator has named none, or its secret is not there."""

    code = "sign_in.no_provider"
    sentence = say("This node has no sign-in service.")
    remedy = say("Use your password; the node’s operator names a service in vigie.toml.")


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What the operator says of it."""

    issuer: str
    client: str
    secret: str
    name: str
    proofs: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a browser was sent away with; kept in its session until it is back."""

    state: str
    nonce: str
    verifier: str
    back: str  # the address that it is led back to
    at_ms: int


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who somebody is with a provider, and whether it says that it asked for a second factor."""

    issuer: str
    subject: str
    is_proven: bool


_kept: dict[str, tuple[int, dict[str, Any]]] = {}  # what providers publish, with when it was asked for


def name_of_provider() -> str:
    """Return how pages call the provider; empty where there is none."""
    node = settings.NODE
    if not node.oidc_issuer or not node.oidc_client:
        return ""
    return node.oidc_name or str(urlsplit(node.oidc_issuer).hostname)


def provider() -> Provider:
    """Return the provider that the operator names.

    Raises:
        NoProviderError: there is none, or its secret cannot be read.
    """
    node, secret = settings.NODE, ""
    if not name_of_provider():
        raise NoProviderError
    if node.oidc_secret_file:
        try:
            secret = (settings.HOME.folder / node.oidc_secret_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise NoProviderError from error
    return Provider(
        issuer=node.oidc_issuer,
        client=node.oidc_client,
        secret=secret,
        name=name_of_provider(),
        proofs=frozenset(node.oidc_proof.split()),
    )


def ask(back: str) -> tuple[str, dict[str, Any]]:
    """Return the address to which a browser is sent, and what its session has to remember.

    Args:
        back: the address of ours to which the provider leads back.

    Raises:
        NoProviderError, ProviderRefusedError, OutboundError: there is no provider, or it cannot be asked.
    """
    one = provider()
    place = str(_metadata(one.issuer)["authorization_endpoint"])
    asked = Asked(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        back=back,
        at_ms=clock.now_ms(),
    )
    challenge = urlsafe_b64encode(sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
    sent = {
        "response_type": "code",
        "client_id": one.client,
        "redirect_uri": back,
        "scope": "openid",
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{place}{'&' if '?' in place else '?'}{urlencode(sent)}", asdict(asked)


def identity_from(answer: Mapping[str, str], remembered: Mapping[str, Any] | None) -> Identity:
    """Return who the provider says somebody is.

    Args:
        answer: the parameters with which the browser came back.
        remembered: what its session was given to remember, this once.

    Raises:
        NoProviderError: there is no provider.
        ProviderRefusedError: the answer is not to this browser's question, or not the provider's.
        BadIdTokenError, UnknownKeyError: its token proves nothing.
        OutboundError: the provider cannot be asked.
    """
    one, now = provider(), clock.now_ms()
    asked = Asked(**remembered) if remembered else None
    if asked is None or not 0 <= now - asked.at_ms <= TIME_MS:
        raise ProviderRefusedError(reason=FOREIGN)
    if not hmac.compare_digest(answer.get("state", "").encode(), asked.state.encode()):
        raise ProviderRefusedError(reason=FOREIGN)
    metadata = _metadata(one.issuer)
    names_itself = metadata.get("authorization_response_iss_parameter_supported") is True
    if answer.get("iss", "" if names_itself else one.issuer) != one.issuer:
        raise ProviderRefusedError(reason=OTHER_ISSUER)
    if "error" in answer or not answer.get("code"):
        raise ProviderRefusedError(reason=DECLINED)
    token = _token(one, metadata, answer["code"], asked)
    return _identity(one, _claims(one, metadata, token, asked.nonce))


def _identity(one: Provider, claims: Mapping[str, Any]) -> Identity:
    methods = claims.get("amr")
    said = [claims.get("acr"), *(methods if isinstance(methods, list) else ())]
    return Identity(
        issuer=one.issuer,
        subject=claims["sub"],
        is_proven=any(isinstance(value, str) and value in one.proofs for value in said),
    )


def _claims(one: Provider, metadata: Mapping[str, Any], token: str, nonce: str) -> dict[str, Any]:
    """Return what the ID token says; keys are asked for anew when it names one that is not known yet."""
    place = str(metadata["jwks_uri"])
    expected: dict[str, Any] = {"issuer": one.issuer, "client": one.client, "nonce": nonce}
    try:
        return id_claims(token, _keys(place), **expected, now_ms=clock.now_ms())
    except UnknownKeyError:
        _kept.pop(place, None)
        return id_claims(token, _keys(place), **expected, now_ms=clock.now_ms())


def _keys(place: str) -> list[dict[str, Any]]:
    keys = _published(place).get("keys")
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []


def _metadata(issuer: str) -> dict[str, Any]:
    """Return what the provider says of itself (OpenID Connect Discovery 1.0, section 4)."""
    found = _published(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    places = [found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    schemes = {"https", urlsplit(issuer).scheme}
    sound = all(isinstance(one, str) and urlsplit(one).scheme in schemes for one in places)
    if found.get("issuer") != issuer or not sound:
        raise ProviderRefusedError(reason=UNFIT)
    return found


def _published(place: str) -> dict[str, Any]:
    """Return a JSON object that a provider publishes, asked for once an hour."""
    now, kept = clock.now_ms(), _kept.get(place)
    if kept is None or not 0 <= now - kept[0] < KEEP_MS:
        kept = now, _object(_client().get(place, headers={"Accept": "application/json"}))
        _kept[place] = kept
    return kept[1]


def _token(one: Provider, metadata: Mapping[str, Any], code: str, asked: Asked) -> str:
    """Return the ID token that a code is good for (OpenID Connect Core 1.0, section 3.1.3)."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asked.back,
        "client_id": one.client,
        "code_verifier": asked.verifier,
    }
    headers = {"Accept": "application/json"}
    ways = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if one.secret and "client_secret_basic" in ways:
        pair = f"{quote(one.client, safe='')}:{quote(one.secret, safe='')}"  # RFC 6749, section 2.3.1
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    elif one.secret:
        form["client_secret"] = one.secret
    place = str(metadata["token_endpoint"])
    answer = _client().post(place, urlencode(form).encode(), content_type=FORM, headers=headers)
    token = _object(answer).get("id_token")
    if not isinstance(token, str):
        raise ProviderRefusedError(reason=UNREADABLE)
    return token


def _object(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer."""
    try:
        found = json.loads(answer.body) if answer.is_success else None
    except (ValueError, RecursionError) as error:
        raise ProviderRefusedError(reason=UNREADABLE) from error
    if not isinstance(found, dict):
        raise ProviderRefusedError(reason=UNREADABLE)
    return found


def _client() -> Client:
    from vigie.outbound import Client, Peer, Policy  # noqa: PLC0415 (a web process without a provider needs none)

    return Client(
        Policy(
            read_ms=10_000,
            total_ms=15_000,
            body_bytes_max=1024 * 1024,
            redirects_max=0,
            peers=tuple(map(Peer.written, settings.NODE.peers)),
            user_agent=f"Vigie/{vigie.__version__}",
        )
    )
