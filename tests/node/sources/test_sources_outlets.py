"""The register of outlets: kept, taken in, given out; a tier needs evidence and every decision stays."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from vigie.detect.exposure import REGISTER, TIERS
from vigie_node.ledger.models import Entry
from vigie_node.sources.actions import outlets as actions
from vigie_node.sources.models import Outlet, OutletDecision, OutletIdentifier, Tier
from vigie_node.sources.outlet_lines import (
    COLUMNS,
    About,
    Decision,
    OutletOfCanadaError,
    OutletUnsourcedError,
    OutletValueError,
    about_from,
    decision_from,
    identifier_from,
)

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
SOURCED = Decision(
    tier="state-controlled",
    state="RU",
    criterion="Financée par l’État",
    source_url="https://source.example/1",
)
SENT = {
    "name": "Radio inventée",
    "identifiers": "https://www.Radio.example/\n@nope:Radio",
    "country": "ru",
    "languages": "FR, en",
    "posts_a_day": "12,5",
    "tier": "state-controlled",
    "state": "RU",
    "criterion": "Financée par l’État",
    "source_url": "https://source.example/1",
    "source_date": "2026-01-31",
}
TABLE = (
    "identifier,kind,tier,state,name,criterion,source_url,source_date\n"
    "radio.example,domain,state-controlled,RU,Radio inventée,Financée,https://source.example/1,2026-01-31\n"
    "x:radio,account,state-controlled,RU,Radio inventée,Financée,https://source.example/1,2026-01-31\n"
    "journal.example,domain,unclassified,,Le Journal inventé,,,\n"
)


def at(name: str, language: str = "fr", **parameters: object) -> str:
    with override(language):
        return reverse(f"sources:{name}", kwargs=parameters)


def said(answer) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def about(name="Radio inventée", *places, **more) -> About:
    told = tuple(identifier_from(one) for one in (places or (f"{name.partition(' ')[2]}.example",)))
    return About(name=name, identifiers=told, **more)


@pytest.fixture
def client(browser_of, analyst):
    return browser_of(analyst)


def upload(text):
    return {"file": SimpleUploadedFile("outlets.csv", text.encode())}


# --- What is said ---


def test_tiers_are_those_of_the_method():
    assert tuple(Tier.values) == TIERS
    assert set(REGISTER.names) <= set(COLUMNS)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://www.Radio.example/", ("domain", "radio.example")),
        ("münchen.example", ("domain", "xn--mnchen-3ya.example")),
        ("X:@Radio", ("account", "x:Radio")),
        ("wechat:gh_1234", ("account", "wechat:gh_1234")),
    ],
)
def test_a_place_has_one_form(typed, kept):
    assert identifier_from(typed) == kept


def test_a_label_of_ten_thousand_letters_costs_nothing():
    """The codec of international names is quadratic: minutes for this one (found by an attack)."""
    with pytest.raises(OutletValueError):
        identifier_from("".join(chr(0x4E00 + place) for place in range(10_000)) + ".example")


@pytest.mark.parametrize(
    "typed", ["x.com", "https://t.me/radio", "radio", "x:", "", "https://radio.example/a", "a b"]
)
def test_what_is_neither_a_site_of_its_own_nor_an_account_is_refused(typed):
    with pytest.raises(OutletValueError):
        identifier_from(typed)


@pytest.mark.parametrize(
    "lacking", [{"source_url": ""}, {"criterion": " "}, {"source_url": "un livre"}, {"criterion": "–"}]
)
def test_a_tier_needs_a_reason_and_a_source(lacking):
    with pytest.raises(OutletUnsourcedError):
        decision_from(SENT | lacking)
    assert decision_from(SENT | lacking | {"tier": "unclassified", "source_url": ""}).tier == "unclassified"


@pytest.mark.parametrize(
    "wrong",
    [{"country": "Russie"}, {"languages": "français"}, {"posts_a_day": "beaucoup"}, {"posts_a_day": "-1"}],
)
def test_what_means_nothing_is_refused(wrong):
    with pytest.raises(OutletValueError):
        about_from(SENT | {"identifiers": "radio.example"} | wrong)


@pytest.mark.parametrize("wrong", [{"state": "Russia"}, {"source_date": "31 janvier"}, {"tier": "ennemi"}])
def test_a_decision_that_means_nothing_is_refused(wrong):
    with pytest.raises(OutletValueError):
        decision_from(SENT | wrong)


# --- Actions ---


def test_an_outlet_is_added_with_the_decision_on_it(analyst):
    made = actions.add_outlet(about(posts_a_day=3.0), SOURCED, by=analyst)
    assert (made.tier, made.state) == ("state-controlled", "RU")
    assert OutletDecision.objects.get().by == analyst
    assert Entry.objects.latest("seq").kind == "outlet.added"
    assert "inventée" not in str(Entry.objects.latest("seq").said)


def test_every_decision_is_kept_and_the_latest_counts(analyst):
    made = actions.add_outlet(about(), SOURCED, by=analyst)
    actions.decide_tier(made, Decision(criterion="La source se rétracte"), by=analyst)
    made.refresh_from_db()
    assert made.tier == "unclassified"
    assert [one.tier for one in made.decisions.order_by("at_ms")] == ["state-controlled", "unclassified"]
    assert Entry.objects.latest("seq").said["before"] == "state-controlled"


def test_a_place_belongs_to_one_outlet(analyst):
    actions.add_outlet(about("Un", "radio.example"), Decision(), by=analyst)
    for other in (about("Deux", "radio.example"), about("Un", "autre.example")):
        with pytest.raises(actions.OutletExistsError):
            actions.add_outlet(other, Decision(), by=analyst)
    assert OutletIdentifier.objects.count() == 1


def test_an_outlet_of_canada_is_not_called_state_aligned(analyst):
    aligned = Decision(tier="state-aligned", criterion="Éditoriaux", source_url="https://source.example")
    with pytest.raises(OutletOfCanadaError):
        actions.add_outlet(about(country="CA"), aligned, by=analyst)
    made = actions.add_outlet(about(), aligned, by=analyst)
    with pytest.raises(OutletOfCanadaError):
        actions.change_outlet(made, about(country="CA"), by=analyst)
    assert Outlet.objects.get().country == ""


def test_who_may_not_keep_the_register_changes_nothing(auditor, analyst):
    made = actions.add_outlet(about(), SOURCED, by=analyst)
    for act in (
        lambda: actions.add_outlet(about("Autre un"), SOURCED, by=auditor),
        lambda: actions.change_outlet(made, about(), by=auditor),
        lambda: actions.decide_tier(made, SOURCED, by=auditor),
        lambda: actions.remove_outlet(made, by=auditor),
        lambda: actions.import_outlets([(about("Autre un"), SOURCED)], by=auditor),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert Outlet.objects.count() == 1


def test_a_table_adds_corrects_and_decides_and_says_nothing_twice(analyst):
    first = (about("Un", "un.example"), SOURCED)
    assert actions.import_outlets([first], by=analyst) == {"added": 1, "changed": 0, "decided": 0}
    assert actions.import_outlets([first], by=analyst) == {"added": 0, "changed": 0, "decided": 0}
    more = (
        about("Un", "deux.example", country="RU"),
        Decision(tier="official", criterion="ambassade", source_url="https://s.example"),
    )
    assert actions.import_outlets([more], by=analyst) == {"added": 0, "changed": 1, "decided": 1}
    found = Outlet.objects.get()
    assert {one.value for one in found.identifiers.all()} == {"un.example", "deux.example"}
    assert (found.tier, found.decisions.count()) == ("official", 2)
    assert actions.import_outlets([(about("Un", "un.example"), Decision())], by=analyst)["decided"] == 0


# --- Pages ---


def test_an_outlet_is_kept_by_a_form_and_shown_with_what_its_tier_rests_on(client):
    sent = SENT | {"identifiers": "https://www.Radio.example/\nx:@Radio"}
    answer = client.post(at("outlet-new"), sent)
    shown = said(client.get(answer.url))
    for part in (
        "Radio inventée",
        "radio.example",
        "x:Radio",
        "Financée par l’État",
        "https://source.example/1",
        "12,5",
    ):
        assert part in shown
    assert "Radio inventée" in said(client.get(at("outlets") + "?q=radio.example&tier=state-controlled"))
    assert "Radio inventée" not in said(client.get(at("outlets") + "?tier=official"))


def test_a_form_that_means_nothing_is_shown_again(client):
    answer = client.post(at("outlet-new"), SENT)
    assert answer.status_code == 422
    assert "@nope:Radio" in said(answer)
    assert client.post(at("outlet-new"), {}).status_code == 422
    assert not Outlet.objects.exists()


def test_a_tier_is_decided_on_a_page_of_its_own(client, analyst):
    made = actions.add_outlet(about(), Decision(), by=analyst)
    answer = client.post(
        at("outlet-decide", outlet=made.pk), {"tier": "official", "criterion": "", "state": "RU"}
    )
    assert answer.status_code == 422
    client.post(at("outlet-decide", outlet=made.pk), SENT)
    client.post(at("outlet-change", outlet=made.pk), SENT | {"identifiers": "neuf.example"})
    made.refresh_from_db()
    assert (made.tier, made.identifiers.get().value) == ("state-controlled", "neuf.example")
    client.post(at("outlet-remove", outlet=made.pk))
    assert not Outlet.objects.exists()


def test_a_table_is_looked_at_before_it_is_taken_in(client):
    page = client.post(at("outlets-file"), upload(TABLE))
    assert page.status_code == 200
    assert "Le Journal inventé" in said(page)
    assert not Outlet.objects.exists()
    table = unescape(re.search(r'name="table" value="([^"]*)"', page.content.decode())[1])
    assert client.post(at("outlets-file"), {"table": table}).url == at("outlets")
    assert {one.name: one.tier for one in Outlet.objects.all()} == {
        "Radio inventée": "state-controlled",
        "Le Journal inventé": "unclassified",
    }
    assert OutletIdentifier.objects.count() == 3


def test_what_is_wrong_with_a_table_is_told_line_by_line(client):
    wrong = TABLE + (
        "x.com,domain,unclassified,,Un,,,\n"
        "deux.example,domain,official,FR,Deux,,,\n"
        "trois.example,domain,unclassified,,Radio inventée,,,\n"
        "x:radio,account,unclassified,,Quatre,,,\n"
    )
    page = client.post(at("outlets-file"), upload(wrong))
    assert page.status_code == 422
    told = said(page)
    for line in ("5 “x.com”", "6 Une catégorie", "7 Cette ligne", "8 « x:radio »"):
        assert line in told or re.search(rf"\b{line[0]} \S", told)
    assert client.post(at("outlets-file"), {"table": wrong}).status_code == 422
    assert not Outlet.objects.exists()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"name\nUn\n", b'identifier,tier,name\n"a'])
def test_what_is_no_table_is_refused(client, content):
    answer = client.post(at("outlets-file"), {"file": SimpleUploadedFile("t.csv", content)})
    assert answer.status_code == 422


def test_the_register_goes_out_as_it_can_come_in(client, analyst, tmp_path):
    client.post(at("outlets-file"), {"table": TABLE})
    answer = client.get(at("outlets-export"))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["identifier"] for row in rows] == ["journal.example", "x:radio", "radio.example"]
    Outlet.objects.all().delete()
    client.post(at("outlets-file"), {"table": answer.content.decode("utf-8-sig")})
    assert client.get(at("outlets-export")).content == answer.content
    from vigie_cli.detecting.exposure import read_register

    (tmp_path / "r.csv").write_bytes(answer.content)
    assert read_register(tmp_path / "r.csv").num_rows == 3


def test_a_public_actor_among_its_accounts_is_named(client, analyst):
    from vigie_node.sources.models import PublicActor

    made = actions.add_outlet(about("Ambassade inventée", "x:Ambassade"), SOURCED, by=analyst)
    line = {
        "platform": "x",
        "account": "ambassade",
        "name": "A",
        "office": "B",
        "from_ms": 0,
        "changed_ms": 0,
    }
    PublicActor.objects.create(organisation=analyst.organisation, **line)
    assert "x:ambassade" not in said(client.get(at("outlet", outlet=made.pk)))
    PublicActor.objects.update(agreed_ms=1)
    assert "x:ambassade" in said(client.get(at("outlet", outlet=made.pk)))
