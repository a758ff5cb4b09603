"""Signing in with the identity provider that the operator names, and linking an account to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError, tell
from vigie_node.ledger.actions import person as actor
from vigie_node.people import actions
from vigie_node.people.access import identities_of
from vigie_node.people.actions.signing_in import PROVIDER
from vigie_node.people.console import entering
from vigie_node.people.console.showing import FORM, me, sent_by
from vigie_node.people.forms import WholeProofForm
from vigie_node.people.provider import TIME_MS, ask, name_of_provider, provider
from vigie_node.web.routes import EVERYBODY, SIGNED_IN, needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.people.provider import Identity

ASKED, LINKER = "provider_asked", "provider_linker"
UNKNOWN = 403


@needs(EVERYBODY)
@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """Send a browser to the provider, to sign in there."""
    if request.user.is_authenticated or not name_of_provider():
        return redirect("people:sign-in")
    try:
        place, remembered = _ask(request)
    except VigieError as error:
        return _refused(request, error)
    request.session.set_expiry(2 * TIME_MS // 1000)  # nobody's yet: swept soon
    request.session[ASKED] = {**remembered, "onward": request.GET.get("next", "")}
    request.session.pop(LINKER, None)
    return HttpResponseRedirect(place)


@needs(EVERYBODY)
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Take what the provider says of somebody: sign them in, or link their account, as was asked."""
    remembered: dict[str, Any] = request.session.pop(ASKED, None) or {}
    linker, onward = request.session.pop(LINKER, None), remembered.pop("onward", "")
    if not remembered:
        return redirect("people:sign-in")
    try:
        answer = request.GET.dict()
        identity = actions.check_identity(answer, remembered, address=entering.address_of(request))
        if linker:
            return _link(request, identity, linker)
    except VigieError as error:
        return _refused(request, error)
    person = actions.person_with(identity)
    if person is None:
        shown = {"provider_name": name_of_provider()}
        return render(request, "people/unlinked.html", shown, status=UNKNOWN)
    if identity.is_proven:
        return entering.enter(request, person, onward=onward, proven_by=PROVIDER)
    return entering.begin(request, person, onward=onward, way=PROVIDER)


@needs(SIGNED_IN)
@FORM
def identities(request: HttpRequest) -> HttpResponse:
    """Show who one is with the provider; lead there to link, after password and code."""
    person = me(request)
    form = WholeProofForm(sent_by(request), person=person)
    shown: dict[str, object] = {"provider_name": name_of_provider(), "identities": identities_of(person)}
    if request.method == "POST" and form.is_valid():
        try:
            provider()
            entering.prove_whole(request, form.cleaned_data)
            place, request.session[ASKED] = _ask(request)
        except VigieError as error:
            form.refuse(error)
        else:
            request.session[LINKER] = str(person.pk)
            return render(request, "people/identity_leave.html", {**shown, "place": place})
    return render(request, "people/identities.html", {**shown, "form": form}, status=form.status)


@needs(SIGNED_IN)
@require_POST
def unlink(request: HttpRequest, identity: UUID) -> HttpResponse:
    """Take away a link."""
    found = get_object_or_404(identities_of(me(request)), pk=identity)
    entering.stay(request, actions.unlink_identity(found, by=actor(me(request).pk)))
    words = words_here()
    messages.success(request, words("The link is taken away; your other sessions have ended."))
    return redirect("people:identities")


def _ask(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """Return where to send a browser; it comes back to our configured address (abuse case 19)."""
    del request
    return ask(f"{settings.NODE.address.rstrip('/')}{reverse('people:provider-back')}")


def _link(request: HttpRequest, identity: Identity, linker: str) -> HttpResponse:
    """Link who is signed in here, if they are the one who asked for it."""
    if not request.user.is_authenticated or str(request.user.pk) != linker:
        return redirect("people:sign-in")
    actions.link_identity(me(request), identity=identity, by=actor(me(request).pk))
    words = words_here()
    messages.success(
        request, words("The link is made: you can sign in with {name}.", name=name_of_provider())
    )
    return redirect("people:identities")


def _refused(request: HttpRequest, error: VigieError) -> HttpResponse:
    """Say at the place from which one begins again why nothing came of it."""
    messages.error(request, tell(error, words_here()))
    return redirect("people:identities" if request.user.is_authenticated else "people:sign-in")
