"""How a browser gets in: half, when the password was right; whole, when the second factor was shown too.

The half stands in the session on the server, under a key that is changed at each step; it opens nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from vigie_node import clock
from vigie_node.people import actions
from vigie_node.people.access import may
from vigie_node.people.actions.signing_in import PASSWORD
from vigie_node.people.addresses import client_of
from vigie_node.people.console.showing import me
from vigie_node.people.middleware import BEGUN, KEY, SEEN
from vigie_node.people.models import Person
from vigie_node.people.proofs import new_totp_secret, seal_totp, unseal_totp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

HALF, CANDIDATE = "half", "totp_candidate"
HALF_MS_MAX = 10 * 60_000
DEVICE, DEVICE_S_MAX = "device", 180 * 24 * 3600


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from, as far as it can be believed."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return client_of(request.META.get("REMOTE_ADDR", ""), forwarded, settings.NODE.trusted_proxies)


def own_path(address: str) -> str:
    """Return an address that leads to a page of ours, else nothing: nobody is sent elsewhere from here."""
    ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if ours else ""


def device_of(request: HttpRequest) -> str:
    """Return the mark that a browser got when somebody last signed in with it; empty where it has none."""
    return str(request.get_signed_cookie(_device_name(), default="", salt=DEVICE, max_age=DEVICE_S_MAX))


def begin(request: HttpRequest, person: Person, *, onward: str = "", way: str = PASSWORD) -> HttpResponse:
    """Remember, in a new session, that a password or a provider's word was right; lead to what comes next."""
    request.session.flush()
    request.session[HALF] = {
        "person": str(person.pk),
        KEY: person.session_key,
        "at_ms": clock.now_ms(),
        "onward": own_path(onward),
        "way": way,
    }
    if person.has_second_factor:
        return redirect("people:second-step")
    if settings.NODE.second_factor == "required":
        return redirect("people:enrol")
    return enter(request, person)


def half_of(request: HttpRequest) -> Person | None:
    """Return who has shown the password, not longer ago than ten minutes, and has changed nothing since."""
    half: dict[str, Any] = request.session.get(HALF, {})
    if not half or not 0 <= clock.now_ms() - half["at_ms"] <= HALF_MS_MAX:
        return None
    return Person.objects.filter(pk=half["person"], session_key=half[KEY], is_active=True).first()


def way_of(request: HttpRequest) -> str:
    """Return by which way a browser came half in."""
    half: dict[str, Any] = request.session.get(HALF, {})
    return str(half.get("way", PASSWORD))


def enter(
    request: HttpRequest, person: Person, *, onward: str = "", proven_by: str = ""
) -> HttpResponseRedirect:
    """Let a person in whole, in a session of a new key, and lead to where they wanted to go.

    Args:
        request: whose browser.
        person: who.
        onward: where they wanted to go, if no first half remembers it.
        proven_by: the way that needed no second half.
    """
    half: dict[str, Any] = request.session.get(HALF, {})
    device = device_of(request)
    person = actions.signed_in(
        person,
        address=address_of(request),
        device=device,
        way=proven_by or half.get("way", PASSWORD),
        is_proven=bool(proven_by),
    )
    request.session.flush()
    stay(request, person)
    wanted = own_path(onward) if proven_by else half.get("onward")
    first = f"/{person.language}/" + ("" if may(person, "overview.read") else "settings/account")
    response = HttpResponseRedirect(wanted or first)
    if not device.startswith(f"{person.pk}:"):
        device = actions.device_mark(person)
    response.set_signed_cookie(
        _device_name(),
        device,
        salt=DEVICE,
        max_age=DEVICE_S_MAX,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def stay(request: HttpRequest, person: Person) -> None:
    """Keep this browser in, under a new key, after an act that ends the person's sessions."""
    begun = request.session.get(BEGUN)
    login(request, person)
    now = clock.now_ms()
    request.session[KEY] = person.session_key
    request.session[BEGUN] = begun or now
    request.session[SEEN] = now


def prove_whole(request: HttpRequest, sent: Mapping[str, str]) -> None:
    """Check password and code of who is signed in, before a new way in is made: a `WholeProofForm`.

    Raises:
        ThrottledError, WrongPasswordError, WrongCodeError: as for signing in.
    """
    person, address = me(request), address_of(request)
    actions.check_own_password(person, sent["current"], address=address, device=device_of(request))
    if person.has_second_factor:
        actions.check_code(person, sent["current_code"], address=address)


def candidate_of(request: HttpRequest, person: UUID) -> str:
    """Return the secret that a person gives their app, until they confirm it; sealed even in the session."""
    sealed = request.session.get(CANDIDATE)
    if sealed:
        return unseal_totp(bytes.fromhex(sealed), person)
    secret = new_totp_secret()
    request.session[CANDIDATE] = seal_totp(secret, person).hex()
    return secret


def _device_name() -> str:
    return f"{settings.COOKIES}-device"
