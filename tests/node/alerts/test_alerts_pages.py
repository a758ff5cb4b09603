"""The inbox, the page of an alert, the posts behind it, and verdicts: what people see and do."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from node.alerts.seed import fill

from vigie.report.format import Voice
from vigie_node.alerts import sentences
from vigie_node.alerts.models import Alert, CitedPost, Evidence, Review, Signal
from vigie_node.ids import new_id
from vigie_node.ledger.models import Entry
from vigie_node.web.words import words_in

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from vigie_node.people.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}javascript:alert(3)'
LANGUAGES = ("en", "fr")


@pytest.fixture
def colleague(make_person) -> Person:
    return make_person("analyst")


@pytest.fixture
def filled(organisation, analyst, colleague):
    """Five alerts: 5 new, 4 in review, 3 disputed, 2 dismissed, 1 confirmed; `colleague` spoke first."""
    return fill(
        organisation,
        people=[colleague, analyst],
        full_count=2,
        statuses=("new", "in_review", "disputed", "dismissed", "confirmed"),
    )


@pytest.fixture
def browser(browser_of, analyst) -> Client:
    return browser_of(analyst)


def at(name: str, language: str = "en", **kwargs: object) -> str:
    with translation.override(language):
        return reverse(name, kwargs=kwargs)


def plain(text: str) -> str:
    """Return a text with every space the same and single."""
    return re.sub(r"\s+", " ", text)


def text_of(response: HttpResponse | str) -> str:
    """Return what a page, or a part of its markup, says: tags away."""
    markup = response if isinstance(response, str) else response.content.decode()
    return plain(unescape(re.sub(r"<[^>]+>", " ", markup)))


def numbered(number: int) -> Alert:
    return Alert.objects.get(number=number)


def test_the_page_of_an_alert_says_how_many_of_its_posts_were_erased(browser, filled):
    address = at("alerts:alert", alert=numbered(5).pk)
    said = "3 posts behind this alert were erased since; what they said is no longer shown."
    assert said not in text_of(browser.get(address))
    Evidence.objects.filter(signal=numbered(5).latest).update(erased_count=3)
    assert said in text_of(browser.get(address))


# --- the inbox


@pytest.mark.parametrize(
    ("language", "answer", "tab"),
    [
        ("en", "2 alerts need you: 1 new and 1 waiting for a second person.", "Needs a person"),
        (
            "fr",
            "2 alertes vous attendent : 1 nouvelle et 1 en attente d’une deuxième personne.",
            "À examiner",
        ),
    ],
)
def test_the_first_line_of_the_inbox_says_what_needs_the_reader(browser, filled, language, answer, tab):
    page = browser.get(at("alerts:inbox", language))
    assert answer in text_of(page)
    assert tab in text_of(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_of_the_inbox_has_its_number_sentence_status_and_verdicts(browser, filled, analyst, language):
    page = text_of(browser.get(at("alerts:inbox", language)))
    voice = Voice(words_in(language), analyst.zone)
    for number in (5, 4, 3):
        assert plain(sentences.headline(numbered(number).latest, voice)) in page
        assert plain(voice.words("Alert {number}", number=number)) in page
    assert plain(voice.count("{number} confirms", "{number} confirm", 1)) in page
    assert voice.words("In review") in page


def test_open_alerts_come_first_and_each_status_has_its_tab_with_a_count(browser, filled):
    page = browser.get(at("alerts:inbox")).content.decode()
    found = re.findall(
        r'<a href="/en/alerts\?(?:status=(\w+))?"[^>]*>[^<]* <span class="tab-count">(\d+)', page
    )
    assert found == [
        ("", "3"),
        ("new", "1"),
        ("in_review", "1"),
        ("disputed", "1"),
        ("confirmed", "1"),
        ("dismissed", "1"),
        ("all", "5"),
    ]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [5, 4, 3]),
        ("status=all", [5, 4, 3, 2, 1]),
        ("status=confirmed", [1]),
        ("status=all&sort=accounts", [2, 3, 1, 5, 4]),
        ("status=all&behaviour=hashtags", [3]),
    ],
)
def test_filters_live_in_the_address(browser, filled, query, numbers):
    page = browser.get(f"{at('alerts:inbox')}?{query}").content.decode()
    assert [int(one) for one in re.findall(r">Alert (\d+)</a>", page)] == numbers


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("behaviour=a%00b", 400),
        ("behaviour=bot", 400),
        ("behaviour=%ED%A0%80", 400),
        ("status=a%00b", 400),
        ("page=after_1_2%00", 200),
        ("page=after_999999999999999999_999999999999999999", 200),
    ],
)
def test_no_address_of_the_inbox_is_a_fault(browser, filled, query, status):
    assert browser.get(f"{at('alerts:inbox')}?{query}").status_code == status


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("account=a%00b", 200),
        ("account=" + "q" * 3_000, 200),
        ("account=%ED%A0%80", 200),
        ("object=" + "9" * 5_000, 404),
        ("object=%00", 404),
        ("object=-1", 404),
        ("object=999999", 200),
    ],
)
def test_no_address_of_the_posts_is_a_fault(browser, filled, query, status):
    page = browser.get(f"{at('alerts:posts', alert=numbered(5).pk)}?{query}")
    assert page.status_code == status
    assert 'class="post' not in page.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dismissed_group_that_acts_again_is_announced_in_the_inbox_on_the_first_page_and_by_the_badge(
    browser_of, make_person, organisation, language
):
    someone = make_person("analyst")
    fill(organisation, people=[someone], alert_count=1, statuses=("dismissed",))
    browser, words = browser_of(someone), words_in(language)
    addresses = [at("alerts:inbox", language), at("overview:first-page", language)]
    badge = words.count("{number} waits for a person", "{number} wait for a person", 1)
    said = words.count(
        "{number} signal came after the last verdict: look again.",
        "{number} signals came after the last verdict: look again.",
        1,
    )
    for address in addresses:
        assert words("No alert needs you now.") in text_of(browser.get(address))
        assert badge not in text_of(browser.get(address))
    Alert.objects.update(unreviewed_signal_count=1)
    for address in addresses:
        page = text_of(browser.get(address))
        assert plain(said) in page
        assert plain(badge) in page


def test_the_badge_counts_what_the_first_line_counts(browser_of, filled, colleague, analyst):
    for person, number in ((analyst, 2), (colleague, 1)):
        page = text_of(browser_of(person).get(at("alerts:inbox")))
        assert f"{number} alert{'s' if number > 1 else ''} need" in page
        assert f"{number} wait{'s' if number == 1 else ''} for a person" in page


def test_pages_follow_each_other_where_all_were_opened_at_the_same_moment(browser, organisation, analyst):
    fill(organisation, people=[analyst], alert_count=60, full_count=0, statuses=("new",))
    Alert.objects.update(opened_ms=1_790_000_000_000)
    seen, address, last = [], at("alerts:inbox"), ""
    while address:
        last = browser.get(address).content.decode()
        seen.append([int(one) for one in re.findall(r">Alert (\d+)</a>", last)])
        following = re.search(r'rel="next" href="([^"]+)"', last)
        address = at("alerts:inbox") + unescape(following[1]) if following else ""
    assert [number for rows in seen for number in rows] == list(range(1, 61))
    back = re.search(r'rel="prev" href="([^"]+)"', last)
    page = browser.get(at("alerts:inbox") + unescape(back[1])).content.decode()
    assert [int(one) for one in re.findall(r">Alert (\d+)</a>", page)] == seen[-2]


@pytest.mark.parametrize("query", ["status=lost", "sort=password", "sort=--opened"])
def test_a_filter_that_means_nothing_is_refused_with_a_sentence(browser, filled, query):
    page = browser.get(f"{at('alerts:inbox')}?{query}")
    assert page.status_code == 400
    assert query.partition("=")[2] in text_of(page)


def test_a_declaration_that_is_no_id_has_no_page(browser, filled):
    assert browser.get(f"{at('alerts:inbox')}?declaration=1%20OR%201=1").status_code == 404


def test_pages_follow_each_other_forth_and_back_without_loss(browser, organisation, analyst):
    fill(organisation, people=[analyst], alert_count=60, full_count=0, statuses=("new",))
    seen, ways, address = [], [], at("alerts:inbox")
    while address:
        page = browser.get(address).content.decode()
        seen.append([int(one) for one in re.findall(r">Alert (\d+)</a>", page)])
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = at("alerts:inbox") + unescape(following[1]) if following else ""
        ways.append(page)
    assert [number for rows in seen for number in rows] == list(range(60, 0, -1))
    back = re.search(r'rel="prev" href="([^"]+)"', ways[-1])
    page = browser.get(at("alerts:inbox") + unescape(back[1])).content.decode()
    assert [int(one) for one in re.findall(r">Alert (\d+)</a>", page)] == seen[-2]


@pytest.mark.parametrize(
    "page", ["after_x_y", "after_1_", "sideways_1_2", f"after_{'9' * 40}_{UUID(int=1)}", "'"]
)
def test_a_place_that_means_nothing_is_the_first_page(browser, filled, page):
    answer = browser.get(at("alerts:inbox"), {"page": page})
    assert answer.status_code == 200
    assert ">Alert 5</a>" in answer.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_inbox_says_what_would_be_here_and_how_to_get_it(browser, language):
    page = browser.get(at("alerts:inbox", language))
    words = words_in(language)
    assert words("No alert yet") in text_of(page)
    assert at("alerts:runs", language) in page.content.decode()


@pytest.mark.parametrize("name", ["alerts:inbox", "overview:first-page", "alerts:runs"])
def test_lists_ask_the_database_as_often_for_300_alerts_as_for_3(browser, organisation, analyst, name):
    counts = []
    for number in (3, 297):
        fill_more(organisation, analyst, number)
        browser.get(at(name))  # what is cached for the process is cached
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(at(name)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[1] <= 22


def fill_more(organisation, analyst, number: int) -> None:
    before = Alert.objects.count()
    if before:
        Alert.objects.filter(organisation=organisation).update(number=_shifted(1_000))
    fill(
        organisation,
        people=[analyst],
        alert_count=number,
        full_count=1,
        project=f"project {before}",
        statuses=("in_review",),
    )


def _shifted(by: int):
    from django.db.models import F

    return F("number") + by


# --- one alert


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_an_alert_holds_every_fact(browser, filled, analyst, language):
    alert = numbered(5)
    page = text_of(browser.get(at("alerts:alert", language, alert=alert.pk)))
    voice = Voice(words_in(language), analyst.zone)
    group = alert.latest.evidence.group
    wanted = [
        sentences.headline(alert.latest, voice),
        voice.number(alert.latest.observed),
        *(voice.words(title) for title in TITLES),
        *(one for reading in sentences.readings(_group(alert), voice) for one in reading.sentences),
        *sentences.statistics(_group(alert), voice),
        *sentences.limits(alert.latest.run.card, voice),
        group["objects"][0]["object"],
        alert.declaration.purpose,
    ]
    assert [fact for fact in wanted if plain(fact) not in page] == []


TITLES = (
    "Verdict",
    "What else could explain it",
    "For an openly shared origin",
    "For an organic origin",
    "How surprising this is",
    "What this does not show",
    "Who did what, when",
    "Objects in common",
    "Accounts",
    "Method and run",
    "When it is known to be wrong",
    "What it never claims",
    "History",
)


def _group(alert: Alert):
    from vigie_node.alerts.findings import group_of

    return group_of(alert.latest.evidence.group)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_method_card_stands_on_the_page_in_its_language(browser, filled, language):
    page = text_of(browser.get(at("alerts:alert", language, alert=numbered(5).pk)))
    card = filled.runs[-1].card
    said = [card[part][language] for part in ("title", "purpose", "inputs")]
    said += [one[language] for part in ("steps", "failures", "never_claims") for one in card[part]]
    said += [card["measures"][0]["figures"][language], card["sources"][0]["title"]]
    assert [one for one in said if plain(one) not in page] == []


def test_every_picture_has_its_table_and_its_downloads(browser, filled):
    alert = numbered(5)
    page = browser.get(at("alerts:alert", alert=alert.pk)).content.decode()
    for name in ("network", "timeline", "lags", "strip"):
        assert at("alerts:picture", alert=alert.pk, which=name) in page
    for name in ("links", "timeline", "lags", "acts", "objects", "members"):
        assert at("alerts:figures", alert=alert.pk, which=name) in page
    assert page.count("<table") >= 8


def test_pictures_that_were_not_drawn_leave_their_tables(browser, filled):
    alert = numbered(5)
    alert.latest.pictures.all().delete()
    page = text_of(browser.get(at("alerts:alert", alert=alert.pk)))
    assert "This picture was not drawn; the table holds its figures." in page
    assert "Coincidences per interval" in page


def test_accounts_are_shortened_paged_and_whole_on_demand(browser, filled):
    alert = numbered(5)
    accounts = [member["account"] for member in alert.latest.evidence.group["members"]]
    first = browser.get(at("alerts:alert", alert=alert.pk)).content.decode()
    assert f"<code>{accounts[0][:10]}…</code>" in first
    assert accounts[25][:10] not in _section(first, "accounts")
    second = browser.get(at("alerts:alert", alert=alert.pk), {"members": 2, "full": 1}).content.decode()
    assert f"<code>{accounts[25]}</code>" in second
    assert "Accounts 21 to 31 of 31" in text_of(second)
    beyond = browser.get(at("alerts:alert", alert=alert.pk), {"members": 999}).content.decode()
    assert "Accounts 21 to 31 of 31" in text_of(beyond)


def _section(page: str, name: str) -> str:
    return page.partition(f'aria-labelledby="{name}"')[2].partition("</section>")[0]


def test_content_is_marked_with_its_own_language_and_direction(browser, filled):
    alert = numbered(5)
    evidence = alert.latest.evidence
    evidence.group["objects"][0]["lang"] = "fr"
    evidence.save()
    page = browser.get(at("alerts:alert", alert=alert.pk)).content.decode()
    assert '<bdi dir="auto" lang="fr">Le débat de Laval' in page


def test_an_earlier_signal_can_be_looked_at_and_says_that_it_is_earlier(browser, filled):
    alert = numbered(5)
    latest = alert.latest
    older = Signal.objects.get(alert=numbered(4))
    Signal.objects.filter(pk=older.pk).update(alert=alert)
    page = text_of(browser.get(at("alerts:alert", alert=alert.pk), {"signal": older.pk}))
    assert "This is an earlier signal of the alert" in page
    assert "This is an earlier signal" not in text_of(
        browser.get(at("alerts:alert", alert=alert.pk), {"signal": latest.pk})
    )


def test_a_signal_of_another_alert_is_not_shown_under_this_one(browser, filled):
    page = browser.get(at("alerts:alert", alert=numbered(5).pk), {"signal": numbered(4).latest_id})
    assert page.status_code == 404


def test_signals_after_the_last_verdict_are_announced(browser, filled):
    Alert.objects.filter(number=1).update(unreviewed_signal_count=2)
    page = text_of(browser.get(at("alerts:alert", alert=numbered(1).pk)))
    assert "2 signals came after the last verdict: look again." in page


def test_the_page_of_an_alert_asks_as_often_for_many_accounts_as_for_few(browser, organisation, analyst):
    made = fill(organisation, people=[analyst], alert_count=2, full_count=1, statuses=("in_review",))
    counts = []
    for alert in made.alerts:  # the first has all its evidence, the second next to none
        browser.get(at("alerts:alert", alert=alert.pk))
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(at("alerts:alert", alert=alert.pk)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 26


# --- other organisations, other roles


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("alerts:alert", {}),
        ("alerts:posts", {}),
        ("alerts:review", {}),
        ("alerts:network", {}),
        ("alerts:chart", {"which": "timeline"}),
        ("alerts:picture", {"which": "timeline"}),
        ("alerts:figures", {"which": "members"}),
    ],
)
def test_alerts_of_another_organisation_do_not_exist(
    browser_of, make_person, other_organisation, filled, name, kwargs
):
    stranger = browser_of(make_person("analyst", of=other_organisation))
    assert stranger.get(at(name, alert=numbered(5).pk, **kwargs)).status_code == 404


def test_who_reads_no_posts_is_offered_none(browser_of, make_person, filled):
    from vigie_node.people import roles

    reader = make_person("analyst")
    reader.__dict__["permissions"] = roles.allowed(["analyst"]) - {"post.read"}
    assert "post.read" in roles.allowed(["analyst"])
    page = browser_of(make_person("auditor")).get(at("alerts:posts", alert=numbered(5).pk))
    assert page.status_code == 403


# --- strings from outside


@pytest.mark.parametrize("name", ["alerts:inbox", "alerts:alert", "alerts:posts"])
def test_strings_from_outside_stay_text(browser, organisation, analyst, name):
    """Abuse cases 25 and 26: bodies, hashtags, links and names of accounts are shown, and do nothing."""
    made = fill(organisation, people=[analyst], alert_count=3, hostile=HOSTILE)
    for alert in made.alerts:
        kwargs = {} if name == "alerts:inbox" else {"alert": alert.pk}
        page = browser.get(at(name, **kwargs)).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert not re.search(r'(?:href|src|action)="\s*(?:javascript|data):', page)
        assert "49javascript" not in page
        if kwargs:
            assert "&lt;script&gt;alert(1)" in page


def test_addresses_in_posts_and_objects_are_never_links(browser, filled):
    alert = numbered(5)
    for name in ("alerts:alert", "alerts:posts"):
        page = browser.get(at(name, alert=alert.pk)).content.decode()
        assert "https://laval-verites.example" in page
        leads = [urlsplit(unescape(one)).netloc for one in re.findall(r'href="([^"]*)"', page)]
        assert set(leads) == {""}


# --- posts


@pytest.mark.parametrize("language", LANGUAGES)
def test_posts_are_shown_to_the_second_in_their_language(browser, filled, analyst, language):
    alert = numbered(5)
    page = browser.get(at("alerts:posts", language, alert=alert.pk)).content.decode()
    first = CitedPost.objects.filter(signal=alert.latest).order_by("position").first()
    voice = Voice(words_in(language), analyst.zone)
    assert voice.moment(first.created_ms, utc=True) in unescape(page)
    assert '<blockquote dir="auto" lang="fr">' in page
    assert first.body in unescape(page)


def test_posts_of_one_account_can_be_chosen(browser, filled):
    alert = numbered(5)
    posts = CitedPost.objects.filter(signal=alert.latest)
    account = posts.first().account
    page = text_of(browser.get(at("alerts:posts", alert=alert.pk), {"account": account}))
    own = posts.filter(account=account).count()
    assert f"Posts 1 to {own} of {own}" in page


def test_posts_on_one_object_can_be_chosen(browser, filled):
    alert = numbered(5)
    own = sum(2 in post.object_numbers for post in CitedPost.objects.filter(signal=alert.latest))
    page = text_of(browser.get(at("alerts:posts", alert=alert.pk), {"object": 2}))
    assert f"of {own}" in page


def test_every_post_is_on_one_page_only(browser, filled):
    alert = numbered(5)
    total = CitedPost.objects.filter(signal=alert.latest).count()
    shown = 0
    for number in range(1, total // 25 + 2):
        shown += browser.get(at("alerts:posts", alert=alert.pk), {"page": number}).content.count(
            b'<article class="post"'
        )
    assert shown == total


def test_a_post_without_words_shows_what_it_passes_on(browser, filled):
    alert = numbered(5)
    CitedPost.objects.filter(signal=alert.latest).update(body="")
    page = text_of(browser.get(at("alerts:posts", alert=alert.pk)))
    assert "passes on, without words of its own:" in page
    assert alert.latest.evidence.group["objects"][0]["object"] in page


def test_filters_without_a_post_say_so(browser, filled):
    page = text_of(browser.get(at("alerts:posts", alert=numbered(5).pk), {"account": HOSTILE}))
    assert "No post fits these filters" in page


# --- verdicts


def sent(browser: Client, alert: Alert, **answers: object) -> HttpResponse:
    answers = {"review": new_id(), "verdict": "confirm", "reason": "Seen by two of us.", **answers}
    return browser.post(at("alerts:review", alert=alert.pk), answers)


def test_a_verdict_is_recorded_and_the_page_comes_back_at_its_place(browser, filled):
    alert = numbered(5)
    answer = sent(browser, alert)
    assert answer.status_code == 302
    assert urlsplit(answer["Location"]).fragment == "verdict"
    assert Review.objects.filter(alert=alert).count() == 1
    page = text_of(browser.get(answer["Location"].partition("#")[0]))
    assert "Your verdict on alert 5 is recorded." in page
    assert "Seen by two of us." in page
    assert Entry.objects.filter(subject=f"alert:{alert.pk}", kind="alert.reviewed").count() == 1


def test_two_people_confirm(browser_of, browser, colleague, filled):
    alert = numbered(5)
    sent(browser, alert)
    assert numbered(5).status == "in_review"
    sent(browser_of(colleague), alert)
    assert numbered(5).status == "confirmed"


def test_one_person_dismisses(browser, filled):
    sent(browser, numbered(5), verdict="dismiss")
    assert numbered(5).status == "dismissed"


def test_a_form_sent_twice_makes_one_review(browser, filled):
    alert, form = numbered(5), new_id()
    for _ in range(2):
        assert sent(browser, alert, review=form).status_code == 302
    assert Review.objects.filter(alert=alert).count() == 1


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"verdict": ""}, "Choose one of the three verdicts."),
        ({"verdict": "delete"}, "Choose one of the three verdicts."),
        ({"reason": ""}, "A verdict needs a reason."),
        ({"reason": "   \n "}, "A verdict needs a reason."),
        ({"reason": "x" * 4_001}, "4,001"),
        ({"reason": "turned \u202e round"}, "U+202E"),
        ({"review": "7"}, "This form is too old."),
    ],
)
def test_a_form_that_will_not_do_comes_back_whole(browser, filled, answers, said):
    alert = numbered(5)
    answer = sent(browser, alert, **{"reason": "What I wrote stays.", **answers})
    assert answer.status_code == 422
    assert said in text_of(answer)
    if "reason" not in answers:
        assert "What I wrote stays." in text_of(answer)
    if "verdict" not in answers:
        assert re.search(r'value="confirm"[^>]*checked', answer.content.decode())
    assert not Review.objects.filter(alert=alert).exists()


def test_a_verdict_needs_the_token_of_a_form_of_ours(analyst, browser_of, filled):
    """Abuse case 18."""
    client = browser_of(analyst)
    client.handler.enforce_csrf_checks = True
    assert sent(client, numbered(5)).status_code == 403


def test_reading_the_address_of_a_verdict_changes_nothing(browser, filled):
    """Abuse case 18: also where the language switch leads after a form that would not do."""
    answer = browser.get(at("alerts:review", alert=numbered(5).pk) + "?verdict=dismiss&reason=x")
    assert answer.status_code == 302
    assert numbered(5).status == "new"


def test_what_people_said_is_shown_with_who_and_when(browser, filled, colleague):
    page = text_of(browser.get(at("alerts:alert", alert=numbered(4).pk)))
    review = Review.objects.get(alert__number=4)
    assert colleague.name in page
    assert review.reason in page
    assert "Still undecided: two people must confirm, or one dismiss." in page


def test_what_the_ledger_holds_of_an_alert_is_on_its_page(browser, filled, analyst):
    sent(browser, numbered(5), verdict="dismiss", reason="A newsroom.")
    page = text_of(browser.get(at("alerts:alert", alert=numbered(5).pk)))
    entry = Entry.objects.get(subject=f"alert:{numbered(5).pk}", kind="alert.reviewed")
    assert "In the ledger" in page
    assert entry.hash[:12] in page


# --- one verdict on several


def test_several_alerts_get_one_verdict_each_recorded_for_itself(browser, filled):
    chosen = [numbered(5).pk, numbered(4).pk]
    page = text_of(browser.get(at("alerts:together"), {"alert": chosen}))
    assert "You are about to give the same verdict, for the same reason, on 2 alerts." in page
    answer = browser.post(
        at("alerts:together"),
        {"alert": chosen, "review": new_id(), "verdict": "dismiss", "reason": "One newsroom."},
    )
    assert answer.status_code == 302
    assert {numbered(5).status, numbered(4).status} == {"dismissed"} or numbered(4).status == "disputed"
    assert Review.objects.filter(reason="One newsroom.").count() == 2


def test_of_several_all_or_none(browser, filled):
    chosen = [numbered(5).pk, numbered(4).pk]
    answer = browser.post(
        at("alerts:together"), {"alert": chosen, "review": new_id(), "verdict": "dismiss", "reason": ""}
    )
    assert answer.status_code == 422
    assert not Review.objects.filter(verdict="dismiss", alert__in=chosen).exists()
    assert all(str(pk) in answer.content.decode() for pk in chosen)


def test_several_with_one_of_another_organisation_are_none(browser, filled, other_organisation, make_person):
    stranger = make_person("analyst", of=other_organisation)
    theirs = fill(other_organisation, people=[stranger], alert_count=1).alerts[0]
    answers = {"alert": [numbered(5).pk, theirs.pk], "review": new_id(), "verdict": "dismiss", "reason": "x"}
    assert browser.post(at("alerts:together"), answers).status_code == 404
    assert numbered(5).status == "new"
    assert browser.get(at("alerts:together"), {"alert": "7"}).status_code == 404


def test_none_chosen_says_how_to_choose(browser, filled):
    assert "No alert was chosen" in text_of(browser.get(at("alerts:together")))


def test_the_language_switch_keeps_page_and_filters(browser, filled):
    page = browser.get(at("alerts:inbox", "en") + "?status=all&sort=accounts").content.decode()
    switch = unescape(re.search(r'class="language" href="([^"]+)"', page)[1])
    assert urlsplit(switch).path == at("alerts:inbox", "fr")
    assert parse_qs(urlsplit(switch).query) == {"status": ["all"], "sort": ["accounts"]}
