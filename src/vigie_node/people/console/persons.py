"""The people of an organisation, for who manages them; and what each role may do, for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import VigieError, tell
from vigie_node.ledger.actions import person as actor
from vigie_node.people import actions
from vigie_node.people.access import (
    MANAGE,
    has_second_recoverer,
    may_alter,
    persons_managed_by,
    recoveries_managed_by,
    roles_given_by,
)
from vigie_node.people.console.showing import FORM, link_page, me, sent_by
from vigie_node.people.forms import FINE, InviteForm, RecoverForm, RolesForm
from vigie_node.people.models import Recovery
from vigie_node.people.roles import permission_table, roles
from vigie_node.web.routes import SIGNED_IN, needs
from vigie_node.web.words import page_language, words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.people.models import Person

ON_A_PAGE = 50


@needs(MANAGE)
@require_safe
def persons(request: HttpRequest) -> HttpResponse:
    """List the people of one's organisation."""
    found = persons_managed_by(me(request)).order_by("name", "pk")
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    shown = {
        "page": page,
        "role_names": _role_names(),
        "recoveries": list(recoveries_managed_by(me(request)).order_by("asked_ms")),
    }
    return render(request, "people/persons.html", shown)


@needs(MANAGE)
@FORM
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody: the link is shown once, to hand over."""
    manager = me(request)
    form = InviteForm(sent_by(request), given=roles_given_by(manager), initial={"language": page_language()})
    if request.method == "POST" and form.is_valid():
        try:
            invited = actions.invite_person(
                organisation=manager.organisation, **form.cleaned_data, by=actor(manager.pk)
            )
        except VigieError as error:
            form.refuse(error, "username")
        else:
            return link_page(request, invited.person, invited.secret)
    return render(request, "people/invite.html", {"form": form}, status=form.status)


@needs(MANAGE)
@require_safe
def person(request: HttpRequest, person: UUID) -> HttpResponse:
    """Show one person, and what may be done about them."""
    return _show(request, _managed(request, person))


@needs(MANAGE)
@FORM
def change_roles(request: HttpRequest, person: UUID) -> HttpResponse:
    """Give a person these roles and no others."""
    whom = _managed(request, person)
    if request.method != "POST":  # the language switch of a page that a form answered with
        return redirect("people:person", person=whom.pk)
    form = RolesForm(request.POST, given=roles_given_by(me(request)))
    if not form.is_valid():
        return _show(request, whom, roles_form=form)
    actions.change_roles(whom, roles=form.cleaned_data["roles"], by=actor(me(request).pk))
    words = words_here()
    return _done(request, whom, words("The roles are changed."))


@needs(MANAGE)
@require_POST
def suspend(request: HttpRequest, person: UUID) -> HttpResponse:
    """Let a person in no more."""
    whom = actions.suspend(_managed(request, person), by=actor(me(request).pk))
    words = words_here()
    return _done(request, whom, words("{name} cannot sign in any more.", name=whom.name))


@needs(MANAGE)
@require_POST
def restore(request: HttpRequest, person: UUID) -> HttpResponse:
    """Let a person in again."""
    whom = actions.restore(_managed(request, person), by=actor(me(request).pk))
    words = words_here()
    return _done(request, whom, words("{name} can sign in again.", name=whom.name))


@needs(MANAGE)
@FORM
def recover(request: HttpRequest, person: UUID) -> HttpResponse:
    """Ask that a person be given a new way in."""
    whom = _managed(request, person)
    if request.method != "POST":
        return redirect("people:person", person=whom.pk)
    if not may_alter(me(request), whom):
        raise PermissionDenied
    form = RecoverForm(request.POST)
    if not form.is_valid():
        return _show(request, whom, recover_form=form)
    try:
        actions.ask_recovery(whom, **form.cleaned_data, by=actor(me(request).pk))
    except VigieError as error:
        form.refuse(error)
        return _show(request, whom, recover_form=form)
    words = words_here()
    return _done(request, whom, words("Another administrator must now approve it, within 24 hours."))


@needs(MANAGE)
@FORM
def approve_recovery(request: HttpRequest, recovery: UUID) -> HttpResponse:
    """Approve what another administrator asked: the link is shown once, to hand over."""
    found = _waiting(request, recovery)
    if request.method != "POST":
        return redirect("people:person", person=found.person_id)
    try:
        secret = actions.approve_recovery(found, by=actor(me(request).pk))
    except VigieError as error:
        messages.error(request, tell(error, words_here()))
        return redirect("people:person", person=found.person_id)
    return link_page(request, found.person, secret)


@needs(MANAGE)
@require_POST
def refuse_recovery(request: HttpRequest, recovery: UUID) -> HttpResponse:
    """Refuse what another administrator asked, or withdraw what one asked oneself."""
    found = _waiting(request, recovery)
    try:
        done = actions.refuse_recovery(found, by=actor(me(request).pk))
    except VigieError as error:
        messages.error(request, tell(error, words_here()))
        return redirect("people:person", person=found.person_id)
    words = words_here()
    withdrawn = done.state == Recovery.State.WITHDRAWN
    said = words("The request is withdrawn.") if withdrawn else words("The request is refused.")
    return _done(request, found.person, said)


@needs(SIGNED_IN)
@require_safe
def role_table(request: HttpRequest) -> HttpResponse:
    """Show what each role may do."""
    language = page_language()
    shown = {"roles": list(roles().values()), "permissions": list(permission_table().values())}
    return render(request, "people/roles.html", {**shown, "named_in": language})


def _managed(request: HttpRequest, person: UUID) -> Person:
    """Return a person of one's organisation; others do not exist."""
    return get_object_or_404(persons_managed_by(me(request)), pk=person)


def _waiting(request: HttpRequest, recovery: UUID) -> Recovery:
    """Return a request about somebody of one's organisation that waits; others do not exist."""
    return get_object_or_404(recoveries_managed_by(me(request)), pk=recovery)


def _show(
    request: HttpRequest,
    whom: Person,
    *,
    roles_form: RolesForm | None = None,
    recover_form: RecoverForm | None = None,
) -> HttpResponse:
    manager, sent = me(request), roles_form or recover_form
    shown = {
        "whom": whom,
        "alterable": may_alter(manager, whom),
        "roles_form": roles_form
        or RolesForm(given=roles_given_by(manager), initial={"roles": whom.role_ids}),
        "recover_form": recover_form or RecoverForm(),
        "recovery": recoveries_managed_by(manager).filter(person=whom).first(),
        "has_second": has_second_recoverer(manager, whom),
        "role_names": _role_names(),
    }
    return render(request, "people/person.html", shown, status=sent.status if sent else FINE)


def _done(request: HttpRequest, whom: Person, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("people:person", person=whom.pk)


def _role_names() -> dict[str, str]:
    return {role.id: role.names[page_language()] for role in roles().values()}
