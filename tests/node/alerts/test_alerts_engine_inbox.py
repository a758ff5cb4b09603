"""The inbox: what is asked for and nothing else, in as many queries whatever the number of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import connection

from vigie.terms.errors import BadOptionError
from vigie_node.alerts.inbox import SORTS, Filters, counts, inbox, needs_of
from vigie_node.alerts.models import Alert, Review, Run, Signal, SignalMember
from vigie_node.sources.models import Declaration, Project

if TYPE_CHECKING:
    from vigie_node.people.models import Organisation

STATUSES = [status.value for status in Alert.Status]
KINDS = ("repost", "text", "link")


def declared(organisation: Organisation) -> Declaration:
    """Return a declaration."""
    project, _ = Project.objects.get_or_create(
        organisation=organisation, name="Essai", defaults={"created_ms": 1}
    )
    return Declaration.objects.create(
        organisation=organisation, project=project, retention_days=30, created_ms=1
    )


def alerts(declaration: Declaration, number: int) -> list[Alert]:
    """Make alerts with one signal each; all columns that sort differ, some are equal."""
    organisation = declaration.organisation
    run = Run.objects.create(
        organisation=organisation,
        declaration=declaration,
        method="coaction/2",
        fingerprint=uuid4().hex,
        created_ms=1,
    )
    first = 1 + Alert.objects.filter(organisation=organisation).count()
    rows = [
        Alert(
            organisation=organisation,
            declaration=declaration,
            number=first + at,
            status=STATUSES[at % 5],
            behaviour=KINDS[at % 3],
            account_count=10 + at * 7 % 5,
            object_count=at * 3 % 11,
            opened_ms=1_000 + at // 2,
            changed_ms=5_000 - at,
        )
        for at in range(number)
    ]
    Alert.objects.bulk_create(rows)
    signals = [
        Signal(
            id=uuid4(),
            organisation=organisation,
            run=run,
            alert=row,
            group=1,
            behaviour=row.behaviour,
            window_ms=60_000,
            account_count=row.account_count,
            pair_count=3,
            object_count=row.object_count,
            observed=9,
            expected=0.5,
            q_value=0.01,
            first_ms=1,
            last_ms=2,
            created_ms=1,
        )
        for row in rows
    ]
    Signal.objects.bulk_create(signals)
    for row, signal in zip(rows, signals, strict=True):
        row.latest = signal
    Alert.objects.bulk_update(rows, ["latest"])
    return rows


@pytest.fixture
def declaration(organisation) -> Declaration:
    return declared(organisation)


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
def test_every_column_that_sorts_does(declaration, analyst, sort):
    rows = alerts(declaration, 25)
    column = SORTS[sort.removeprefix("-")]
    sign = -1 if sort.startswith("-") else 1
    wanted = sorted(rows, key=lambda row: (sign * getattr(row, column), row.number))
    assert [row.number for row in inbox(analyst, Filters(sort=sort))] == [row.number for row in wanted]


def test_what_one_run_opens_stands_strongest_first(declaration, analyst):
    for row in reversed(alerts(declaration, 4)):  # ids, made the last first, decide nothing
        Alert.objects.filter(pk=row.pk).update(opened_ms=1_000)
    assert [row.number for row in inbox(analyst, Filters())] == [1, 2, 3, 4]


def settled(declaration: Declaration, analyst) -> Alert:
    """Return an alert that the analyst dismissed, alone in its organisation."""
    row = alerts(declaration, 1)[0]
    Review.objects.create(alert=row, by=analyst, verdict="dismiss", reason="Un club.", at_ms=1)
    Alert.objects.filter(pk=row.pk).update(status="dismissed")
    return row


def test_a_settled_alert_that_gets_a_signal_needs_a_person_again(declaration, analyst):
    row = settled(declaration, analyst)
    assert not inbox(analyst, Filters(status="open")).exists()
    assert (needs_of(analyst).total, counts(analyst, Filters())["open"]) == (0, 0)
    Alert.objects.filter(pk=row.pk).update(unreviewed_signal_count=1)
    assert list(inbox(analyst, Filters(status="open"))) == [row]
    assert counts(analyst, Filters())["open"] == counts(analyst, Filters())["dismissed"] == 1
    found = needs_of(analyst)
    assert (found.again, found.total, found.others) == (1, 1, 0)


def test_what_one_has_judged_already_waits_for_others(declaration, analyst, make_person):
    row = alerts(declaration, 1)[0]
    Review.objects.create(alert=row, by=analyst, verdict="confirm", reason="Vu.", at_ms=1)
    Alert.objects.filter(pk=row.pk).update(status="in_review")
    assert (needs_of(analyst).total, needs_of(analyst).others) == (0, 1)
    assert needs_of(make_person("analyst")).second == 1


def test_an_index_gives_the_alerts_that_need_a_person_in_their_order(declaration, analyst):
    _few, *many = alerts(declaration, 300)
    Alert.objects.filter(pk__in=[one.pk for one in many]).update(status="dismissed")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # so few rows are read faster without any index
            cursor.execute("ANALYZE alerts_alert")
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    rows = inbox(analyst, Filters(status="open")).select_related(None)[:25]
    plan = rows.explain()
    assert "alerts_that_need_a_person" in plan
    assert "sort" not in plan.lower()
    assert "b-tree" not in plan.lower()


@pytest.mark.parametrize("status", ["", "open", *STATUSES])
def test_a_status_shows_its_alerts_alone(declaration, analyst, status):
    rows = alerts(declaration, 25)
    kinds = {"": set(STATUSES), "open": {"new", "in_review", "disputed"}}.get(status, {status})
    assert {row.id for row in inbox(analyst, Filters(status=status))} == {
        row.id for row in rows if row.status in kinds
    }


def test_declaration_and_behaviour_narrow_what_is_shown_and_counted(organisation, declaration, analyst):
    rows = alerts(declaration, 25)
    alerts(declared(organisation), 5)
    filters = Filters(declaration=declaration.id, behaviour="text", status="new")
    wanted = [row for row in rows if row.behaviour == "text"]
    assert {row.id for row in inbox(analyst, filters)} == {row.id for row in wanted if row.status == "new"}
    found = counts(analyst, filters)
    assert found == {
        **{status: sum(row.status == status for row in wanted) for status in STATUSES},
        "open": sum(row.status in {"new", "in_review", "disputed"} for row in wanted),
        "snoozed": 0,
    }


def test_an_account_shows_the_alerts_whose_latest_signal_has_it(declaration, analyst):
    rows = alerts(declaration, 4)
    for row in rows[:2]:
        SignalMember.objects.create(
            signal=row.latest, account="qpl", partner_count=2, object_count=3, action_count=4
        )
    assert {row.id for row in inbox(analyst, Filters(account="qpl"))} == {row.id for row in rows[:2]}
    assert not inbox(analyst, Filters(account="nobody")).exists()


def test_another_organisations_alerts_are_neither_shown_nor_counted(
    declaration, other_organisation, make_person
):
    alerts(declaration, 5)
    stranger = make_person("analyst", of=other_organisation)
    assert not inbox(stranger, Filters(declaration=declaration.id)).exists()
    assert set(counts(stranger, Filters()).values()) == {0}


@pytest.mark.parametrize("number", [3, 60])
def test_the_inbox_asks_as_many_questions_whatever_the_number_of_alerts(
    declaration, analyst, number, django_assert_num_queries
):
    alerts(declaration, number)
    assert analyst.permissions
    with django_assert_num_queries(2):
        rows = list(inbox(analyst, Filters(sort="-changed"))[:50])
        assert all(row.latest.observed == 9 for row in rows)
        counts(analyst, Filters())


@pytest.mark.parametrize("account", ["a\0b", "q" * 65, "\ud800", "q\u202e", "9" * 5_000])
def test_what_can_be_no_pseudonym_is_nobodys(declaration, analyst, account):
    alerts(declaration, 1)
    assert list(inbox(analyst, Filters(account=account))) == []
    assert counts(analyst, Filters(account=account))["open"] == 0


@pytest.mark.parametrize("behaviour", ["a\0b", "bot", "text'--", "\ud800", "x" * 5_000])
def test_a_behaviour_that_there_is_not_is_refused(behaviour):
    with pytest.raises(BadOptionError):
        Filters(behaviour=behaviour)


@pytest.mark.parametrize("wrong", [{"status": "bot"}, {"sort": "number"}, {"sort": "--opened"}, {"sort": ""}])
def test_filters_that_mean_nothing_are_refused(wrong):
    with pytest.raises(BadOptionError):
        Filters(**wrong)
