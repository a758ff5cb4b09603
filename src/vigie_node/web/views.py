"""The front door and the pages that say what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template import loader
from django.utils.translation import get_language_from_request
from django.views.decorators.http import require_safe

from vigie.terms.languages import language_from
from vigie_node.web.routes import EVERYBODY, needs

if TYPE_CHECKING:
    from django.http import HttpRequest


@needs(EVERYBODY)
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Lead to the first page in the visitor's language."""
    person = request.user if request.user.is_authenticated else None
    language = person.language if person else language_from(get_language_from_request(request))
    return HttpResponseRedirect(f"/{language}/")


def refusal(request: HttpRequest, status: int, *, said: str = "") -> HttpResponse:
    """Return the page of an error, with what is said about it."""
    return render(request, f"web/error_{status}.html", {"said": said}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """400."""
    return refusal(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """403."""
    return refusal(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """404: also what others' rows answer."""
    return refusal(request, 404)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """403: the form was not ours, or too old."""
    return refusal(request, 403)


def broken(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """500: rendered without the database, in both languages."""
    return HttpResponse(loader.get_template("web/error_500.html").render({}), status=500)
