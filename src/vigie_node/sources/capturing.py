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
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from django.conf import settings

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
BODY_MAX = 100_000  # letters


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
    record = {**typed, "files": [_listed(medium) for _, medium in files], "first": first.get("sha256", "")}
    _write(folder / RECORD, record)
    sealed = locker.take(folder / RECORD)  # (2)
    originals = [
        Sealed(
            sha256=sealed.sha256,
            byte_count=sealed.byte_count,
            media_type=RECORD_TYPE,
            role=Evidence.Role.RECORD,
        ),
        *(_sealed(medium) for _, medium in files),
    ]
    about = first.get("said") or _with_page(typed, [path for path, medium in files if medium.mime == HTML])
    media = first.get("media", []) + [_canonical(medium) for _, medium in files if medium.pdq]
    post = _post(visit, about, media=media, evidence_id=sealed.sha256)
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
    pages = [one for one in said["files"] if one["mime"] == HTML and one["byte_count"] <= HTML_BYTES_MAX]
    texts = [b"".join(locker.open(page["sha256"])) for page in pages]
    media = [listed for listed in said["files"] if listed["pdq"]]
    return {
        "sha256": record.sha256,
        "said": _with_texts(said, texts),
        "media": [{name: listed[name] for name in _MEDIUM} for listed in media],
    }


def _with_page(typed: dict[str, Any], pages: list[Path]) -> dict[str, Any]:
    """Return what was typed, with the text and links of saved pages where no text was."""
    return _with_texts(typed, [path.read_bytes() for path in pages if path.stat().st_size <= HTML_BYTES_MAX])


def _with_texts(typed: dict[str, Any], pages: list[bytes]) -> dict[str, Any]:
    texts, links = [typed["body"]] if typed["body"] else [], list(typed["links"])
    for page in pages:
        text, found = text_and_links(page.decode("utf-8", "replace"), typed["address"] or None)
        texts += [text] if text and not typed["body"] else []
        links += found
    return {**typed, "body": "\n\n".join(texts)[:BODY_MAX], "links": list(dict.fromkeys(links))}


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
    """Return what a page may show: the names in it are tokens, as they will be in the store."""
    columns = [name for name in POSTS.names if name in post]
    table = conform(pa.Table.from_pylist([post], schema=pa.schema([POSTS.field(name) for name in columns])))
    tokens, _identities = pseudonymise(table, key_of(visit.capture.declaration.project))
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


_MEDIUM = ("sha256", "pdq", "pdq_quality", "mime", "c2pa")


def _canonical(medium: Medium) -> dict[str, Any]:
    return {name: getattr(medium, name) for name in _MEDIUM}


def _listed(medium: Medium) -> dict[str, Any]:
    return {name: value for name, value in asdict(medium).items() if name != "looks"}


def _write(path: Path, said: dict[str, Any]) -> None:
    path.write_text(json.dumps(said, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
