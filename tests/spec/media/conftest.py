"""Pictures, and pictures with content credentials, made for the test."""

from __future__ import annotations

import datetime as dt
import io
import json

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

SINCE, UNTIL = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2046, 1, 1, tzinfo=dt.UTC)
CREATED = {
    "action": "c2pa.created",
    "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
}
MANIFEST = {
    "claim_generator_info": [{"name": "essai", "version": "1"}],
    "title": "essai",
    "assertions": [{"label": "c2pa.actions", "data": {"actions": [CREATED]}}],
}
USES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")


def picture_of(rows, columns, seed):
    """Return a picture of coloured blocks, the same on every machine."""
    cells = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    return cells[np.ix_(np.arange(rows) * 7 // rows, np.arange(columns) * 9 // columns)]


@pytest.fixture(scope="session")
def picture():
    return picture_of


@pytest.fixture(scope="session")
def encoded():
    """Return a way to encode a picture."""

    def written(pixels, form="PNG", **options):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, form, **options)
        return file.getvalue()

    return written


def _certificate(name, issuer, issuer_key, *, is_root):
    key = ec.generate_private_key(ec.SECP256R1())
    signer = issuer_key or key
    usage = dict.fromkeys((*USES, "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
    usage |= {"key_cert_sign": True, "crl_sign": True} if is_root else {"digital_signature": True}
    built = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(x509.KeyUsage(**usage), critical=True)
    )
    if not is_root:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        built = built.add_extension(purpose, critical=False)
    made = built.sign(signer, hashes.SHA256())
    return key, made.public_bytes(serialization.Encoding.PEM).decode()


def _named(name):
    of = {NameOID.COUNTRY_NAME: "CA", NameOID.ORGANIZATION_NAME: "Essai", NameOID.COMMON_NAME: name}
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in of.items()])


@pytest.fixture(scope="session")
def signed(encoded):
    """Return a picture with content credentials, and the root of whoever signed it."""
    import c2pa

    root_key, root = _certificate("Racine", "Racine", None, is_root=True)
    key, leaf = _certificate("Signataire", "Racine", root_key, is_root=False)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    info = c2pa.C2paSignerInfo(
        alg=b"es256", sign_cert=(leaf + root).encode(), private_key=secret, ta_url=None
    )
    result = io.BytesIO()
    with (
        c2pa.Signer.from_info(info) as signer,
        c2pa.Context.from_dict({"verify": {"verify_after_sign": False}}) as context,
        c2pa.Builder(json.dumps(MANIFEST), context=context) as builder,
    ):
        plain = io.BytesIO(encoded(picture_of(150, 200, 9), "JPEG", quality=90))
        builder.sign(signer, "image/jpeg", plain, result)
    return result.getvalue(), root
