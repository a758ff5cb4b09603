"""The records of an export, one by one, and the posts that an importer makes of them, as chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.chunks import Chunk, Numbered
from vigie.collect.documents import document_entries
from vigie.collect.errors import FileError
from vigie.collect.importers.frame import Skip
from vigie.collect.importers.rows import rows_of
from vigie.collect.json_rows import line_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from vigie.collect.formats import Shape
    from vigie.collect.importers.frame import Entry, Importer, Post
    from vigie.collect.rejects import FileRejects

POSTS_PER_CHUNK = 1 << 13
CHARACTERS_PER_CHUNK = 32 << 20  # of texts: articles may be long


def entries_of(importer: Importer, shape: Shape, rejects: FileRejects) -> Iterator[Entry]:
    """Yield the records of a file as `importer` wants them; what is none goes to `rejects`."""
    if importer.records is not None:
        yield from importer.records(shape, rejects)
    elif shape.format == "ndjson":
        yield from line_entries(shape, rejects)
    else:
        yield from document_entries(
            shape, importer.items, has_surroundings=importer.has_surroundings, rejects=rejects
        )


def imported_chunks(
    importer: Importer, shape: Shape, wanted: Collection[str] | None, rejects: FileRejects
) -> Iterator[Chunk]:
    """Yield the posts of a file in canonical columns `wanted`, all when None; see `chunks.Reader`."""
    posts: list[Post] = []
    places, taken, size = Numbered(), 0, 0
    broken: list[FileError] = []
    for entry in until_broken(entries_of(importer, shape, rejects), broken):
        taken = entry.taken
        for post in importer.posts(entry.record):
            if isinstance(post, Skip):
                rejects.skip(post.kind)
            else:
                posts.append(post)
                places.add(entry.number, entry.original)
                size += len(body) if isinstance(body := post.get("body"), str) else 0
        if len(posts) >= POSTS_PER_CHUNK or size >= CHARACTERS_PER_CHUNK:
            yield Chunk(rows=rows_of(posts, wanted), places=places, taken=taken)
            posts, places, size = [], Numbered(), 0
    yield Chunk(rows=rows_of(posts, wanted), places=places, taken=taken)
    for error in broken:
        raise error


def until_broken(entries: Iterator[Entry], broken: list[FileError]) -> Iterator[Entry]:
    """Yield entries; an error among them ends them and is kept, so that those before it are not lost."""
    try:
        yield from entries
    except FileError as error:
        broken.append(error)
