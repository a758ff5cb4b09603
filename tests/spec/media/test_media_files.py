"""Whatever a file holds, what is known of it is said, and nothing happens to the process that asks.

Abuse cases: 27 (SVG), 38 to 42 (what a file may do), 20 (an address that a file names is not fetched).
"""

from __future__ import annotations

import hashlib
import io
import json
import socket
import struct
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from vigie.media import child, hashes_of, kind_of, medium
from vigie.media.kinds import kind_of_head
from vigie.media.near import alike, hashes
from vigie.media.pdq import SIDE_MIN

XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'xmlns:dcterms="http://purl.org/dc/terms/" rdf:about="" '
    'dcterms:provenance="http://127.0.0.1:PORT/manifest.c2pa"></rdf:Description></rdf:RDF></x:xmpmeta>'
    '<?xpacket end="w"?>'
)


@pytest.fixture
def known(tmp_path):
    """Return a way to ask about bytes."""

    def asked(content, **options):
        path = tmp_path / "file"
        path.write_bytes(content)
        return hashes_of(path, **options)

    return asked


def png_chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_that_says(width, height, data=b""):
    """Return a PNG whose header claims a size, with whatever data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(data))
        + png_chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP"])
def test_a_picture_of_each_kind_has_its_hashes(known, picture, encoded, form):
    content = encoded(picture(200, 300, 2), form)
    found = known(content)
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert (found.mime, found.problem, found.c2pa) == (f"image/{form.lower()}", "", "absent")
    assert (found.width, found.height, found.byte_count) == (300, 200, len(content))
    assert found.looks[0] == found.pdq
    reference = known(encoded(picture(200, 300, 2)))
    near = alike(hashes([reference.pdq]), hashes(found.looks))
    assert 0 in near.held


def test_one_picture_in_other_clothes_is_found_by_what_it_looks_like(known, picture, encoded):
    first = known(encoded(picture(400, 600, 3)))
    shown = Image.fromarray(picture(400, 600, 3)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    file = io.BytesIO()
    shown.resize((300, 200)).save(file, "JPEG", quality=40)
    other = known(file.getvalue())
    assert other.sha256 != first.sha256
    assert len(alike(hashes([other.pdq]), hashes(first.looks)).held)


def test_a_header_that_claims_900_million_pixels_is_not_believed(known):
    found = known(png_that_says(30_000, 30_000))
    assert found.problem == "oversized"
    assert found.pdq == ""


def test_a_picture_that_unpacks_to_more_than_its_header_says_does_no_harm(known):
    assert known(png_that_says(8, 8, bytes(50 << 20))).problem in {"", "damaged"}


def test_text_that_unpacks_to_gigabytes_is_refused(known):
    info = png_chunk(b"zTXt", b"bomb\0\0" + zlib.compress(bytes(200 << 20)))
    start = png_that_says(8, 8)
    assert known(start[:33] + info + start[33:]).problem in {"damaged", "exhausted"}


def test_a_picture_cut_short_is_damaged(known, picture, encoded):
    for form in ("PNG", "JPEG", "GIF", "WEBP"):
        content = encoded(picture(200, 300, 2), form)
        assert known(content[: len(content) // 2]).problem == "damaged", form


def test_a_process_that_uses_up_its_time_is_told_of(known, picture, encoded, monkeypatch):
    monkeypatch.setattr(medium, "SECONDS_MAX", 0.001)
    found = known(encoded(picture(200, 300, 2)))
    assert (found.problem, found.pdq) == ("exhausted", "")


def test_limits_hold_in_the_process_that_decodes(tmp_path):
    import subprocess
    import sys

    code = "from vigie.media.child import limit; limit(); bytearray(4 << 30)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 1
    assert b"MemoryError" in done.stderr
    target = str(tmp_path / "x")
    code = f"from vigie.media.child import limit; limit(); open({target!r}, 'wb').write(bytes(1 << 20))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode != 0
    assert child.CPU_S <= 60


def test_a_drawing_that_can_hold_scripts_is_refused(known):
    for svg in (
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
        b'<?xml version="1.0"?>\n<!-- x --><svg/>',
        b'\xef\xbb\xbf  <!DOCTYPE svg PUBLIC "x"><SVG onload="1"/>',
    ):
        found = known(svg)
        assert (found.mime, found.problem) == ("image/svg+xml", "refused")


def test_a_file_of_two_kinds_is_what_it_begins_with_and_no_other_decoder_tries(known, picture, encoded):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x", "y")
    both = encoded(picture(60, 80, 1), "GIF") + packed.getvalue()
    assert (known(both).mime, known(both).problem) == ("image/gif", "")
    lies = b"GIF89a" + encoded(picture(60, 80, 1), "JPEG")
    assert known(lies).problem in {"damaged", "oversized"}
    script = b"GIF89a/*" + bytes(40) + b"*/=1;alert(1)"
    assert known(script).problem == "damaged"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "application/octet-stream"),
        (b"\0\1\2", "application/octet-stream"),
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04....", "application/zip"),
        (b"WARC/1.1\r\n", "application/warc"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"\n <!DOCTYPE html><svg>", "text/html"),
        (b"From: <Saved by Blink>\r\nContent-Type: multipart/related;", "multipart/related"),
        (b"<?xml version='1.0'?><a/>", "application/xml"),
        ("une note, été".encode(), "text/plain"),
        ("été".encode("latin-1"), "application/octet-stream"),
        (b"BMX is no bitmap", "text/plain"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypqt  ", "video/quicktime"),
        (b"\x1aE\xdf\xa3", "video/webm"),
        (b"RIFF....WAVE", "text/plain"),
        (b"a" + ("é" * 3000).encode()[:4095], "text/plain"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head, kind):
    assert kind_of_head(head) == kind


def test_a_file_that_is_not_decoded_is_told_with_its_hash(known):
    found = known(b"%PDF-1.7 ...")
    assert (found.mime, found.problem, found.pdq, found.c2pa) == ("application/pdf", "undecoded", "", "")


def test_a_file_too_large_to_decode_is_not_given_to_a_decoder(known, picture, encoded, monkeypatch):
    monkeypatch.setattr(medium, "BYTES_MAX", 100)
    assert known(encoded(picture(60, 60, 1))).problem == "oversized"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(data=st.data(), form=st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP"]))
def test_no_mutation_does_more_than_leave_a_picture_without_hash(tmp_path, picture, encoded, data, form):
    content = bytearray(encoded(picture(40, 50, 1), form))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "mutant"
    path.write_bytes(content)
    mime = kind_of(path)
    if mime not in medium.DECODED:
        return
    answer = child.look_of(path, mime)  # in this process: even so, nothing is raised
    is_hashed = answer["problem"] == "" and min(answer["width"], answer["height"]) >= SIDE_MIN
    assert (answer["pdq"] != "") == is_hashed


# --- content credentials ---


def test_credentials_are_trusted_only_where_the_operator_says_so(known, signed):
    content, root = signed
    assert known(content).c2pa == "untrusted"
    assert known(content, trust_list=root).c2pa == "trusted"


def test_a_picture_altered_after_it_was_signed_is_invalid(known, signed):
    content, root = signed
    altered = bytearray(content)
    altered[-400] ^= 0x55
    assert known(bytes(altered), trust_list=root).c2pa == "invalid"


def test_credentials_that_cannot_be_read_are_invalid(known, signed):
    content = bytearray(signed[0])
    place = bytes(content).find(b"c2pa.signature")
    content[place + 80] ^= 0xFF
    assert known(bytes(content)).c2pa == "invalid"


def test_credentials_said_to_be_elsewhere_are_not_fetched(known, picture, encoded, socket_enabled):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        said = XMP.replace("PORT", str(server.getsockname()[1]))
        assert known(encoded(picture(60, 80, 1), "JPEG", xmp=said.encode())).c2pa == "elsewhere"
        with pytest.raises(BlockingIOError):  # nobody came
            server.accept()


def test_an_answer_that_is_not_one_of_ours_is_not_believed():
    answer = {**child.NOTHING, "c2pa": "sure", "problem": "x"}
    checked = medium._checked(json.dumps(answer).encode())
    assert (checked["c2pa"], checked["problem"]) == ("", "")
