"""What was noticed about one outlet of the register: signals that name it, and their alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from vigie_node.alerts import telling
from vigie_node.alerts.access import reads_posts, signals_visible_to
from vigie_node.alerts.console.showing import me, span, voice_of
from vigie_node.sources.access import outlets_visible_to
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

SIGNALS_MAX = 100


@require_safe
@needs("alert.read")
def outlet_page(request: HttpRequest, outlet: UUID) -> HttpResponse:
    """Show the signals that name an outlet, the latest first."""
    voice, reads = voice_of(request), reads_posts(me(request))
    found = get_object_or_404(outlets_visible_to(me(request)), pk=outlet)
    naming = signals_visible_to(me(request)).filter(outlets__outlet=found)
    latest = naming.select_related("alert").order_by("-created_ms", "group", "pk")[:SIGNALS_MAX]
    rows = [
        (one, telling.headline(one, voice, reads=reads), telling.method_title(one.method, voice),
         span(one.first_ms, one.last_ms, voice))
        for one in latest
    ]  # fmt: skip
    return render(request, "alerts/outlet.html", {"outlet": found, "rows": rows, "total": naming.count()})
