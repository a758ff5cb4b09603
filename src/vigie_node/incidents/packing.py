"""Everything of an incident as files that standard tools verify: a bag after RFC 8193 (BagIt 1.0).

What people may not take out this way is not in it: sealed originals (two people open those), other people's
matrices before they are handed in, comments and tasks.
"""

from __future__ import annotations

import io
import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.db.models import Q

from vigie_node.alerts.access import alerts_visible_to
from vigie_node.alerts.models import Signal
from vigie_node.incidents.access import matrices_visible_to
from vigie_node.incidents.models import AttributionOpinion, Exhibit, MatrixCell, Support
from vigie_node.ledger.access import entries_about
from vigie_node.ledger.export import lines
from vigie_node.sources.access import evidence_visible_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from vigie_node.incidents.models import Incident
    from vigie_node.people.models import Person

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same bytes, whenever it is packed
DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
PARTS = (
    "passages",
    "revisions",
    "claims",
    "hypotheses",
    "gate_answers",
    "breakouts",
    "techniques",
    "attributions",
    "standings",
    "relations",
)
README = """\
VIGIE - EVIDENCE PACKAGE / DOSSIER DE PREUVE

English
  To verify that nothing was altered since it was packed, in this folder:
      sha256sum -c manifest-sha256.txt
      sha256sum -c tagmanifest-sha256.txt
  The folder is a bag after RFC 8193 (BagIt 1.0): tools for bags verify it too. Compare the SHA-256 of the zip
  file itself with the ledger of the node, whose entry incident.packed holds it.
  data/incident.json   all parts of the incident, every version; people stand under their identifiers
  data/exhibits.json   the exhibits; of sealed originals the SHA-256 and the custody, never the originals:
                       two people open those on the node
  data/alerts.json     the alerts joined to it, with their signals
  data/ledger.ndjson   the ledger's entries about it. The SHA-256 of a line without its line feed is the hash
                       of that entry; it is “previous” in the next entry of the node's ledger.
  Signals are not verdicts: people decide what they mean.

Français
  Pour vérifier que rien n’a été modifié depuis la mise en dossier, dans ce répertoire :
      sha256sum -c manifest-sha256.txt
      sha256sum -c tagmanifest-sha256.txt
  Le répertoire suit la norme RFC 8193 (BagIt 1.0) : les outils BagIt le vérifient aussi. Comparez l’empreinte
  SHA-256 du fichier zip avec le registre du nœud, dont l’inscription incident.packed la contient.
  data/incident.json   toutes les parties de l’incident, chaque version; les personnes y figurent sous leur
                       identifiant
  data/exhibits.json   les pièces; des originaux scellés, l’empreinte SHA-256 et la garde, jamais
                       les originaux eux-mêmes : deux personnes les ouvrent sur le nœud
  data/alerts.json     les alertes jointes, avec leurs signaux
  data/ledger.ndjson   les inscriptions du registre à son sujet. L’empreinte SHA-256 d’une ligne,
                       sans son saut de ligne, est celle de l’inscription; elle est « previous » dans
                       l’inscription suivante du registre.
  Un signal n’est pas un verdict : ce sont des personnes qui en jugent le sens.
"""


def package_of(incident: Incident, *, reader: Person) -> bytes:
    """Return the evidence package of an incident, as much of it as the reader may see."""
    return bag(
        {
            "incident.json": _json(_incident(incident, reader)),
            "exhibits.json": _json(_exhibits(incident, reader)),
            "alerts.json": _json(_alerts(incident, reader)),
            "ledger.ndjson": "".join(lines(_entries(f"incident:{incident.pk}", incident))),
        },
        name=f"vigie-incident-{incident.number}",
    )


def bag(payload: Mapping[str, str], *, name: str) -> bytes:
    """Return a zip file with one folder, a bag; the same payload makes the same bytes.

    Args:
        payload: texts by file name.
        name: of the folder.
    """
    data = {f"data/{file}": text.encode() for file, text in payload.items()}
    tags = {
        "bagit.txt": DECLARATION.encode(),
        "bag-info.txt": f"Payload-Oxum: {sum(map(len, data.values()))}.{len(data)}\n".encode(),
        "README.txt": README.encode(),
        "manifest-sha256.txt": _manifest(data),
    }
    files = {**tags, "tagmanifest-sha256.txt": _manifest(tags), **data}
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for file, content in files.items():
            archive.writestr(ZipInfo(f"{name}/{file}", LONG_AGO), content, compress_type=ZIP_DEFLATED)
    return packed.getvalue()


def _manifest(files: Mapping[str, bytes]) -> bytes:
    """Return checksums as `sha256sum -c` reads them."""
    return "".join(f"{sha256(files[file]).hexdigest()}  {file}\n" for file in sorted(files)).encode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n"


def _rows(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    return list(rows.order_by("pk").values())


def _incident(incident: Incident, reader: Person) -> dict[str, Any]:
    matrices = matrices_visible_to(reader, incident).filter(Q(handed_in_ms__isnull=False) | Q(by=reader))
    return {
        "incident": _rows(type(incident).objects.filter(pk=incident.pk))[0],
        **{part: _rows(getattr(incident, part).all()) for part in PARTS},
        "supports": _rows(Support.objects.filter(claim__incident=incident)),
        "opinions": _rows(AttributionOpinion.objects.filter(attribution__incident=incident)),
        "matrices": _rows(matrices),
        "matrix_cells": _rows(MatrixCell.objects.filter(matrix__in=matrices)),
    }


def _exhibits(incident: Incident, reader: Person) -> list[dict[str, Any]]:
    """Return the exhibits; of sealed originals what is known of them and who did what with them."""
    rows = _rows(incident.exhibits.all())
    refs = [one["ref"] for one in rows if one["kind"] == Exhibit.Kind.ORIGINAL]
    seen = {str(one["id"]): one for one in _rows(evidence_visible_to(reader).filter(pk__in=refs))}
    for one in rows:
        if one["kind"] == Exhibit.Kind.ORIGINAL and one["ref"] in seen:
            one["original"] = seen[one["ref"]]
            custody = lines(_entries(f"evidence:{one['ref']}", incident))
            one["custody"] = [json.loads(line) for line in "".join(custody).splitlines()]
    return rows


def _alerts(incident: Incident, reader: Person) -> list[dict[str, Any]]:
    alerts = _rows(alerts_visible_to(reader).filter(incident_links__incident=incident))
    for one in alerts:
        one["signals"] = _rows(Signal.objects.filter(alert=one["id"]))
    return alerts


def _entries(subject: str, incident: Incident) -> QuerySet[Any]:
    return entries_about(subject, incident.organisation_id)
