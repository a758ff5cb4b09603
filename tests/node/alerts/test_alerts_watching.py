"""What early warning watches more closely: chosen by people, in days or writ periods, looked at sooner."""

from __future__ import annotations

import re
from html import unescape

import pyarrow as pa
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import translation
from node.alerts.seed import fill

from vigie.detect.methods import METHODS
from vigie.terms.errors import BadOptionError
from vigie_node.alerts import actions, tasks
from vigie_node.alerts.models import Plan, Run
from vigie_node.alerts.parameters import METHOD_IDS
from vigie_node.alerts.plans import USUAL, WHY_NOT, methods_of
from vigie_node.alerts.watching import is_under_way, named, watch_of, watched_in
from vigie_node.clock import now_ms
from vigie_node.jobs.registry import schedules
from vigie_node.ledger.models import Entry
from vigie_node.sources.models import Declaration, Source, WritPeriod

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
DAY_MS = 86_400_000
HOUR_MS = 3_600_000


def at(name: str, declaration: Declaration, language: str = "en") -> str:
    with translation.override(language):
        return reverse(f"alerts:{name}", kwargs={"declaration": declaration.pk})


def text_of(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


class _Task:
    def check(self) -> None:
        """Go on."""


@pytest.fixture
def declaration(organisation, analyst) -> Declaration:
    fill(organisation, people=[analyst], alert_count=1, full_count=0)
    Run.objects.filter(organisation=organisation, state__in=["waiting", "running"]).delete()
    return Declaration.objects.get(organisation=organisation)


@pytest.fixture
def watch(declaration, analyst):
    """Return a way to watch subjects, from some days ago to some days hence."""

    def watched(*subjects: str, since: int | None = 1, until: int = 1) -> Plan:
        now = now_ms()
        times = {} if since is None else {"from_ms": now - since * DAY_MS, "until_ms": now + until * DAY_MS}
        return actions.watch_closely(
            declaration, by=analyst, watching=actions.Watching(subjects=subjects, **times)
        )

    return watched


def writ(organisation, since: int, until: int, **more: object) -> WritPeriod:
    now = now_ms()
    return WritPeriod.objects.create(
        organisation=organisation,
        name="Partielle inventée",
        from_ms=now + since * DAY_MS,
        to_ms=now + until * DAY_MS,
        created_ms=now,
        **more,
    )


# --- What is watched ---


def test_subjects_are_written_one_a_line_each_once_and_without_signs():
    assert named("#Laval\n\n @candidate\n laval-verites.example \n#Laval") == (
        "Laval",
        "candidate",
        "laval-verites.example",
    )


def test_a_run_of_early_warning_says_what_it_watches_and_other_methods_do_not(watch, declaration):
    plan = watch("Laval")
    closely = actions.begin_run(declaration, by=None, method="bursts").parameters["closely"]
    assert closely == {
        "watched": ["Laval"],
        "from_ms": plan.watched_from_ms,
        "until_ms": plan.watched_until_ms,
    }
    assert "closely" not in actions.begin_run(declaration, by=None, method="pileon").parameters


def test_a_run_without_anything_watched_is_as_before(declaration):
    assert actions.begin_run(declaration, by=None, method="bursts").parameters == {"seed": 1}


def test_other_subjects_make_another_run(watch, declaration):
    watch("Laval")
    first = actions.begin_run(declaration, by=None, method="bursts")
    Run.objects.filter(id=first.id).update(state="done")
    watch("Laval", "tramway")
    assert actions.begin_run(declaration, by=None, method="bursts").id != first.id


def test_without_days_subjects_are_watched_in_the_latest_writ_period_that_began(
    watch, declaration, organisation
):
    watch("Laval", since=None)
    assert watch_of(declaration, now_ms=now_ms()) is None
    writ(organisation, -90, -60)
    latest = writ(organisation, -10, 20)
    writ(organisation, 5, 40)
    found = watch_of(declaration, now_ms=now_ms())
    assert (found["from_ms"], found["until_ms"]) == (latest.from_ms, latest.to_ms)
    assert is_under_way(declaration, now_ms=now_ms())


def test_a_writ_period_that_was_ended_early_is_over(watch, declaration, organisation):
    watch("Laval", since=None)
    writ(organisation, -10, 20, ended_ms=now_ms() - DAY_MS)
    assert not is_under_way(declaration, now_ms=now_ms())


def test_another_organisations_writ_period_starts_nothing(watch, declaration, other_organisation):
    watch("Laval", since=None)
    writ(other_organisation, -10, 20)
    assert watch_of(declaration, now_ms=now_ms()) is None


def test_what_is_watched_reaches_the_method_as_written_and_in_lower_case():
    given = watched_in({"closely": {"watched": ["Laval"], "from_ms": 1, "until_ms": 2}})
    table = given(pa.table({}))["watched"]
    assert table.to_pylist() == [
        {"key": "Laval", "from_ms": 1, "until_ms": 2},
        {"key": "laval", "from_ms": 1, "until_ms": 2},
    ]
    assert watched_in({"seed": 1}) is None


def test_early_warning_sees_a_rise_of_a_watched_subject_in_short_slots():
    """Forty days of one hashtag, four times an hour; then eight times as much for an hour and a half."""
    step, start = HOUR_MS // 4, 1_790_000_000_000 // DAY_MS * DAY_MS
    moments = [start + at * step for at in range(40 * 96)]
    rise = start + 39 * DAY_MS
    moments += [rise + at * (step // 8) for at in range(48)]
    columns = METHODS["bursts"].tools().columns
    count = len(moments)
    values = {
        "post_id": [f"p{at}" for at in range(count)],
        "author": [f"a{at % 97}" for at in range(count)],
        "created_ms": moments,
        "hashtags": [["laval"]] * count,
        "lang": ["fr"] * count,
    }
    kinds = {
        "created_ms": pa.int64(),
        "hashtags": pa.list_(pa.string()),
        "mentions": pa.list_(pa.string()),
        "links": pa.list_(pa.struct([("url", pa.string()), ("domain", pa.string())])),
    }
    posts = pa.table(
        {name: pa.array(values.get(name, [None] * count), kinds.get(name, pa.string())) for name in columns}
    )
    table = pa.table({"key": ["laval"], "from_ms": [rise - DAY_MS], "until_ms": [rise + DAY_MS]})
    tools = METHODS["bursts"].tools()
    usual = tools.run(posts, 1, lambda *_told: None)
    close = tools.running({"watched": table})(posts, 1, lambda *_told: None)
    rises = [one for one in close.signals if one.subject == "hashtag:laval"]
    assert rises
    assert rises != [one for one in usual.signals if one.subject == "hashtag:laval"]
    assert close.false_alarms_expected > usual.false_alarms_expected


# --- Choosing ---


def test_what_is_watched_is_recorded_by_its_number_alone(watch, declaration):
    watch("Laval", "candidate")
    entry = Entry.objects.get(kind="plan.watched")
    assert entry.said == {"subjects": 2}


def test_the_same_again_records_nothing(watch, declaration, analyst):
    plan = watch("Laval")
    again = actions.Watching(
        subjects=("Laval",), from_ms=plan.watched_from_ms, until_ms=plan.watched_until_ms
    )
    actions.watch_closely(declaration, by=analyst, watching=again)
    assert Entry.objects.filter(kind="plan.watched").count() == 1


def test_choosing_methods_keeps_what_is_watched_and_the_reverse(watch, declaration, analyst):
    watch("Laval")
    assert list(methods_of(declaration)) == list(USUAL)
    actions.choose_methods(declaration, by=analyst, methods=["bursts"])
    assert Plan.objects.get().watched == ["Laval"]
    watch("tramway")
    assert list(methods_of(declaration)) == ["bursts"]


def test_strangers_and_readers_may_not_choose(declaration, auditor, make_person, other_organisation):
    for somebody in (auditor, make_person("analyst", of=other_organisation)):
        with pytest.raises(PermissionDenied):
            actions.watch_closely(declaration, by=somebody, watching=actions.Watching(subjects=("a",)))


@pytest.mark.parametrize(
    "asked", [{"from_ms": 1}, {"from_ms": 2, "until_ms": 2}, {"subjects": tuple(map(str, range(201)))}]
)
def test_what_means_nothing_is_refused(asked):
    with pytest.raises(BadOptionError):
        actions.Watching(**asked)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_takes_subjects_and_days_and_shows_them_again(browser_of, analyst, declaration, language):
    browser = browser_of(analyst)
    form = {"subjects": "#Laval\ncandidate", "from": "2026-10-01", "until": "2026-10-05"}
    assert browser.post(at("watch-closely", declaration, language), form).status_code == 302
    plan = Plan.objects.get()
    assert plan.watched_until_ms - plan.watched_from_ms == 5 * DAY_MS
    page = browser.get(at("methods", declaration, language)).content.decode()
    assert "Laval\ncandidate" in page
    assert 'value="2026-10-05"' in page


def test_the_page_keeps_what_was_typed_where_it_means_nothing(browser_of, analyst, declaration):
    form = {"subjects": "Laval", "from": "2026-10-05", "until": "2026-10-01"}
    answer = browser_of(analyst).post(at("watch-closely", declaration), form)
    assert answer.status_code == 422
    assert 'value="2026-10-05"' in answer.content.decode()
    assert not Plan.objects.exists()


def test_who_may_only_read_sees_no_form(browser_of, auditor, declaration):
    page = text_of(browser_of(auditor).get(at("methods", declaration)))
    assert "Nothing is watched more closely." in page
    assert "Use all methods" not in page


def test_methods_that_ordinary_talk_sets_off_are_chosen_with_one_click(browser_of, analyst, declaration):
    browser = browser_of(analyst)
    page = browser.get(at("methods", declaration))
    assert not set(USUAL) & set(WHY_NOT)
    assert text_of(page).count("Not chosen at first:") == len(WHY_NOT)
    assert "Use all methods" in text_of(page)
    browser.post(at("choose-methods", declaration), {"method": list(METHOD_IDS)})
    assert list(methods_of(declaration)) == list(METHOD_IDS)
    assert "Use all methods" not in text_of(browser.get(at("methods", declaration)))


# --- How often ---


def test_while_something_is_watched_early_warning_and_pile_on_look_sooner(watch, declaration, monkeypatch):
    monkeypatch.setattr(tasks, "live_declarations", Declaration.objects.all)
    tasks.look_closely(_Task())
    assert not Run.objects.filter(state="waiting").exists()
    watch("Laval")
    tasks.look_closely(_Task())
    begun = Run.objects.filter(state="waiting", declaration=declaration)
    assert {one.method.partition("/")[0] for one in begun} == {"bursts", "pileon"}
    assert all("window_hours" in one.parameters for one in begun)
    assert not Source.objects.exists()


def test_the_closer_look_comes_every_ten_minutes():
    assert schedules()["alerts.look_closely"] == 600_000
