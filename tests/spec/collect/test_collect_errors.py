"""Every way in which a file can be wrong has its own code, sentence and remedy."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import struct
import zipfile
from pathlib import Path

import pytest

from vigie.collect import FileError, Rejects, plan, read_posts
from vigie.collect import errors as collect_errors
from vigie.collect.xlsx_rows import check_unpacked_size
from vigie.terms.errors import tell
from vigie.terms.languages import Words

GOOD = "author,created_ms\na,5\n"


def code(path: Path, **options) -> str:
    with pytest.raises(FileError) as caught:
        list(read_posts([path], rejects=Rejects(), **options))
    error = caught.value
    assert tell(error, Words("en"))
    assert "{" not in tell(error, Words("en"))
    return error.code


def test_codes_are_unique_and_every_error_has_its_words():
    kinds = [
        kind for kind in vars(collect_errors).values() if isinstance(kind, type) and hasattr(kind, "code")
    ]
    assert len({kind.code for kind in kinds}) == len(kinds) == 23
    for kind in kinds:
        assert kind.code.startswith("file.")
        assert issubclass(kind, FileError)
        assert kind.sentence.endswith((".", "}"))
        assert kind.remedy.endswith(".") or kind.remedy.endswith("}")


def test_nothing_there(tmp_path):
    assert code(tmp_path / "no.csv") == "file.missing"


def test_a_folder_is_no_file(tmp_path):
    assert code(tmp_path) == "file.folder"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_someone_else(desk):
    path = desk.file(GOOD)
    path.chmod(0)
    assert code(path) == "file.unreadable"


def test_a_refusal_of_the_system_is_told(desk, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = desk.file(GOOD)
    monkeypatch.setattr(Path, "open", refuse)
    assert code(path) == "file.unreadable"


@pytest.mark.parametrize(
    "content", [b"", b" \n\n", gzip.compress(b"", mtime=0), b"\xef\xbb\xbf", b"\xff\xfe"]
)
def test_nothing_inside(desk, content):
    assert code(desk.file(content)) == "file.empty"


def test_no_entry_and_no_row_inside(kit, desk):
    assert code(desk.file("[]")) == "file.empty"
    assert code(desk.file(kit.as_xlsx([]))) == "file.empty"


def archive(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name, content in members.items():
            book.writestr(zipfile.ZipInfo(name), content)  # the same bytes whenever it runs
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7 x",
        b"\x89PNG\r\n\x1a\n\0\0",
        archive(a="x"),
        gzip.compress(b"PAR1xxxx", mtime=0),
        b'{"posts":[1,2]}',
    ],
)
def test_no_format_of_ours(desk, content):
    assert code(desk.file(content)) == "file.unknown_format"


@pytest.mark.parametrize(
    "content", ["<!DOCTYPE html><p>Log in", "\n <html lang=fr>", "\ufeff<!doctype HTML>"]
)
def test_a_web_page_is_no_data(desk, content):
    assert code(desk.file(content)) == "file.web_page"


def test_another_encoding_is_named_with_its_line(desk):
    path = desk.file("author,created_ms\nb,5\nRené,6\n".encode("cp1252"))
    with pytest.raises(collect_errors.WrongEncodingError) as caught:
        plan(path)
    assert caught.value.facts == {"path": path, "line": 3}
    assert desk.table(path, columns=["author"], encoding="cp1252").column(0).to_pylist() == ["b", "René"]


@pytest.mark.parametrize("name", ["klingon", "zlib", ""])
def test_an_encoding_nobody_knows(desk, name):
    if name:
        assert code(desk.file(GOOD), encoding=name) == "file.unknown_encoding"


def test_bytes_that_a_named_encoding_lacks_cost_their_row_only(desk):
    path = desk.file(b"author,created_ms\na,5\n\x81,6\n")
    rejects = Rejects()
    assert sum(b.num_rows for b in read_posts([path], rejects=rejects, encoding="cp1252")) == 1
    assert dict(rejects.counts) == {"row.encoding": 1}


LONG = "author,created_ms\n" + "".join(f"{i * 7919 % 1000003},{i}\n" for i in range(200_000))


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.zst", "a.parquet", "a.xlsx", "a.json"])
@pytest.mark.parametrize("share", [0.3, 0.97])
def test_a_file_that_breaks_off_is_damaged(kit, desk, name, share):
    content = {
        "a.csv.gz": lambda: gzip.compress(LONG.encode(), 1),
        "a.csv.zst": lambda: kit.as_zstd(LONG.encode()),
    }.get(name, lambda: kit.WRITERS[name]([{"author": str(i), "created_ms": i} for i in range(50)]))()
    assert code(desk.file(content[: int(len(content) * share)], name)) == "file.damaged"


def test_bytes_changed_inside_parquet_are_damage(kit, desk):
    content = bytearray(kit.as_parquet([{"author": "a" * 50, "created_ms": i} for i in range(50)]))
    content[4:80] = b"\xff" * 76
    assert code(desk.file(bytes(content), "x.parquet")) == "file.damaged"


def test_half_a_character_of_utf16_is_damage(desk):
    assert code(desk.file(GOOD.encode("utf-16")[:-1])) == "file.damaged"


def test_a_workbook_that_unpacks_to_too_much_is_refused(kit, desk):
    path = desk.file(kit.as_xlsx([["author", "ts"], ["a", 5]]), "x.xlsx")
    check_unpacked_size(path)
    with pytest.raises(collect_errors.OversizedArchiveError):
        check_unpacked_size(path, bytes_max=100)


def test_a_workbook_that_lies_about_its_size_is_refused(kit, desk):
    content = bytearray(kit.as_xlsx([["author", "ts"], *([["a" * 100, 5]] * 500)]))
    at = content.rindex(b"PK\x01\x02")  # the last entry of the directory: the sheet
    content[at + 24 : at + 28] = struct.pack("<I", 10)
    assert code(desk.file(bytes(content), "x.xlsx")) == "file.oversized"


def test_an_entry_without_end_is_refused_within_bounded_memory(desk, monkeypatch):
    monkeypatch.setattr("vigie.collect.json_rows.ROW_BYTES_MAX", 10_000)
    path = desk.file('[{"author":"a","created_ms":5},{"author":"' + "x" * 1_000_000 + '"}]')
    assert code(path) == "file.row_too_long"


@pytest.mark.parametrize(
    "opening", ["[", '{"a":', '[ "]\\"", ', '[{"author": "a", "created_ms": 5}, ', '{"x": [']
)
def test_a_file_nested_without_end_is_refused_before_it_fills_the_memory(desk, opening):
    assert code(desk.file(opening * 100_000, "deep.json")) == "file.too_deep"


def test_brackets_within_texts_are_no_levels(desk):
    rows = [{"author": "a", "created_ms": 5, "body": "[{" * 50_000 + '\\" [' * 50_000}] * 3
    path = desk.file(json.dumps(rows), "posts.json")
    assert sum(posts.num_rows for posts in read_posts([path], rejects=Rejects())) == 3


def test_columns_that_every_row_needs(desk):
    path = desk.file("who,created_ms,body\na,5,x\n")
    with pytest.raises(collect_errors.MissingColumnError) as caught:
        plan(path)
    assert caught.value.facts == {"path": path, "column": "author", "columns": "who, created_ms, body"}
    assert "--map SOURCE=author" in tell(caught.value, Words("en"))
    assert code(desk.file("author,body\na,x\n")) == "file.no_column"


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"nope": "author"}, "file.unknown_source"),
        ({"author": "writer"}, "file.unknown_target"),
        ({"author": "media.size"}, "file.unknown_target"),
        ({"author": "body", "created_ms": "body"}, "file.repeated_target"),
    ],
)
def test_a_mapping_that_makes_no_sense(desk, mapping, expected):
    assert code(desk.file(GOOD), mapping=mapping) == expected


@pytest.mark.parametrize(
    "content",
    ["author,created_ms\n,5\nb,never\n", "author,created_ms\na\nb,1,2\n", 'author,created_ms\n"a,5\n'],
)
def test_a_file_of_bad_rows_only_is_an_error(desk, content):
    assert code(desk.file(content)) == "file.all_bad"


def test_a_file_of_bad_lines_only_is_an_error(desk):
    assert code(desk.file('{"author":"a","created_ms":"x"}\n' * 3)) == "file.all_bad"


def test_an_error_comes_before_any_post_when_a_later_file_is_missing(desk):
    with pytest.raises(FileError, match=re.escape("no.csv")):
        read_posts([desk.file(GOOD), desk.folder / "no.csv"], rejects=Rejects())
