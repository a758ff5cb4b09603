"""One verdict on several alerts at once: first what they are, named one by one, then the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from vigie_node.alerts.access import alerts_visible_to, reads_posts
from vigie_node.alerts.console.inbox import rows_of
from vigie_node.alerts.console.showing import UNFIT, me, voice_of
from vigie_node.alerts.console.verdicts import VerdictForm
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from vigie_node.alerts.models import Alert

CHOSEN_MAX = 50


@require_http_methods(["GET", "HEAD", "POST"])
@needs("alert.review")
def together(request: HttpRequest) -> HttpResponse:
    """Show the alerts that were chosen in the inbox, and take one verdict on all of them, or on none."""
    voice = voice_of(request)
    alerts = chosen(request)
    form = VerdictForm(voice.words, request.POST if request.method == "POST" else None)
    if request.method == "POST" and alerts and form.record(alerts, by=me(request)):
        said = voice.words.count(
            "Your verdict on {number} alert is recorded.",
            "Your verdict on {number} alerts is recorded.",
            len(alerts),
        )
        messages.success(request, said)
        return HttpResponseRedirect(reverse("alerts:inbox"))
    return render(
        request,
        "alerts/together.html",
        {
            "voice": voice,
            "rows": rows_of(alerts, voice, reads=reads_posts(me(request))),
            "form": form,
            "alerts": alerts,
        },
        status=UNFIT if form.errors else 200,
    )


def chosen(request: HttpRequest) -> list[Alert]:
    """Return the alerts that the address or the form names; all must be the person's own to see.

    Raises:
        Http404: one is not, or is no alert.
    """
    named = (request.POST if request.method == "POST" else request.GET).getlist("alert")[:CHOSEN_MAX]
    try:
        wanted = {UUID(one) for one in named}
    except ValueError as error:
        raise Http404 from error
    found = list(
        alerts_visible_to(me(request)).filter(pk__in=wanted).select_related("latest").order_by("-number")
    )
    if len(found) != len(wanted):
        raise Http404
    return found
