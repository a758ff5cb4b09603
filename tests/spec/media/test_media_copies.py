"""Copies of a picture that somebody turned, mirrored, cropped and saved again: found to be one picture."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image, ImageOps
from pyarrow import parquet as pq

from vigie.collect import Rejects, plan, read_planned
from vigie.detect.behaviours import LOOSER, actions, other_looks
from vigie.detect.reuse import detect
from vigie.media import hashes_of
from vigie.pipeline import looks_of
from vigie.terms.posts import POSTS, conform

SIMILAR = next(one for one in LOOSER if one.id == "image_similar")
DAY = 86_400_000


def mirrored(image):
    return ImageOps.mirror(image)


def turned(image):
    return image.transpose(Image.Transpose.ROTATE_90)


def framed(image):
    return ImageOps.expand(image, border=60, fill="white")


def cropped(image):
    width, height = image.size
    return image.crop((width // 100, height // 100, width - width // 100, height - height // 100))


def medium(path, image, **saving):
    """Save a picture and return its medium as a post holds it."""
    image.save(path, **saving)
    known = hashes_of(path)
    return {
        "sha256": known.sha256, "pdq": known.pdq, "pdq_quality": known.pdq_quality, "mime": known.mime,
        "looks": list(known.other_looks),
    }  # fmt: skip


def posts(*media):
    rows = [
        {"post_id": f"p{n}", "author": f"a{n}", "created_ms": n * DAY, "body": "x", "media": [one]}
        for n, one in enumerate(media)
    ]
    return conform(pa.Table.from_pylist(rows, schema=POSTS))


def scene(seed):
    """Return a picture with large things and small ones, as photographs have them."""
    chance, whole = np.random.default_rng(seed), np.zeros((420, 560, 3))
    for side in (3, 6, 12, 24, 48):
        cells = Image.fromarray(chance.integers(0, 256, (side, side + 1, 3), dtype=np.uint8))
        whole += np.asarray(cells.resize((560, 420), Image.Resampling.BICUBIC), np.float64) / side
    return Image.fromarray(np.uint8(255 * (whole - whole.min()) / np.ptp(whole)))


@pytest.fixture(scope="module")
def original():
    return scene(3)


@pytest.mark.parametrize(
    "changes",
    [(mirrored,), (turned,), (framed,), (mirrored, cropped), (turned, mirrored, cropped), (turned, framed)],
)
@pytest.mark.parametrize("copy_first", [False, True])
def test_a_copy_is_one_picture_with_its_original_whichever_came_first(
    tmp_path, original, changes, copy_first
):
    image = original
    for change in changes:
        image = change(image)
    pair = [
        medium(tmp_path / "original.png", original),
        medium(tmp_path / "copy.jpg", image, quality=60),
    ]
    other = medium(tmp_path / "other.png", scene(8))
    table = posts(*(reversed(pair) if copy_first else pair), other)
    found = detect(table)
    assert found.uses["post_id"].to_pylist() == ["p0", "p1"]
    assert len(set(found.uses["picture"].to_pylist())) == 1
    acted = actions(table, SIMILAR, looks_of=looks_of)
    names = dict(zip(acted["account"].to_pylist(), acted["object"].to_pylist(), strict=True))
    assert names["a0"] == names["a1"] != names["a2"]


def test_without_looks_a_turned_copy_is_another_picture(tmp_path, original):
    pair = [medium(tmp_path / "a.png", original), medium(tmp_path / "b.png", turned(original))]
    table = posts(*({**one, "looks": None} for one in pair))
    assert detect(table).uses.num_rows == 0
    assert other_looks(table).num_rows == 0


def test_a_file_of_canonical_posts_keeps_the_looks(tmp_path, original):
    table = posts(medium(tmp_path / "a.png", original))
    pq.write_table(table, tmp_path / "posts.parquet")
    (row,) = table.to_pylist()
    (tmp_path / "posts.ndjson").write_text(json.dumps({k: v for k, v in row.items() if v is not None}) + "\n")
    for name in ("posts.parquet", "posts.ndjson"):
        (batch,) = read_planned([plan(tmp_path / name)], rejects=Rejects())
        assert batch.column("media").to_pylist() == table["media"].to_pylist()
