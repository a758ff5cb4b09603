"""How far work is, on a page; and cancelling it."""

from __future__ import annotations

import pytest
from django.template import loader

from vigie.terms.errors import BadOptionError
from vigie_node.jobs import leases
from vigie_node.jobs.actions import enqueue
from vigie_node.jobs.models import Job, State
from vigie_node.ledger.actions import NODE
from vigie_node.ledger.models import Entry

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def job(organisation) -> Job:
    return enqueue("test.work", key="one", by=NODE, organisation=organisation.pk)


def at(job: Job) -> str:
    return f"/en/jobs/{job.pk}"


def test_the_part_asks_again_until_the_job_is_over(job, analyst, browser_of):
    client = browser_of(analyst)
    waiting = client.get(at(job), headers=HTMX).content.decode()
    assert f'hx-get="/en/jobs/{job.pk}"' in waiting
    assert "Waits for its turn" in waiting
    claimed = leases.claim()
    Job.objects.update(stage="Reading", done_count=1_000, total_count=4_000)
    running = client.get(at(job), headers=HTMX).content.decode()
    assert "Reading: 1,000 of 4,000" in running
    assert 'max="4000" value="1000"' in running
    leases.finish(claimed.pk, claimed.lease)
    over = client.get(at(job), headers=HTMX)
    assert over.headers["HX-Refresh"] == "true"
    assert "hx-get" not in over.content.decode()


def test_why_it_failed_is_said(job, analyst, browser_of):
    claimed = leases.claim()
    leases.fail(claimed.pk, claimed.lease, BadOptionError(option="--x", value="<7>", expected="1"))
    assert "“&lt;7&gt;” is not a value for --x." in browser_of(analyst).get(at(job)).content.decode()


@pytest.mark.parametrize("state", State.values)
def test_without_scripts_it_is_a_page_with_a_link_to_refresh(job, analyst, browser_of, state):
    Job.objects.update(state=state, error_sentence="It broke.", error_remedy="Mend it.")
    page = browser_of(analyst).get(at(job)).content.decode()
    assert "<html" in page
    assert ("Refresh" in page) == (state in {"queued", "running"})


def test_another_page_can_hold_the_part(job, analyst, rf):
    request = rf.get("/en/")
    request.user = analyst
    assert "Waits for its turn" in loader.get_template("jobs/progress.html").render({"job": job}, request)


def test_others_jobs_and_the_nodes_own_do_not_exist(job, make_person, other_organisation, browser_of):
    stranger = browser_of(make_person("analyst", of=other_organisation))
    own = enqueue("test.work", key="two", by=NODE)
    assert stranger.get(at(job)).status_code == 404
    assert stranger.post(f"{at(job)}/cancel").status_code == 404
    assert stranger.get(at(own)).status_code == 404
    assert Job.objects.get(pk=job.pk).state == State.QUEUED


def test_cancelling_leads_back_to_where_it_was_asked(job, analyst, browser_of):
    response = browser_of(analyst).post(
        f"{at(job)}/cancel", headers={"Referer": "http://testserver/en/intakes/7"}
    )
    assert (response.status_code, response.url) == (303, "http://testserver/en/intakes/7")
    assert Job.objects.get().state == State.CANCELLED
    assert Entry.objects.get().actor == f"person:{analyst.pk}"


@pytest.mark.parametrize("referer", ["https://elsewhere.example/", "javascript:alert(1)", ""])
def test_and_never_elsewhere(job, analyst, browser_of, referer):
    response = browser_of(analyst).post(f"{at(job)}/cancel", headers={"Referer": referer})
    assert response.url == at(job)


def test_who_may_not_start_work_may_not_cancel_it(job, auditor, browser_of):
    client = browser_of(auditor)
    assert client.post(f"{at(job)}/cancel").status_code == 403
    assert "Cancel this work" not in client.get(at(job)).content.decode()


def test_a_link_cancels_nothing(job, analyst, browser_of):
    assert browser_of(analyst).get(f"{at(job)}/cancel").status_code == 405
