"""The pages about oneself, about people and about roles."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client

from vigie_node.ledger.actions import HOST
from vigie_node.ledger.models import Entry
from vigie_node.people import actions
from vigie_node.people.models import Attempt, Grant, Link, Person, Token

GOOD = {"password": "trois moineaux sur le toit", "again": "trois moineaux sur le toit"}
PEOPLE = "/fr/settings/people"
ACTS = ("roles", "suspend", "restore", "recover")
OWN_PAGES = ("account", "password", "second-factor", "second-factor/new", "roles")

pytestmark = pytest.mark.any_database


def of(person: Person, act: str = "") -> str:
    return f"{PEOPLE}/{person.pk}{'/' * bool(act)}{act}"


def text_of(answer) -> str:
    return answer.content.decode()


# --- People ---


def test_an_administrator_sees_the_people_of_the_organisation_and_no_other(
    browser_of, administrator, analyst, make_person, other_organisation
):
    stranger = make_person("analyst", of=other_organisation)
    shown = text_of(browser_of(administrator).get(PEOPLE))
    assert analyst.name in shown
    assert stranger.name not in shown
    assert str(stranger.pk) not in shown


@pytest.mark.parametrize("act", ["", *ACTS])
@pytest.mark.parametrize("method", ["get", "post"])
def test_people_of_another_organisation_do_not_exist(
    browser_of, administrator, make_person, other_organisation, act, method
):
    """Abuse cases 1, 7 and 10."""
    stranger = make_person("analyst", of=other_organisation)
    answer = getattr(browser_of(administrator), method)(of(stranger, act))
    if (act, method) in {("", "post"), ("suspend", "get"), ("restore", "get")}:
        assert answer.status_code == 405
    else:
        assert answer.status_code == 404
    assert not Entry.objects.exists()


@pytest.mark.parametrize("act", ["", *ACTS])
@pytest.mark.parametrize("role", ["analyst", "approver", "auditor"])
def test_who_does_not_manage_people_is_refused_everywhere(browser_of, make_person, analyst, act, role):
    client = browser_of(make_person(role))
    assert client.get(PEOPLE).status_code == 403
    assert client.get(f"{PEOPLE}/invite").status_code == 403
    assert client.post(of(analyst, act)).status_code == 403
    assert not Entry.objects.exists()


@pytest.mark.parametrize("act", ACTS)
def test_an_administrator_cannot_post_against_who_stands_above(browser_of, administrator, auditor, act):
    """Abuse case 8."""
    assert browser_of(administrator).post(of(auditor, act), {"roles": "analyst"}).status_code == 403
    assert not Entry.objects.exists()


@pytest.mark.parametrize("act", ACTS)
def test_an_administrator_cannot_post_against_themselves(browser_of, administrator, act):
    assert browser_of(administrator).post(of(administrator, act), {"roles": "analyst"}).status_code == 403
    assert not Entry.objects.exists()


def test_the_page_of_who_stands_above_offers_nothing(browser_of, administrator, auditor):
    shown = text_of(browser_of(administrator).get(of(auditor)))
    assert "<form" not in shown[shown.index("<main") : shown.index("</main>")]


@pytest.mark.parametrize("act", ["suspend", "restore", "recover", "roles"])
def test_looking_changes_nothing(browser_of, administrator, analyst, act):
    """Abuse case 18."""
    client = browser_of(administrator)
    assert client.get(of(analyst, act), {"roles": "approver"}).status_code in {302, 405}
    assert not Entry.objects.exists()


@pytest.mark.parametrize("address", [*(of(Person(pk=UUID(int=1)), act) for act in ACTS), f"{PEOPLE}/invite"])
def test_a_form_about_people_that_is_not_ours_is_refused(administrator, browser_of, address):
    """Abuse case 18 (CVE-2024-25675)."""
    client = browser_of(administrator)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(address, {}).status_code == 403


def test_inviting_shows_a_link_once_that_comes_from_the_configuration(browser_of, administrator, settings):
    """Abuse case 19: the host that the request named is not in the link."""
    settings.ALLOWED_HOSTS = ["*"]
    sent = {"username": "m.tremblay", "name": "Marie Tremblay", "language": "fr", "roles": ["analyst"]}
    answer = browser_of(administrator).post(f"{PEOPLE}/invite", sent, headers={"host": "evil.example"})
    shown = text_of(answer)
    secret = re.search(r"http://localhost:8000/fr/welcome/([\w-]{43})", shown)[1]
    assert "evil.example" not in re.sub(r"<header.*?</header>", "", shown, flags=re.DOTALL)
    assert Client().get(f"/fr/welcome/{secret}").status_code == 200
    assert Person.objects.get(username="m.tremblay").role_ids == ("analyst",)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "m tremblay"),
        ("username", "м.tremblay"),
        ("name", "\u202e"),
        ("language", "de"),
        ("roles", "auditor"),
        ("roles", "x"),
    ],
)
def test_an_invitation_that_cannot_be_says_where(browser_of, administrator, field, value):
    sent = {"username": "m.tremblay", "name": "Marie", "language": "fr", "roles": ["analyst"], field: value}
    answer = browser_of(administrator).post(f"{PEOPLE}/invite", sent)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in text_of(answer)
    assert Person.objects.count() == 1


def test_an_invitation_takes_no_field_beyond_its_form(browser_of, administrator, other_organisation):
    """Abuse case 11 (CVE-2026-22783)."""
    sent = {
        "username": "m.tremblay",
        "name": "Marie",
        "language": "fr",
        "roles": ["analyst"],
        "organisation": str(other_organisation.pk),
        "organisation_id": str(other_organisation.pk),
        "is_active": "",
        "password": "x",
        "by": "host",
    }
    browser_of(administrator).post(f"{PEOPLE}/invite", sent)
    made = Person.objects.get(username="m.tremblay")
    assert made.organisation == administrator.organisation
    assert made.is_active
    assert not made.has_usable_password()


def test_roles_suspension_and_restoring_work_by_their_forms(browser_of, administrator, analyst):
    client = browser_of(administrator)
    assert client.post(of(analyst, "roles"), {"roles": ["approver", "administrator"]}).url == of(analyst)
    assert Person.objects.get(pk=analyst.pk).role_ids == ("administrator", "approver")
    client.post(of(analyst, "suspend"))
    assert not Person.objects.get(pk=analyst.pk).is_active
    client.post(of(analyst, "restore"))
    assert Person.objects.get(pk=analyst.pk).is_active


def test_the_people_page_asks_the_database_as_often_for_many_as_for_few(
    browser_of, administrator, make_person, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = browser_of(administrator)
    client.get(PEOPLE)
    with CaptureQueriesContext(connection) as few:
        client.get(PEOPLE)
    for _ in range(60):
        make_person("analyst", "approver")
    with django_assert_num_queries(len(few)):
        shown = text_of(client.get(PEOPLE))
    assert shown.count(f'href="{PEOPLE}/') == 1 + 50  # one to invite
    assert 'href="?page=2"' in shown


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999", "1e9", ""])
def test_a_page_that_is_none_shows_one_that_is(browser_of, administrator, page):
    assert browser_of(administrator).get(PEOPLE, {"page": page}).status_code == 200


# --- Oneself ---


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("page", OWN_PAGES)
def test_everybody_sees_their_own_pages_in_both_languages(browser_of, make_person, language, page):
    for role in ("analyst", "auditor"):
        answer = browser_of(make_person(role)).get(f"/{language}/settings/{page}")
        assert answer.status_code == 200
        assert f'<html lang="{language}">' in text_of(answer)


@pytest.mark.parametrize("page", [*OWN_PAGES, "tokens", "people", "people/invite"])
def test_no_page_carries_inline_style_or_script(browser_of, administrator, page):
    shown = text_of(browser_of(administrator).get(f"/en/settings/{page}"))
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", shown)


def test_ones_name_language_and_zone_change(browser_of, analyst):
    sent = {
        "name": "Zoé",
        "language": "fr",
        "zone": "America/Halifax",
        "organisation": "x",
        "username": "root",
    }
    assert browser_of(analyst).post("/fr/settings/account", sent).status_code == 302
    after = Person.objects.get(pk=analyst.pk)
    assert (after.name, after.language, after.zone, after.username) == (
        "Zoé",
        "fr",
        "America/Halifax",
        analyst.username,
    )


def test_a_zone_that_is_none_is_refused(browser_of, analyst):
    sent = {"name": "Zoé", "language": "fr", "zone": "../../etc/passwd"}
    assert browser_of(analyst).post("/fr/settings/account", sent).status_code == 422


def test_a_new_password_keeps_this_browser_in_and_puts_the_others_out(browser_of, known):
    here, elsewhere = browser_of(known.person), browser_of(known.person)
    here.post("/fr/settings/password", {**GOOD, "current": known.password})
    assert here.get("/fr/settings/account").status_code == 200
    assert elsewhere.get("/fr/settings/account").status_code == 302


def test_ending_ones_sessions_keeps_this_browser_in_and_puts_the_others_out(browser_of, known):
    here, elsewhere = browser_of(known.person), browser_of(known.person)
    here.post("/fr/settings/sessions/end")
    assert here.get("/fr/settings/account").status_code == 200
    assert elsewhere.get("/fr/settings/account").status_code == 302


def test_a_new_password_needs_the_present_one(browser_of, known):
    answer = browser_of(known.person).post("/fr/settings/password", {**GOOD, "current": "autre"})
    assert answer.status_code == 422
    assert Person.objects.get(pk=known.person.pk).check_password(known.password)


def new_secret(client) -> str:
    shown = text_of(client.get("/fr/settings/second-factor/new"))
    return "".join(re.search(r"<code>([A-Z2-7 ]+)</code>", shown)[1].split())


def test_the_app_is_replaced_by_who_shows_password_and_present_code(browser_of, known, hand):
    from dataclasses import replace

    client = browser_of(known.person)
    new = replace(known, secret=new_secret(client))
    sent = {"code": new.code(hand.at_ms), "current": known.password, "current_code": known.code(hand.at_ms)}
    for missing in ("current", "current_code", "code"):
        answer = client.post("/fr/settings/second-factor/new", {**sent, missing: "000000"})
        assert answer.status_code == 422
        hand.turn(minutes=2)
        sent |= {"code": new.code(hand.at_ms), "current_code": known.code(hand.at_ms)}
    answer = client.post("/fr/settings/second-factor/new", sent)
    assert answer.status_code == 200
    assert client.get("/fr/settings/account").status_code == 200
    assert new_secret(client) != new.secret


def test_new_recovery_codes_need_the_password(browser_of, known):
    client, address = browser_of(known.person), "/fr/settings/recovery-codes"
    assert client.get(address).status_code == 302
    assert client.post(address, {"current": "autre"}).status_code == 422
    assert client.post(address, {"current": known.password}).status_code == 200
    assert known.person.recovery_codes.count() == 10


def test_who_has_no_second_factor_gets_no_recovery_codes(browser_of, analyst):
    assert browser_of(analyst).post("/fr/settings/recovery-codes", {"current": "x"}).status_code == 404


# --- Tokens ---


def token_form(known, **changed):
    return {
        "name": "Tableau",
        "permissions": ["alert.read"],
        "days": "30",
        "current": known.password,
        **changed,
    }


def test_a_token_is_shown_once(browser_of, known):
    client = browser_of(known.person)
    shown = text_of(client.post("/fr/settings/tokens", token_form(known)))
    secret = re.search(r"<code>(vigie_[\w-]{43})</code>", shown)[1]
    assert actions.check_token(secret).person == known.person
    assert secret not in text_of(client.get("/fr/settings/tokens"))


@pytest.mark.parametrize(
    "changed",
    [
        {"permissions": ["person.manage"]},
        {"permissions": []},
        {"days": "366"},
        {"days": "x"},
        {"current": "autre"},
    ],
)
def test_a_token_that_cannot_be_is_not_made(browser_of, known, changed):
    answer = browser_of(known.person).post("/fr/settings/tokens", token_form(known, **changed))
    assert answer.status_code == 422
    assert not Token.objects.exists()


def test_one_revokes_ones_own_tokens_and_no_other(browser_of, known, make_known):
    """Abuse cases 7 and 10."""
    mine, _ = actions.make_token(known.person, name="x", permissions=[], days=1, by=HOST)
    address = f"/fr/settings/tokens/{mine.pk}/revoke"
    assert browser_of(make_known("analyst").person).post(address).status_code == 404
    assert browser_of(known.person).get(address).status_code == 405
    assert browser_of(known.person).post(address).status_code == 302
    assert Token.objects.get().revoked_ms


def test_no_page_shows_a_hash_or_a_secret_of_anybody(browser_of, administrator, known):
    """Abuse case 9 (CVE-2024-46918)."""
    client = browser_of(administrator)
    kept = [known.person.password, known.person.session_key * 3, known.secret]
    for address in (PEOPLE, of(known.person), "/fr/settings/account"):
        shown = text_of(client.get(address))
        assert "argon2" not in shown
        assert not any(secret in shown for secret in kept if len(secret) > 3)


# --- Sweeping ---


def test_what_has_no_use_any_more_is_swept(known, hand):
    from django.contrib.sessions.models import Session

    from vigie_node.people.tasks import sweep

    actions.recover(known.person, by=HOST)
    Attempt.objects.create(subject="x", failure_count=1, last_ms=hand.at_ms)
    sweep(None)
    assert Link.objects.count() == Attempt.objects.count() == 1
    hand.turn(days=3)
    sweep(None)
    assert not Link.objects.exists()
    assert not Attempt.objects.exists()
    assert not Session.objects.exists()


# --- The role table ---


@pytest.mark.parametrize("role", ["analyst", "approver", "administrator", "auditor"])
def test_everybody_may_read_what_each_role_may_do(browser_of, make_person, role):
    shown = text_of(browser_of(make_person(role)).get("/fr/settings/roles"))
    assert "Approbatrice ou approbateur" in shown
    assert "Lire les publications derrière une alerte" in shown


def test_a_grant_of_a_role_that_is_gone_does_no_harm(browser_of, administrator, analyst):
    Grant.objects.create(person=analyst, role="minister", granted_ms=0)
    assert browser_of(administrator).get(of(analyst)).status_code == 200


# --- Who asks ---


def test_who_is_signed_in_is_asked_of_the_database_in_two_questions(browser_of, analyst, settings):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    settings.AUTHENTICATION_BACKENDS = ["vigie_node.people.backend.People"]
    client = browser_of(analyst)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/fr/settings/roles").status_code == 200
    assert len([query for query in queries if '"people_' in query["sql"]]) == 2


def test_who_is_suspended_is_nobody(browser_of, analyst, settings):
    settings.AUTHENTICATION_BACKENDS = ["vigie_node.people.backend.People"]
    client = browser_of(analyst)
    actions.suspend(analyst, by=HOST)
    assert client.get("/fr/settings/roles").status_code == 302


def test_a_host_that_is_not_ours_is_refused(db):
    """Abuse case 19."""
    assert Client().get("/fr/sign-in", headers={"host": "evil.example"}).status_code == 400


# --- Time zones ---


def test_the_list_of_zones_is_what_the_form_takes_with_ones_own_chosen(browser_of, make_person):
    person = make_person("analyst", zone="America/St_Johns")
    shown = text_of(browser_of(person).get("/fr/settings/account"))
    assert '<option value="America/St_Johns" selected>St Johns</option>' in shown
    assert shown.count(" selected>") == 2  # and the language
    zones = re.findall(r'<option value="(\w+/[^"]+)"', shown)
    assert len(zones) == len(set(zones)) > 300


def test_an_older_name_of_a_zone_stays_chosen(browser_of, make_person):
    shown = text_of(browser_of(make_person("analyst", zone="US/Eastern")).get("/fr/settings/account"))
    assert '<option value="US/Eastern" selected>' in shown
