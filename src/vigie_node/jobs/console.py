"""How far a piece of work is, as a part of any page; and its cancelling."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from vigie_node.jobs import actions
from vigie_node.jobs.access import jobs_visible_to
from vigie_node.ledger.access import reader_of
from vigie_node.ledger.actions import person
from vigie_node.web.routes import SIGNED_IN, needs

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@needs(SIGNED_IN)
@require_safe
def progress(request: HttpRequest, job: UUID) -> HttpResponse:
    """Show how far a job is: the part of a page to htmx, a page to others.

    When the job is over, htmx is told to load the whole page again: what came out stands there.
    """
    found = get_object_or_404(jobs_visible_to(reader_of(request).organisation_id), id=job)
    if "HX-Request" not in request.headers:
        return render(request, "jobs/job.html", {"job": found})
    response = render(request, "jobs/progress.html", {"job": found})
    if found.is_over:
        response.headers["HX-Refresh"] = "true"
    return response


@needs("run.make")
@require_POST
def cancel(request: HttpRequest, job: UUID) -> HttpResponse:
    """Cancel a job, and lead back to where that was asked."""
    found = get_object_or_404(jobs_visible_to(reader_of(request).organisation_id), id=job)
    actions.cancel(found, by=person(reader_of(request).pk))
    return HttpResponseRedirect(_way_back(request, found.id), status=HTTPStatus.SEE_OTHER)


def _way_back(request: HttpRequest, job: UUID) -> str:
    before = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure()):
        return before
    return reverse("jobs:progress", kwargs={"job": job})
