"""The objects that stand at known places of a JSON document of any size, and what stands around them."""

from __future__ import annotations

import io
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import ijson

from vigie.collect.chunks import place_of
from vigie.collect.errors import DamagedFileError
from vigie.collect.importers.frame import AROUND, Entry
from vigie.collect.json_rows import READ_BYTES, Bounded
from vigie.collect.nesting import Nesting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from vigie.collect.formats import Shape
    from vigie.collect.importers.frame import Record
    from vigie.collect.rejects import FileRejects

    Events = Iterable[tuple[str, str, object]]

TOP_BYTES = 1 << 20
AROUND_MAX = 200  # values around arrays that are kept at one time
STARTS, ENDS = frozenset({"start_map", "start_array"}), frozenset({"end_map", "end_array"})
BREAK = "broken"  # an event of ours: here the document breaks off
SCALARS = frozenset({"string", "number", "boolean"})
NO_OBJECTS = SCALARS | {"null", "start_array"}
# A pair of backslashes is a backslash; what follows a single one is an escape.
ESCAPE = re.compile(rb"\\\\|\\x([0-9A-Fa-f]{2})")
OPEN_ESCAPE = re.compile(rb"(?<!\\)\\+(?:x[0-9A-Fa-f]?)?\Z")  # may go on in the next piece
BROKEN = (ijson.JSONError, UnicodeDecodeError, RecursionError)


def document_entries(
    shape: Shape, items: Collection[str], *, has_surroundings: bool, rejects: FileRejects
) -> Iterator[Entry]:
    """Yield the objects that stand under the prefixes `items` of a JSON file.

    Args:
        shape: the file.
        items: prefixes of ijson.
        has_surroundings: hand over what stands around the arrays too, under AROUND.
        rejects: takes entries that are no objects.
    """
    with shape.text() as text:
        bounded = Bounded(text, shape)
        mended = _Mended(bounded)
        try:
            for value in _values(mended, bounded, items, has_surroundings=has_surroundings):
                bounded.row, bounded.since_row = bounded.row + 1, 0
                if isinstance(value, dict):
                    yield Entry(bounded.row, value, value, text.taken)
                else:
                    rejects.add("row.json", place_of(bounded.row, value))
        except BROKEN as error:
            raise DamagedFileError(path=shape.path, format="json") from error


def _values(
    text: _Mended, bounded: Bounded, items: Collection[str], *, has_surroundings: bool
) -> Iterator[object]:
    around = _Around(items if has_surroundings else ())
    alone = _at_the_top(head_of(bounded.shape, TOP_BYTES), items, around)
    if alone is not None:  # ijson's own way, several times as fast
        found = ijson.items(text, alone, buf_size=READ_BYTES, use_float=True)
        return (around.beside(value, alone) if isinstance(value, dict) else value for value in found)
    events = ijson.parse(text, buf_size=READ_BYTES, use_float=True)
    return _built(events, items, around, idle=partial(_idle, bounded))


def _at_the_top(head: bytes, items: Collection[str], around: _Around) -> str | None:
    """Return the prefix that alone is to be read: that of the first object met, if it stands at the top."""
    for prefix, event, value in _until_broken(ijson.parse(io.BytesIO(_mended(head)), use_float=True)):
        if event == "start_map" and prefix in items:
            return prefix if prefix.count(".") <= 1 else None
        around.note(prefix, event, value)
    return None


def head_of(shape: Shape, bytes_max: int) -> bytes:
    """Return the beginning of a file's text.

    Raises:
        DeepFileError: it is nested too deeply.
    """
    head, nesting = b"", Nesting(shape.path)
    with shape.text() as text:
        while len(head) < bytes_max and (piece := text.read(bytes_max - len(head))):
            head += nesting.check(piece)
    return head


class _Mended:
    r"""A text in which Telegram's own escape of control characters is one that JSON has: \x0B is \u000B."""

    def __init__(self, text: Bounded) -> None:
        self._text, self._held = text, b""

    def read(self, size: int) -> bytes:
        """Return some bytes, none at the end."""
        while size:
            piece = self._text.read(size)
            whole = self._held + piece
            open_ = OPEN_ESCAPE.search(whole) if piece else None
            self._held = open_[0] if open_ else b""
            if found := _mended(whole.removesuffix(self._held)):
                return found
            if not piece:
                break
        return b""


def _mended(piece: bytes) -> bytes:
    return ESCAPE.sub(_escape, piece) if b"\\x" in piece else piece


def _escape(found: re.Match[bytes]) -> bytes:
    return found[0] if found[1] is None else b"\\u00" + found[1]


def _idle(text: Bounded) -> None:
    text.since_row = 0


def objects_in(head: bytes, items: Collection[str], *, has_surroundings: bool) -> Iterator[Record]:
    """Yield the objects under the prefixes `items` of the beginning of a document.

    Where it breaks off within the very first of them, what there is of it.
    """
    events = _until_broken(ijson.parse(io.BytesIO(_mended(head)), use_float=True))
    return (
        value
        for value in _built(events, items, _Around(items if has_surroundings else ()), idle=lambda: None)
        if isinstance(value, dict)
    )


def prefixes_in(head: bytes) -> set[str]:
    """Return the prefixes under which objects stand in the beginning of a document."""
    events = _until_broken(ijson.parse(io.BytesIO(_mended(head)), use_float=True))
    return {prefix for prefix, event, _ in events if event == "start_map"}


def _until_broken(events: Events) -> Events:
    try:
        yield from events
    except BROKEN:
        yield "", BREAK, None


def _built(
    events: Events, items: Collection[str], around: _Around, *, idle: Callable[[], None]
) -> Iterator[object]:
    """Yield what stands under `items`; `idle` is called for whatever belongs to none of them."""
    count, events = 0, iter(events)
    for prefix, event, value in events:
        if event == "start_map" and prefix in items:
            built, is_whole = _object(events)
            if not is_whole and count:
                return
            count += 1
            yield around.beside(built, prefix)
        elif prefix and prefix in items and event in NO_OBJECTS:
            yield value
        else:
            around.note(prefix, event, value)
            idle()


def _object(events: Iterator[tuple[str, str, object]]) -> tuple[dict[str, object], bool]:
    """Return the object whose beginning was just read, and whether it came to its end.

    Written out, because ijson's own builder takes twice the time.
    """
    root: dict[str, Any] = {}
    node: Any = root
    above: list[Any] = []
    key = ""
    for _, event, value in events:
        if event == "map_key":
            key = str(value)
        elif event in ENDS:
            if not above:
                return root, True
            node = above.pop()
        elif event == BREAK:
            break
        else:
            new = {} if event == "start_map" else [] if event == "start_array" else value
            if type(node) is dict:
                node[key] = new
            else:
                node.append(new)
            if event in STARTS:
                above.append(node)
                node = new
    return root, False


class _Around:
    """The texts and figures beside an array: those of the very object that holds it."""

    def __init__(self, items: Collection[str]) -> None:
        self._holder = {item: item.removesuffix(".item").rpartition(".")[0] for item in items}
        self._values: dict[str, dict[str, object]] = {holder: {} for holder in self._holder.values()}

    def note(self, prefix: str, event: str, value: object) -> None:
        """Keep a value beside an array; forget those of the object before."""
        if event in SCALARS:
            holder, _, name = prefix.rpartition(".")
            kept = self._values.get(holder)
            if kept is not None and len(kept) < AROUND_MAX:
                kept[name] = value
        elif event == "start_map" and prefix in self._values:
            self._values[prefix] = {}

    def beside(self, record: dict[str, object], item: str) -> dict[str, object]:
        """Return a record that stands under `item`, with what is known around it."""
        if item in self._holder:
            record[AROUND] = dict(self._values[self._holder[item]])
        return record
