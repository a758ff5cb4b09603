"""The register, the watch-lists in force and the numbers of captured pages as tables that methods read.

Names become what a project's store holds of them: keyed values. Imports the core's heavy stages: only jobs'
child processes import this module.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from vigie.collect.errors import FileError
from vigie.collect.web.infrastructure import traces
from vigie.detect.exposure import INDICATORS, REGISTER, TRACES
from vigie.store.watched import matches
from vigie_node.sources.access import outlets_of
from vigie_node.sources.actions.outlets import about_of, latest_of
from vigie_node.sources.keys import key_of
from vigie_node.sources.models import OutletIdentifier, PublicActor, WatchListIndicator
from vigie_node.sources.originals import locker_of
from vigie_node.sources.register import lists_in_force, pages_held
from vigie_node.sources.watchlist_seals import Seals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vigie.store.tokens import ProjectKey
    from vigie.store.watched import Watched
    from vigie_node.sources.models import Declaration

SUFFIXES = {"text/html": ".html", "application/zip": ".wacz", "application/gzip": ".warc.gz"}
SIZED = REGISTER.append(pa.field("posts_a_day", pa.float64()))


@dataclass(frozen=True, kw_only=True)
class Named:
    """What is looked for, as `vigie.store.watched` reads it."""

    kind: str
    value: str


def tables_for(declaration: Declaration, posts: pa.Table) -> dict[str, pa.Table]:
    """Return what posts of a declaration are compared with: `register`, `listed`, `traces`.

    Args:
        declaration: whose organisation, project and key.
        posts: what is looked at, with `platform` and `created_ms`: accounts of lists are looked for on these
            platforms, and what a list says was over before the first post is left out.

    Raises:
        NoProjectKeyError: the project's key is gone.
    """
    key = key_of(declaration.project)
    platforms = [one for one in pc.unique(posts["platform"]).to_pylist() if one]
    actors = PublicActor.objects.filter(organisation=declaration.organisation_id, agreed_ms__isnull=False)
    clear = [f"{platform}:{account}" for platform, account in actors.values_list("platform", "account")]
    look = {"platforms": platforms, "public_actors": clear}
    return {
        "register": pa.Table.from_pylist(list(_registered(declaration, key, look)), schema=SIZED),
        "listed": pa.Table.from_pylist(
            list(_listed(declaration, key, look, pc.min(posts["created_ms"]).as_py())), schema=INDICATORS
        ),
        "traces": pa.Table.from_pylist(list(_traces(declaration)), schema=TRACES),
    }


def _registered(
    declaration: Declaration, key: ProjectKey, look: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    outlets = outlets_of(declaration.organisation_id).prefetch_related("identifiers", "decisions")
    for outlet in outlets:
        about, said = about_of(outlet), asdict(latest_of(outlet))
        row = {**said, "name": about.name, "posts_a_day": about.posts_a_day}
        for kind, value in about.identifiers:
            if kind == OutletIdentifier.Kind.DOMAIN:
                yield {**row, "kind": kind, "identifier": value}
                continue
            for one in _accounts(matches([Named(kind=kind, value=value)], key, **look)):
                yield {**row, "kind": kind, "identifier": one}


def _accounts(watched: Watched) -> list[str]:
    """Return accounts as posts name them, with their platform: a name in clear is one of its platform."""
    return [f"{platform}:{value}" for platform, wanted in watched.accounts.items() for value in wanted]


def _listed(
    declaration: Declaration, key: ProjectKey, look: Mapping[str, Any], start_ms: int | None
) -> Iterator[dict[str, Any]]:
    seals = Seals()
    rows = WatchListIndicator.objects.filter(version__in=lists_in_force(declaration), removed_by=None)
    for row in rows.select_related("version__watchlist").order_by("id").iterator(chunk_size=2_000):
        if row.valid_until_ms is not None and start_ms is not None and row.valid_until_ms <= start_ms:
            continue
        watched = matches([Named(kind=row.kind, value=seals.told(row).value)], key, **look)
        publisher = row.version.watchlist.publisher or row.version.watchlist.title
        said = {
            "operation": row.operation or row.version.watchlist.title,
            "source": row.source or publisher,
            "marking": row.marking,
        }
        by_kind = {
            "account": _accounts(watched),
            "url": watched.links,
            "domain": watched.domains,
            "hash": watched.hashes,
        }
        for kind, values in by_kind.items():
            for value in values:
                yield {**said, "kind": kind, "value": value}


def _traces(declaration: Declaration) -> Iterator[dict[str, Any]]:
    """Yield the numbers on captured pages; nothing else of an original is kept, none is left on the disk."""
    held = pages_held(declaration)
    if not held:
        return
    locker = locker_of(declaration.project)
    for one in held:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"page{SUFFIXES.get(one.media_type, '.warc')}"
            with path.open("wb") as file:
                file.writelines(locker.open(one.sha256))
            with suppress(FileError):  # a picture archive, or a page that does not say of which site it is
                yield from [asdict(trace) for trace in traces(path)]
