"""Headers that keep a page to itself, and errors people can act on as pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import RequestDataTooBig

from vigie.terms.errors import VigieError, tell
from vigie_node.web.views import refusal
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    Next = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # no address of ours to others; Django's CSRF check needs it at home
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
UTF_8 = "utf-8"
YEAR_S = 31_536_000


class SafeHeaders:
    """Put the headers on every answer; pages are kept by nobody on the way."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the headers."""
        response = self._next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        if settings.SESSION_COOKIE_SECURE:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_S}")
        return response


class OnlyUtf8:
    """Refuse a body in another encoding: Python knows some that nobody can read."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        said = request.content_params.get("charset", UTF_8) if request.content_params else UTF_8
        if said.lower() not in {UTF_8, "utf8", "us-ascii"}:
            return refusal(request, 400)
        return self._next(request)


class Refusals:
    """Turn an error that a person can act on into a page that says what, where and what to do."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._next(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page of an error of ours; others go on to the 500 page."""
        if isinstance(error, RequestDataTooBig):
            return refusal(request, 413)
        if isinstance(error, VigieError):
            return refusal(request, 400, said=tell(error, words_here()))
        return None
