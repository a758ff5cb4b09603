"""The evidence package of an incident, given out as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from vigie_node.incidents import actions
from vigie_node.incidents.access import WRITE
from vigie_node.incidents.console.showing import incident_of, me
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest


@require_POST
@needs(WRITE)
def package(request: HttpRequest, incident: UUID) -> HttpResponse:
    """Give the package out; the ledger says so."""
    found = incident_of(request, incident)
    name = f"vigie-incident-{found.number}.zip"
    return HttpResponse(
        actions.take_package(found, by=me(request)),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
