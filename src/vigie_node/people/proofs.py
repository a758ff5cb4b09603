"""What a person shows to prove who they are: secrets of links and tokens, recovery codes, one-time codes.

A secret of 256 random bits is kept as its SHA-256; a recovery code, which is shorter as people copy it, as an
HMAC under the node's key; the secret behind one-time codes (TOTP, RFC 6238) sealed under the node's key.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from typing import TYPE_CHECKING

import pyotp
from django.conf import settings

from vigie.trust import seal, tag, unseal

if TYPE_CHECKING:
    from uuid import UUID

SECRET_BYTES = 32
TOKEN_START = "vigie_"  # noqa: S105 (how every token begins, so that scanners find one that leaked)
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that passes for another when copied by hand
PART_LETTERS, PARTS = 4, 4  # 30 ** 16: 78 bits
RECOVERY_CODES = 10
STEP_S = 30  # RFC 6238, section 5.2
STEPS_AROUND = (-1, 0, 1)  # clocks differ, people type slowly
CODE_DIGITS = 6


def new_secret() -> str:
    """Return the secret of a new link: 256 random bits as text for an address."""
    return secrets.token_urlsafe(SECRET_BYTES)


def new_token() -> str:
    """Return the secret of a new API token."""
    return TOKEN_START + new_secret()


def hash_of(secret: str) -> str:
    """Return what is kept of a secret of 256 random bits: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_recovery_codes() -> list[str]:
    """Return ten codes such as `7K3M-QW2P-X9TB-4HDR`."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def _recovery_code() -> str:
    parts = ("".join(secrets.choice(LETTERS) for _ in range(PART_LETTERS)) for _ in range(PARTS))
    return "-".join(parts)


def recovery_hash(person: UUID, code: str) -> str:
    """Return what is kept of a recovery code: whoever has the database alone cannot guess it back."""
    typed = unicodedata.normalize("NFKC", code).upper()
    plain = "".join(letter for letter in typed if letter in LETTERS)
    return tag(settings.HOME.key("recovery code"), f"{person}:{plain}".encode())


def new_totp_secret() -> str:
    """Return a new secret for one-time codes: 160 random bits in base 32 (RFC 4226, requirement 6)."""
    return pyotp.random_base32()


def totp_address(secret: str, *, username: str, node: str) -> str:
    """Return the `otpauth://` address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=f"Vigie {node}".replace(":", " "))


def seal_totp(secret: str, person: UUID) -> bytes:
    """Return the secret sealed for one person: in another's row it does not open."""
    return seal(settings.HOME.key("totp"), secret.encode("ascii"), about=str(person))


def unseal_totp(sealed: bytes, person: UUID) -> str:
    """Return the secret that `seal_totp` sealed.

    Raises:
        WrongKeyError: another node's key, another person's row, or altered bytes.
    """
    return unseal(settings.HOME.key("totp"), sealed, about=str(person)).decode("ascii")


def step_of(secret: str, code: str, *, now_ms: int, after: int) -> int | None:
    """Return the time step whose code this is, among the present one and its neighbours; None: it is wrong.

    Args:
        secret: base 32.
        code: as typed, spaces allowed.
        now_ms: the time.
        after: the last step accepted; it and those before are never accepted again.
    """
    typed = "".join(unicodedata.normalize("NFKC", code).split())
    present = now_ms // 1000 // STEP_S
    totp, found = pyotp.TOTP(secret, digits=CODE_DIGITS, interval=STEP_S), None
    for step in (present + around for around in STEPS_AROUND):
        right = hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode("utf-8", "surrogatepass"))
        if right and step > after and found is None:
            found = step
    return found
