"""New alerts told to a page that stays open: what is said, to whom, and when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import translation
from node.alerts.seed import fill

from vigie_node.alerts.console import arrivals
from vigie_node.alerts.models import Alert
from vigie_node.clock import now_ms
from vigie_node.people.middleware import KEY, SEEN
from vigie_node.people.models import Grant

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(arrivals, "EVERY_S", 0)
    monkeypatch.setattr(arrivals, "close_old_connections", list)  # it holds the test's own transaction


@pytest.fixture
def alerts(organisation) -> list[Alert]:
    """Three new alerts, the newest first."""
    return fill(organisation, alert_count=3, full_count=0, statuses=("new",)).alerts


@pytest.fixture
def signed_in(browser_of, analyst) -> Client:
    return browser_of(analyst)


def address(after: int, language: str = "en") -> str:
    with translation.override(language):
        return f"{reverse('alerts:events')}?after={after}"


def told(browser: Client, where: str, acts: list[Callable[[], object]], *, parts: int) -> list[str]:
    """Return the first parts of a stream; after each the next act is done."""

    async def read() -> list[str]:
        client = AsyncClient()
        client.cookies = browser.cookies
        answer = await client.get(where, headers={"Accept": "text/event-stream"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream")
        read, left = [], iter(acts)
        async for part in answer.streaming_content:
            read.append(part.decode())
            if len(read) >= parts or read[-1] == arrivals.OVER:
                break
            if act := next(left, None):
                await sync_to_async(act)()
        await answer.streaming_content.aclose()
        return read

    return async_to_sync(read)()


def test_a_page_is_told_of_alerts_that_came_after_it(signed_in, alerts):
    dismiss = Alert.objects.filter(pk=alerts[0].pk)
    said = told(signed_in, address(after=1), [lambda: dismiss.update(status="dismissed")], parts=2)
    assert said == [
        "event: alerts\ndata: 2 new alerts: show them\n\n",
        "event: alerts\ndata: 1 new alert: show it\n\n",
    ]


def test_where_nothing_came_the_connection_is_kept_alive(signed_in, alerts):
    assert told(signed_in, address(after=3), [], parts=2) == [": still here\n\n"] * 2


@pytest.mark.parametrize("after", [0, 3])
def test_alerts_of_another_organisation_are_not_told(
    browser_of, make_person, other_organisation, alerts, after
):
    stranger = browser_of(make_person("analyst", of=other_organisation))
    assert told(stranger, address(after), [], parts=1) == [": still here\n\n"]


def change(browser: Client, **values: object) -> None:
    session = browser.session
    session.update(values)
    session.save()


@pytest.mark.parametrize(
    "end",
    [
        lambda browser, _: browser.session.flush(),
        lambda browser, _: change(browser, **{KEY: "ended from elsewhere"}),
        lambda browser, _: change(browser, **{SEEN: now_ms() - 100 * HOUR_MS}),
        lambda _, person: Grant.objects.filter(person=person).delete(),
        lambda _, person: type(person).objects.filter(pk=person.pk).update(is_active=False),
    ],
    ids=["signed out", "ended from elsewhere", "idle", "without a role", "suspended"],
)
def test_it_ends_with_the_session_or_the_permission(signed_in, analyst, alerts, end):
    said = told(signed_in, address(after=1), [lambda: end(signed_in, analyst)], parts=5)
    assert said[-1] == arrivals.OVER
    assert len(said) < 5


def test_a_page_that_stays_open_does_not_keep_the_session_alive(signed_in, alerts):
    before = now_ms() - 5 * 60_000
    change(signed_in, **{SEEN: before})
    told(signed_in, address(after=1), [], parts=1)
    assert signed_in.session[SEEN] == before
    signed_in.get(address(after=1))  # asked for as a page is
    assert signed_in.session[SEEN] > before


def test_one_person_has_so_many_connections_and_no_more(signed_in, analyst, alerts, monkeypatch):
    monkeypatch.setitem(arrivals._open, analyst.pk, arrivals.OPEN_MAX)
    assert signed_in.get(address(after=1)).status_code == arrivals.TOO_MANY
    monkeypatch.setitem(arrivals._open, analyst.pk, arrivals.OPEN_MAX - 1)
    assert told(signed_in, address(after=1), [], parts=1)
    assert arrivals._open[analyst.pk] == arrivals.OPEN_MAX - 1


def test_the_list_names_the_stream_from_its_latest_alert_on(signed_in, alerts):
    with translation.override("en"):
        page = signed_in.get(reverse("alerts:inbox")).content.decode()
    assert f'data-arrivals="{address(after=3)}"' in page
