"""What machines ask a node: whether it lives, how it is, what it holds; and its log, which names nobody."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from node.alerts.signals_seed import notice
from node.tenants import make_tenants

from vigie_node.alerts.models import Run, Signal
from vigie_node.api import operations
from vigie_node.logs import logging_for

if TYPE_CHECKING:
    from node.tenants import Tenants

pytestmark = pytest.mark.django_db
ROLES = ("analyst", "approver", "administrator", "auditor", "nobody")


@pytest.fixture
def tenants() -> Tenants:
    return make_tenants(ROLES)


def ask(tenants, role, path, **more):
    return Client().get(path, headers={"authorization": f"Bearer {tenants.secrets[role]}", **more})


def test_anybody_may_ask_whether_the_node_lives_and_learns_nothing_else():
    answer = Client().get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_figures_are_told_in_prometheus_form_to_who_may_read_health(tenants):
    text = ask(tenants, "administrator", "/metrics").content.decode()
    assert 'vigie_jobs{state="queued"} 2.0' in text
    assert "vigie_ledger_entries" in text
    assert 'vigie_request_seconds_bucket{le="+Inf"}' in text


def test_an_address_that_is_none_answers_machines_in_json():
    unknown = Client().get("/api/v1/nothing-of-ours")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "absent")


def test_the_api_describes_itself():
    description = Client().get("/api/v1/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    assert "/api/v1/alerts" in description["paths"]
    said = [operation for path in description["paths"].values() for operation in path.values()]
    assert [operation["operationId"] for operation in said if not operation.get("security")] == []


def test_an_alert_is_the_same_for_a_machine_as_for_a_person(tenants):
    alert = tenants.rows["own"]["alert"]
    answer = ask(tenants, "analyst", f"/api/v1/alerts/{alert}").json()
    assert answer["id"] == str(alert)
    assert answer["signals"][0]["account_count"] == answer["account_count"]
    assert answer["reviews"] == []


def test_a_signal_that_is_no_group_tells_machines_what_was_noticed(tenants):
    declaration = Run.objects.get(pk=tenants.rows["own"]["run"]).declaration
    notice(declaration)
    (alert,) = ask(tenants, "analyst", "/api/v1/alerts?method=pileon").json()
    (signal,) = ask(tenants, "analyst", f"/api/v1/alerts/{alert['id']}").json()["signals"]
    assert (alert["method"], signal["method"], signal["kind"]) == ("pileon", "pileon/1", "pile_on")
    assert (signal["subject_kind"], signal["subject"], signal["post_count"]) == ("person", "target1", 164)
    assert signal["sentence"].format(**signal["facts"]).startswith("19 accounts")
    assert ask(tenants, "analyst", "/api/v1/alerts?method=tarot").status_code == 422


def test_words_of_posts_are_left_out_for_machines_that_may_not_read_posts(tenants):
    notice(Run.objects.get(pk=tenants.rows["own"]["run"]).declaration)
    one = Signal.objects.get(method="pileon/1")
    Signal.objects.filter(pk=one.pk).update(facts={**one.facts, "text": "Quelle honte"})
    asker, alert = SimpleNamespace(permissions={"alert.read"}), one.alert
    told = operations._whole(alert, asker)["signals"][0].facts
    assert told == one.facts
    (whole,) = ask(tenants, "analyst", f"/api/v1/alerts/{alert.pk}").json()["signals"]
    assert whole["facts"]["text"] == "Quelle honte"


def test_a_machine_asks_for_a_run_of_one_method(tenants):
    declaration = tenants.rows["own"]["declaration"]
    told = {"authorization": f"Bearer {tenants.secrets['analyst']}"}
    asked = {"declaration": str(declaration), "method": "rhythm"}
    answer = Client().post("/api/v1/runs", asked, content_type="application/json", headers=told)
    assert (answer.status_code, answer.json()["method"]) == (201, "rhythm/1")


def test_lists_are_pages(tenants):
    first = ask(tenants, "analyst", "/api/v1/runs?size=1").json()
    second = ask(tenants, "analyst", f"/api/v1/runs?size=1&after={first[0]['id']}").json()
    assert len(first) == 1
    assert {one["id"] for one in first}.isdisjoint(one["id"] for one in second)


def test_a_verdict_given_by_a_machine_is_recorded_as_its_persons(tenants):
    alert = tenants.rows["own"]["alert"]
    answer = Client().post(
        f"/api/v1/alerts/{alert}/reviews",
        json.dumps({"verdict": "dismiss", "reason": "A fan club, open about it."}),
        content_type="application/json",
        headers={"authorization": f"Bearer {tenants.secrets['analyst']}"},
    )
    assert answer.status_code == 201
    assert answer.json()["status"] == "dismissed"
    assert answer.json()["reviews"][0]["by_id"] == str(tenants.persons["analyst"].pk)


@pytest.mark.parametrize("more", [{"status": "confirmed"}, {"by": "somebody"}, {"organisation": "other"}])
def test_a_field_that_is_nobodys_business_is_refused(tenants, more):
    """Abuse case 11: mass assignment."""
    answer = Client().post(
        f"/api/v1/alerts/{tenants.rows['own']['alert']}/reviews",
        json.dumps({"verdict": "dismiss", "reason": "so", **more}),
        content_type="application/json",
        headers={"authorization": f"Bearer {tenants.secrets['analyst']}"},
    )
    assert answer.status_code == 422


def test_an_error_of_the_engine_is_told_in_the_language_asked_for(tenants):
    english = ask(tenants, "analyst", "/api/v1/alerts?status=odd")
    french = ask(tenants, "analyst", "/api/v1/alerts?status=odd", **{"accept-language": "fr-CA"})
    assert english.status_code == french.status_code == 422
    assert english.json()["code"] == french.json()["code"] == "option.bad"
    assert english.json()["detail"] != french.json()["detail"]


def test_the_log_names_the_route_and_nobody(caplog, tenants):
    caplog.set_level(logging.INFO, logger="vigie_node.web")
    Client().get("/en/welcome/a-secret-link?name=Somebody")
    line = str(caplog.records[-1].msg)
    assert "people:welcome" in line
    assert "a-secret-link" not in line
    assert "Somebody" not in line


def test_of_a_fault_the_log_keeps_type_and_place_not_its_text():
    formatter = logging_for()["formatters"]["json"]
    made = formatter.pop("()")(**formatter)
    fault = ValueError("what somebody wrote")
    told = (type(fault), fault, fault.__traceback__)
    record = logging.LogRecord("vigie_node", logging.ERROR, __file__, 1, "failed", (), told)
    line = made.format(record)
    assert json.loads(line)["error"] == "ValueError"
    assert "what somebody wrote" not in line
