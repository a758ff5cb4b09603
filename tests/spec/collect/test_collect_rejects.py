"""A bad row never stops an import; it is counted, and its place is right."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vigie.collect import Rejects, read_posts
from vigie.collect import chunks as collect_chunks
from vigie.collect.csv_records import end_of_records, record_spans
from vigie.terms.languages import Words


def rejected(path, **options):
    rejects = Rejects()
    kept = sum(batch.num_rows for batch in read_posts([path], rejects=rejects, **options))
    return kept, [(r.code, r.number) for r in rejects.first]


def test_line_numbers_are_physical_lines_even_after_quoted_line_ends(desk):
    lines = (
        'author,created_ms,body\na,5,"one\ntwo\nthree"\n\nb,6\nc,7,x,y\n,8,"n\n"\nd,never,x\ne,,x\nf,9,end\n'
    )
    assert rejected(desk.file(lines)) == (
        2,
        [
            ("row.columns", 6),
            ("row.columns", 7),
            ("row.author", 8),
            ("row.time", 10),
            ("row.time_missing", 11),
        ],
    )


def test_windows_line_ends_count_once(desk):
    assert rejected(desk.file('author,created_ms\r\n"a\r\nb",5\r\n,6\r\n')) == (1, [("row.author", 4)])


cells = st.text(st.sampled_from(list('ab,\n"')), max_size=4)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.tuples(st.booleans(), cells), min_size=1, max_size=12))
def test_line_numbers_agree_with_a_plain_reading(tmp_path_factory, rows):
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["author", "created_ms", "body"])
    writer.writerow(["good", "1", ""])
    expected = []
    for good, text in rows:
        if not good:
            expected.append(("row.author", out.getvalue().count("\n") + 1))
        writer.writerow(["a" if good else "", "5", text])
    path = tmp_path_factory.mktemp("plain") / "x.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    kept, found = rejected(path)
    assert found == expected
    assert kept == 1 + sum(good for good, _ in rows)


def by_hand(text: bytes) -> list[tuple[int, int]]:
    """Read records character by character, as Arrow does."""
    spans, start, i, quoted, field_start = [], 0, 0, False, True
    while i < len(text):
        c = text[i : i + 1]
        if quoted:
            if text[i : i + 2] == b'""':
                i += 1
            elif c == b'"':
                quoted = False
        elif field_start and c == b'"':
            quoted = True
        elif c == b"\n":
            spans.append((start, i))
            start = i + 1
        field_start = not quoted and c in {b",", b"\n"}
        i += 1
    return [*spans, (start, len(text))] if start < len(text) else spans


@settings(max_examples=400)
@given(text=st.text(st.sampled_from(list('a,"\n')), max_size=30))
@example('"\n""\n')
@example('"\n","\n')
def test_records_end_where_a_plain_reading_ends_them(text):
    data = text.encode()
    spans = by_hand(data)
    assert list(record_spans(data, ",")) == [(a, b) for a, b in spans if b > a]
    ends = [b + 1 for _, b in spans if b < len(data)]
    assert end_of_records(data, ",") == (ends[-1] if ends else 0)


def test_bytes_that_are_not_utf8_cost_their_row_only(desk):
    rows = "é,5\n" * 3
    data = f"author,created_ms\n{rows}".encode() + b"caf\xe9,6\nz,7,8\nlast,9\n"
    assert rejected(desk.file(data), encoding=None) == (4, [("row.columns", 6), ("row.encoding", 5)])


def test_places_stay_right_after_several_kinds_of_bad_rows(desk):
    data = "author,created_ms\né,1\né,1\nx,1,2\n".encode() + b"\xe9,2\n,3\nok,4\n"
    assert rejected(desk.file(data)) == (3, [("row.columns", 4), ("row.encoding", 5), ("row.author", 6)])


def test_a_mark_that_never_closes_costs_one_line(desk):
    assert rejected(desk.file('author,created_ms\na,5\n"b,6\nc,7\nd,8\n')) == (3, [("row.quote", 3)])


def test_a_mark_inside_a_plain_field_is_an_ordinary_character(desk):
    path = desk.file('author,created_ms,body\na,5,19" screen\nb,6,"x\ny"\n')
    assert desk.table(path, columns=["body"]).to_pylist() == [{"body": '19" screen'}, {"body": "x\ny"}]


def test_lines_that_are_no_objects_are_set_aside(desk):
    lines = b'{"author":"a","created_ms":5}\nnot json\n\n[1]\n'
    lines += b'{"author":"\xff","created_ms":6}\n{"created_ms":7}\n'
    assert rejected(desk.file(lines), encoding="utf-8") == (
        1,
        [("row.json", 2), ("row.json", 4), ("row.encoding", 5), ("row.author", 6)],
    )


def test_deep_nesting_is_no_object_of_ours(desk):
    lines = '{"author":"a","created_ms":5}\n{"author":' + "[" * 100_000 + "\n"
    assert rejected(desk.file(lines)) == (1, [("row.json", 2)])


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_row_over_the_limit_is_set_aside_within_bounded_memory(desk, monkeypatch, quote):
    monkeypatch.setattr("vigie.collect.csv_records.ROW_BYTES_MAX", 100_000)
    monkeypatch.setattr("vigie.collect.csv_records.BLOCK_BYTES", 10_000)
    long = quote + "x" * 300_000 + quote
    path = desk.file(f"author,created_ms,body\na,5,x\nb,6,{long}\nc,7,z\n")
    assert rejected(path) == (2, [("row.long", 3)])


def test_a_long_line_of_json_is_set_aside_within_bounded_memory(desk, monkeypatch):
    monkeypatch.setattr("vigie.collect.json_rows.ROW_BYTES_MAX", 10_000)
    monkeypatch.setattr("vigie.collect.json_rows.BLOCK_BYTES", 1_000)
    good = '{"author":"a","created_ms":5}\n'
    path = desk.file(good + '{"author":"' + "x" * 50_000 + '"}\n' + good, "x.ndjson")
    assert rejected(path) == (2, [("row.long", 2)])


def test_small_blocks_read_like_one(desk, monkeypatch):
    rows = "".join(f'a{i},{i},"line\n{i} ""q"" {"é" * (i % 7)}"\n' for i in range(300))
    path = desk.file("author,created_ms,body\n" + rows + ",1,last\n")
    whole = desk.table(path).to_pylist()
    monkeypatch.setattr("vigie.collect.csv_records.BLOCK_BYTES", 97)
    assert desk.table(path).to_pylist() == whole
    assert rejected(path) == (300, [("row.author", 602)])


def test_rows_of_a_sheet_and_of_parquet_are_numbered_from_one(kit, desk):
    rows = [{"author": "a", "created_ms": 5}, {"author": None, "created_ms": 6}]
    assert rejected(desk.file(kit.as_parquet(rows), "x.parquet")) == (1, [("row.author", 2)])
    sheet = [["author", "ts"], ["a", 1700000000], [None, 1700000000]]
    assert rejected(desk.file(kit.as_xlsx(sheet), "x.xlsx")) == (1, [("row.author", 3)])
    array = '[{"author":"a","created_ms":5},7,{"author":"b"}]'
    assert rejected(desk.file(array, "x.json")) == (1, [("row.json", 2), ("row.time_missing", 3)])


def test_a_sink_takes_every_reject_and_the_memory_the_first_twenty(desk):
    sink = io.StringIO()
    rejects = Rejects(sink)
    path = desk.file("author,created_ms\na,5\n" + ",6\n" * 50)
    assert sum(b.num_rows for b in read_posts([path], rejects=rejects)) == 1
    lines = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert len(lines) == rejects.total == 50
    assert len(rejects.first) == 20
    assert lines[0] == {
        "path": str(path),
        "line": 3,
        "code": "row.author",
        "reason": "The author is missing.",
        "excerpt": ",6",
    }


def test_an_excerpt_is_short_and_carries_no_control_characters(desk):
    rejects = Rejects()
    path = desk.file("author,created_ms,body\na,5,x\n,6,\x1b[31m\u202e" + "x" * 999 + "\n")
    list(read_posts([path], rejects=rejects))
    assert rejects.first[0].excerpt.startswith(",6,\ufffd[31m\ufffdx")
    assert len(rejects.first[0].excerpt) == 200


def test_a_sink_speaks_the_language_it_is_given(desk):
    sink = io.StringIO()
    path = desk.file("author,created_ms\na,5\n,6\n")
    list(read_posts([path], rejects=Rejects(sink, words=Words("fr"))))
    assert json.loads(sink.getvalue())["code"] == "row.author"


def test_good_rows_of_parquet_are_passed_on_without_a_copy(kit, desk):
    rows = [{"author": "a", "created_ms": 5, "body": "x"}]
    (batch,) = read_posts(
        [desk.file(kit.as_parquet(rows), "x.parquet")], rejects=Rejects(), columns=["created_ms"]
    )
    assert batch.column(0).to_pylist() == [5]
    assert collect_chunks.ROW_BYTES_MAX == 16 << 20
