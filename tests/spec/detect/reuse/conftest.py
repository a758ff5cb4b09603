"""Posts with pictures, said in one line."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from vigie.detect.reuse import COLUMNS
from vigie.terms.posts import POSTS

DAY_MS = 86_400_000


class Album:
    """Makes posts with pictures."""

    def __init__(self) -> None:
        self._chance = np.random.default_rng(3)

    def picture(self) -> str:
        return self._chance.permutation([0, 255] * 16).astype(np.uint8).tobytes().hex()

    def edited(self, pdq: str, bits: int) -> str:
        value = int(pdq, 16)
        for bit in self._chance.choice(256, bits, replace=False):
            value ^= 1 << int(bit)
        return f"{value:064x}"

    @staticmethod
    def post(number, account, day, text, *media, lang="en", **more):
        return {
            "post_id": f"p{number}",
            "platform": "x",
            "author": account,
            "created_ms": int(day * DAY_MS),
            "lang": lang,
            "body": text,
            "media": [
                {"pdq_quality": 90, "c2pa": "absent", **({"pdq": one} if isinstance(one, str) else one)}
                for one in media
            ],
            **more,
        }

    @staticmethod
    def table(rows):
        return pa.Table.from_pylist(rows, schema=pa.schema([POSTS.field(name) for name in COLUMNS]))


@pytest.fixture
def album() -> Album:
    return Album()


@pytest.fixture
def came_back(album):
    """Return posts of a flood, and of the same picture a year later beside another story."""
    picture = album.picture()
    return [
        album.post(1, "a", 1, "Spring flood in the streets of Gatineau, the river rises again", picture),
        album.post(2, "b", 2, "The river rises: flood in Gatineau, streets closed", picture),
        album.post(3, "c", 400, "Dam destroyed near Kherson, thousands flee bombs", album.edited(picture, 9)),
        album.post(4, "d", 400.1, "Thousands flee bombs after dam near Kherson was destroyed", picture),
    ]
