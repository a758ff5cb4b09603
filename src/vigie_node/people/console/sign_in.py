"""Signing in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from vigie.terms.errors import VigieError
from vigie_node.ledger.actions import person as actor
from vigie_node.people import actions
from vigie_node.people.access import link_of
from vigie_node.people.actions.proofs import DeadLinkError, WrongCodeError
from vigie_node.people.console import entering
from vigie_node.people.console.passkeys import other_ways
from vigie_node.people.console.showing import FORM, app_of, codes_page, sent_by
from vigie_node.people.forms import AnswerForm, CodeForm, EnrolForm, NewPasswordForm, SignInForm
from vigie_node.web.routes import EVERYBODY, needs

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


GONE = 410


@needs(EVERYBODY)
@FORM
def sign_in(request: HttpRequest) -> HttpResponse:
    """Take a name and a password."""
    if request.user.is_authenticated:
        return HttpResponseRedirect("/")
    form = SignInForm(sent_by(request), initial={"next": request.GET.get("next", "")})
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            person = actions.check_password(
                sent["username"],
                sent["password"],
                address=entering.address_of(request),
                device=entering.device_of(request),
            )
        except VigieError as error:
            form.refuse(error)
        else:
            return entering.begin(request, person, onward=sent["next"])
    shown = {"form": form, "passkey_form": AnswerForm(initial=form.initial), **other_ways(request)}
    return render(request, "people/sign_in.html", shown, status=form.status)


@needs(EVERYBODY)
@FORM
def second_step(request: HttpRequest) -> HttpResponse:
    """Take a code from who has shown the password."""
    person = entering.half_of(request)
    if person is None or not person.has_second_factor:
        return redirect("people:sign-in")
    form = CodeForm(sent_by(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.check_code(person, form.cleaned_data["code"], address=entering.address_of(request))
        except VigieError as error:
            form.refuse(error, "code")
        else:
            return entering.enter(request, person)
    shown = {"form": form, "way": entering.way_of(request)}
    return render(request, "people/second_step.html", shown, status=form.status)


@needs(EVERYBODY)
@FORM
def enrol(request: HttpRequest) -> HttpResponse:
    """Bind an app to who has shown the password and has none yet; nothing else opens before."""
    person = entering.half_of(request)
    if person is None or person.has_second_factor:
        return redirect("people:sign-in")
    secret = entering.candidate_of(request, person.pk)
    form = EnrolForm(sent_by(request))
    if request.method == "POST" and form.is_valid():
        try:
            codes = actions.enrol_second_factor(
                person, secret=secret, code=form.cleaned_data["code"], by=actor(person.pk)
            )
        except WrongCodeError as error:
            form.refuse(error, "code")
        else:
            entered = entering.enter(request, person)
            shown = codes_page(request, codes, onward=entered.url)
            shown.cookies.update(entered.cookies)
            return shown
    parts = {"form": form, "app": app_of(secret, person.username)}
    return render(request, "people/enrol.html", parts, status=form.status)


@needs(EVERYBODY)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session; who has none is led to the same page."""
    logout(request)
    return redirect("people:sign-in")


@needs(EVERYBODY)
@FORM
def welcome(request: HttpRequest, secret: str) -> HttpResponse:
    """Choose a password with a link; looking at it does not use it up."""
    link = link_of(secret)
    if link is None:
        return render(request, "people/dead_link.html", {"error": DeadLinkError()}, status=GONE)
    form = NewPasswordForm(sent_by(request), person=link.person)
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.accept_link(secret, password=form.cleaned_data["password"])
        except VigieError as error:
            form.refuse(error)
        else:
            return entering.begin(request, person)
    shown = {"form": form, "invited": link.person, "required": settings.NODE.second_factor == "required"}
    return render(request, "people/welcome.html", shown, status=form.status)
