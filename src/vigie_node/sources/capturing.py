"""A visit to a captured post: seal its originals, read what they show, hand the post to its intake.

In this order, so that it may be killed anywhere and simply run again: (1) each file is looked at and sealed,
(2) the record of what was typed, with the files' SHA-256, is sealed too: its own SHA-256 is the post's
`evidence_id`, (3) the post is written to the spool as one line in the canonical columns, (4) all is recorded
and the intake asked for in one transaction, (5) the spool is cleared.

Imports the core's heavy stages: only jobs' child processes import this module.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from django.conf import settings

from vigie.collect import FileError
from vigie.collect.errors import UnknownFormatError
from vigie.collect.web.archives import pages_of
from vigie.collect.web.markup import text_and_links
from vigie.media import hashes_of
from vigie.store.pseudonyms import pseudonymise
from vigie.terms.languages import say
from vigie.terms.posts import POSTS, conform
from vigie_node.sources import spooling
from vigie_node.sources.actions import captures
from vigie_node.sources.actions.captures import Sealed
from vigie_node.sources.errors import CaptureErasedError
from vigie_node.sources.keys import key_of
from vigie_node.sources.models import Evidence, Reading, Visit
from vigie_node.sources.originals import locker_of
from vigie_node.sources.taking import offices_of
from vigie_node.sources.turns import turn_of
from vigie_node.sources.uploads import SPOOLED

if TYPE_CHECKING:
    from pathlib import Path

    from vigie.media import Medium
    from vigie.store.evidence import Evidence as Locker
    from vigie_node.jobs.task import Task

SEALING = say("Sealing the originals")
WAITING = say("Waiting for another intake of the same project")
RECORD, RECORD_TYPE, HTML = "record.json", "application/json", "text/html"
HTML_BYTES_MAX = 32 << 20  # a saved page that is longer is evidence, and not read
ARCHIVES = frozenset({"application/zip", "application/gzip", "application/warc"})
BODY_MAX = 100_000  # letters
LINKS_MAX = 1_000


def keep(visit: Visit, task: Task) -> None:
    """Do all of the above.

    Raises:
        VigieError: it cannot be kept now; what waits in the spool stays for another try.
    """
    project = visit.capture.declaration.project
    if visit.state != Visit.State.DONE:
        with turn_of(project.id, work=f"capture {visit.id}", waiting=lambda: task.progress(WAITING, 0, None)):
            task.progress(SEALING, 0, None)
            _keep(visit, locker_of(project))
    spooling.remove(visit.id)  # (5)


def _keep(visit: Visit, locker: Locker) -> None:
    folder = spooling.folder_of(visit.id)
    typed = spooling.typed_in(folder)
    files = [(path, _seen(path)) for path in spooling.files_in(folder)]
    for path, _medium in files:
        locker.take(path)  # (1)
    first = _first_record(visit, locker)
    read = _Read()
    media = [read.take(path, medium, typed.get("address", "")) for path, medium in files]
    record = {
        **typed,
        "files": [_listed(medium) for medium in media],
        "read": {"texts": read.texts, "links": read.links},
        "first": first.get("sha256", ""),
    }
    _write(folder / RECORD, record)
    sealed = locker.take(folder / RECORD)  # (2)
    originals = [
        Sealed(
            sha256=sealed.sha256,
            byte_count=sealed.byte_count,
            media_type=RECORD_TYPE,
            role=Evidence.Role.RECORD,
        ),
        *map(_sealed, media),
    ]
    shown = first.get("media", []) + [_canonical(medium) for medium in media if medium.pdq]
    post = _post(visit, _filled(first.get("said") or record), media=shown, evidence_id=sealed.sha256)
    captures.keep_visit(  # (4)
        visit,
        originals=list({one.sha256: one for one in originals}.values()),
        shown=_shown(visit, post),
        post=_spooled(visit, post) if post["created_ms"] is not None else None,  # (3)
    )


def _first_record(visit: Visit, locker: Locker) -> dict[str, Any]:
    """Return what the first visit recorded of the post, opened for nobody; nothing where this is the first.

    Raises:
        CaptureErasedError: it was erased.
    """
    first = visit.capture.visits.order_by("created_ms", "id").first()
    if first is None or first.pk == visit.pk:
        return {}
    record = Evidence.objects.filter(visit=first, role=Evidence.Role.RECORD, erased_ms=None).first()
    if record is None:
        raise CaptureErasedError
    captures.record_use(record)
    said = json.loads(b"".join(locker.open(record.sha256)))
    media = [listed for listed in said["files"] if listed["pdq"]]
    return {
        "sha256": record.sha256,
        "said": said,
        "media": [{name: listed.get(name) for name in _MEDIUM} for listed in media],
    }


class _Read:
    """What the saved pages and web archives of a visit say."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.links: list[str] = []

    def take(self, path: Path, medium: Medium, address: str) -> Medium:
        """Read a file that holds pages and return what is known of it; what is hostile is kept, not read."""
        if medium.mime == HTML and medium.byte_count <= HTML_BYTES_MAX:
            self._add(path.read_bytes().decode("utf-8", "replace"), address)
        if medium.mime not in ARCHIVES:
            return medium
        try:
            pages = pages_of(path, address)
        except UnknownFormatError:
            return medium  # a zip of something else
        except FileError:
            return replace(medium, problem="unread")
        for page, at in pages:
            self._add(page, at or address)
        return replace(medium, problem="")

    def _add(self, page: str, address: str) -> None:
        text, links = text_and_links(page, address or None)
        room = BODY_MAX - sum(map(len, self.texts))
        if text and room > 0:
            self.texts.append(text[:room])
        self.links = list(dict.fromkeys([*self.links, *links]))[:LINKS_MAX]


def _filled(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with what was read where no text was typed, and all links."""
    read = record["read"]
    body = record["body"] or "\n\n".join(read["texts"])
    links = dict.fromkeys([*record["links"], *read["links"]])
    return {**record, "body": body[:BODY_MAX], "links": list(links)}


def _post(
    visit: Visit, about: dict[str, Any], *, media: list[dict[str, Any]], evidence_id: str
) -> dict[str, Any]:
    """Return the post as one row in the canonical columns, with all readings so far."""
    platform = visit.capture.platform
    readings = Reading.objects.filter(visit__capture=visit.capture, visit__seen_ms__lte=visit.seen_ms)
    return {
        "post_id": f"{platform}:{about['native_id']}" if about["native_id"] else None,
        "platform": platform,
        "source_kind": "capture",
        "collected_ms": visit.seen_ms,
        "url": about["address"] or None,
        "kind": visit.capture.kind,
        "author": about["account_id"] or about["account_name"],
        "created_ms": about["posted_ms"],
        "body": _without_name(about) or None,
        "links": [{"url": link, "domain": None} for link in about["links"]],
        "media": list({one["sha256"]: one for one in media}.values()),
        "counts": [
            {"at_ms": one.at_ms, "name": one.name, "value": one.value}
            for one in readings.order_by("at_ms", "name", "id")
        ],
        "evidence_id": evidence_id,
    }


def _without_name(about: dict[str, Any]) -> str:
    """Return the text with the account's id for its display name, so that both become one token."""
    name, id_ = about["account_name"], about["account_id"]
    if not name or not id_ or name.casefold() in id_.casefold():
        return str(about["body"])
    return re.sub(re.escape(name), lambda _found: str(id_), str(about["body"]), flags=re.IGNORECASE)


def _shown(visit: Visit, post: dict[str, Any]) -> dict[str, Any]:
    """Return what a page may show: names stand in it as they will in the store, those in office in clear."""
    columns = [name for name in POSTS.names if name in post]
    table = conform(pa.Table.from_pylist([post], schema=pa.schema([POSTS.field(name) for name in columns])))
    tokens, _identities = pseudonymise(
        table,
        key_of(visit.capture.declaration.project),
        public_actors=offices_of(visit.capture.organisation_id),
    )
    (row,) = tokens.select(["author", "body", "links"]).to_pylist()
    return {
        "author": row["author"] or "",
        "body": row["body"] or "",
        "links": [link["url"] for link in row["links"] or ()],
    }


def _spooled(visit: Visit, post: dict[str, Any]) -> dict[str, Any]:
    """Write the post where its intake finds it; run again, it is the same file."""
    path: Path = settings.HOME.spool / f"{visit.id}{SPOOLED}.ndjson"
    path.touch(mode=0o600)
    _write(path, post)
    return {
        "path": str(path),
        "byte_count": path.stat().st_size,
        "mapping": {name: name for name in post},
    }


def _seen(path: Path) -> Medium:
    return hashes_of(path, trust_list=_trust_list())


def _trust_list() -> str:
    """Return the certificates of those whose content credentials this node trusts; by default of nobody."""
    file = settings.NODE.c2pa_trust_file
    return (settings.HOME.folder / file).read_text(encoding="ascii") if file else ""


def _sealed(medium: Medium) -> Sealed:
    return Sealed(
        sha256=medium.sha256,
        byte_count=medium.byte_count,
        media_type=medium.mime,
        pdq=medium.pdq,
        pdq_quality=medium.pdq_quality,
        c2pa=medium.c2pa,
        problem=medium.problem,
    )


_MEDIUM = ("sha256", "pdq", "pdq_quality", "mime", "c2pa", "looks")


def _canonical(medium: Medium) -> dict[str, Any]:
    return {name: value for name, value in _listed(medium).items() if name in _MEDIUM}


def _listed(medium: Medium) -> dict[str, Any]:
    """Return what is known of a file; its other looks without its own."""
    return asdict(medium) | {"looks": list(medium.other_looks)}


def _write(path: Path, said: dict[str, Any]) -> None:
    path.write_text(json.dumps(said, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
