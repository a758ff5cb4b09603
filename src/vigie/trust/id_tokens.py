"""Who an identity provider says somebody is: the check of an ID token.

Only signatures by a public key: RS256, ES256 and EdDSA; a token that names another algorithm, "none" among
them, is refused before any key is looked at. Source: OpenID Connect Core 1.0, section 3.1.3.7,
https://openid.net/specs/openid-connect-core-1_0.html; JSON Web Token Best Current Practices, RFC 8725.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from vigie.terms.errors import VigieError
from vigie.terms.languages import Message, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# By algorithm: what may verify it.
KEYS: dict[str, type[RSAKey | ECKey | OKPKey]] = {"RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey}
CLOCKS_MS = 60_000  # clocks differ
SUBJECT_MAX = 255  # section 2
RSA_BITS_MIN = 2048
TIMES = {"exp": None, "iat": None, "nbf": 0}  # and what stands for one that is not said


class UnknownKeyError(VigieError):
    """None of the keys is the one that a token names: the provider may have changed its keys."""

    code = "sign_in.token_key"
    sentence = say("The sign-in service signed with a key that it does not publish.")
    remedy = say("Try again; if it stays so, tell whoever runs the sign-in service.")


class BadIdTokenError(VigieError):
    """A token proves nothing here."""

    code = "sign_in.token"
    sentence = say("What the sign-in service says cannot be relied on: {reason}.")
    remedy = say("Begin again; if it stays so, tell the node’s operator.")


UNREADABLE = say("its token cannot be read")
ALGORITHM = say("its token is signed in a way that is not accepted")
SIGNATURE = say("its token is not signed by it")
ISSUER = say("its token comes from another service")
AUDIENCE = say("its token is meant for another application")
NONCE = say("its token answers another question")
EXPIRED = say("its token is too old, or from the future")
SUBJECT = say("its token names nobody")


class _Registry(JWSRegistry):
    """The three algorithms and no other."""

    def __init__(self) -> None:
        super().__init__(strict_check_header=False)  # RFC 7515, section 4: what is not understood is ignored

    def get_alg(self, name: str) -> Any:
        """Return an algorithm that is accepted."""
        if name not in KEYS:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


def id_claims(
    token: str, keys: Iterable[Mapping[str, Any]], *, issuer: str, client: str, nonce: str, now_ms: int
) -> dict[str, Any]:
    """Return what a provider says about somebody, when it says so to us, now, and to our question.

    Args:
        token: as the provider gave it.
        keys: the keys that it publishes (RFC 7517).
        issuer: the provider's name, letter for letter.
        client: our name with it.
        nonce: what our question carried.
        now_ms: the time.

    Raises:
        UnknownKeyError: the token names a key that is not among these.
        BadIdTokenError: it is not signed by the provider, or means something else.
    """
    header = _header(token)
    if header.get("alg") not in KEYS:
        raise BadIdTokenError(reason=ALGORITHM)
    claims = _signed(token, header, list(keys))
    _check(claims, issuer=issuer, client=client, nonce=nonce, now_ms=now_ms)
    return claims


def _header(token: str) -> dict[str, Any]:
    try:
        part = token.split(".", maxsplit=1)[0]
        header = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError) as error:
        raise BadIdTokenError(reason=UNREADABLE) from error
    if not isinstance(header, dict):
        raise BadIdTokenError(reason=UNREADABLE)
    return header


def _signed(token: str, header: Mapping[str, Any], keys: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what is signed by one of the keys that may have signed it."""
    fitting = [key for key in keys if _fits(key, header)]
    if not fitting:
        raise UnknownKeyError
    for key in fitting:
        try:
            read = KEYS[header["alg"]].import_key({**key})
            if isinstance(read, RSAKey) and read.raw_value.key_size < RSA_BITS_MIN:
                continue
            return dict(jwt.decode(token, read, registry=_Registry()).claims)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            continue  # the next key may be the one
    raise BadIdTokenError(reason=SIGNATURE)


def _fits(key: Mapping[str, Any], header: Mapping[str, Any]) -> bool:
    """Tell whether a published key may have signed what has this header (RFC 7517, section 4)."""
    alg = header["alg"]
    wanted = {"kty": KEYS[alg].key_type, "use": "sig", "alg": alg}
    if "kid" in header and key.get("kid") != header["kid"]:
        return False
    return all(key.get(name, value) == value for name, value in wanted.items())


def _check(claims: Mapping[str, Any], *, issuer: str, client: str, nonce: str, now_ms: int) -> None:
    audience = claims.get("aud")
    said = claims.get("nonce")
    subject = claims.get("sub")
    _hold(claims.get("iss") == issuer, ISSUER)
    _hold(audience in (client, [client]) and claims.get("azp", client) == client, AUDIENCE)
    _hold(isinstance(said, str) and hmac.compare_digest(said.encode(), nonce.encode()), NONCE)
    _hold(_is_now(claims, now_ms), EXPIRED)
    _hold(isinstance(subject, str) and 0 < len(subject) <= SUBJECT_MAX and subject.isprintable(), SUBJECT)


def _is_now(claims: Mapping[str, Any], now_ms: int) -> bool:
    """Tell whether a token was made, has begun and has not run out; times are seconds, whole or not."""
    until, made, begins = (_seconds(claims.get(name, absent)) for name, absent in TIMES.items())
    if until is None or made is None or begins is None:
        return False
    return until * 1000 + CLOCKS_MS > now_ms and max(made, begins) * 1000 <= now_ms + CLOCKS_MS


def _seconds(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _hold(held: object, reason: Message) -> None:
    if not held:
        raise BadIdTokenError(reason=reason)
