"""One master key, and from it a key for each use. The core's one door to `cryptography`.

Derivation: HKDF-SHA-256 (https://www.rfc-editor.org/rfc/rfc5869). Sealing: AES-256-GCM
(https://doi.org/10.6028/NIST.SP.800-38D) with a random 96-bit nonce before the text, good for 2^32 seals
under one key; what it is about is authenticated beside it. Tags: HMAC-SHA-256
(https://www.rfc-editor.org/rfc/rfc2104).
"""

from __future__ import annotations

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vigie.terms.errors import VigieError
from vigie.terms.languages import say

KEY_BYTES = 32
NONCE_BYTES = 12


class WrongKeyError(VigieError):
    """A sealed value does not open: another key, another owner, or altered bytes."""

    code = "key.wrong"
    sentence = say("What was sealed for {about} does not open with this node’s key.")
    remedy = say("Put back the folder “keys” that was in use when it was sealed.")


def new_master() -> bytes:
    """Return a new master key: 32 bytes from the system's generator."""
    return secrets.token_bytes(KEY_BYTES)


def derive(master: bytes, use: str, *, salt: bytes | None = None) -> bytes:
    """Return the 32-byte key of one use; different uses or salts give unrelated keys.

    Args:
        master: the node's secret, at least 256 bits of chance.
        use: what the key is for.
        salt: what tells keys of one use apart, a project's own; not secret.

    Raises:
        ValueError: the master key is too short to be a secret.
    """
    if len(master) < KEY_BYTES:
        raise ValueError(f"a master key has at least {KEY_BYTES} bytes, not {len(master)}")
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=use.encode()).derive(master)


def seal(key: bytes, text: bytes, *, about: str) -> bytes:
    """Return `text` encrypted and bound to what it is `about`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text, about.encode())


def unseal(key: bytes, sealed: bytes, *, about: str) -> bytes:
    """Return the text of what `seal` made.

    Raises:
        WrongKeyError: the key, what it is about, or a byte differs, or some are missing.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise WrongKeyError(about=about) from error


def tag(key: bytes, text: bytes) -> str:
    """Return the HMAC-SHA-256 of `text`, in hexadecimal."""
    return hmac.digest(key, text, "sha256").hex()
