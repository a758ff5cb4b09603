"""Signals of methods other than co-action: kept once, joined by subject, shown, erased, and chosen."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from node.alerts.seed import fill
from node.alerts.signals_seed import CARD, METHOD, TRAITS, notice, noticed, seen, signal

from vigie.detect.methods import METHODS
from vigie.report.format import Voice
from vigie.terms.errors import BadOptionError
from vigie.terms.languages import Message, Words
from vigie.terms.signals import Column, Exhibit
from vigie.trust import tag
from vigie_node.alerts import actions, erased_words, tasks, telling
from vigie_node.alerts.free_text import UNREAD
from vigie_node.alerts.inbox import Filters, inbox
from vigie_node.alerts.models import Alert, CitedPost, Evidence, Plan, Run, Signal, SignalMember
from vigie_node.alerts.noticed import DIGESTS, marked, shown_of, subject_key, unmarked
from vigie_node.alerts.plans import USUAL, methods_of
from vigie_node.alerts.sentences import spoken
from vigie_node.ledger.models import Entry
from vigie_node.sources.models import Batch, Intake, Source

pytestmark = pytest.mark.any_database
LOOKING = [name for name in USUAL if not METHODS[name].needs]  # without a register of outlets


@pytest.fixture
def declaration(organisation):
    return fill(organisation, people=[], alert_count=0).declaration


def at(name, language="en", **values):
    with translation.override(language):
        return reverse(name, kwargs=values)


def run_again(declaration, *found, method=METHOD):
    """Run the method over what came since: a batch more."""
    last = Batch.objects.filter(declaration=declaration).order_by("-stored_ms").first()
    Batch.objects.create(
        **{
            name: getattr(last, name)
            for name in (
                "organisation_id",
                "declaration_id",
                "intake_id",
                "row_count",
                "byte_count",
                "start_ms",
            )
        },
        end_ms=last.end_ms,
        stored_ms=last.stored_ms + 1,
        erase_by_ms=last.erase_by_ms,
        sha256=f"{Batch.objects.count():064}",
    )
    run = actions.start_run(actions.begin_run(declaration, by=None, method=method).id)
    batch = run.batches.order_by("stored_ms", "id").first().sha256
    return actions.keep_noticed(run.id, noticed(*(seen(one, batch) for one in found)))


def drifting(kind, method, *, subject, first, accounts=None):
    """Return a signal about many posts of which a window shows ten, named after the first of them."""
    return replace(
        signal(1),
        method=f"{method}/1",
        subject_kind=kind,
        subject=subject,
        start_ms=first,
        end_ms=first + 10,
        posts=tuple(f"post{at}" for at in range(first, first + 10)),
        accounts=tuple(accounts or (f"account{at}" for at in range(first, first + 10))),
    )


# --- what is kept


def test_each_subject_opens_an_alert_with_all_that_was_noticed(declaration):
    run = notice(declaration, subjects=3)
    assert (run.state, run.group_count, run.left_out_count) == (Run.State.DONE, 3, 2)
    assert run.false_alarms_expected == 1.4
    assert [alert.number for alert in Alert.objects.order_by("number")] == [1, 2, 3]
    for alert in Alert.objects.select_related("latest"):
        one = alert.latest
        assert (alert.method, one.method, one.kind, one.subject_kind) == (
            "pileon",
            "pileon/1",
            "pile_on",
            "person",
        )
        assert (one.account_count, one.post_count, one.q_value) == (19, 164, 0.004)
        assert one.members.count() == 19
        assert [post.position for post in one.posts.order_by("position")] == list(range(1, 8))
        assert 0 < len(one.sparkline) <= 40
        assert (alert.first_ms, alert.last_ms) == (one.first_ms, one.last_ms)
    kinds = list(Entry.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds[-4:] == ["alert.opened"] * 3 + ["run.finished"]


def test_evidence_comes_back_as_the_method_gave_it(declaration):
    notice(declaration)
    kept, given = shown_of(Evidence.objects.get().shown), signal(1, posts=[f"p1-{n}" for n in range(7)])
    assert kept.timeline == given.timeline
    assert kept.exhibits == given.exhibits
    assert kept.indicators == given.indicators
    assert isinstance(kept.exhibits[0].rows[0][0], Message)  # it can still be said in French


@pytest.mark.parametrize("value", [None, True, 3, 0.5, "words", "{brace}", Message("likes")])
def test_facts_survive_json(value):
    back = unmarked(json.loads(json.dumps(marked(value))))
    assert (back, isinstance(back, Message)) == (value, isinstance(value, Message))


def test_keeping_the_same_run_again_changes_nothing(declaration):
    run = notice(declaration, subjects=2)
    counted = [model.objects.count() for model in (Alert, Signal, CitedPost, SignalMember, Entry)]
    actions.keep_noticed(run.id, noticed(seen(signal(9), "0" * 64)))
    assert [model.objects.count() for model in (Alert, Signal, CitedPost, SignalMember, Entry)] == counted


def test_what_an_alert_says_already_is_not_said_again(declaration):
    notice(declaration)
    run = run_again(declaration, signal(1))
    assert (run.group_count, run.signals.count()) == (1, 0)
    alert = Alert.objects.get()
    assert (alert.signal_count, alert.unreviewed_signal_count) == (1, 1)


def test_more_about_the_same_subject_lets_the_same_alert_grow(declaration):
    notice(declaration)
    more = replace(signal(1, replies=301), end_ms=signal(1).end_ms + 1, account_count=40)
    run_again(declaration, more, signal(2))
    first, second = Alert.objects.order_by("number")
    assert (first.signal_count, first.account_count, first.latest.facts["replies"]) == (2, 40, 301)
    assert (second.signal_count, second.latest.subject) == (1, "target2")


def test_what_ended_earlier_joins_without_taking_the_place_of_the_latest(declaration):
    notice(declaration)
    late = Alert.objects.get().latest
    earlier = replace(signal(1, replies=50), start_ms=1, end_ms=2)
    run_again(declaration, earlier)
    alert = Alert.objects.get()
    assert (alert.signal_count, alert.latest) == (2, late)


DRIFTING = [("accounts", "rhythm"), ("family", "families"), ("narrative", "narratives")]


@pytest.mark.parametrize(("kind", "method"), DRIFTING)
def test_windows_that_slide_over_the_same_thing_make_one_alert(declaration, kind, method):
    for first in (0, 2, 4, 6):  # the last window shows hardly anything that the first one showed
        run_again(declaration, drifting(kind, method, subject=f"named {first}", first=first), method=method)
    alert = Alert.objects.get()
    assert (alert.signal_count, alert.latest.subject) == (4, "named 6")


@pytest.mark.parametrize("shared", ["posts", "accounts"])
def test_either_the_same_posts_or_the_same_accounts_join_an_alert(declaration, shared):
    before = drifting("family", "families", subject="a", first=0)
    after = drifting("family", "families", subject="b", first=100)
    run_again(declaration, before, method="families")
    run_again(declaration, replace(after, **{shared: getattr(before, shared)}), method="families")
    assert Alert.objects.get().signal_count == 2


def test_what_rests_on_other_posts_and_accounts_opens_its_own_alert(declaration):
    for first in (0, 8):
        one = drifting("family", "families", subject=f"named {first}", first=first)
        run_again(declaration, one, method="families")
    assert Alert.objects.count() == 2


def test_the_same_subject_goes_before_the_same_posts(declaration):
    held = drifting("family", "families", subject="held", first=0)
    run_again(declaration, held, method="families")
    alike = replace(held, subject="alike", end_ms=held.end_ms + 1)
    run_again(declaration, alike, replace(held, end_ms=held.end_ms + 2), method="families")
    assert [alert.latest.subject for alert in Alert.objects.order_by("number")] == ["held", "alike"]


@pytest.mark.parametrize("kind", ["person", "account", "series", "medium"])
def test_a_subject_that_has_a_name_of_its_own_is_never_joined_by_what_it_rests_on(declaration, kind):
    one = drifting(kind, METHOD, subject="one", first=0)
    run_again(declaration, one)
    run_again(declaration, replace(one, subject="other"))
    assert Alert.objects.count() == 2


def test_methods_do_not_share_alerts_however_alike_what_they_rest_on(declaration):
    for method in ("rhythm", "deletions"):
        run_again(declaration, drifting("accounts", method, subject="a", first=0), method=method)
    assert sorted(Alert.objects.values_list("method", flat=True)) == ["deletions", "rhythm"]


def test_a_verdict_stays_and_something_new_asks_for_a_person_again(declaration, make_person):
    notice(declaration)
    alert = Alert.objects.get()
    actions.review_alert(alert, by=make_person("analyst"), verdict="dismiss", reason="Un débat télévisé.")
    run_again(declaration, replace(signal(1, replies=400), end_ms=signal(1).end_ms + 1))
    alert.refresh_from_db()
    assert (alert.status, alert.unreviewed_signal_count, alert.needs_person) == ("dismissed", 1, True)


def test_two_methods_about_one_subject_are_two_alerts():
    one = signal(1)
    assert subject_key(one) == subject_key(replace(one, method="pileon/2"))  # a new version goes on
    assert subject_key(one) != subject_key(replace(one, method="bursts/1"))
    assert subject_key(one) != subject_key(replace(one, subject_kind="account"))


# --- which methods


def test_without_a_choice_the_usual_methods_look(declaration):
    assert list(methods_of(declaration)) == list(USUAL)


def test_a_choice_holds_and_is_in_the_ledger(declaration, analyst):
    actions.choose_methods(declaration, by=analyst, methods=["pileon", "coaction"])
    assert list(methods_of(declaration)) == ["coaction", "pileon"]
    entry = Entry.objects.get(kind="plan.chosen")
    assert entry.said["methods"] == "coaction, pileon"
    assert [run.method for run in actions.begin_runs(declaration, by=None)] == ["coaction/2", "pileon/2"]
    actions.choose_methods(declaration, by=analyst, methods=["coaction", "pileon"])
    assert Entry.objects.filter(kind="plan.chosen").count() == 1  # nothing changed


@pytest.mark.parametrize("methods", [[], ["tarot"], ["pileon", "tarot"]])
def test_a_choice_that_means_nothing_is_refused(declaration, analyst, methods):
    with pytest.raises(BadOptionError):
        actions.choose_methods(declaration, by=analyst, methods=methods)
    assert not Plan.objects.exists()


def test_only_who_starts_runs_chooses_and_only_for_their_own(
    declaration, auditor, make_person, other_organisation
):
    for somebody in (auditor, make_person("analyst", of=other_organisation)):
        with pytest.raises(PermissionDenied):
            actions.choose_methods(declaration, by=somebody, methods=["pileon"])


def test_a_window_takes_the_batches_of_its_time_alone(declaration):
    batches = list(Batch.objects.filter(declaration=declaration).order_by("end_ms"))
    latest = max(min(one.end_ms, one.stored_ms) for one in batches)
    run = actions.begin_run(declaration, by=None, method=METHOD, window_hours=24)
    assert {one.pk for one in run.batches.all()} == {
        one.pk for one in batches if one.end_ms >= latest - 24 * 3_600_000
    }
    assert run.parameters == {"seed": 1, "window_hours": 24}
    assert actions.begin_run(declaration, by=None, method=METHOD, window_hours=24) == run


def read_live(declaration):
    """Let something be read live under a declaration."""
    Source.objects.create(
        organisation=declaration.organisation,
        declaration=declaration,
        kind="feed",
        name="Un fil",
        sealed=b"-",
        created_ms=1,
    )


def test_where_something_is_read_live_each_method_looks_at_its_window_once(declaration):
    task = SimpleNamespace(check=lambda: None)
    tasks.look_again(task)
    assert not Run.objects.filter(state="waiting").exists()  # nothing is read live
    read_live(declaration)
    tasks.look_again(task)
    runs = Run.objects.filter(state="waiting")
    assert {run.method: run.parameters["window_hours"] for run in runs} == {
        METHODS[name].id: METHODS[name].window_hours for name in LOOKING
    }
    tasks.look_again(task)
    assert Run.objects.filter(state="waiting").count() == len(LOOKING)


@pytest.mark.parametrize(("live", "expected"), [(False, LOOKING), (True, ["coaction"])])
def test_after_an_intake(declaration, live, expected):
    intake = Intake.objects.filter(declaration=declaration).first()
    Intake.objects.filter(pk=intake.pk).update(new_count=3)
    if live:
        read_live(declaration)
    tasks.after_an_intake(SimpleNamespace(subject=f"intake:{intake.pk}"))
    runs = Run.objects.filter(state="waiting").order_by("created_ms", "pk")
    assert [run.method.partition("/")[0] for run in runs] == expected
    assert all(("window_hours" in run.parameters) is live for run in runs)


# --- pages


@pytest.fixture
def browser(browser_of, analyst):
    return browser_of(analyst)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_shows_what_was_noticed_and_what_else_explains_it(browser, declaration, language):
    notice(declaration)
    alert = Alert.objects.get()
    page = browser.get(at("alerts:alert", language, alert=alert.pk)).content.decode()
    for shown in (
        "target1",
        "7",
        "p1-",
        CARD["title"][language],
        CARD["never_claims"][0][language],
        "not-held",
    ):
        assert shown in page
    assert page.count("<figure") == 1
    assert f'src="{at("alerts:picture", language, alert=alert.pk, which="timeline")}' in page


def test_the_budget_and_what_could_not_be_said_stand_on_the_page(browser, declaration):
    run = notice(declaration)
    for address in (at("alerts:alert", alert=Alert.objects.get().pk), at("alerts:run", run=run.pk)):
        page = browser.get(address).content.decode()
        assert "lets chance alone make about 1.4" in page
        assert "Too short a history to judge: 3 series." in page
    assert "2 weaker signals were left out" in browser.get(at("alerts:run", run=run.pk)).content.decode()


def test_a_run_that_could_not_judge_does_not_say_that_nothing_is_unusual(browser, declaration):
    run = run_again(declaration)
    address = at("alerts:run", run=run.pk)
    page = browser.get(address).content.decode()
    assert "What it could not judge stands below." in page
    assert "nothing unusual" not in page
    Run.objects.filter(pk=run.pk).update(notes=[])
    assert "This method noticed nothing unusual in what was read." in browser.get(address).content.decode()


def test_the_rate_of_false_discoveries_is_said_of_the_tests_it_rests_on(browser, declaration):
    notice(declaration)
    page = browser.get(at("alerts:alert", alert=Alert.objects.get().pk)).content.decode()
    assert "of the tests it rests on" in page


def test_who_may_not_read_posts_sees_none(browser_of, make_person, declaration, monkeypatch):
    from vigie_node.people import roles

    notice(declaration)
    plain = roles.roles()["analyst"]
    monkeypatch.setitem(
        roles.roles(), "analyst", replace(plain, permissions=plain.permissions - {"post.read"})
    )
    reader, pk = browser_of(make_person("analyst")), Alert.objects.get().pk
    page = reader.get(at("alerts:alert", alert=pk))
    assert page.status_code == 200
    table = reader.get(at("alerts:figures", alert=pk, which="table-2")).content.decode()
    for shown in (page.content.decode(), table):
        assert "une fois" not in shown
        assert "Quelle honte" not in shown
        assert UNREAD in shown


def test_who_may_not_read_posts_reads_none_of_their_words_in_a_sentence(declaration):
    run_again(declaration, quoting())
    one, voice = Signal.objects.get(), Voice(Words("en"))
    one.sentence = "{target} “{text}” {tag}"
    assert telling.headline(one, voice, reads=False).count(UNREAD) == 2
    assert "#tramway" in telling.headline(one, voice, reads=True)
    assert "target1" in telling.headline(one, voice, reads=False)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "\u202egnp.exe", "{target}", "%(x)s"])
def test_strings_from_the_data_stay_text(browser, declaration, hostile):
    notice(declaration, hostile=hostile)
    alert = Alert.objects.get()
    for name in ("alerts:alert", "alerts:posts"):
        answer = browser.get(at(name, alert=alert.pk))
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()
    assert browser.get(at("alerts:inbox")).status_code == 200


def test_the_inbox_filters_by_method(browser, declaration, analyst):
    fill(declaration.organisation, people=[], alert_count=2, project="Autre")
    notice(declaration, subjects=3)
    assert {one.method for one in inbox(analyst, Filters(method="pileon"))} == {"pileon"}
    page = browser.get(at("alerts:inbox") + "?method=pileon").content.decode()
    assert "3 alerts in this list" in page
    assert "Pile-on" in page
    assert browser.get(at("alerts:inbox") + "?method=tarot").status_code == 400


def test_tables_can_be_kept_as_files(browser, declaration):
    notice(declaration)
    pk = Alert.objects.get().pk
    table = browser.get(at("alerts:figures", "fr", alert=pk, which="table-2")).content.decode("utf-8-sig")
    assert table.splitlines()[0] == "post,account,at_ms,words"
    assert len(table.splitlines()) == 9
    for which in ("timeline", "members", "table-1"):
        assert browser.get(at("alerts:figures", alert=pk, which=which)).status_code == 200
    for which in ("table-0", "table-3", "table-x", "table-01", "table-" + "9" * 4301, "links"):
        assert browser.get(at("alerts:figures", alert=pk, which=which)).status_code == 404


def test_a_post_named_in_a_table_leads_to_itself(browser, declaration):
    notice(declaration)
    page = browser.get(at("alerts:posts", alert=Alert.objects.get().pk) + "?post=p1-3").content.decode()
    assert "une fois ! 3" in page
    assert "une fois ! 4" not in page


def test_pages_ask_as_often_for_many_signals_as_for_one(browser, declaration):
    def asked(address):
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address).status_code == 200
        return len(queries)

    notice(declaration)
    first = Alert.objects.get()
    addresses = (at("alerts:inbox"), at("alerts:runs"), at("alerts:alert", alert=first.pk))
    for address in addresses:
        browser.get(address)
    few = [asked(address) for address in addresses]
    batch = Batch.objects.filter(declaration=declaration).first().sha256
    run = actions.start_run(actions.begin_run(declaration, by=None, method=METHOD, window_hours=10_000).id)
    more = [
        seen(signal(n, posts=[f"q{n}-{m}" for m in range(30)], replies=200 + n), batch) for n in range(1, 15)
    ]
    actions.keep_noticed(run.id, noticed(*more))
    assert [asked(address) for address in addresses] == few


def test_a_choice_on_its_page(browser, declaration):
    address = at("alerts:methods", declaration=declaration.pk)
    assert browser.get(address).content.decode().count(" checked") == len(USUAL)
    chosen = browser.post(
        at("alerts:choose-methods", declaration=declaration.pk), {"method": ["pileon"]}, follow=True
    )
    assert "The methods of this declaration are recorded." in chosen.content.decode()
    assert chosen.content.decode().count(" checked") == 1
    nothing = browser.post(at("alerts:choose-methods", declaration=declaration.pk), {})
    assert nothing.status_code == 422
    assert list(methods_of(declaration)) == ["pileon"]


# --- erasure


def erased(signal_id, *, new, left):
    old = Batch.objects.get(sha256=CitedPost.objects.first().batch.sha256)
    return actions.forget_posts(signal_id, old, new=new, left=left)


def test_rows_that_name_an_erased_post_go_and_others_stay(declaration):
    run = notice(declaration)
    one = Signal.objects.get()
    new = run.batches.order_by("stored_ms", "id").last()
    assert erased(one.pk, new=new, left={"p1-0", "p1-1"}) == 5
    evidence = Evidence.objects.get()
    rows = evidence.shown["exhibits"][1]["rows"]
    assert [row[0] for row in rows] == ["p1-0", "p1-1", "not-held"]
    assert evidence.shown["post_batches"] == {"p1-0": new.sha256, "p1-1": new.sha256}
    assert evidence.erased_count == 5
    assert one.posts.count() == 2


def test_when_nothing_is_held_no_word_of_the_data_stays(declaration, browser):
    run = notice(declaration)
    Batch.objects.filter(pk__in=run.batches.values("pk")).update(erased_ms=1)
    assert erased(Signal.objects.get().pk, new=None, left=set()) == 7
    one = Signal.objects.select_related("evidence").get()
    whole = json.dumps([one.facts, one.subject, one.evidence.shown])
    assert "target1" not in whole
    assert "honte" not in whole
    assert browser.get(at("alerts:alert", alert=one.alert_id)).status_code == 200
    assert erased_words.ERASED in browser.get(at("alerts:inbox")).content.decode()


def quoting(**changes):
    """Return a signal whose sentence and table hold words of posts, transformed, in rows that name others."""
    one = signal(1, posts=["p1-0", "p1-1"])
    said = Exhibit(
        title=one.exhibits[0].title,
        columns=(
            Column(name="post", title=one.exhibits[0].title, holds="post"),
            Column(name="left_out", title=one.exhibits[0].title),
            Column(name="tier", title=one.exhibits[0].title),
        ),
        rows=(("p1-1", "quelle … honte", TRAITS[0]),),
        row_count=1,
    )
    facts = {**one.facts, "text": "Quelle honte, encore une fois !", "tag": "#tramway"}
    return replace(one, facts=facts, exhibits=(said,), **changes)


def test_once_a_post_is_erased_no_words_of_posts_stay_whoever_said_them(declaration):
    run = run_again(declaration, quoting())
    new = run.batches.order_by("stored_ms", "id").last()
    assert erased(Signal.objects.get().pk, new=new, left={"p1-1"}) == 1
    one = Signal.objects.select_related("evidence").get()
    assert one.facts == {**signal(1).facts, "text": erased_words.ERASED, "tag": erased_words.ERASED}
    assert (one.subject, one.content) == ("target1", "")
    (row,) = shown_of(one.evidence.shown).exhibits[0].rows
    assert row == ("p1-1", erased_words.ERASED, TRAITS[0])


def test_the_name_of_a_narrative_goes_with_its_words_and_that_of_a_hashtag_stays(declaration):
    for kind, subject in (("narrative", "honte, encore"), ("series", "hashtag:tramway")):
        run_again(declaration, quoting(subject_kind=kind, subject=subject))
    for one in Signal.objects.all():
        erased(one.pk, new=None, left=set())
    assert set(Signal.objects.values_list("subject", flat=True)) == {erased_words.ERASED, "hashtag:tramway"}


def test_an_erasure_that_touches_no_post_of_a_signal_leaves_its_words(declaration):
    run = run_again(declaration, quoting())
    new = run.batches.order_by("stored_ms", "id").last()
    assert erased(Signal.objects.get().pk, new=new, left={"p1-0", "p1-1"}) == 0
    one = Signal.objects.get()
    assert one.facts["tag"] == "#tramway"
    assert one.content


def test_nobody_finds_what_a_signal_says_by_trying_words():
    one = signal(1)
    tried = json.dumps(["pileon", one.subject_kind, one.subject], sort_keys=True).encode()
    assert subject_key(one) != hashlib.sha256(tried).hexdigest()
    assert subject_key(one) == tag(settings.HOME.key(DIGESTS), tried)


def test_facts_that_are_sentences_of_ours_are_said_in_the_readers_language():
    voice = Voice(Words("fr"))
    said = spoken("{gap} · {unknown}", {"gap": Message("less than 1 second"), "unknown": None}, voice)
    assert said.startswith("moins")
    assert said.endswith("· –")
