"""Passkeys: added, used to sign in, refused for every reason there is, removed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import PermissionDenied
from django.test import Client
from fido2.cose import ES384
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from node.people.device import Device, device_of

from vigie_node.ledger.actions import HOST
from vigie_node.ledger.actions import person as actor
from vigie_node.ledger.models import Entry
from vigie_node.people import actions, passkeys
from vigie_node.people.models import Attempt, Passkey
from vigie_node.people.passkeys import PasskeyRefusedError, Site
from vigie_node.people.throttle import LIMITS

ASK, SIGN_IN = "/fr/sign-in/passkey/question", "/fr/sign-in/passkey"
ASK_NEW, MINE = "/fr/settings/passkeys/question", "/fr/settings/passkeys"
INSIDE = "/fr/settings/account"
PLACE = {"HTTP_HOST": "localhost:8000"}
SITE = Site(host="localhost", origin="http://localhost:8000", name="essai")

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]


def question(browser, address=ASK):
    return browser.post(address, **PLACE).json()


def send(browser, answer, **fields):
    return browser.post(SIGN_IN, {"answer": answer, **fields}, **PLACE)


def is_in(browser):
    return browser.get(INSIDE).status_code == 200


def refusals():
    return [entry.said["step"] for entry in Entry.objects.filter(kind="sign_in.refused").order_by("seq")]


def add(browser, known, hand, device, *, name="clé", steps=0, **changes):
    answer = device.made(question(browser, ASK_NEW), **changes)
    code = known.code(hand.at_ms, steps=steps)
    sent = {"name": name, "current": known.password, "current_code": code, "answer": answer}
    return browser.post(MINE, sent, **PLACE)


# --- Adding one ---


def test_a_passkey_is_added_and_lets_its_person_in(browser_of, browser, known, hand):
    device = Device()
    assert add(browser_of(known.person), known, hand, device).url == MINE
    answer = send(browser, device.signed(question(browser)), next="/fr/settings/roles")
    assert (answer.status_code, answer.url) == (302, "/fr/settings/roles")
    assert is_in(browser)
    entry = Entry.objects.latest("seq")
    assert (entry.kind, entry.said) == ("person.signed_in", {"way": "passkey", "second_factor": True})
    assert Passkey.objects.get().used_ms == hand.at_ms


def test_the_device_learns_an_id_and_no_more_than_it_shows(browser_of, known):
    asked = question(browser_of(known.person), ASK_NEW)
    assert asked["rp"]["id"] == "localhost"
    assert asked["attestation"] == "none"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"


def test_one_device_is_not_asked_twice(browser_of, known):
    device = device_of(known.person)
    asked = question(browser_of(known.person), ASK_NEW)
    assert [one["id"] for one in asked["excludeCredentials"]] == [device.id]


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "http://localhost:9000"},
        {"origin": "https://localhost:8000"},
        {"origin": "https://evil.example"},
        {"host": "evil.example"},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"flags": 0x01},
        {"flags": 0x04},
        {"type": "webauthn.get"},
        {"framed": True},
        {"public": ES384.from_cryptography_key(ec.generate_private_key(ec.SECP384R1()).public_key())},
    ],
    ids=["port", "scheme", "origin", "rp", "challenge", "unverified", "absent", "type", "framed", "kind"],
)
def test_a_passkey_that_proves_nothing_is_not_added(browser_of, known, hand, changes):
    browser = browser_of(known.person)
    assert add(browser, known, hand, Device(), **changes).status_code == 422
    assert not Passkey.objects.exists()
    assert add(browser, known, hand, Device()).status_code == 302  # the same without the change


@pytest.mark.parametrize(
    ("field", "value"), [("current", "wrong and long enough"), ("current_code", "000000")]
)
def test_an_open_browser_alone_adds_no_passkey(browser_of, known, hand, field, value):
    browser, device = browser_of(known.person), Device()
    sent = {"name": "clé", "current": known.password, "current_code": known.code(hand.at_ms)}
    answer = device.made(question(browser, ASK_NEW))
    assert browser.post(MINE, {**sent, "answer": answer, field: value}, **PLACE).status_code == 422
    assert not Passkey.objects.exists()


def test_an_answer_to_the_question_of_signing_in_adds_nothing(browser_of, known, hand):
    browser, device = browser_of(known.person), Device()
    asked = {**question(browser, ASK_NEW), "challenge": question(browser, ASK)["challenge"]}
    sent = {"name": "clé", "current": known.password, "current_code": known.code(hand.at_ms)}
    assert browser.post(MINE, {**sent, "answer": device.made(asked)}, **PLACE).status_code == 422


def test_a_passkey_of_somebody_else_cannot_be_added_again(known, make_known):
    device = device_of(make_known("analyst").person)
    row = Passkey.objects.get()
    key = passkeys.NewKey(credential_id=device.id, credential=bytes(row.credential), sign_count=0)
    with pytest.raises(PasskeyRefusedError):
        actions.add_passkey(known.person, key=key, name="clé", by=actor(known.person.pk))
    assert Passkey.objects.count() == 1


def test_nobody_adds_names_or_removes_anothers_passkey(known, make_known, browser_of):
    other = make_known("administrator").person
    device_of(known.person)
    row = Passkey.objects.get()
    key = passkeys.NewKey(credential_id="x", credential=b"", sign_count=0)
    with pytest.raises(PermissionDenied):
        actions.add_passkey(known.person, key=key, name="clé", by=actor(other.pk))
    with pytest.raises(PermissionDenied):
        actions.name_passkey(row, name="clé", by=actor(other.pk))
    with pytest.raises(PermissionDenied):
        actions.remove_passkey(row, by=actor(other.pk))
    assert browser_of(other).get(f"{MINE}/{row.pk}/name").status_code == 404
    assert browser_of(other).post(f"{MINE}/{row.pk}/remove").status_code == 404


def test_there_is_an_end_to_passkeys(known):
    for _ in range(20):
        device_of(known.person)
    key = passkeys.NewKey(credential_id="x", credential=b"", sign_count=0)
    with pytest.raises(actions.TooManyPasskeysError):
        actions.add_passkey(known.person, key=key, name="clé", by=actor(known.person.pk))


# --- Signing in with one ---


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "http://localhost:9000"},
        {"origin": "https://localhost:8000"},
        {"origin": "https://evil.example"},
        {"host": "evil.example"},
        {"host": "127.0.0.1"},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"flags": 0x01},
        {"flags": 0x04},
        {"type": "webauthn.create"},
        {"framed": True},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"user_handle": b""},
        {"user_handle": bytes(16)},
        {"id": "AAAA"},
    ],
    ids=[
        "port", "scheme", "origin", "rp", "address", "challenge", "unverified", "absent", "type", "framed",
        "signature", "nobody", "stranger", "unknown",
    ],
)  # fmt: skip
def test_an_answer_that_proves_nothing_is_refused_and_recorded(browser, known, changes):
    device = device_of(known.person)
    answer = send(browser, device.signed(question(browser), **changes))
    assert answer.status_code == 422
    assert not is_in(browser)
    assert refusals() == ["passkey"]
    assert send(browser, device.signed(question(browser))).status_code == 302  # the same without the change


def test_another_persons_passkey_does_not_let_one_in_as_them(browser, known, make_known):
    """The id of one person's passkey, signed by another's key."""
    device, own = device_of(known.person), device_of(make_known("administrator").person)
    forged = own.signed(question(browser), id=device.id, user_handle=known.person.pk.bytes)
    assert send(browser, forged).status_code == 422
    assert not is_in(browser)


def test_a_question_is_answered_once(browser, known):
    device = device_of(known.person)
    answer = device.signed(question(browser))
    assert send(browser, answer).status_code == 302
    browser.post("/fr/sign-out")
    assert send(browser, answer).status_code == 422
    assert not is_in(browser)


def test_a_signed_challenge_is_good_once_even_where_two_sessions_remember_it(known):
    device = device_of(known.person)
    asked = passkeys.ask_for_any(SITE)
    answer = device.signed(asked.options)
    sent = {"site": SITE, "challenge": asked.challenge, "address": "203.0.113.9"}
    assert actions.check_passkey(answer, **sent) == known.person
    with pytest.raises(PasskeyRefusedError):
        actions.check_passkey(answer, **sent)


def test_an_answer_fits_the_session_that_was_asked_alone(browser, known):
    device = device_of(known.person)
    answer = device.signed(question(browser))
    assert send(Client(), answer).status_code == 422


def test_an_empty_challenge_is_no_challenge(browser, known):
    device = device_of(known.person)
    assert send(browser, device.signed({"challenge": ""})).status_code == 422


@pytest.mark.parametrize(("seconds", "status"), [(300, 302), (301, 422), (-1, 422)])
def test_a_question_waits_five_minutes(browser, known, hand, seconds, status):
    device = device_of(known.person)
    answer = device.signed(question(browser))
    hand.turn(seconds=seconds)
    assert send(browser, answer).status_code == status


@pytest.mark.parametrize(("kept", "sent"), [(5, 5), (5, 4), (5, 0)])
def test_a_counter_that_goes_back_is_refused_and_recorded(browser, known, kept, sent):
    device = device_of(known.person, sign_count=kept)
    assert send(browser, device.signed(question(browser), counter=sent)).status_code == 422
    assert refusals() == ["passkey_counter"]
    assert not is_in(browser)
    assert Passkey.objects.get().sign_count == kept


@pytest.mark.parametrize(("kept", "sent"), [(0, 0), (0, 1), (5, 6)])
def test_a_counter_that_goes_on_is_kept(browser, known, kept, sent):
    device = device_of(known.person, sign_count=kept)
    assert send(browser, device.signed(question(browser), counter=sent)).status_code == 302
    assert Passkey.objects.get().sign_count == sent


def test_a_suspended_person_stays_out(browser, known):
    device = device_of(known.person)
    actions.suspend(known.person, by=HOST)
    assert send(browser, device.signed(question(browser))).status_code == 422


def test_a_removed_passkey_opens_nothing_and_ends_other_sessions(browser_of, browser, known):
    device, other = device_of(known.person), browser_of(known.person)
    mine = browser_of(known.person)
    mine.post(f"{MINE}/{Passkey.objects.get().pk}/remove")
    assert is_in(mine)
    assert not is_in(other)
    assert send(browser, device.signed(question(browser))).status_code == 422


def test_a_recovery_removes_passkeys(browser, known):
    """Abuse case 14's sister: what an intruder added does not outlive the recovery."""
    device = device_of(known.person)
    actions.recover(known.person, by=HOST)
    assert not Passkey.objects.exists()
    assert send(browser, device.signed(question(browser))).status_code == 422


def test_guesses_are_throttled_like_other_proofs(browser, known, hand):
    """Abuse cases 13 and 14: whatever is wrong about them."""
    device = device_of(known.person)
    for _ in range(LIMITS["person"].free + 1):
        send(browser, device.signed(question(browser), flags=0x01))
    assert send(browser, device.signed(question(browser))).status_code == 429
    hand.turn(minutes=16)
    assert send(browser, device.signed(question(browser))).status_code == 302


def test_answers_of_nobody_count_for_their_address(browser):
    for _ in range(LIMITS["address"].free + 1):
        send(browser, Device(user_handle=b"x").signed(question(browser)))
    assert send(browser, "{}").status_code == 429


def test_a_host_that_a_request_names_changes_no_question(browser, known):
    """Abuse case 19: what passkeys are bound to comes from the configuration."""
    assert browser.post(ASK, HTTP_HOST="127.0.0.1:8000").json()["rpId"] == "localhost"
    assert browser.post(ASK, HTTP_HOST="evil.example").status_code == 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(answer=st.one_of(st.text(), st.recursive(st.none() | st.booleans() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData"]), inner),
    max_leaves=12).map(json.dumps)))  # fmt: skip
def test_whatever_is_sent_is_refused_in_order(answer, known):
    person = known.person
    row = {"credential": bytes(80), "person": person}
    with pytest.raises(PasskeyRefusedError):
        passkeys.proven_count(SITE, answer, "AAAA", **row)
    with pytest.raises(PasskeyRefusedError):
        passkeys.new_key(SITE, answer, "AAAA")


def test_a_deep_answer_is_refused_in_order(browser):
    assert send(browser, '{"response":' * 2000 + "}" * 2000).status_code in {422, 429}


# --- The pages ---


@pytest.mark.parametrize(
    ("address", "works"),
    [
        ("http://localhost:8000", True),
        ("https://vigie.example", True),
        ("http://vigie.example", False),
        ("https://192.0.2.1", False),
        ("http://127.0.0.1:8000", False),
        ("https://[2001:db8::1]", False),
    ],
)
def test_passkeys_need_a_name_and_https_or_localhost(monkeypatch, settings, address, works):
    settings.NODE = replace(settings.NODE, address=address)
    assert (passkeys.site() is not None) is works


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Vigie.Example:443/", "https://vigie.example"),
        ("https://vigie.example:8443", "https://vigie.example:8443"),
        ("https://vigie-québec.example", "https://xn--vigie-qubec-ibb.example"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_the_origin_is_written_as_browsers_write_it(settings, address, origin):
    settings.NODE = replace(settings.NODE, address=address)
    assert passkeys.site().origin == origin


def test_a_node_reached_by_an_address_says_where_passkeys_work(browser, settings):
    shown = browser.get("/en/sign-in", HTTP_HOST="127.0.0.1:8000").content.decode()
    assert "They work at http://localhost:8000" in shown
    settings.NODE = replace(settings.NODE, address="http://127.0.0.1:8000")
    assert (
        "Passkeys do not work here" in browser.get("/en/sign-in", HTTP_HOST="127.0.0.1:8000").content.decode()
    )
    assert browser.post(ASK, HTTP_HOST="127.0.0.1:8000").status_code == 400


def test_without_javascript_the_page_says_that_the_password_works(browser):
    shown = browser.get("/en/sign-in", **PLACE).content.decode()
    assert "Passkeys need JavaScript" in shown
    assert '<form method="post" action="/en/sign-in/passkey" novalidate hidden>' in shown


def test_a_passkey_is_shown_with_its_last_use_and_given_another_name(browser_of, known):
    device_of(known.person, used_ms=None)
    browser, row = browser_of(known.person), Passkey.objects.get()
    assert "never" in browser.get("/en/settings/passkeys", **PLACE).content.decode()
    browser.post(f"{MINE}/{row.pk}/name", {"name": "téléphone"})
    assert "téléphone" in browser.get(MINE, **PLACE).content.decode()
    assert browser.post(f"{MINE}/{row.pk}/name", {"name": "\u202e"}).status_code == 422


def test_the_ledger_keeps_no_name_of_a_device(browser_of, known, hand):
    add(browser_of(known.person), known, hand, Device(), name="téléphone de Zoé")
    assert not [entry for entry in Entry.objects.all() if "Zo" in json.dumps(entry.said)]


def test_a_question_leaves_no_session_for_long(browser):
    question(browser)
    assert browser.session.get_expiry_age() <= 600
    assert not Attempt.objects.exists()
