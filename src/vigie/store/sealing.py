"""Keys derived from one master key, and bytes that only their key opens.

The store's one door to `cryptography`.

Keys: HKDF with SHA-256, https://www.rfc-editor.org/rfc/rfc5869. Sealing: AES-256-GCM with a random nonce of
96 bits, https://doi.org/10.6028/NIST.SP.800-38D: good for 2^32 seals under one key; a project makes one per
batch.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
MASTER_BYTES_MIN = 32


class SealBrokenError(ValueError):
    """Sealed bytes do not open: another key, another purpose, or altered bytes."""


def derive(master: bytes, salt: bytes, purpose: str) -> bytes:
    """Return a key of 256 bits for one purpose.

    Args:
        master: the node's secret, at least 256 bits of chance.
        salt: what tells keys of one master apart, a project's own; not secret.
        purpose: what the key is for; another purpose, an unrelated key.

    Raises:
        ValueError: the master key is too short to be a secret.
    """
    if len(master) < MASTER_BYTES_MIN:
        raise ValueError(f"a master key has at least {MASTER_BYTES_MIN} bytes, not {len(master)}")
    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=purpose.encode()).derive(master)


def seal(key: bytes, plain: bytes, about: str) -> bytes:
    """Return `plain` sealed: the nonce, then the ciphertext with its tag.

    Args:
        key: 256 bits.
        plain: what to hide.
        about: what the bytes are and belong to; they open only under the same words.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about.encode())


def unseal(key: bytes, sealed: bytes, about: str) -> bytes:
    """Return what was sealed.

    Raises:
        SealBrokenError: it was sealed with another key or about something else, or was altered.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBrokenError("the seal is broken") from error
