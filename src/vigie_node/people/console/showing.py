"""What several pages of the app show alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import segno
from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from markupsafe import Markup

from vigie_node.people.links import welcome_address
from vigie_node.people.proofs import totp_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse, QueryDict

    from vigie_node.people.models import Person

FORM = require_http_methods(["GET", "HEAD", "POST"])
GROUP = 4  # letters of a secret read in one breath


@dataclass(frozen=True, kw_only=True)
class App:
    """What an authenticator app is given: a picture to scan, or letters to type."""

    picture: Markup
    letters: str


def me(request: HttpRequest) -> Person:
    """Return who is signed in; the route's mark says that somebody is."""
    return cast("Person", request.user)


def app_of(secret: str, username: str) -> App:
    """Return a secret as a QR code, without inline style, and as letters."""
    address = totp_address(secret, username=username, node=settings.NODE.name)
    picture = segno.make(address, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None
    )
    letters = " ".join(secret[at : at + GROUP] for at in range(0, len(secret), GROUP))
    return App(picture=Markup(picture), letters=letters)  # noqa: S704 (segno made it; no text of ours is in it)


def codes_page(request: HttpRequest, codes: Sequence[str], *, onward: str) -> HttpResponse:
    """Show recovery codes, this once."""
    return render(request, "people/codes.html", {"codes": codes, "onward": onward})


def link_page(request: HttpRequest, person: Person, secret: str) -> HttpResponse:
    """Show a link to hand over, this once."""
    address = welcome_address(secret, person.language)
    return render(request, "people/link.html", {"whom": person, "address": address})


def sent_by(request: HttpRequest) -> QueryDict | None:
    """Return what a form sent, an empty one too; None when the form is only asked for."""
    return request.POST if request.method == "POST" else None
