"""One's own passkeys, and signing in with one.

The browser's part is a small script (`web/src/passkeys.ts`): it asks for a question, lets the device answer,
and sends the answer as an ordinary form. Each question stands in the session and is answered once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from vigie.terms.errors import VigieError
from vigie_node import clock
from vigie_node.ledger.actions import person as actor
from vigie_node.people import actions
from vigie_node.people.access import passkeys_of
from vigie_node.people.actions.signing_in import PASSKEY
from vigie_node.people.console import entering
from vigie_node.people.console.entering import prove_whole
from vigie_node.people.console.showing import FORM, me, sent_by
from vigie_node.people.forms import AnswerForm, PasskeyForm, PasskeyNameForm, SignInForm
from vigie_node.people.passkeys import (
    TIME_MS,
    ask_for_any,
    ask_for_new,
    needed_site,
    new_key,
    site,
)
from vigie_node.people.provider import name_of_provider
from vigie_node.web.routes import EVERYBODY, SIGNED_IN, needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.people.passkeys import Question

ASKED = "passkey_asked"
ENTERING, ADDING = "entering", "adding"


def place_of(request: HttpRequest) -> dict[str, object]:
    """Return what pages say about passkeys: whether they work where this browser stands, and else where."""
    found = site()
    here = found is not None and request.get_host() == found.origin.partition("://")[2]
    return {"passkeys_here": here, "passkeys_at": found.origin if found else "", "host": request.get_host()}


def other_ways(request: HttpRequest) -> dict[str, object]:
    """Return what the sign-in page says about ways in beside the password."""
    return {**place_of(request), "provider_name": name_of_provider()}


@needs(EVERYBODY)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask a browser for any passkey of this node's."""
    if not request.session.session_key:
        request.session.set_expiry(2 * TIME_MS // 1000)  # nobody's yet: swept soon
    return _asked(request, ENTERING, ask_for_any(needed_site()))


@needs(EVERYBODY)
@FORM
def sign_in(request: HttpRequest) -> HttpResponse:
    """Take a browser's answer."""
    if request.method != "POST":  # the language switch of a page that the form answered with
        return redirect("people:sign-in")
    form = AnswerForm(request.POST)
    challenge = _challenge(request, ENTERING)
    if form.is_valid():
        try:
            person = actions.check_passkey(
                form.cleaned_data["answer"],
                site=needed_site(),
                challenge=challenge,
                address=entering.address_of(request),
            )
        except VigieError as error:
            form.refuse(error)
        else:
            return entering.enter(request, person, onward=form.cleaned_data["next"], proven_by=PASSKEY)
    shown = {"form": SignInForm(initial={"next": form.data.get("next", "")}), "passkey_form": form}
    return render(request, "people/sign_in.html", {**shown, **other_ways(request)}, status=form.status)


@needs(SIGNED_IN)
@FORM
def passkeys(request: HttpRequest) -> HttpResponse:
    """List one's passkeys, and add one."""
    person = me(request)
    form = PasskeyForm(sent_by(request), person=person)
    if request.method == "POST":
        challenge = _challenge(request, ADDING)
        if form.is_valid():
            try:
                _add(request, form.cleaned_data, challenge)
            except VigieError as error:
                form.refuse(error)
            else:
                words = words_here()
                messages.success(request, words("The passkey is added: you can sign in with it."))
                return redirect("people:passkeys")
    shown = {"form": form, "passkeys": passkeys_of(person), **place_of(request)}
    return render(request, "people/passkeys.html", shown, status=form.status)


@needs(SIGNED_IN)
@require_POST
def ask_new(request: HttpRequest) -> HttpResponse:
    """Ask a browser to make a passkey."""
    person = me(request)
    known = person.passkeys.values_list("credential_id", flat=True)
    return _asked(request, ADDING, ask_for_new(needed_site(), person, known))


@needs(SIGNED_IN)
@FORM
def name(request: HttpRequest, passkey: UUID) -> HttpResponse:
    """Call a passkey by another name."""
    found = get_object_or_404(passkeys_of(me(request)), pk=passkey)
    form = PasskeyNameForm(sent_by(request), initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        actions.name_passkey(found, name=form.cleaned_data["name"], by=actor(me(request).pk))
        words = words_here()
        messages.success(request, words("Your changes are kept."))
        return redirect("people:passkeys")
    return render(request, "people/passkey_name.html", {"form": form, "passkey": found}, status=form.status)


@needs(SIGNED_IN)
@require_POST
def remove(request: HttpRequest, passkey: UUID) -> HttpResponse:
    """Let a passkey open nothing more."""
    found = get_object_or_404(passkeys_of(me(request)), pk=passkey)
    entering.stay(request, actions.remove_passkey(found, by=actor(me(request).pk)))
    words = words_here()
    messages.success(request, words("The passkey opens nothing more; your other sessions have ended."))
    return redirect("people:passkeys")


def _add(request: HttpRequest, sent: dict[str, str], challenge: str) -> None:
    """Add a passkey by who shows what they signed in with: an open browser alone must not make one."""
    person = me(request)
    key = new_key(needed_site(), sent["answer"], challenge)
    prove_whole(request, sent)
    actions.add_passkey(person, key=key, name=sent["name"], by=actor(person.pk))


def _asked(request: HttpRequest, use: str, question: Question) -> JsonResponse:
    """Answer with a question, remembered in the session."""
    request.session[ASKED] = {"use": use, "challenge": question.challenge, "at_ms": clock.now_ms()}
    return JsonResponse(question.options)


def _challenge(request: HttpRequest, use: str) -> str:
    """Return what this session was asked, this once and within five minutes; else nothing: no answer fits."""
    asked = request.session.pop(ASKED, None) or {}
    fresh = 0 <= clock.now_ms() - asked.get("at_ms", 0) <= TIME_MS
    return str(asked["challenge"]) if fresh and asked["use"] == use else ""
