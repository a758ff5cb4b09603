"""Small files of every format, and a way to read them back."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from vigie.collect import Rejects, read_posts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Rows = "Sequence[dict[str, object]]"


def as_csv(rows: Rows, delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_ndjson(rows: Rows) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def as_parquet(rows: Rows) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), out)
    return out.getvalue()


def as_xlsx(*sheets: Sequence[Sequence[object]]) -> bytes:
    """Write the smallest workbook that is one: texts inline, numbers as they are."""
    out = io.BytesIO()
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    numbers = range(1, len(sheets) + 1)
    names = "".join(f'<sheet name="S{i}" sheetId="{i}" r:id="r{i}"/>' for i in numbers)
    links = "".join(
        f'<Relationship Id="r{i}" Type="{office}/worksheet" Target="worksheets/s{i}.xml"/>' for i in numbers
    )
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r0" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{names}</sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">{links}</Relationships>',
        )
        for i, sheet in zip(numbers, sheets, strict=True):
            body = "".join(_row(number, cells) for number, cells in enumerate(sheet, 1))
            book.writestr(
                f"xl/worksheets/s{i}.xml",
                f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
            )
    return out.getvalue()


def _row(number: int, cells: Sequence[object]) -> str:
    written = (_cell(f"{chr(65 + i)}{number}", cell) for i, cell in enumerate(cells) if cell is not None)
    return f'<row r="{number}">{"".join(written)}</row>'


def _cell(name: str, value: object) -> str:
    if isinstance(value, int | float):
        return f'<c r="{name}"><v>{value}</v></c>'
    text = escape(str(value), {"\r": "&#13;"})
    return f'<c r="{name}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def sheet_of(rows: Rows) -> bytes:
    return as_xlsx([list(rows[0]), *([row[name] for name in rows[0]] for row in rows)])


def as_zstd(data: bytes) -> bytes:
    return pa.compress(data, "zstd", asbytes=True)


WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "a.csv": as_csv,
    "a.tsv": lambda rows: as_csv(rows, "\t"),
    "semicolon.csv": lambda rows: as_csv(rows, ";"),
    "a.ndjson": as_ndjson,
    "a.json": lambda rows: json.dumps(rows).encode(),
    "wrapped.json": lambda rows: json.dumps(
        {"meta": {"n": [1]}, "posts": rows, "next": None}, indent=1
    ).encode(),
    "a.parquet": as_parquet,
    "a.xlsx": sheet_of,
    "a.csv.gz": lambda rows: gzip.compress(as_csv(rows)),
    "a.csv.zst": lambda rows: as_zstd(as_csv(rows)),
    "a.ndjson.gz": lambda rows: gzip.compress(as_ndjson(rows)),
    "packed-json": lambda rows: as_zstd(json.dumps(rows).encode()),
    "utf16.csv": lambda rows: as_csv(rows).decode().encode("utf-16"),
    "mark.csv": lambda rows: b"\xef\xbb\xbf" + as_csv(rows),
}


class Desk:
    """Writes files in a folder of their own and reads them as posts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, content: bytes | str, name: str = "posts.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def table(self, *paths: Path, **options: object) -> pa.Table:
        options.setdefault("rejects", Rejects())
        return pa.Table.from_batches(list(read_posts(paths, **options)))

    def column(self, content: bytes | str, name: str, **options: object) -> list[object]:
        return self.table(self.file(content), columns=[name], **options).column(name).to_pylist()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def real_posts() -> Path:
    folder = Path(__file__).parents[3].parent / "shared" / "data" / "posts"
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not at {folder}")
    return folder


@pytest.fixture(scope="session")
def kit() -> object:
    """Return this module: tests are no package, so they cannot import it."""
    import sys

    return sys.modules[__name__]
