"""Every format tells the same posts."""

from __future__ import annotations

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.collect import Rejects, batch_schema, plan, preview, read_posts
from vigie.terms.posts import POSTS

NAMES = sorted(
    [
        "a.csv",
        "a.tsv",
        "semicolon.csv",
        "a.ndjson",
        "a.json",
        "wrapped.json",
        "a.parquet",
        "a.xlsx",
        "a.csv.gz",
        "a.csv.zst",
        "a.ndjson.gz",
        "packed-json",
        "utf16.csv",
        "mark.csv",
    ]
)
# A text that XML, and so XLSX, cannot hold is left out; "\r" is folded there, "_x0041_" means A.
nasty = st.text(
    st.sampled_from(list("a b,;\t|\"'\n#éñ🦆\u202e\u00a0[]{}\\")), min_size=1, max_size=12
).filter(lambda text: text.strip() == text)
rows_of_posts = st.lists(
    st.fixed_dictionaries(
        {
            "author": nasty,
            "created_ms": st.integers(0, 4_102_444_799_999).map(str),
            "body": nasty,
            "title": nasty,
        }
    ),
    min_size=1,
    max_size=6,
)


def written(conftest: object, name: str, rows: list[dict[str, object]], folder: Path) -> pa.Table:
    path = folder / name
    path.write_bytes(conftest.WRITERS[name](rows))
    columns = ["author", "created_ms", "body", "title"]
    rejects = Rejects()
    table = pa.Table.from_batches(
        list(read_posts([path], columns=columns, time_unit="ms", rejects=rejects)), batch_schema(columns)
    )
    assert rejects.total == 0
    return table


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=6, deadline=None)
@given(rows=rows_of_posts)
def test_nasty_texts_are_read_back_equal_from_every_format(kit, name, rows):
    with TemporaryDirectory() as folder:
        got = written(kit, name, rows, Path(folder)).to_pylist()
    plain = [{**row, "created_ms": int(row["created_ms"])} for row in rows]
    assert [{k: row[k] for k in ("author", "created_ms", "body", "title")} for row in got] == plain


@pytest.mark.parametrize("name", NAMES)
def test_one_format_gives_the_schema_of_all(kit, desk, name):
    rows = [
        {"author": "a", "created_ms": "5", "share_of": "x"},
        {"author": "b", "created_ms": "6", "share_of": None},
    ]
    path = desk.file(kit.WRITERS[name](rows), name)
    table = desk.table(path)
    assert table.schema == batch_schema()
    assert table.schema.names == POSTS.names
    assert table.column("share_of").to_pylist() == ["x", None]


def test_files_of_different_formats_go_into_one_table_in_their_order(kit, desk):
    paths = [
        desk.file(kit.WRITERS[name]([{"author": name, "created_ms": str(i)}]), name)
        for i, name in enumerate(NAMES)
    ]
    assert desk.table(*paths).column("author").to_pylist() == NAMES


def test_the_content_says_the_format_whatever_the_name(kit, desk):
    rows = [{"author": "a", "created_ms": "5"}]
    for name, other in itertools.pairwise([*NAMES, NAMES[0]]):
        if not other.endswith("ndjson") or "json" in name:
            path = desk.file(kit.WRITERS[name](rows), f"liar-{Path(other).name.replace('json', 'x')}")
            assert preview(path).format == plan(desk.file(kit.WRITERS[name](rows), name)).shape.format


def test_the_sheet_with_the_most_rows_is_read(kit, desk):
    path = desk.file(
        kit.as_xlsx([["read me"]], [["author", "ts"], ["a", 1700000000], ["b", 1700000001]]), "b.xlsx"
    )
    assert desk.table(path, columns=["author", "created_ms"]).to_pylist() == [
        {"author": "a", "created_ms": 1700000000000},
        {"author": "b", "created_ms": 1700000001000},
    ]


def test_excels_own_declaration_of_the_delimiter_is_no_header(desk):
    assert desk.column("sep=;\r\nauthor;created_ms\r\na,b;5\r\n", "author") == ["a,b"]


def test_a_file_without_a_last_line_end_keeps_its_last_row(desk):
    assert desk.column("author,created_ms\na,5\nb,6", "author") == ["a", "b"]


def test_old_macintosh_line_ends_are_line_ends(desk):
    assert desk.column("author,created_ms\ra,5\rb,6\r", "author") == ["a", "b"]


def test_objects_inside_objects_have_dotted_names(desk):
    path = desk.file('{"user":{"id_str":"7","name":"x"},"created_at":"2024-01-01","text":"t"}\n', "x.ndjson")
    assert desk.table(path, columns=["author", "body"]).to_pylist() == [{"author": "7", "body": "t"}]


def test_keys_that_some_objects_lack_are_unknown_there(desk):
    lines = '{"author":"a","created_ms":5}\n{"author":"b","created_ms":6,"share_of":"x"}\n'
    assert desk.table(desk.file(lines)).column("share_of").to_pylist() == [None, "x"]


def test_many_batches_tell_how_far_they_are(desk):
    rows = "".join(f"a{i},{i}\n" for i in range(1000))
    told = []
    path = desk.file("author,created_ms\n" + rows)
    for _ in read_posts([path, path], rejects=Rejects(), progress=lambda *at: told.append(at)):
        pass
    size = path.stat().st_size
    assert told[-1] == (2 * size, 2 * size)
    assert told == sorted(told)


def test_only_asked_columns_come_and_strange_ones_are_the_callers_mistake(desk):
    path = desk.file("author,created_ms,text\na,5,x\n")
    assert desk.table(path, columns=["body"]).to_pylist() == [{"body": "x"}]
    with pytest.raises(ValueError, match="not columns of posts"):
        desk.table(path, columns=["bodi"])


def test_a_file_with_a_header_only_gives_nothing(desk):
    assert list(read_posts([desk.file("author,created_ms\n")], rejects=Rejects())) == []
