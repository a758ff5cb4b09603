"""`vigie detect exposure` on small files."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from vigie.terms.posts import POSTS
from vigie_cli import exits

START_MS, HOUR_MS = 1_789_344_000_000, 3_600_000
FIRST = ("har", "fer", "win", "cou", "bal", "mar", "riv", "sch", "bri", "fis")
WORDS = [one + two for one in FIRST for two in ("bourly", "ryman", "terside", "ncilor")][:37]
NAMES = ("post_id", "author", "created_ms", "body", "links")
HEADER = "identifier,kind,tier,state,name,criterion,source_url,source_date"
WRITTEN = {
    "channels.parquet", "evidence.parquet", "numbers.parquet", "exposure.json", "manifest.json",
}  # fmt: skip


@pytest.fixture
def files(tmp_path):
    """Return posts, a register, a watch-list and a folder of captures that all point to one mirror."""
    rows = []
    for n in range(40):
        said = " ".join(WORDS[n * k * k % 37] for k in range(3, 14))
        rows.append(
            {"post_id": f"s{n}", "author": "gazette", "created_ms": START_MS + n * HOUR_MS, "body": said}
        )
        other = " ".join(WORDS[(n + 5) * k * k % 37] for k in range(15, 26))
        rows.append({"post_id": f"o{n}", "author": f"c{n % 8}", "created_ms": START_MS + n, "body": other})
        if n < 10:
            rows.append({"post_id": f"m{n}", "author": "mirror", "created_ms": START_MS + (n + 2) * HOUR_MS,
                         "body": f"{said} 👇",
                         "links": [{"url": "https://bad.example/x", "domain": "bad.example"}]})  # fmt: skip
    posts = tmp_path / "posts.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema([POSTS.field(name) for name in NAMES])), posts)
    register = tmp_path / "register.csv"
    register.write_text(
        f"{HEADER}\ngazette,account,official,ZZ,The Gazette,its statute,https://example.org/s,2026-01-01\n"
        "gazette.example,domain,official,ZZ,The Gazette,its statute,https://example.org/s,2026-01-01\n"
    )
    watched = tmp_path / "list.csv"
    watched.write_text("domain,operation\nbad[.]example,Operation Example\n")
    captures = tmp_path / "captures"
    captures.mkdir()
    for site in ("www.gazette.example", "mirror.example"):
        page = f"<!-- saved from url=(0030)https://{site}/ --><script>ga('create','UA-7654321-1')</script>"
        (captures / f"{site}.html").write_text(page)
    return posts, "--register", register, "--watch-list", watched, "--captures", captures


def test_what_points_to_a_state_is_told_and_nothing_is_classified(vigie, files, tmp_path):
    out = tmp_path / "out"
    told = vigie("detect", "exposure", *files, "--out", out, "--lang", "en")
    assert told.status == exits.DONE
    assert {path.name for path in out.iterdir()} == WRITTEN
    asked = {
        row["subject"]: row["tier"]
        for row in pq.read_table(out / "channels.parquet").to_pylist()
        if row["to_classify"]
    }
    assert asked == {"mirror": "unclassified", "mirror.example": "unclassified"}
    codes = {row["code"] for row in json.loads((out / "exposure.json").read_text())["evidence"]}
    assert codes == {"copied", "links_listed", "number_of_state", "number_shared"}
    assert "Found: 2 unclassified" in told.out


def test_the_same_run_gives_the_same_bytes_and_names_no_folder(vigie, files, tmp_path):
    for name in ("one", "two"):
        vigie("detect", "exposure", *files, "--out", tmp_path / name, "--quiet")
    for name in WRITTEN:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert str(tmp_path) not in (tmp_path / "one" / "manifest.json").read_text()


def test_posts_alone_are_enough_to_run(vigie, files, tmp_path):
    told = vigie("detect", "exposure", files[0], "--out", tmp_path / "out", "--json")
    assert told.status == exits.DONE
    assert json.loads(told.out)["to_classify"] == 0


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n",
        f"{HEADER}\nrt.example,domain,evil,ZZ,x,y,https://example.org,2026-01-01\n",
        f"{HEADER}\nrt.example,domain,official,ZZ,x,y,,2026-01-01\n",
        f"{HEADER}\nrt.example,planet,official,ZZ,x,y,https://example.org,2026-01-01\n",
    ],
)
def test_a_register_without_a_source_or_with_another_tier_is_refused(vigie, files, tmp_path, content):
    register = tmp_path / "wrong.csv"
    register.write_text(content)
    told = vigie("detect", "exposure", files[0], "--out", tmp_path / "out", "--register", register)
    assert told.status == exits.INPUT
    assert not (tmp_path / "out").exists()


def test_a_capture_that_says_no_address_is_told_and_passed_over(vigie, files, tmp_path):
    (files[-1] / "page.html").write_text("<p>nothing</p>")
    told = vigie("detect", "exposure", *files, "--out", tmp_path / "out", "--json")
    assert told.status == exits.DONE
    assert json.loads(told.out)["captures_without_address"] == 1


@pytest.mark.parametrize("wrong", [("--fdr", 2), ("--count-min", 0), ("--sites-max", 1)])
def test_an_exposure_option_that_means_nothing_is_refused(vigie, files, tmp_path, wrong):
    told = vigie("detect", "exposure", *files, "--out", tmp_path / "out", *wrong)
    assert told.status == exits.OPTION
