"""The pages about people's rights: lists, forms, decisions by two, what is shown once."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from vigie_node.clock import now_ms
from vigie_node.jobs import leases, registry
from vigie_node.jobs.child import do
from vigie_node.sources.keys import salt_file
from vigie_node.sources.models import (
    Batch,
    KeyDestruction,
    Opening,
    PersonRequest,
    PublicActor,
    Unmasking,
)
from vigie_node.sources.privacy_forms import day_of

pytestmark = pytest.mark.django_db
LINE = {
    "platform": "X",
    "account": "@ministre",
    "name": "Ministre d’essai",
    "office": "Ministre",
    "from_day": "2026-01-05",
    "until_day": "2026-01-20",
    "source": "https://example.org",
}
REASON = "Trois comptes à signaler."


def at(name: str, **parameters: object) -> str:
    with override("fr"):
        return reverse(f"sources:{name}", kwargs=parameters)


def said(answer) -> str:
    return answer.content.decode()


def work() -> None:
    """Do the jobs that wait, as the worker does."""
    registry.load()
    while (job := leases.claim()) is not None:
        do(job)


@pytest.fixture
def approver(make_person):
    """Somebody who approves."""
    return make_person("approver")


# --- Public actors ---


def test_an_account_is_added_corrected_and_removed_by_forms(browser_of, approver):
    client = browser_of(approver)
    assert client.post(at("actor-new"), LINE).url == at("actors")
    made = PublicActor.objects.get()
    assert (made.platform, made.account) == ("x", "ministre")
    shown = said(client.get(at("actors")))
    assert "2026-01-05" in shown
    assert "2026-01-20" in shown
    page = said(client.get(at("actor", actor=made.pk)))
    assert 'value="2026-01-20"' in page
    client.post(at("actor", actor=made.pk), LINE | {"until_day": ""})
    made.refresh_from_db()
    assert made.until_ms is None
    client.post(at("actor-remove", actor=made.pk))
    assert not PublicActor.objects.exists()


def test_a_line_waits_on_the_page_until_another_person_agrees(browser_of, approver, make_person):
    one, other = browser_of(approver), browser_of(make_person("approver"))
    one.post(at("actor-new"), LINE)
    made = PublicActor.objects.get()
    agree, seen = at("actor-agree", actor=made.pk), {"seen": str(made.changed_ms)}
    assert agree not in said(one.get(at("actors")))
    shown = said(other.get(at("actors")))
    assert agree in shown
    assert f'value="{made.changed_ms}"' in shown
    one.post(agree, seen)
    other.post(agree, {"seen": "x"})
    made.refresh_from_db()
    assert made.agreed_ms is None
    other.post(agree, seen)
    made.refresh_from_db()
    assert made.agreed_ms is not None
    assert agree not in said(other.get(at("actors")))


@pytest.mark.parametrize(
    ("field", "value"),
    [("from_day", "hier"), ("from_day", "0001-01-01"), ("name", ""), ("source", ""), ("platform", "x" * 33)],
)
def test_a_line_that_means_nothing_says_where(browser_of, approver, field, value):
    answer = browser_of(approver).post(at("actor-new"), LINE | {field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in said(answer)


def test_an_office_that_ends_before_it_begins_is_told(browser_of, approver):
    answer = browser_of(approver).post(at("actor-new"), LINE | {"until_day": "2026-01-01"})
    assert answer.status_code == 422
    assert not PublicActor.objects.exists()


def test_what_is_given_out_comes_in_again_and_runs_nothing(browser_of, approver):
    client = browser_of(approver)
    client.post(at("actor-new"), LINE | {"name": "=1+1"})
    table = client.get(at("actors-export"))
    assert "'=1+1" in said(table)
    PublicActor.objects.all().delete()
    file = SimpleUploadedFile("list.csv", table.content)
    assert client.post(at("actors-file"), {"file": file}).url == at("actors")
    assert PublicActor.objects.get().name == "=1+1"
    file = SimpleUploadedFile("list.csv", table.content)
    client.post(at("actors-file"), {"file": file})
    assert PublicActor.objects.count() == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"a,b\n1,2\n",
        b"platform,account,name,office,from,until,source\nx,a,b,c,hier,,s\n",
        b"platform,account,name,office,from,until,source\nx,a\n",
    ],
)
def test_a_table_that_is_none_is_refused_whole(browser_of, approver, content):
    answer = browser_of(approver).post(at("actors-file"), {"file": SimpleUploadedFile("list.csv", content)})
    assert answer.status_code == 422
    assert not PublicActor.objects.exists()


# --- Unmasking ---


@pytest.fixture
def taken(take, posts):
    """Return an intake whose posts are held."""
    return take(posts)


def pseudonym_held() -> str:
    from vigie.store.batches import Store

    (rows,) = Store(settings.HOME.store).read([Batch.objects.get().sha256], ["author"])
    return rows.column("author")[0].as_py()


def test_the_pages_lead_from_asking_to_one_look(browser_of, analyst, approver, taken):
    one, other, pseudonym = browser_of(analyst), browser_of(approver), pseudonym_held()
    ask = at("unmask-ask", project=taken.declaration.project_id, account=pseudonym)
    assert pseudonym in said(one.get(ask))
    answer = one.post(ask, {"reason": REASON})
    asked = Unmasking.objects.get()
    page = at("unmasking", unmasking=asked.pk)
    assert answer.url == page
    assert at("unmask-decide", unmasking=asked.pk) not in said(one.get(page))
    assert REASON in said(other.get(page))
    other.post(at("unmask-decide", unmasking=asked.pk), {"decision": "approve", "reason": ""})
    assert at("unmask-open", unmasking=asked.pk) in said(one.get(page))
    assert at("unmask-open", unmasking=asked.pk) not in said(other.get(page))
    one.post(at("unmask-open", unmasking=asked.pk))
    work()
    look = at("unmask-look", unmasking=asked.pk)
    assert look in said(one.get(page))
    assert one.get(look).url == page
    shown = one.post(look)
    assert "canary-" in said(shown)
    assert "no-store" in shown.headers["Cache-Control"]
    assert one.post(look).url == page
    assert "canary-" not in said(one.get(page))
    assert Opening.objects.get().state == "shown"
    assert pseudonym in said(one.get(at("unmaskings")))


def test_a_refusal_without_reason_is_shown_again(browser_of, analyst, approver, taken):
    project = taken.declaration.project_id
    browser_of(analyst).post(at("unmask-ask", project=project, account="a" * 16), {"reason": REASON})
    decide = at("unmask-decide", unmasking=Unmasking.objects.get().pk)
    assert browser_of(approver).post(decide, {"decision": "refuse", "reason": ""}).status_code == 422
    assert Unmasking.objects.get().state == "asked"
    browser_of(approver).post(decide, {"decision": "refuse", "reason": "Rien ne le justifie."})
    assert Unmasking.objects.get().state == "refused"


def test_where_nobody_else_could_approve_the_page_says_so(browser_of, analyst, declaration):
    answer = browser_of(analyst).get(at("unmask-ask", project=declaration.project_id, account="a" * 16))
    assert "<textarea" not in said(answer)


@pytest.mark.parametrize("account", ["canary-3", "A" * 16, "a" * 15])
def test_only_pseudonyms_have_a_page(browser_of, analyst, declaration, account):
    address = at("unmask-ask", project=declaration.project_id, account=account)
    assert browser_of(analyst).get(address).status_code == 404


def test_an_alert_that_is_none_is_not_kept(browser_of, analyst, approver, declaration):
    address = at("unmask-ask", project=declaration.project_id, account="a" * 16)
    assert browser_of(analyst).post(f"{address}?alert=1%27", {"reason": REASON}).status_code == 404
    assert approver.is_active


# --- Keys ---


def test_the_pages_lead_two_persons_to_the_end_of_a_key(browser_of, approver, administrator, declaration):
    project = declaration.project
    one, other = browser_of(approver), browser_of(administrator)
    page = at("key", project=project.pk)
    assert page in said(one.get(at("keys")))
    sent = {"reason": "Fin du mandat.", "typed": project.name}
    assert one.post(at("key-destroy", project=project.pk), sent | {"typed": "autre"}).status_code == 422
    assert one.post(at("key-destroy", project=project.pk), sent).url == page
    decide = at("key-decide", destruction=KeyDestruction.objects.get().pk)
    assert decide not in said(one.get(page))
    assert decide in said(other.get(page))
    assert other.post(decide, {"decision": "agree", "typed": "autre"}).status_code == 422
    assert salt_file(project.pk).exists()
    assert other.post(decide, {"decision": "agree", "typed": project.name}).url == page
    work()
    assert not salt_file(project.pk).exists()
    assert 'method="post"' not in said(one.get(page)).partition("<main")[2].partition("</main>")[0]
    assert one.post(at("key-destroy", project=project.pk), sent).status_code == 422


def test_a_destruction_may_be_refused(browser_of, approver, administrator, declaration):
    project = declaration.project
    sent = {"reason": "Fin du mandat.", "typed": project.name}
    browser_of(approver).post(at("key-destroy", project=project.pk), sent)
    decide = at("key-decide", destruction=KeyDestruction.objects.get().pk)
    other = browser_of(administrator)
    assert other.post(decide, {"decision": "refuse", "reason": ""}).status_code == 422
    other.post(decide, {"decision": "refuse", "reason": "Une procédure est en cours."})
    assert "Une procédure" in said(other.get(at("key", project=project.pk)))


# --- Requests ---


@pytest.fixture
def asked(browser_of, approver, taken):
    """Return a request as the form makes it."""
    until = day_of(now_ms() + 60 * 86_400_000).isoformat()
    sent = {"handle": "@canary-3", "platform": "", "contact": "dossier 117", "keep_until": until}
    answer = browser_of(approver).post(at("request-new"), sent)
    assert answer.status_code == 302, said(answer)
    return PersonRequest.objects.get()


def test_the_pages_lead_from_a_request_to_its_outcome(browser_of, approver, asked):
    client, page = browser_of(approver), at("request", asked=asked.pk)
    assert "canary-3" in said(client.get(page))
    work()
    shown = said(client.get(page))
    assert at("request-erase", asked=asked.pk) in shown
    client.post(at("request-erase", asked=asked.pk))
    assert client.post(at("request-erase", asked=asked.pk)).url == page
    work()
    sent = {"outcome": "erased", "note": ""}
    assert client.post(at("request-close", asked=asked.pk), sent).url == page
    shown = said(client.get(page))
    assert "canary" not in shown
    assert "dossier 117" not in shown
    assert page in said(client.get(at("requests")))


def test_what_did_not_come_to_its_end_is_said_and_tried_again(browser_of, approver, asked):
    client, page = browser_of(approver), at("request", asked=asked.pk)
    PersonRequest.objects.update(state="answerable")  # as after a search that failed
    again = at("request-search", asked=asked.pk)
    shown = said(client.get(page))
    assert again in shown
    assert client.post(again).url == page
    work()
    assert again not in said(client.get(page))
    PersonRequest.objects.update(erasing_ms=now_ms())  # as after an erasure that failed
    shown = said(client.get(page))
    assert at("request-erase", asked=asked.pk) in shown
    assert 'value="erased"' not in shown


def test_erased_is_no_outcome_before_anything_is(browser_of, approver, asked):
    work()
    client = browser_of(approver)
    assert 'value="erased"' not in said(client.get(at("request", asked=asked.pk)))
    sent = {"outcome": "erased", "note": ""}
    assert client.post(at("request-close", asked=asked.pk), sent).status_code == 422
    assert client.post(at("request-close", asked=asked.pk), {"outcome": "refused"}).status_code == 422


@pytest.mark.parametrize(
    ("field", "value"), [("handle", ""), ("contact", ""), ("keep_until", "2020-01-01"), ("keep_until", "x")]
)
def test_a_request_that_cannot_be_is_shown_again(browser_of, approver, field, value):
    sent = {"handle": "a", "platform": "x", "contact": "117", "keep_until": "2026-12-31", field: value}
    assert browser_of(approver).post(at("request-new"), sent).status_code == 422
    assert not PersonRequest.objects.exists()
