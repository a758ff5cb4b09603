"""Content credentials (C2PA): who says to have made a picture, and whether it was altered since.

That there are none says nothing against a picture: most have none, and platforms take them away. That there
are some says who signed, not that what is shown is so. Nothing is fetched, neither manifests kept elsewhere
nor lists of revoked certificates. Specification: https://spec.c2pa.org/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from vigie.media.medium import Credentials

STATES: dict[str | None, Credentials] = {"Trusted": "trusted", "Valid": "untrusted"}
MARKS = (b"jumbc2pa", b"jumdc2pa", b"c2pa.signature")  # of a box of credentials in a file that is broken
NOT_FETCHED = "Remote"  # how the library begins to say where a manifest is that it may not fetch
READ_ONLY = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True}}


def credentials_of(path: Path, mime: str, trust_list: str) -> Credentials:
    """Return the state of a file's content credentials; run in the decoding process only.

    Args:
        path: the file.
        mime: its media type.
        trust_list: certificates (PEM) of those who are trusted; may be empty.
    """
    import c2pa  # noqa: PLC0415 (a library of 23 MB, after the limits)

    said = READ_ONLY | ({"trust": {"user_anchors": trust_list}} if trust_list.strip() else {})
    try:
        with c2pa.Context.from_dict(said) as context, path.open("rb") as file:
            reader = c2pa.Reader.try_create(mime, file, context=context)
            if reader is None:
                return "absent"
            with reader:
                return STATES.get(reader.get_validation_state(), "invalid")
    except c2pa.C2paError as error:
        if str(error).startswith(NOT_FETCHED):
            return "elsewhere"
        content = path.read_bytes()
        return "invalid" if any(mark in content for mark in MARKS) else "absent"
