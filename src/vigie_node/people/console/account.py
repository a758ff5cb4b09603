"""One's own account: name, language, password, second factor, sessions, tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError
from vigie_node.ledger.actions import person as actor
from vigie_node.people import actions
from vigie_node.people.access import tokens_of
from vigie_node.people.console import entering
from vigie_node.people.console.showing import FORM, app_of, codes_page, me, sent_by
from vigie_node.people.forms import ChangePasswordForm, ProfileForm, ProofForm, ReplaceForm, TokenForm
from vigie_node.people.roles import permission_table, roles
from vigie_node.web.routes import SIGNED_IN, needs
from vigie_node.web.words import page_language, words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@needs(SIGNED_IN)
@require_safe
def settings(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 (a view's signature)
    """Lead to the first page of the settings."""
    return redirect("people:account")


@needs(SIGNED_IN)
@FORM
def account(request: HttpRequest) -> HttpResponse:
    """Show and change how one is called and what one reads in."""
    person = me(request)
    initial = {"name": person.name, "language": person.language, "zone": person.zone}
    form = ProfileForm(sent_by(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.change_profile(person, **form.cleaned_data, by=actor(person.pk))
        words = words_here()
        messages.success(request, words("Your changes are kept."))
        return redirect("people:account")
    language = page_language()
    names = [role.names[language] for role in roles().values() if role.id in person.role_ids]
    return render(request, "people/account.html", {"form": form, "role_names": names}, status=form.status)


@needs(SIGNED_IN)
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End one's sessions everywhere but here."""
    entering.stay(request, actions.end_sessions(me(request), by=actor(me(request).pk)))
    words = words_here()
    messages.success(request, words("Your other sessions have ended."))
    return redirect("people:account")


@needs(SIGNED_IN)
@FORM
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password."""
    person = me(request)
    form = ChangePasswordForm(sent_by(request), person=person)
    if request.method == "POST" and form.is_valid():
        try:
            _prove(request, form.cleaned_data["current"])
            person = actions.set_password(person, password=form.cleaned_data["password"], by=actor(person.pk))
        except VigieError as error:
            form.refuse(error, "current")
        else:
            entering.stay(request, person)
            words = words_here()
            messages.success(request, words("Your password is changed; your other sessions have ended."))
            return redirect("people:account")
    return render(request, "people/password.html", {"form": form}, status=form.status)


@needs(SIGNED_IN)
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """Say whether one has a second factor, and how many recovery codes are left."""
    left = me(request).recovery_codes.filter(used_ms=None).count()
    return render(request, "people/second_factor.html", {"left": left, "form": ProofForm()})


@needs(SIGNED_IN)
@FORM
def new_second_factor(request: HttpRequest) -> HttpResponse:
    """Bind another app to oneself."""
    person = me(request)
    secret = entering.candidate_of(request, person.pk)
    form = ReplaceForm(sent_by(request), person=person)
    if request.method == "POST" and form.is_valid():
        try:
            codes = _replace(request, form.cleaned_data, secret)
        except VigieError as error:
            form.refuse(error)
        else:
            return codes_page(request, codes, onward=reverse("people:second-factor"))
    shown = {"form": form, "app": app_of(secret, person.username)}
    return render(request, "people/new_second_factor.html", shown, status=form.status)


def _replace(request: HttpRequest, sent: dict[str, str], secret: str) -> list[str]:
    person = me(request)
    _prove(request, sent["current"])
    if person.has_second_factor:
        actions.check_code(person, sent["current_code"], address=entering.address_of(request))
    codes = actions.enrol_second_factor(person, secret=secret, code=sent["code"], by=actor(person.pk))
    del request.session[entering.CANDIDATE]
    person.refresh_from_db()
    entering.stay(request, person)
    return codes


@needs(SIGNED_IN)
@FORM
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes; the former ones stop working."""
    if request.method != "POST":  # the language switch of a page that the form answered with
        return redirect("people:second-factor")
    person = me(request)
    form = ProofForm(request.POST)
    if not person.has_second_factor:
        raise Http404
    if form.is_valid():
        try:
            _prove(request, form.cleaned_data["current"])
        except VigieError as error:
            form.refuse(error, "current")
        else:
            codes = actions.make_recovery_codes(person, by=actor(person.pk))
            return codes_page(request, codes, onward=reverse("people:second-factor"))
    left = person.recovery_codes.filter(used_ms=None).count()
    return render(request, "people/second_factor.html", {"left": left, "form": form}, status=form.status)


@needs("token.make")
@FORM
def tokens(request: HttpRequest) -> HttpResponse:
    """List one's tokens, and make one."""
    person, secret = me(request), ""
    form = TokenForm(sent_by(request), person=person)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        current = sent.pop("current")
        try:
            _prove(request, current)
            _, secret = actions.make_token(person, **sent, by=actor(person.pk))
        except VigieError as error:
            form.refuse(error, "current")
        else:
            form = TokenForm(person=person)
    shown = {"form": form, "secret": secret, "tokens": tokens_of(person), "names": _permission_names()}
    return render(request, "people/tokens.html", shown, status=form.status)


@needs("token.make")
@require_POST
def revoke_token(request: HttpRequest, token: UUID) -> HttpResponse:
    """Let one of one's tokens work no more."""
    actions.revoke_token(get_object_or_404(tokens_of(me(request)), pk=token), by=actor(me(request).pk))
    words = words_here()
    messages.success(request, words("The token works no more."))
    return redirect("people:tokens")


def _prove(request: HttpRequest, password: str) -> None:
    """Check the present password of who is signed in.

    Raises:
        ThrottledError, WrongPasswordError: as for signing in.
    """
    address, device = entering.address_of(request), entering.device_of(request)
    actions.check_own_password(me(request), password, address=address, device=device)


def _permission_names() -> dict[str, str]:
    return {one.id: one.names[page_language()] for one in permission_table().values()}
