"""The API under `/api/v1/`, its OpenAPI description, and how refusals are said."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

import vigie
from vigie.terms.errors import VigieError, tell
from vigie.terms.languages import language_from
from vigie_node.api.incidents import router as incidents
from vigie_node.api.operations import router
from vigie_node.incidents.errors import ChangedMeanwhileError
from vigie_node.web import views
from vigie_node.web.routes import EVERYBODY, needs
from vigie_node.web.words import words_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NINJAS = {"openapi-json", "api-root"}  # views of ninja's own: they would answer any method


class StrictJson(Parser):
    """Refuses JSON that could mean two things (RFC 8259, section 4: names alike; section 6: no NaN)."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return what the body says; ninja answers 400 to what is raised here."""
        return json.loads(request.body, object_pairs_hook=_names_once, parse_constant=_no_number)


def _names_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(pairs)
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


api = NinjaAPI(
    parser=StrictJson(),
    title="Vigie",
    version=vigie.__version__,
    description="A node of Vigie, for machines. Tokens are made under Settings.",
    docs_url=None,  # its page would load scripts from others
    openapi_url="/openapi.json",
    urls_namespace="api",
)
api.add_router("", router)
api.add_router("", incidents)


def _refuse(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    return api.create_response(request, {"code": code, "detail": detail}, status=status)


@api.exception_handler(VigieError)
def of_ours(request: HttpRequest, error: VigieError) -> HttpResponse:
    """Say an error of ours in the language of Accept-Language."""
    words = words_in(language_from(*request.headers.get("Accept-Language", "").split(",")))
    return _refuse(request, HTTPStatus.UNPROCESSABLE_ENTITY, error.code, tell(error, words))


@api.exception_handler(ChangedMeanwhileError)
def collided(request: HttpRequest, error: ChangedMeanwhileError) -> HttpResponse:
    """Say that somebody wrote another version since, and which one stands there now."""
    words = words_in(language_from(*request.headers.get("Accept-Language", "").split(",")))
    said = {"code": error.code, "detail": tell(error, words), "version": error.facts["version"]}
    return api.create_response(request, said, status=HTTPStatus.CONFLICT)


@api.exception_handler(Http404)
def absent(request: HttpRequest, _error: Http404) -> HttpResponse:
    """Say that there is nothing: also of what is others'."""
    return _refuse(request, HTTPStatus.NOT_FOUND, "absent", "there is nothing here")


@api.exception_handler(PermissionDenied)
def denied(request: HttpRequest, _error: PermissionDenied) -> HttpResponse:
    """Say that the person may not."""
    return _refuse(request, HTTPStatus.FORBIDDEN, "forbidden", "your roles do not allow this")


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    """Say that a token is needed (RFC 6750, section 3)."""
    response = _refuse(request, HTTPStatus.UNAUTHORIZED, "token", "a valid token is needed")
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Say another refusal."""
    return _refuse(request, error.status_code, "refused", str(error))


@api.exception_handler(ValidationError)
def unfit(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Say which values do not fit, without repeating them."""
    places = sorted({".".join(str(part) for part in one["loc"]) for one in error.errors})
    return _refuse(request, HTTPStatus.UNPROCESSABLE_ENTITY, "unfit", f"does not fit: {', '.join(places)}")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 for the whole node: machines read JSON, people a page."""
    if request.path.startswith("/api/"):
        return absent(request, Http404())
    return views.not_found(request, exception)


def marked_urls() -> Any:
    """Return the API's addresses; each operation asks for its own token: the frame lets everybody through."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        view: Any = pattern.callback
        own = getattr(pattern, "name", "") in NINJAS
        pattern.callback = needs(EVERYBODY)(require_safe(view) if own else view)
    return patterns, app_name, namespace
