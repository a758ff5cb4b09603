"""Coverage: what is counted, which gaps are told, what the page shows, to whom, how fast."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from html import unescape
from itertools import product
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from vigie.report.format import Voice
from vigie.terms.languages import Words
from vigie_node.sources import coverage as covering
from vigie_node.sources import gaps as gapping
from vigie_node.sources.console import coverage as console
from vigie_node.sources.models import BatchLanguages, Coverage, Declaration, DeclaredSource, Facet

pytestmark = pytest.mark.django_db
HOUR, DAY = 3_600_000, 86_400_000
NOW = int(datetime(2026, 11, 22, 17, 30, tzinfo=UTC).timestamp() * 1000)
LANGUAGES = ("en", "fr")
PAGE = "/en/watch/coverage"


def text_of(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def plain(text: str) -> str:
    """Return a text without the marks that isolate directions."""
    return text.replace("\u2068", "").replace("\u2069", "")


@pytest.fixture(autouse=True)
def fixed_now(monkeypatch) -> None:
    """Let it be a Sunday of November."""
    monkeypatch.setattr(console, "now_ms", lambda: NOW)


@pytest.fixture
def declared(declaration) -> Declaration:
    """Return a declaration in force at that moment."""
    Declaration.objects.filter(pk=declaration.pk).update(
        state=Declaration.State.IN_FORCE, created_ms=NOW - 100 * DAY, starts_ms=None, expires_ms=None
    )
    declaration.refresh_from_db()
    return declaration


@pytest.fixture
def cover(declared):
    """Return a way to say how much of something there was some hours ago."""

    def said(
        count: int, *, hours_ago: float, platform="telegram", kind="export", lang="fr", place="CA", under=None
    ):
        under = under or declared
        hour = (NOW - int(hours_ago * HOUR)) // HOUR * HOUR
        day = hour // DAY * DAY
        cells = (
            (Facet.SOURCE, (platform, kind), "", hour),
            (Facet.SOURCE_DAY, (platform, kind), "", day),
            (Facet.LANGUAGE, ("", ""), lang, day),
            (Facet.PLACE, ("", ""), place, day),
        )
        for of, (facet, source, value, at) in product((under.pk, under.organisation_id), cells):
            row, _made = Coverage.objects.get_or_create(
                of=of,
                facet=facet,
                platform=source[0],
                source_kind=source[1],
                value=value,
                hour_ms=at,
                defaults={"count": 0},
            )
            row.count += count
            row.save()

    return said


@pytest.fixture
def browser(browser_of, analyst):
    return browser_of(analyst)


def gaps_of(declared, *, days=30, language="en") -> list[str]:
    period = covering.Period.last(days, now_ms=NOW, zone="America/Toronto")
    voice = Voice(Words(language), "America/Toronto")
    found = gapping.gaps(
        covering.covered_in(Coverage.objects.filter(of=declared.pk), period),
        period,
        {declared.pk: Declaration.objects.prefetch_related("sources").get(pk=declared.pk)},
        voice,
        console._names(voice),
    )
    return [gap.sentence for gap in found]


# --- What is counted ---


def test_days_are_those_of_the_zone_across_a_change_of_the_clock():
    period = covering.Period.last(30, now_ms=NOW, zone="America/Toronto")
    assert (period.days[0], period.days[-1]) == (date(2026, 10, 24), date(2026, 11, 22))
    assert datetime.fromtimestamp(period.since_ms / 1000, UTC) == datetime(
        2026, 10, 24, 4, tzinfo=UTC
    )  # summer


def test_an_evening_in_toronto_is_the_next_day_in_utc(declared, cover):
    cover(7, hours_ago=15)  # 02:00 UTC on Sunday, 21:00 on Saturday in Toronto
    rows = Coverage.objects.filter(of=declared.pk)
    for zone, day, weekday, hour in (("America/Toronto", -2, 5, 21), ("UTC", -1, 6, 2)):
        found = covering.covered_in(rows, covering.Period.last(7, now_ms=NOW, zone=zone))
        assert found.sources[0].days[day] == 7
        assert found.hours[weekday][hour] == 7
        assert found.count == 7


def test_counts_before_the_period_and_after_now_are_left_out(declared, cover):
    cover(5, hours_ago=24 * 8)
    cover(3, hours_ago=-5)
    cover(2, hours_ago=1)
    found = covering.covered_in(
        Coverage.objects.filter(of=declared.pk), covering.Period.last(7, now_ms=NOW, zone="UTC")
    )
    assert found.count == 2


def test_sources_languages_and_places_come_the_largest_first(declared, cover):
    cover(2, hours_ago=3, platform="x", lang="pa", place="")
    cover(9, hours_ago=30, platform="bluesky", kind="stream")
    found = covering.covered_in(
        Coverage.objects.filter(of=declared.pk), covering.Period.last(7, now_ms=NOW, zone="UTC")
    )
    assert [(one.platform, one.source_kind, one.count) for one in found.sources] == [
        ("bluesky", "stream", 9),
        ("x", "export", 2),
    ]
    assert [(one.value, one.count) for one in found.languages] == [("fr", 9), ("pa", 2)]
    assert [(one.value, one.count) for one in found.places] == [("CA", 9), ("", 2)]


@pytest.mark.parametrize(
    ("number", "most", "expected"),
    [(0, 9, 0), (1, 16, 1), (2, 16, 2), (4, 16, 2), (9, 16, 3), (16, 16, 4), (0, 0, 0)],
)
def test_the_shade_follows_the_square_root(number, most, expected):
    assert console.shade(number, most) == expected


# --- Gaps ---


def test_a_source_that_falls_silent_is_a_finding(declared, cover):
    for day in range(4, 24):
        cover(120, hours_ago=24 * day)
    cover(500, hours_ago=1, platform="bluesky")
    assert plain(gaps_of(declared)[0]) == "Nothing from Telegram (files) for 3 days; before, 120 a day."


def test_a_rare_source_is_no_gap_nor_is_one_of_yesterday(declared, cover):
    cover(1, hours_ago=24 * 20)
    cover(1, hours_ago=24 * 5)
    cover(500, hours_ago=25, platform="bluesky")
    assert gaps_of(declared) == []


def test_a_language_that_falls_silent_is_a_finding_unless_it_could_not_be_told(declared, cover):
    for day in range(20):
        cover(50, hours_ago=24 * day)
        if day > 6:
            cover(30, hours_ago=24 * day, lang="pa")
            cover(30, hours_ago=24 * day, lang="und")
    (gap,) = gaps_of(declared)
    assert "Punjabi" in gap
    assert "pendjabi" in gaps_of(declared, language="fr")[0]


def test_a_declaration_under_which_nothing_came_in_is_a_gap_that_names_its_sources(declared, cover):
    DeclaredSource.objects.create(declaration=declared, kind="site", place="https://t.me/example")
    (gap,) = gaps_of(declared)
    assert "t.me/example" in gap
    cover(1, hours_ago=5)
    assert gaps_of(declared) == []


def test_a_declared_platform_without_posts_is_a_gap(declared, cover):
    DeclaredSource.objects.create(
        declaration=declared, kind="account", place="https://bsky.app/profile/a.example"
    )
    cover(50, hours_ago=5)
    (gap,) = gaps_of(declared)
    assert "bsky.app" in gap
    cover(50, hours_ago=5, platform="bluesky")
    assert gaps_of(declared) == []


def test_posts_that_the_declaration_is_no_more_about_are_not_missed(declared, cover):
    for day in range(10, 20):
        cover(120, hours_ago=24 * day)
    assert len(gaps_of(declared)) == 2  # source and language
    Declaration.objects.filter(pk=declared.pk).update(window_to_ms=NOW - 10 * DAY)
    assert gaps_of(declared) == []


def test_an_hour_in_which_nothing_is_ever_written_is_a_finding(declared, cover):
    for day in range(7):
        for hour in range(24):
            at = datetime.fromtimestamp((NOW - (24 * day + hour) * HOUR) / 1000, UTC).astimezone(
                ZoneInfo("America/Toronto")
            )
            if at.hour not in {2, 3}:
                cover(10, hours_ago=24 * day + hour)
    (gap,) = gaps_of(declared, days=7)
    assert "2:00" in plain(gap)
    assert "4:00" in plain(gap)


# --- The page ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_there_in_both_languages_empty_and_full(browser, cover, language):
    empty = browser.get(f"/{language}/watch/coverage")
    assert empty.status_code == 200
    cover(120, hours_ago=50, lang="pa")
    full = browser.get(f"/{language}/watch/coverage?days=7&zone=utc")
    assert full.status_code == 200
    assert "120" in text_of(full)
    assert ("Punjabi" if language == "en" else "pendjabi") in text_of(full)
    assert full.content.count(b"<rect") >= 7 + 7 * 24


def test_the_page_says_where_scripts_alone_decide(browser, cover, take, posts):
    batch = take(posts).batches.get()
    cover(5, hours_ago=5)
    assert "1 batch was not looked at yet" in plain(text_of(browser.get(PAGE)))
    looked = BatchLanguages.objects.create(
        batch=batch, method="script/1", row_count=100, und_count=100, identified_ms=NOW
    )
    assert "vigie[languages]" in text_of(browser.get(PAGE))
    BatchLanguages.objects.filter(pk=looked.pk).update(method="lingua/1")
    assert "vigie[languages]" not in text_of(browser.get(PAGE))


def test_filters_that_mean_nothing_are_left_out(browser, cover):
    cover(5, hours_ago=5)
    for asked in (
        "days=8",
        "days=abc",
        "declaration=abc",
        "declaration=00000000-0000-0000-0000-000000000000",
        "zone=x",
    ):
        response = browser.get(f"{PAGE}?{asked}")
        assert response.status_code == 200
        assert "5 posts were written in the last 30 days" in plain(text_of(response))


def test_one_declaration_alone_is_shown(browser, cover, declared, organisation):
    other = Declaration.objects.get(pk=declared.pk)
    other.pk = other.id = uuid4()
    other._state.adding = True
    other.save()
    cover(5, hours_ago=5)
    cover(70, hours_ago=5, under=other, platform="x")
    shown = text_of(browser.get(f"{PAGE}?declaration={other.pk}"))
    assert "70 posts" in plain(shown)
    assert "Telegram" not in shown


def test_nothing_of_another_organisation_is_shown(
    browser_of, make_person, other_organisation, cover, declared
):
    cover(4321, hours_ago=5)
    stranger = browser_of(make_person("analyst", of=other_organisation))
    assert "4,321" not in text_of(stranger.get(PAGE))
    assert "4321" not in stranger.get(f"{PAGE}.csv?declaration={declared.pk}").content.decode()


def test_what_platforms_say_is_text_on_the_page_and_no_formula_in_the_table(browser, cover):
    cover(5, hours_ago=5, platform="<script>", place="=1+1")
    assert b"<script>:" not in (page := browser.get(PAGE).content)
    assert b"&lt;script&gt;" in page
    table = browser.get(f"{PAGE}.csv").content.decode()
    assert "'=1+1" in table
    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
    assert {(row["by"], row["count"]) for row in rows} == {("source", "5"), ("language", "5"), ("place", "5")}


def test_the_page_asks_the_database_as_often_for_many_rows_as_for_few(browser, cover):
    cover(5, hours_ago=5)
    browser.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        browser.get(PAGE)
    for number in range(30):
        cover(5, hours_ago=24 * number, platform=f"p{number % 5}", lang=("en", "pa", "zh")[number % 3])
    with CaptureQueriesContext(connection) as many:
        browser.get(PAGE)
    assert len(many) == len(few)


def test_where_nothing_is_recent_the_days_up_to_the_last_post_are_shown_and_that_is_said(browser, cover):
    cover(7, hours_ago=24 * 100)
    cover(3, hours_ago=24 * 120)
    said = plain(text_of(browser.get(PAGE)))
    assert "Nothing that is held was written in the last 30 days" in said
    assert "shown are the 30 days up to the latest post, of 14 August 2026." in said
    assert "Telegram (files)" in said
    assert "Nothing written in the last 30 days came in under this declaration." in said  # gaps are of now
    week = plain(text_of(browser.get(f"{PAGE}?days=7")))
    assert "shown are the 7 days up to the latest post" in week
    rows = csv.DictReader(io.StringIO(browser.get(f"{PAGE}.csv").content.decode("utf-8-sig")))
    assert sum(int(row["count"]) for row in rows if row["by"] == "source") == 10
    cover(1, hours_ago=2)
    assert "1 post was written in the last 30 days" in plain(text_of(browser.get(PAGE)))


def test_looks_that_found_posts_as_they_were_are_counted_by_the_day_of_the_look(browser, declared):
    day = NOW // DAY * DAY
    for of in (declared.pk, declared.organisation_id):
        for at, count in ((day, 2), (day - 60 * DAY, 9)):
            Coverage.objects.create(of=of, facet=Facet.LOOK, platform="telegram", hour_ms=at, count=count)
    page = browser.get("/en/watch/coverage?days=7&zone=utc")
    assert "2 times in these days, posts that are held were looked for again" in text_of(page)
    period = covering.Period.last(90, now_ms=NOW, zone="UTC")
    assert covering.covered_in(Coverage.objects.filter(of=declared.pk), period).look_count == 11
