"""Lines of JSON read by Arrow, and the reading of rows that judges it."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.collect import FileError, Rejects, plan, read_planned
from vigie.collect.json_columns import columns_read, kinds_of

KINDS = {"author": pa.string(), "created_ms": pa.int64()}
PLAIN = b'{"author": "a", "created_ms": 5}\n'
FIRST = {  # of every kind that a column may have
    "post_id": "p:1", "platform": "x", "author": "anna", "created_ms": 1_700_000_000_000, "body": "x",
    "author_followers": 5, "is_public_actor": False, "hashtags": ["a"], "mentions": ["@b"],
    "links": [{"url": "https://example.org/a", "domain": "example.org"}],
    "media": [{"sha256": "00", "pdq": None, "pdq_quality": 100}],
    "counts": [{"at_ms": 5, "name": "likes", "value": 3}], "note": "of no column",
}  # fmt: skip

texts = st.one_of(
    st.sampled_from(["", "null", "anna", "@b", "NaN", "Infinity", "\ud83d", "é ☃ 😀", " x ", "#a", '"}\n{"']),
    st.text(max_size=6),
)
figures = st.one_of(
    st.integers(-3, 3), st.sampled_from([1_700_000_000_000, 2**63, -(2**15), 1.5, float("nan"), float("inf")])
)
urls = st.sampled_from(["https://example.org/a", "https://Example.org/b?utm_source=x", "", "none", "x"])
links = st.fixed_dictionaries(
    {},
    optional={
        "url": st.one_of(st.none(), urls),
        "domain": st.sampled_from([None, "example.org", "x"]),
        "expanded_url": st.one_of(urls, st.just([])),
        "title": texts,
    },
)
media = st.fixed_dictionaries(
    {},
    optional={
        "sha256": st.one_of(st.none(), texts),
        "pdq_quality": st.one_of(figures, st.booleans()),
        "more": figures,
    },
)
counts = st.fixed_dictionaries({"name": texts, "value": st.one_of(st.none(), figures)})
strange = st.one_of(st.none(), texts, figures, st.booleans(), st.lists(figures, max_size=2))


def listed(entries: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Return lists of entries, at times null themselves or with a null in them."""
    return st.one_of(st.none(), st.lists(entries, max_size=3), st.just([None]))


OF_ITS_KIND = {
    "post_id": texts, "platform": texts, "author": texts, "body": texts, "note": strange,
    "created_ms": st.sampled_from([1_700_000_000_000, 1_700_000_000_001, None, -5]),
    "author_followers": figures, "is_public_actor": st.booleans(), "hashtags": listed(texts),
    "mentions": listed(texts), "links": listed(links), "media": listed(media), "counts": listed(counts),
}  # fmt: skip
usual = st.fixed_dictionaries({}, optional=OF_ITS_KIND)
odd = st.fixed_dictionaries({}, optional=dict.fromkeys(FIRST, strange))
records = st.one_of(usual, usual, odd).map(json.dumps).map(str.encode)
broken = st.sampled_from(
    [b"", b"  ", b"{}", b"[1]", b"5", b"{", b'{"author": "\xff"}', b'{"author": "a"}{"author": "b"}']
)
lines = st.one_of(*[records] * 9, broken)


def read(one):
    """Return the posts that a plan reads, and the rows set aside."""
    rejects = Rejects()
    try:
        posts = list(read_planned([one], rejects=rejects))
    except FileError:
        posts = []
    return posts, [(reject.number, reject.code, reject.excerpt) for reject in rejects.first], rejects.counts


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    path = tmp_path_factory.mktemp("lines") / "posts.ndjson"
    path.write_bytes(json.dumps(FIRST).encode() + b"\n")
    return plan(path)


@settings(max_examples=100)
@given(some=st.lists(lines, min_size=1, max_size=4), ended=st.booleans())
def test_both_readings_give_the_same_posts_and_set_the_same_rows_aside(planned, some, ended):
    planned.path.write_bytes(b"\n".join([json.dumps(FIRST).encode(), *some]) + b"\n" * ended)
    found = read(planned)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vigie.collect.plans.kinds_of", lambda *_: None)
        by_rows = read(planned)
    assert found == by_rows
    for one, other in zip(found[0], by_rows[0], strict=True):
        one.validate(full=True)
        assert one.to_pylist() == other.to_pylist()


def test_a_file_of_every_kind_of_column_is_read_by_columns(planned):
    kinds = kinds_of(planned.columns, planned.sample.schema)
    rows = columns_read(json.dumps(FIRST).encode() + b"\n", kinds)
    assert rows.num_rows == 1
    assert set(rows.schema.names) == FIRST.keys() - {"note"}


def test_plain_lines_are_read_by_columns():
    assert columns_read(PLAIN * 3, KINDS).to_pylist() == [{"author": "a", "created_ms": 5}] * 3


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b" " + PLAIN.strip(),
        PLAIN.strip() + b"\r",
        PLAIN.strip() * 2,
        b'{"author": "a"}{"more": {\n},"created_ms": 5}',
        b"[1]",
        b'{"author": 5}',
        b'{"created_ms": 5.0}',
        b'{"created_ms": 9223372036854775808}',
        b'{"author": "a", "author": "b"}',
        b'{"author": "a", "more": NaN}',
        b'{"author": "a", "more": [-Infinity ]}',
        b'{"author": "a", "more": "\xff"}',
        b'{"author": "a", "more": ' + b"[" * 1000 + b"]" * 1000 + b"}",
        b'{"author": "a", "more": ' + b"1" * 5000 + b"}",
        b'{"author": "\\ud83d"}',
        b'{"author": "a"} x',
    ],
)
def test_lines_that_might_mean_something_else_are_left_to_the_reading_of_rows(line):
    assert columns_read(PLAIN + line + b"\n" + PLAIN, KINDS) is None


@pytest.mark.parametrize("body", ["NaN", "Infos, Infinity", "NaN.", "9" * 900, "[" * 300])
def test_strange_words_in_a_text_are_plain(body):
    line = json.dumps({"author": "a", "body": body}).encode() + b"\n"
    assert columns_read(line, {"body": pa.string()}).to_pylist() == [{"body": body}]


@pytest.mark.parametrize(
    "link",
    [
        None,
        {"url": None},
        {"url": "https://Example.org/"},
        {"url": "https://example.org/a", "domain": "elsewhere.org"},
        {"url": "https://example.org/a", "expanded_url": "https://example.org/b"},
    ],
)
def test_links_that_are_not_canonical_yet_are_left_to_the_reading_of_rows(planned, link):
    kinds = kinds_of(planned.columns, planned.sample.schema)
    line = json.dumps({"author": "a", "links": [link]}).encode() + b"\n"
    assert columns_read(line, {"links": kinds["links"]}) is None


def test_places_are_those_of_lines(planned):
    lines = [PLAIN, b'{"created_ms": 5}\n', PLAIN, b'{"author": "late"}\n']
    planned.path.write_bytes(b"".join(lines))
    _posts, aside, _counts = read(planned)
    assert [one[:2] for one in aside] == [(2, "row.author"), (4, "row.time_missing")]
    assert aside[1][2] == '{"author": "late"}'


def test_columns_behind_objects_are_read_row_by_row(tmp_path):
    path = tmp_path / "posts.ndjson"
    path.write_text('{"user": {"name": "a"}, "created_ms": 5}\n')
    one = plan(path, mapping={"user.name": "author"})
    assert kinds_of(one.columns, one.sample.schema) is None
    (posts,) = read_planned([one], rejects=Rejects())
    assert posts.column("author").to_pylist() == ["a"]


@pytest.mark.parametrize("media", [5, "null", [5], [None, {"sha256": {}}], [{"pdq_quality": True}]])
def test_media_of_another_shape_are_unknown_and_cost_no_post(planned, media):
    lines = [FIRST, {"author": "a", "created_ms": 5, "media": media}]
    planned.path.write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    (posts,), aside, _counts = read(planned)
    assert posts.column("media").to_pylist()[0][0]["pdq_quality"] == 100
    assert posts.num_rows == 2
    assert not aside
