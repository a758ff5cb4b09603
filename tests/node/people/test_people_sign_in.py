"""Signing in, as a browser does it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vigie_node.ledger.actions import HOST
from vigie_node.ledger.models import Entry
from vigie_node.people import actions
from vigie_node.people.console.entering import own_path
from vigie_node.people.models import Attempt, Person
from vigie_node.people.throttle import LIMITS

SIGN_IN, SECOND_STEP, ENROL = "/fr/sign-in", "/fr/sign-in/second-step", "/fr/sign-in/enrol"
INSIDE = "/fr/settings/account"
COOKIE = django_settings.SESSION_COOKIE_NAME
PEER = "203.0.113.9"

pytestmark = pytest.mark.any_database


def send_password(browser, known, *, password=None, username=None, **extra):
    sent = {"username": username or known.person.username, "password": password or known.password}
    return browser.post(SIGN_IN, {**sent, **extra.pop("fields", {})}, REMOTE_ADDR=PEER, **extra)


def send_code(browser, code, **extra):
    return browser.post(SECOND_STEP, {"code": code}, REMOTE_ADDR=PEER, **extra)


def is_in(browser) -> bool:
    return browser.get(INSIDE).status_code == 200


def sign_in(browser, known, hand):
    send_password(browser, known)
    return send_code(browser, known.code(hand.at_ms))


# --- The way in ---


def test_name_password_and_code_let_in(browser, known, hand):
    first = send_password(browser, known)
    assert (first.status_code, first.url) == (302, SECOND_STEP)
    assert not is_in(browser)
    second = send_code(browser, known.code(hand.at_ms))
    assert (second.status_code, second.url) == (302, "/en/")
    assert is_in(browser)


def test_who_has_no_first_page_is_led_to_their_account(browser, make_known, hand):
    known = make_known("panel_member")
    assert sign_in(browser, known, hand).url == "/en/settings/account"
    assert is_in(browser)


def test_the_password_alone_opens_nothing(browser, known):
    send_password(browser, known)
    answer = browser.get(INSIDE)
    assert answer.status_code == 302
    assert answer.url.startswith("/fr/sign-in")


def test_the_session_key_changes_at_each_step(browser, known, hand):
    """A key that somebody planted before signing in opens nothing afterwards."""
    browser.get(SIGN_IN)
    keys = []
    send_password(browser, known)
    keys.append(browser.cookies[COOKIE].value)
    send_code(browser, known.code(hand.at_ms))
    keys.append(browser.cookies[COOKIE].value)
    planted = Client()
    planted.cookies[COOKIE] = keys[0]
    assert len(set(keys)) == 2
    assert not is_in(planted)


def test_a_planted_session_does_not_become_the_persons(browser, known, hand):
    browser.cookies[COOKIE] = "planted00planted00planted00plant"
    sign_in(browser, known, hand)
    assert browser.cookies[COOKIE].value != "planted00planted00planted00plant"


def test_the_name_is_read_however_it_is_typed(browser, known, hand):
    send_password(browser, known, username=f" {known.person.username.upper()} ")
    assert send_code(browser, known.code(hand.at_ms)).status_code == 302


@pytest.mark.usefixtures("hand")
def test_letters_of_a_password_may_be_written_in_two_ways(browser, known):
    actions.set_password(known.person, password="un été à Québec, tôt", by=HOST)  # noqa: S106
    decomposed = "un e\u0301te\u0301 a\u0300 Que\u0301bec, to\u0302t"
    assert send_password(browser, known, password=decomposed).url == SECOND_STEP


def test_who_is_in_already_is_led_on(browser, known, hand):
    sign_in(browser, known, hand)
    assert browser.get(SIGN_IN).url == "/"


def test_the_half_way_is_forgotten_after_ten_minutes(browser, known, hand):
    send_password(browser, known)
    hand.turn(minutes=10, seconds=1)
    assert send_code(browser, known.code(hand.at_ms)).url == SIGN_IN
    assert not is_in(browser)


def test_a_password_changed_meanwhile_ends_the_half_way(browser, known, hand):
    send_password(browser, known)
    actions.set_password(known.person, password="une autre, tout aussi longue", by=HOST)  # noqa: S106
    assert send_code(browser, known.code(hand.at_ms)).url == SIGN_IN


def test_signing_out_ends_the_session_on_the_server_too(browser, known, hand):
    sign_in(browser, known, hand)
    key = browser.cookies[COOKIE].value
    browser.post("/fr/sign-out")
    kept = Client()
    kept.cookies[COOKIE] = key
    assert not is_in(kept)


# --- Codes ---


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_signs_in_once(browser, known, hand, steps):
    code = known.code(hand.at_ms, steps=steps)
    send_password(browser, known)
    assert send_code(browser, code).status_code == 302
    again = Client()
    send_password(again, known)
    assert send_code(again, code).status_code == 422
    assert not is_in(again)


def test_a_code_older_than_the_last_one_is_refused(browser, known, hand):
    send_password(browser, known)
    send_code(browser, known.code(hand.at_ms))
    again = Client()
    send_password(again, known)
    assert send_code(again, known.code(hand.at_ms, steps=-1)).status_code == 422


@pytest.mark.usefixtures("hand")
def test_a_recovery_code_signs_in_once(browser, known):
    send_password(browser, known)
    assert send_code(browser, known.recovery_code.lower().replace("-", " ")).status_code == 302
    again = Client()
    send_password(again, known)
    assert send_code(again, known.recovery_code).status_code == 422


@pytest.mark.usefixtures("hand")
def test_anothers_recovery_code_signs_nobody_in(browser, make_known):
    one, other = make_known("analyst"), make_known("analyst")
    actions.make_recovery_codes(other.person, by=HOST)
    send_password(browser, other)
    assert send_code(browser, one.recovery_code).status_code == 422


def test_the_second_step_is_not_skipped_by_asking_for_json(browser, known):
    """Abuse case 17 (CVE-2022-29534)."""
    for accept in ("application/json", "application/xml", "text/plain", "*/*"):
        send_password(browser, known, headers={"accept": accept})
        assert not is_in(browser)
        assert browser.get(INSIDE, headers={"accept": accept}).status_code == 302


def test_the_second_step_without_the_first_leads_to_the_first(browser, known, hand):
    assert send_code(browser, known.code(hand.at_ms)).url == SIGN_IN


# --- Refusals that say nothing ---


def same(text: str) -> str:
    return re.sub(r'value="[^"]*"', "", text)


def test_an_unknown_name_a_wrong_password_and_a_suspended_person_read_the_same(known, make_known):
    suspended = make_known("analyst", is_active=False)
    answers = [
        send_password(Client(), known, username="nobody"),
        send_password(Client(), known, password="tout autre chose"),  # noqa: S106
        send_password(Client(), suspended),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert len({same(answer.content.decode()) for answer in answers}) == 1


def test_an_unknown_name_costs_one_hash_too(known, browser, monkeypatch):
    from django.contrib.auth.hashers import Argon2PasswordHasher

    hashed = []
    encode = Argon2PasswordHasher.encode

    def counted(self, password, salt):
        hashed.append(1)
        return encode(self, password, salt)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted)
    send_password(browser, known, username="nobody")
    assert len(hashed) == 1


def test_an_unknown_name_asks_the_database_as_much(known, browser):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    send_password(browser, known, username="somebody")  # the ledger has begun
    with CaptureQueriesContext(connection) as wrong:
        send_password(browser, known, password="tout autre chose")  # noqa: S106
    with CaptureQueriesContext(connection) as unknown:
        send_password(browser, known, username="nobody")
    assert len(wrong) == len(unknown)


def test_refusals_stand_in_the_ledger_without_the_name_that_was_tried(known, browser):
    send_password(browser, known, username="secret-typed-here")
    send_password(browser, known, password="tout autre chose")  # noqa: S106
    unknown, wrong = Entry.objects.order_by("seq")
    assert (unknown.kind, unknown.subject, unknown.organisation) == ("sign_in.refused", "sign-in", None)
    assert wrong.subject == f"person:{known.person.pk}"
    assert wrong.organisation == known.person.organisation_id
    assert "secret-typed-here" not in unknown.facts


def test_signing_in_stands_in_the_ledger(browser, known, hand):
    sign_in(browser, known, hand)
    entry = Entry.objects.get()
    assert (entry.kind, entry.actor) == ("person.signed_in", f"person:{known.person.pk}")
    assert Person.objects.get(pk=known.person.pk).signed_in_ms == hand.at_ms


def test_a_code_is_not_tried_of_who_was_suspended_meanwhile(browser, known, hand):
    send_password(browser, known)
    actions.suspend(known.person, by=HOST)
    assert send_code(browser, known.code(hand.at_ms)).url == SIGN_IN


# --- The throttle ---


def fail(browser, known, times, **how):
    for _ in range(times):
        answer = send_password(browser, known, password="tout autre chose", **how)  # noqa: S106
    return answer


def test_after_a_few_failures_even_the_right_password_waits(browser, known, hand):
    assert fail(browser, known, LIMITS["name"].free).status_code == 422
    assert send_password(browser, known).status_code == 429
    hand.turn(seconds=1)
    assert send_password(browser, known).url == SECOND_STEP


@pytest.mark.usefixtures("hand")
def test_an_unknown_name_waits_alike(browser, known):
    fail(browser, known, LIMITS["name"].free, username="nobody")
    assert send_password(browser, known, username="nobody").status_code == 429


VARIANTS = st.sampled_from(
    [str.upper, str.title, str.swapcase, "  {} ".format, lambda t: "".join(chr(ord(c) + 0xFEE0) for c in t)]
)


@given(st.lists(VARIANTS, min_size=6, max_size=6))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.usefixtures("hand")
def test_no_way_of_writing_the_name_gets_around_the_throttle(known, variants):
    """Abuse case 13: case, spaces, wide letters (CVE-2020-8890)."""
    Attempt.objects.all().delete()
    username = known.person.username
    answers = [send_password(Client(), known, password="x", username=write(username)) for write in variants]  # noqa: S106
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_no_other_method_tries_a_password(browser, known, method):
    """Abuse case 13: a limiter that watched POST alone (CVE-2018-12649)."""
    sent = f"username={known.person.username}&password={known.password}"
    kind = "application/x-www-form-urlencoded"
    assert getattr(browser, method)(SIGN_IN, sent, content_type=kind).status_code == 405
    assert not Attempt.objects.exists()


def test_get_tries_no_password(browser, known):
    """Abuse cases 13 and 18."""
    browser.get(SIGN_IN, {"username": known.person.username, "password": known.password})
    assert not Attempt.objects.exists()


def test_method_override_is_not_heard(browser, known):
    fail(browser, known, LIMITS["name"].free, headers={"x-http-method-override": "GET"})
    assert send_password(browser, known, headers={"x-http-method-override": "GET"}).status_code == 429


@pytest.mark.usefixtures("hand")
def test_no_header_of_the_client_changes_its_address(browser, known, make_known):
    """Abuse case 13 and 45: an address per attempt, invented by the client."""
    for number in range(LIMITS["address"].free):
        send_password(
            browser, known, username=f"nobody{number}", headers={"x-forwarded-for": f"198.51.100.{number}"}
        )
    other = make_known("analyst")
    assert send_password(browser, other, headers={"x-forwarded-for": "198.51.100.99"}).status_code == 429


@pytest.mark.usefixtures("hand")
def test_one_address_that_fails_does_not_stop_another(browser, known):
    for number in range(LIMITS["address"].free):
        send_password(browser, known, username=f"nobody{number}")
    answer = browser.post(
        SIGN_IN, {"username": known.person.username, "password": known.password}, REMOTE_ADDR="192.0.2.1"
    )
    assert answer.url == SECOND_STEP


def test_whoever_fails_with_somebodys_name_does_not_keep_their_own_browser_out(browser, known, hand):
    """On the night of an election the analyst still gets in where they did before."""
    sign_in(browser, known, hand)
    browser.post("/fr/sign-out")
    fail(Client(), known, LIMITS["name"].free)
    assert fail(Client(), known, 1).status_code == 429
    assert send_password(browser, known).url == SECOND_STEP


@pytest.mark.usefixtures("hand")
def test_ones_own_browser_is_throttled_too(browser, known, make_known, hand):
    sign_in(browser, known, hand)
    browser.post("/fr/sign-out")
    assert fail(browser, known, LIMITS["device"].free).status_code == 422
    assert fail(browser, known, 1).status_code == 429
    other = make_known("analyst")
    assert fail(browser, other, LIMITS["name"].free + 1).status_code == 429


@pytest.mark.usefixtures("hand")
def test_a_mark_of_a_browser_is_not_invented(known):
    """Abuse case 13."""
    marks = (f"{known.person.pk}:x", f"{known.person.pk}:x:1:y", "")
    for mark in marks * 2:
        forger = Client()
        forger.cookies[f"vigie-{django_settings.NODE.id}-device"] = mark
        answer = fail(forger, known, 1)
    assert answer.status_code == 429


def test_one_time_codes_are_throttled(browser, known, hand):
    """Abuse case 14 (CVE-2024-45404)."""
    send_password(browser, known)
    for _ in range(LIMITS["person"].free):
        assert send_code(browser, "000000").status_code == 422
    assert send_code(browser, known.code(hand.at_ms)).status_code == 429
    hand.turn(seconds=1)
    assert send_code(browser, known.code(hand.at_ms)).status_code == 302


@pytest.mark.usefixtures("hand")
def test_recovery_codes_and_one_time_codes_share_one_throttle(browser, known):
    """Abuse case 14."""
    send_password(browser, known)
    for code in ("000000", "AAAA-AAAA-AAAA-AAAA", "000000", "BBBB-BBBB-BBBB-BBBB", "000000"):
        send_code(browser, code)
    assert send_code(browser, known.recovery_code).status_code == 429


def test_giving_the_password_again_does_not_renew_the_tries_of_codes(browser, known, hand):
    """Abuse case 14."""
    for _ in range(LIMITS["person"].free):
        fresh = Client()
        send_password(fresh, known)
        send_code(fresh, "000000")
        hand.turn(minutes=20)
    send_password(browser, known)
    send_code(browser, "000000")
    assert send_code(browser, known.code(hand.at_ms)).status_code == 429


def test_a_password_change_does_not_let_guess_the_present_one(browser, known, hand):
    sign_in(browser, known, hand)
    sent = {
        "current": "tout autre chose",
        "password": "trois moineaux sur le toit",
        "again": "trois moineaux sur le toit",
    }
    for _ in range(LIMITS["name"].free):
        assert browser.post("/fr/settings/password", sent, REMOTE_ADDR=PEER).status_code == 422
    sent["current"] = known.password
    assert browser.post("/fr/settings/password", sent, REMOTE_ADDR=PEER).status_code == 429


# --- Where one is led ---


def test_one_is_led_back_to_what_one_asked_for(browser, known, hand):
    asked = browser.get("/fr/settings/roles?x=1").url
    assert asked == "/fr/sign-in?next=/fr/settings/roles%3Fx%3D1"
    shown = browser.get(asked).content.decode()
    onward = re.search(r'name="next" value="([^"]*)"', shown)[1]
    send_password(browser, known, fields={"next": onward})
    assert send_code(browser, known.code(hand.at_ms)).url == "/fr/settings/roles?x=1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "///evil.example",
        "/\t/evil.example",
        "evil.example",
        "data:text/html,x",
    ],
)
def test_nobody_is_led_away(browser, known, hand, elsewhere):
    send_password(browser, known, fields={"next": elsewhere})
    assert send_code(browser, known.code(hand.at_ms)).url == "/en/"


@given(st.text())
def test_no_address_leads_away(address):
    parts = urlsplit(own_path(address))
    assert (parts.scheme, parts.netloc) == ("", "")


@pytest.mark.usefixtures("db")
def test_a_form_sent_after_the_session_ended_leads_to_the_sign_in_page_alone(browser):
    assert browser.post("/fr/settings/account", {}).url == SIGN_IN


@pytest.mark.usefixtures("db")
def test_a_part_of_a_page_asked_for_after_the_session_ended_renews_the_page(browser):
    answer = browser.get(INSIDE, headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (401, "true")


# --- Forms ---


@pytest.mark.parametrize("address", [SIGN_IN, "/fr/sign-out"])
def test_a_form_that_is_not_ours_is_refused(known, address):
    """Abuse case 18."""
    strict = Client(enforce_csrf_checks=True)
    sent = {"username": known.person.username, "password": known.password}
    assert strict.post(address, sent).status_code == 403


def test_signing_out_is_not_done_by_a_link(browser, known, hand):
    """Abuse case 18."""
    sign_in(browser, known, hand)
    assert browser.get("/fr/sign-out").status_code == 405
    assert is_in(browser)


def test_no_field_beyond_the_form_has_any_effect(browser, known, hand):
    """Abuse case 11."""
    extra = {"is_active": "0", "organisation": "x", "totp_sealed": "", "half": "1", "role": "administrator"}
    send_password(browser, known, fields=extra)
    send_code(browser, known.code(hand.at_ms))
    assert Person.objects.get(pk=known.person.pk).role_ids == ("analyst",)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"username": "a"},
        {"username": "a\x00", "password": "b"},
        {"username": "a" * 5000, "password": "b"},
    ],
)
@pytest.mark.usefixtures("db")
def test_a_form_that_is_not_filled_in_says_so_and_tries_nothing(browser, sent):
    assert browser.post(SIGN_IN, sent).status_code == 422
    assert not Attempt.objects.exists()


@pytest.mark.usefixtures("db")
def test_a_node_has_no_default_account():
    """Abuse case 16 (CVE-2026-27960)."""
    assert not Person.objects.exists()


# --- The first time ---


def test_who_has_no_second_factor_enrols_before_anything_opens(browser, known, hand):
    actions.recover(known.person, by=HOST, second_factor=True)
    actions.set_password(known.person, password=known.password, by=HOST)
    assert send_password(browser, known).url == ENROL
    assert not is_in(browser)
    shown = browser.get(ENROL).content.decode()
    assert "style=" not in shown
    secret = "".join(re.search(r"<code>([A-Z2-7 ]+)</code>", shown)[1].split())
    wrong = browser.post(ENROL, {"code": "000000"})
    assert wrong.status_code == 422
    assert not is_in(browser)
    from dataclasses import replace

    code = replace(known, secret=secret).code(hand.at_ms)
    codes = browser.post(ENROL, {"code": code})
    assert len(re.findall(r"\b[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}\b", codes.content.decode())) == 10
    assert is_in(browser)


@pytest.mark.usefixtures("hand")
def test_the_secret_stays_the_same_until_it_is_confirmed(browser, known):
    actions.recover(known.person, by=HOST, second_factor=True)
    actions.set_password(known.person, password=known.password, by=HOST)
    send_password(browser, known)
    letters = [re.search(r"<code>(.+)</code>", browser.get(ENROL).content.decode())[1] for _ in range(2)]
    assert letters[0] == letters[1]


def test_of_two_who_enrol_with_one_password_the_second_does_not_undo_the_first(known, hand):
    actions.recover(known.person, by=HOST, second_factor=True)
    person = actions.set_password(known.person, password=known.password, by=HOST)
    one = {"secret": known.secret, "code": known.code(hand.at_ms), "by": HOST}
    actions.enrol_second_factor(person, **one)
    with pytest.raises(PermissionDenied):
        actions.enrol_second_factor(person, **one)


def test_who_has_a_second_factor_cannot_enrol_another_half_way(browser, known):
    """The password alone must not replace the second factor."""
    send_password(browser, known)
    assert browser.get(ENROL).url == SIGN_IN
    assert browser.post(ENROL, {"code": "000000"}).url == SIGN_IN


@pytest.mark.usefixtures("hand")
def test_in_an_exercise_the_second_factor_may_be_left_out(browser, known, settings):
    from dataclasses import replace

    settings.NODE = replace(settings.NODE, second_factor="optional")
    actions.recover(known.person, by=HOST, second_factor=True)
    actions.set_password(known.person, password=known.password, by=HOST)
    assert send_password(browser, known).url == "/en/"
    assert is_in(browser)


# --- Links ---


def welcome(person, **how) -> str:
    return f"/fr/welcome/{actions.recover(person, by=HOST, **how)}"


GOOD = {"password": "trois moineaux sur le toit", "again": "trois moineaux sur le toit"}


def test_looking_at_a_link_does_not_use_it_up(browser, known):
    address = welcome(known.person)
    assert browser.get(address).status_code == 200
    assert browser.head(address).status_code == 200
    assert browser.post(address, GOOD).status_code == 302
    assert browser.get(address).status_code == 410


def test_a_link_does_not_stand_in_for_the_second_factor(browser, known):
    assert browser.post(welcome(known.person), GOOD).url == SECOND_STEP
    assert not is_in(browser)


def test_a_link_after_the_loss_of_both_leads_to_a_new_second_factor(browser, known):
    assert browser.post(welcome(known.person, second_factor=True), GOOD).url == ENROL
    assert not is_in(browser)


@pytest.mark.parametrize(
    "sent",
    [{"password": "court", "again": "court"}, {**GOOD, "again": "autre"}, {"password": GOOD["password"]}, {}],
)
def test_a_link_survives_a_password_that_is_refused(browser, known, sent):
    address = welcome(known.person)
    browser.post(address, sent)
    assert browser.post(address, GOOD).status_code == 302


def test_a_link_ends_the_sessions_of_who_may_have_stolen_the_password(browser, known, hand):
    sign_in(browser, known, hand)
    welcome(known.person)
    assert not is_in(browser)


# --- How long one stays in ---


def test_a_session_ends_when_nobody_uses_it(browser, known, hand):
    sign_in(browser, known, hand)
    hand.turn(minutes=59)
    assert is_in(browser)
    hand.turn(minutes=61)
    assert not is_in(browser)


def test_a_session_ends_when_it_is_old_however_busy(browser, known, hand):
    sign_in(browser, known, hand)
    for _ in range(24):
        hand.turn(minutes=30)
        assert is_in(browser)
    hand.turn(seconds=1)
    assert not is_in(browser)


def test_a_new_password_does_not_make_a_session_younger(browser, known, hand):
    sign_in(browser, known, hand)
    for _ in range(24):
        hand.turn(minutes=30)
        assert is_in(browser)
    browser.post("/fr/settings/password", {**GOOD, "current": known.password})
    assert is_in(browser)
    hand.turn(minutes=1)
    assert not is_in(browser)


def test_who_is_suspended_is_out_at_once(browser, known, hand):
    sign_in(browser, known, hand)
    actions.suspend(known.person, by=HOST)
    assert not is_in(browser)


def test_who_is_suspended_and_restored_signs_in_anew(browser, known, hand):
    sign_in(browser, known, hand)
    actions.suspend(known.person, by=HOST)
    actions.restore(known.person, by=HOST)
    assert not is_in(browser)


def test_a_role_that_is_taken_away_is_gone_with_the_next_click(browser, make_known, hand):
    known = make_known("administrator")
    sign_in(browser, known, hand)
    assert browser.get("/fr/settings/people").status_code == 200
    actions.change_roles(known.person, roles=["analyst"], by=HOST)
    assert browser.get("/fr/settings/people").status_code == 403


def test_a_session_without_our_own_mark_is_nobodys(browser, known):
    """A session that some other door opened does not count."""
    browser.force_login(known.person)
    assert not is_in(browser)
