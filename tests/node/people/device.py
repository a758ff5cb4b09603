"""A device that holds passkeys, in software: it makes what a browser would send, and what a forger would."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

if TYPE_CHECKING:
    from vigie_node.people.models import Person

ORIGIN, HOST = "http://localhost:8000", "localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40  # Web Authentication, level 3, section 6.1


@dataclass
class Device:
    """One passkey; every part of what it says can be altered."""

    user_handle: bytes = b""
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def id(self) -> str:
        return websafe_encode(self.credential_id)

    def made(self, question: dict[str, Any], **changes: Any) -> str:
        """Return the answer to a question for a new passkey."""
        self.user_handle = websafe_decode(question["user"]["id"])
        public = changes.get("public", ES256.from_cryptography_key(self.key.public_key()))
        data = AttestedCredentialData.create(bytes(16), self.credential_id, public)
        auth = self._auth(changes, ATTESTED, data)
        sent = {"attestationObject": websafe_encode(AttestationObject.create("none", auth, {}))}
        return self._sent(question, "webauthn.create", sent, changes)[0]

    def signed(self, question: dict[str, Any], **changes: Any) -> str:
        """Return the answer to a question for any passkey."""
        auth = self._auth(changes, 0, b"")
        sent = {"authenticatorData": websafe_encode(auth)}
        _, client = self._sent(question, "webauthn.get", sent, changes)
        key = changes.get("key", self.key)
        signature = key.sign(auth + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        sent |= {"signature": websafe_encode(signature)}
        if handle := changes.get("user_handle", self.user_handle):
            sent |= {"userHandle": websafe_encode(handle)}
        return self._sent(question, "webauthn.get", sent, changes)[0]

    def _auth(self, changes: dict[str, Any], flags: int, data: bytes) -> AuthenticatorData:
        flags |= changes.get("flags", PRESENT | VERIFIED)
        rp_hash = hashlib.sha256(changes.get("host", HOST).encode()).digest()
        return AuthenticatorData.create(rp_hash, flags, changes.get("counter", self.counter), data)

    def _sent(
        self, question: dict[str, Any], type_: str, response: dict[str, str], changes: dict[str, Any]
    ) -> tuple[str, bytes]:
        said = {
            "type": changes.get("type", type_),
            "challenge": changes.get("challenge", question["challenge"]),
            "origin": changes.get("origin", ORIGIN),
            "crossOrigin": changes.get("framed", False),
        }
        client = json.dumps(said).encode()
        sent = {**response, "clientDataJSON": websafe_encode(client)}
        id_ = changes.get("id", self.id)
        return json.dumps({"id": id_, "rawId": id_, "type": "public-key", "response": sent}), client


def device_of(person: Person, **columns: object) -> Device:
    """Return a device whose passkey a person has added."""
    device = Device(user_handle=person.pk.bytes)
    public = ES256.from_cryptography_key(device.key.public_key())
    person.passkeys.create(
        name="essai",
        credential_id=device.id,
        credential=bytes(AttestedCredentialData.create(bytes(16), device.credential_id, public)),
        **{"sign_count": 0, "made_ms": 0, **columns},
    )
    return device
