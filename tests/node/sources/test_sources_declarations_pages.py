"""The pages about declarations: asking, deciding, holding, reviewing, writ periods."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from vigie_node.clock import now_ms
from vigie_node.ledger.models import Entry
from vigie_node.sources import actions
from vigie_node.sources.guards import Source
from vigie_node.sources.models import Declaration, Hold, Tie, WritPeriod

pytestmark = pytest.mark.django_db
NEW = "/en/watch/declarations/new"
SAID = {
    "purpose": "Suivre une amplification",
    "legal_basis": "Décret 1412-2026",
    "responsible": "Veille",
    "retention_days": "60",
}
ANSWERS = actions.Answers(**SAID | {"retention_days": 60})
PARTY = replace(ANSWERS, subject="party", hypothesis="Des comptes créés hors du pays.")


def text_of(response) -> str:
    """Return what a page says, without markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


@pytest.fixture
def asked(organisation, analyst):
    """Return a way to ask as the analyst."""

    def ask(answers: actions.Answers = ANSWERS) -> Declaration:
        return actions.ask_declaration(answers, organisation=organisation, by=analyst)

    return ask


@pytest.fixture
def approver(make_person):
    return make_person("approver")


def page(declaration: Declaration, rest: str = "", *, language: str = "en") -> str:
    return f"/{language}/watch/declarations/{declaration.pk}{rest}"


def test_all_that_was_filled_in_is_asked(browser_of, analyst):
    more = {
        "query": "#laval",
        "subject": "outlet",
        "method": "live",
        "window_from": "2026-01-01",
        "window_to": "2026-01-31",
        "retention_days_min": "10",
        "days_in_force": "20",
        "source2-kind": "channel",
        "source2-place": "@canal",
        "source2-allows": "yes",
        "source2-terms": "Recherche permise.",
    }
    browser_of(analyst).post(NEW, SAID | more)
    made = Declaration.objects.get()
    assert (made.state, made.by, made.query) == ("asked", analyst, "#laval")
    assert (made.subject, made.method) == ("outlet", "live")
    assert (made.retention_days_min, made.days_in_force) == (10, 20)
    days = (made.window_to_ms - made.window_from_ms) / actions.DAY_MS
    assert days == 31
    source = made.sources.get()
    assert (source.kind, source.place, source.allows) == ("channel", "@canal", "yes")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"retention_days_min": "61"}, "The least is above the most."),
        ({"window_from": "2026-02-01", "window_to": "2026-01-31"}, "The period ends before it begins."),
        ({"days_in_force": "367"}, "from 1 to 366"),
        ({"source1-place": "x" * 501}, "This is too long."),
        ({"subject": "everybody"}, "Choose one of those offered."),
    ],
)
def test_what_cannot_be_is_said_at_its_field(browser_of, analyst, wrong, said):
    shown = browser_of(analyst).post(NEW, SAID | wrong)
    assert shown.status_code == 422
    assert said in text_of(shown)
    assert not Declaration.objects.exists()


def test_each_source_has_its_own_word_on_its_terms_in_the_form_the_page_and_the_ledger(
    browser_of, analyst, asked
):
    browser = browser_of(analyst)
    many = [
        Source(kind="site", place=f"{number}.example", allows="yes" if number else "unknown")
        for number in range(6)
    ]
    first = asked(replace(ANSWERS, sources=many))
    form = browser.get(f"{NEW}?like={first.pk}").content.decode()
    assert all(f'value="{one.place}"' in form for one in many)
    sent = SAID | {
        f"source{number}-{name}": getattr(one, name)
        for number, one in enumerate(many, start=1)
        for name in ("kind", "place", "allows")
    }
    browser.post(NEW, sent)
    made = Declaration.objects.order_by("created_ms").last()
    assert [one.allows for one in made.sources.order_by("id")] == ["unknown", *["yes"] * 5]
    said = text_of(browser.get(page(made)))
    assert "0.example Site or host Not known" in said
    assert "5.example Site or host Yes" in said
    facts = Entry.objects.get(kind="declaration.asked", subject=f"declaration:{made.pk}").said
    assert {name: facts[name] for name in facts if name.startswith("sources_")} == {
        "sources_yes": 5,
        "sources_no": 0,
        "sources_unknown": 1,
    }


def test_a_refused_request_can_be_asked_anew_with_its_answers(browser_of, analyst, asked, make_person):
    declaration = asked(replace(PARTY, hypothesis="", sources=[Source(kind="site", place="example.org")]))
    browser = browser_of(analyst)
    assert f"{NEW}?like={declaration.pk}" in browser.get(page(declaration)).content.decode()
    shown = browser.get(f"{NEW}?like={declaration.pk}").content.decode()
    assert "Décret 1412-2026" in shown
    assert 'value="example.org"' in shown
    stranger = browser_of(make_person("analyst"))
    assert "Décret" not in stranger.get(f"{NEW}?like=nonsense").content.decode()


def test_a_second_person_approves_on_the_page(browser_of, asked, approver, analyst):
    declaration = asked()
    assert page(declaration, "/approve") not in browser_of(analyst).get(page(declaration)).content.decode()
    browser = browser_of(approver)
    assert page(declaration, "/approve") in browser.get(page(declaration)).content.decode()
    browser.post(page(declaration, "/approve"))
    declaration.refresh_from_db()
    assert (declaration.state, declaration.decided_by) == ("in_force", approver)


def test_who_cannot_approve_reads_why(browser_of, asked, approver, organisation):
    own = actions.ask_declaration(PARTY, organisation=organisation, by=approver)
    browser = browser_of(approver)
    assert "Whoever asked cannot also approve." in text_of(browser.get(page(own)))
    told = browser.post(page(own, "/approve"), follow=True)
    assert "Whoever asked cannot also approve." in text_of(told)
    own.refresh_from_db()
    assert own.state == "asked"


def test_a_refusal_on_the_page_says_why(browser_of, asked, approver, analyst):
    declaration = asked()
    browser = browser_of(approver)
    assert "has no reason" in text_of(browser.post(page(declaration, "/refuse"), follow=True))
    browser.post(page(declaration, "/refuse"), {"reason": "Trop large"})
    assert "Trop large" in text_of(browser_of(analyst).get(page(declaration)))


def test_a_hold_is_set_and_lifted_by_two_persons_on_the_page(browser_of, asked, approver, administrator):
    declaration = asked()
    first, second = browser_of(approver), browser_of(administrator)
    first.post(page(declaration, "/hold"), {"kind": "archives", "reason": "Calendrier"})
    hold = Hold.objects.get()
    assert (hold.kind, hold.by) == ("archives", approver)
    assert "The law on archives" in text_of(second.get(page(declaration)))
    first.post(f"/en/watch/holds/{hold.pk}/lift", {"reason": "Versé"})
    first.post(f"/en/watch/holds/{hold.pk}/lift")
    hold.refresh_from_db()
    assert hold.lifted_ms is None
    second.post(f"/en/watch/holds/{hold.pk}/lift")
    hold.refresh_from_db()
    assert hold.lifted_by == administrator
    assert "Versé" in text_of(second.get(page(declaration)))


def test_a_tie_is_written_and_agreed_on_the_page(browser_of, asked, approver, analyst):
    declaration = asked(PARTY)
    browser_of(analyst).post(page(declaration, "/tie"), {"reason": "Même hébergeur"})
    browser_of(approver).post(page(declaration, "/tie/approve"))
    assert Tie.objects.get().approved_by == approver
    said = browser_of(approver).post(page(asked(PARTY), "/tie/approve"), follow=True)
    assert "Nobody has written" in text_of(said)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_auditor_sees_every_state_query_and_hold_without_content(
    browser_of, asked, approver, auditor, language, take, posts
):
    declaration = actions.approve_declaration(asked(replace(ANSWERS, query="#laval")), by=approver)
    take(posts, under=declaration)
    actions.set_hold(declaration, by=approver, kind="access", reason="Demande 118")
    actions.refuse_declaration(asked(), by=approver, reason="Trop large")
    shown = browser_of(auditor).get(f"/{language}/watch/declarations/review")
    said = text_of(shown)
    for words in ("#laval", "Demande 118", "Trop large", approver.name):
        assert words in said
    assert "merci" not in said
    assert "style=" not in shown.content.decode()


def test_the_tabs_show_one_state_each(browser_of, analyst, asked, approver):
    waiting, refused = asked(), asked(replace(ANSWERS, purpose="Autre but"))
    actions.refuse_declaration(refused, by=approver, reason="non")
    browser = browser_of(analyst)
    shown = browser.get("/en/watch/declarations?state=asked").content.decode()
    assert (str(waiting.pk) in shown, str(refused.pk) in shown) == (True, False)
    assert "No declaration stands so" in text_of(browser.get("/en/watch/declarations?state=expired"))


def test_an_administrator_sets_a_writ_period_and_ends_it_with_the_independent_role(
    browser_of, administrator, analyst, make_person
):
    browser = browser_of(administrator)
    wrong = browser.post(
        "/en/watch/writ-periods/new", {"name": "Laval", "first": "2026-12-02", "last": "2026-12-01"}
    )
    assert wrong.status_code == 422
    sent = {"name": "Laval", "first": "2026-12-01", "last": "2026-12-31"}
    assert browser.post("/en/watch/writ-periods/new", sent).status_code == 302
    writ = WritPeriod.objects.get()
    assert writ.to_ms - writ.from_ms == 31 * actions.DAY_MS
    assert "Laval" in text_of(browser_of(analyst).get("/fr/watch/writ-periods"))
    ended = f"/en/watch/writ-periods/{writ.pk}/end"
    assert ended not in browser.get("/en/watch/writ-periods").content.decode()
    assert "needs the independent role as well" in text_of(browser.post(ended, follow=True))
    writ.refresh_from_db()
    assert writ.ended_ms is None
    both = browser_of(make_person("administrator", "independent"))
    assert ended in both.get("/en/watch/writ-periods").content.decode()
    both.post(ended)
    writ.refresh_from_db()
    assert writ.ended_ms <= now_ms()
