"""Moments, ids, lists and links come out in one form."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.collect.convert import convert
from vigie.collect.links import canonical_link
from vigie.collect.records import column
from vigie.collect.times import LAST_MS, to_ms, unit_of

NOON = 1_717_243_200_000  # 2024-06-01 12:00 UTC


@pytest.mark.parametrize(
    "text",
    [
        "2024-06-01T12:00:00Z",
        "2024-06-01T12:00:00",
        "2024-06-01 12:00:00",
        "2024-06-01 12:00",
        "2024-06-01T14:00:00+02:00",
        "2024-06-01T14:00:00.000000+0200",
        "2024-06-01T12:00:00.0009Z",
        "2024-06-01 12:00:00 UTC",
        "2024/06/01 12:00:00",
        "Sat Jun 01 12:00:00 +0000 2024",
        "Sat, 01 Jun 2024 12:00:00 GMT",
        "Sat, 01 Jun 2024 14:00:00 +0200",
        "20240601T120000Z",
        "1717243200",
        "1717243200.0",
        "1.7172432e9",
        "1717243200000",
        "1717243200000000",
        "1717243200000000000",
    ],
)
def test_one_moment_in_many_ways(text):
    assert to_ms(pa.array([text]), None).to_pylist() == [NOON]
    mixed = to_ms(pa.array([text, "never", None, "2024-06-01 12:00:00"]), None)
    assert mixed.to_pylist() == [NOON, None, None, NOON]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2024-02-30",
        "1969-12-31",
        "2100-01-01",
        "3000-01-01T00:00:00Z",
        "03/04/2024",
        "-5",
        "1e99",
        "9" * 400,
    ],
)
def test_impossible_moments_are_unknown(text):
    assert to_ms(pa.array([text]), None).to_pylist() == [None]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1717243200]),
        pa.array([1717243200.0]),
        pa.array([1717243200000], pa.uint64()),
        pa.array([datetime(2024, 6, 1, 12, tzinfo=UTC)]),
        pa.array([datetime(2024, 6, 1, 12)]),  # noqa: DTZ001 - a naive time is UTC
        pa.array([NOON], pa.int64()).cast(pa.timestamp("ms", "America/Montreal")),
        pa.array(["2024-06-01T12:00:00Z"]).dictionary_encode(),
        pa.array(["2024-06-01T12:00:00Z"], pa.large_string()),
    ],
)
def test_one_moment_in_many_types(column):
    assert to_ms(column, None).to_pylist() == [NOON]


def test_figures_that_are_no_moment_are_unknown():
    assert to_ms(pa.array([float("nan"), float("inf"), -1.0, 5.0]), "s").to_pylist() == [
        None,
        None,
        None,
        5000,
    ]
    assert to_ms(pa.array([-1, 5, LAST_MS, 1 << 62]), "s").to_pylist() == [None, 5000, None, None]
    assert to_ms(pa.array([True]), None).to_pylist() == [None]


@given(ms=st.integers(0, LAST_MS - 1), zone=st.integers(-14 * 60, 14 * 60), parts=st.sampled_from(["T", " "]))
def test_moments_are_read_as_python_reads_them(ms, zone, parts):
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    sign, minutes = "-" if zone < 0 else "+", abs(zone)
    text = f"{moment.strftime(f'%Y-%m-%d{parts}%H:%M:%S')}.{ms % 1000:03}"
    shifted = f"{text}{sign}{minutes // 60:02}:{minutes % 60:02}"
    expected = ms - zone * 60_000
    assert to_ms(pa.array([text]), None).to_pylist() == [ms]
    assert to_ms(pa.array([shifted]), None).to_pylist() == [expected if 0 <= expected < LAST_MS else None]


@pytest.mark.parametrize(
    ("figure", "unit"),
    [(269, "s"), (NOON // 1000, "s"), (NOON, "ms"), (NOON * 1000, "us"), (NOON * 10**6, "ns")],
)
def test_the_unit_of_figures_is_their_size(figure, unit):
    assert unit_of(pa.array([figure, None])) == unit
    assert unit_of(pa.array([str(figure)])) == unit


def test_the_users_unit_wins(desk):
    assert desk.column("author,ts\na,1700000000\n", "created_ms", time_unit="ms") == [1700000000]
    assert desk.column("author,created_ms\na,1700000000\n", "created_ms") == [1700000000]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (pa.array([1 << 60]), str(1 << 60)),
        (pa.array([(1 << 64) - 1], pa.uint64()), str((1 << 64) - 1)),
        (pa.array([123.0]), "123"),
        (pa.array(["1.8242664699423e+18"]), "1.8242664699423e+18"),
        (pa.array(["007"], pa.large_string()), "007"),
        (pa.array(["x"]).dictionary_encode(), "x"),
        (pa.array([b"x"]), "x"),
        (pa.array([float("nan")]), None),
        (pa.array([""]), None),
        (pa.array(["", "x"]).dictionary_encode().slice(0, 1), None),
    ],
)
@pytest.mark.parametrize("name", ["post_id", "author"])
def test_ids_are_exact_texts(column, text, name):
    assert convert(name, {name: column}, 1, {}).to_pylist() == [text]


def test_ids_longer_than_an_integer_stay_whole(desk):
    assert desk.column('{"author":123456789012345678901234567890,"created_ms":5}\n', "author") == [
        "123456789012345678901234567890"
    ]


@pytest.mark.parametrize("name", ["thread_id", "in_reply_to", "share_of", "post_id"])
def test_words_for_no_value_are_no_id(name):
    column = pa.array(["NA", "null", "None", "nan", "x"])
    assert convert(name, {name: column}, 5, {}).to_pylist() == [None] * 4 + ["x"]
    assert convert(name, {name: column.dictionary_encode()}, 5, {}).to_pylist() == [None] * 4 + ["x"]


def test_an_account_may_be_named_null():
    assert convert("author", {"author": pa.array(["null"])}, 1, {}).to_pylist() == ["null"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array(["#a #B"]), ["a", "B"]),
        (pa.array(["a, b|c;d"]), ["a", "b", "c", "d"]),
        (pa.array(['["a", "#b", null]']), ["a", "b"]),
        (pa.array(["['a', \"b\"]"]), ["a", "b"]),
        (pa.array([""]), None),
        (pa.array(["[]"]), None),
        (pa.array([["#a", "b c"]]), ["a", "b c"]),
        (pa.array([["a", None, ""]]), ["a"]),
        (pa.array([["#a"]], pa.large_list(pa.large_string())), ["a"]),
        (pa.array([[{"text": "a"}, {"tag": "#b"}, {"x": "c"}]]), ["a", "b"]),
        (pa.array([[]], pa.list_(pa.string())), []),
        (pa.array([None], pa.list_(pa.string())), None),
    ],
)
def test_lists_are_read_from_texts_and_lists(column, expected):
    assert convert("hashtags", {"hashtags": column}, 1, {}).to_pylist() == [expected]


def test_slices_of_lists_keep_their_place():
    column = pa.array([["#a"], None, [], ["#b", "#c"]]).slice(1)
    assert convert("hashtags", {"hashtags": column}, 3, {}).to_pylist() == [None, [], ["b", "c"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://x.example/a,b;c https://y.example", ["https://x.example/a,b;c", "https://y.example"]),
        ("https://x.example/a,https://y.example/b", ["https://x.example/a", "https://y.example/b"]),
        ('["https://x.example/?utm_source=z"]', ["https://x.example"]),
        ("23678", ["23678"]),
        ("1 2,3", ["1", "2", "3"]),
        ("  ", None),
    ],
)
def test_links_are_read_from_texts(text, expected):
    links = convert("links", {"links": pa.array([text])}, 1, {}).to_pylist()[0]
    assert [one["url"] for one in links or ()] == (expected or [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "HTTPS://WWW.Example.ORG:443/Path?B=1&utm_source=x&fbclid=y#top",
            "https://www.example.org/Path?B=1",
        ),
        ("http://example.org:80/", "http://example.org"),
        ("http://example.org:8080/a/", "http://example.org:8080/a/"),
        ("https://user@Example.org/", "https://user@example.org"),
        ("https://example.org/?q=%20a&gclid=1", "https://example.org?q=%20a"),
        ("23678", "23678"),
        ("at://did:plc:X/app", "at://did:plc:X/app"),
        ("http://[broken", "http://[broken"),
        ("example.org/A", "example.org/A"),
    ],
)
def test_links_have_one_form(text, expected):
    assert canonical_link(text) == expected
    assert canonical_link(expected) == expected


@given(st.text(max_size=30), st.sampled_from(["", "http://", "https://Example.org/"]))
def test_a_link_in_its_one_form_stays(text, start):
    once = canonical_link(start + text)
    assert canonical_link(once) == once


def test_other_values_that_cannot_be_read_are_unknown(desk):
    path = desk.file(
        "author,ts,followers,is_public_actor,edited_ms,lang_confidence\na,5,many,oui,False,0.5\nb,6,7.0,?,,x\n"
    )
    names = ["author_followers", "is_public_actor", "edited_ms", "lang_confidence"]
    assert [tuple(row.values()) for row in desk.table(path, columns=names).to_pylist()] == [
        (None, True, None, 0.5),
        (7, None, None, None),
    ]


def test_media_and_counts_take_the_parts_they_know(desk):
    post = {"author": "a", "created_ms": 5, "media": [{"pdq": "ff", "pdq_quality": 300_000, "alt": "x"}]}
    post["counts"] = [{"at_ms": 5, "name": "likes", "value": 3}]
    row = desk.table(desk.file(json.dumps(post) + "\n"), columns=["media", "counts"]).to_pylist()[0]
    unknown = dict.fromkeys(("sha256", "pdq_quality", "mime", "c2pa", "looks"))
    assert row["media"] == [{**unknown, "pdq": "ff"}]
    assert row["counts"] == post["counts"]


def test_half_a_surrogate_pair_does_not_stop_an_import(desk):
    bodies = desk.column(
        '{"author":"a","created_ms":5,"text":"\\ud83d"}\n{"author":"a","created_ms":5}\n', "body"
    )
    assert len(bodies) >= 1


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([datetime(2024, 6, 1, 12, tzinfo=UTC), None], ["2024-06-01T12:00:00+00:00", None]),
        ([datetime(2024, 6, 1, 12, tzinfo=UTC), "x"], ["2024-06-01T12:00:00+00:00", "x"]),
        ([1, "x", 2.0, True, None, [1], {"a": 1}], ["1", "x", "2", "true", None, "[1]", '{"a":1}']),
        ([1, 2.5], [1.0, 2.5]),
        ([1 << 60, 2.5], [str(1 << 60), "2.5"]),
        ([[1], ["x"]], ["[1]", '["x"]']),
        ([[1], None, []], [[1], None, []]),
        (["\ud83d", "ok"], ["?", "ok"]),
        ([float("inf"), "x"], ["inf", "x"]),
    ],
)
def test_cells_of_different_types_go_together_as_texts(values, expected):
    assert column(values).to_pylist() == expected
