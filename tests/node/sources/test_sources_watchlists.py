"""Watch-lists in the node: read, shown, taken in, superseded, withdrawn; whom they name lies sealed."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils.translation import override

from vigie_node.jobs import leases, registry
from vigie_node.jobs.child import do
from vigie_node.ledger.models import Entry
from vigie_node.sources import watchlist_reading, watchlist_tasks
from vigie_node.sources.actions import watchlists as actions
from vigie_node.sources.errors import (
    NoIndicatorError,
    TooManyIndicatorsError,
    UnnamedWatchListError,
    WatchListDecidedError,
    WatchListWithdrawnError,
)
from vigie_node.sources.models import WatchList, WatchListIndicator, WatchListVersion
from vigie_node.sources.watchlist_seals import Seals

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
HEAD = "indicator_type,indicator_value,platform,operation,description,tlp\n"
FIRST = HEAD + (
    "domain_name,mensonge[.]example,,Kombat inventé,site miroir,TLP:GREEN\n"
    "username,@canary-bob,X,Kombat inventé,dit par canary-eve,TLP:GREEN\n"
    "email,canary@evil[.]example,,Kombat inventé,,\n"
    "url,https://x.com/canary-bob/status/5,,Kombat inventé,,\n"
    "domain_name,mensonge.example,,Kombat inventé,again,\n"
    "phone,canary 5,,,,\n"
)
SECOND = HEAD + (
    "domain_name,mensonge.example,,Kombat inventé,,\n"
    "username,@canary-ann,X,Kombat inventé,,\n"
    "domain_name,neuf.example,,Kombat inventé,,\n"
)
THIRD = HEAD + "domain_name,neuf.example,,,,\n"


def at(name: str, language: str = "fr", **parameters: object) -> str:
    with override(language):
        return reverse(f"sources:{name}", kwargs=parameters)


def said(answer) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def work() -> None:
    """Do the jobs that wait, as the worker does."""
    registry.load()
    while (job := leases.claim()) is not None:
        do(job)


def upload(text: str | bytes, name: str = "liste.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


@pytest.fixture
def hand_in(tmp_path: Path, organisation, analyst) -> Callable[..., WatchListVersion]:
    """Return a way to hand a list in and read it."""

    def handed(
        text: str | bytes, *, of: WatchList | None = None, name: str = "liste.csv"
    ) -> WatchListVersion:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        version = actions.hand_in(
            actions.File(
                name=name,
                path=str(path),
                sha256=watchlist_reading.sha256_of(path),
                byte_count=path.stat().st_size,
                is_upload=False,
            ),
            organisation=organisation,
            by=analyst,
            about=actions.About(title="Essai", publisher="Service inventé"),
            replaces=of,
            queued=False,
        )
        return watchlist_reading.read(version, lambda *_told: None)

    return handed


@pytest.fixture
def take_in(hand_in, analyst) -> Callable[..., WatchListVersion]:
    """Return a way to take a list in."""
    return lambda text, **more: actions.take_in(hand_in(text, **more), by=analyst)


def values(version: WatchListVersion) -> list[str]:
    seals = Seals()
    rows = version.indicators.filter(removed_by=None)
    return sorted(seals.told(row).value for row in rows)


# --- Actions ---


def test_a_list_is_read_and_waits_until_somebody_takes_it_in(hand_in, analyst):
    version = hand_in(FIRST)
    assert (version.state, version.layout, version.sure) == ("read", "meta", 0.95)
    assert version.kinds == {"domain": 1, "account": 1, "email": 1, "url": 1}
    assert (version.repeated_count, version.rejected_count) == (1, 1)
    assert version.rejected == [{"unit": "line", "number": 7, "code": "row.indicator", "facts": {}}]
    assert version.markings == {"TLP:GREEN": 2}
    taken = actions.take_in(version, by=analyst)
    assert (taken.state, taken.number, taken.added_count, taken.removed_count) == ("in_force", 1, 4, 0)
    with pytest.raises(WatchListDecidedError):
        actions.take_in(version, by=analyst)


def test_whom_a_list_names_stands_nowhere_in_clear(take_in):
    version = take_in(FIRST)
    with connection.cursor() as cursor:
        for table in (WatchList, WatchListVersion, WatchListIndicator, Entry):
            cursor.execute(f"SELECT * FROM {table._meta.db_table}")  # noqa: S608 (a table of ours)
            assert "canary" not in str(
                [[bytes(c) if isinstance(c, memoryview) else c for c in row] for row in cursor]
            )
    assert "x:canary-bob" in values(version)
    row = version.indicators.get(kind="account")
    assert Seals().told(row).note == "dit par canary-eve"
    assert row.value == ""
    assert version.indicators.get(kind="domain").value == "mensonge.example"


def test_the_same_file_twice_adds_nothing(take_in, hand_in):
    first = take_in(FIRST)
    entries = Entry.objects.count()
    assert hand_in(FIRST).pk == first.pk
    assert hand_in(FIRST, of=first.watchlist, name="autre.csv").pk == first.pk
    assert (WatchList.objects.count(), WatchListVersion.objects.count()) == (1, 1)
    assert Entry.objects.count() == entries


def test_a_newer_file_supersedes_the_older_and_shows_what_changed(take_in):
    first = take_in(FIRST)
    second = take_in(SECOND, of=first.watchlist)
    assert (second.number, second.added_count, second.removed_count) == (2, 2, 3)
    first.refresh_from_db()
    assert first.state == "superseded"
    added = second.indicators.filter(is_added=True)
    assert sorted(Seals().told(one).value for one in added) == ["neuf.example", "x:canary-ann"]
    gone = WatchListIndicator.objects.filter(removed_by=second)
    assert sorted(one.kind for one in gone) == ["account", "email", "url"]
    third = take_in(THIRD, of=first.watchlist)
    assert (third.number, third.added_count, third.removed_count) == (3, 0, 2)
    assert not WatchListIndicator.objects.filter(version=first).exists()  # two versions back: gone
    assert Entry.objects.filter(kind="watchlist.superseded").count() == 2


def test_a_withdrawn_list_keeps_its_facts_and_no_indicator(take_in, hand_in, analyst):
    first = take_in(FIRST)
    take_in(SECOND, of=first.watchlist)
    held = actions.withdraw(first.watchlist, reason="Retirée par son éditeur.", by=analyst)
    assert not WatchListIndicator.objects.exists()
    assert held.versions.filter(state="withdrawn").count() == 1
    with pytest.raises(WatchListWithdrawnError):
        actions.withdraw(held, reason="encore", by=analyst)
    with pytest.raises(WatchListWithdrawnError):
        hand_in(THIRD, of=held)
    assert hand_in(SECOND).watchlist_id != held.pk  # the same file as a new list
    (entry,) = Entry.objects.filter(kind="watchlist.withdrawn")
    assert entry.said["indicators"] == 6


def test_a_list_withdrawn_while_a_newer_file_is_read_leaves_nothing_of_it(take_in, analyst, tmp_path):
    watchlist = take_in(FIRST).watchlist
    newer = tmp_path / "newer.csv"
    newer.write_text(SECOND)
    file = actions.File(
        name="newer.csv",
        path=str(newer),
        sha256=watchlist_reading.sha256_of(newer),
        byte_count=newer.stat().st_size,
        is_upload=True,
    )
    version = actions.hand_in(
        file, organisation=analyst.organisation, by=analyst, replaces=watchlist, queued=False
    )
    actions.withdraw(watchlist, reason="Erronée", by=analyst)
    with pytest.raises(WatchListDecidedError):  # read as it stood when the reading began
        actions.add_indicators(version, [WatchListIndicator(version=version, kind="domain", digest="0")])
    version.refresh_from_db()
    assert (version.state, version.path) == (WatchListVersion.State.WITHDRAWN, "")
    assert watchlist_reading.read(version, lambda *_: None) == version
    assert not WatchListIndicator.objects.exists()


def test_a_file_nobody_wants_is_let_go_with_its_list(hand_in, analyst):
    actions.drop(hand_in(FIRST), by=analyst)
    assert not WatchList.objects.exists()
    assert not WatchListIndicator.objects.exists()


def test_a_file_that_waited_too_long_is_let_go_by_the_node(hand_in, take_in, kit):
    kept = take_in(FIRST)
    hand_in(SECOND)
    WatchListVersion.objects.update(handed_in_ms=5)
    watchlist_tasks.let_go(kit.Quiet())
    assert list(WatchListVersion.objects.all()) == [kept]


def test_who_may_not_take_lists_in_writes_nothing(hand_in, auditor, make_person, other_organisation, analyst):
    version = hand_in(FIRST)
    stranger = make_person("analyst", of=other_organisation)
    for somebody in (auditor, stranger):
        for act in (actions.take_in, actions.drop):
            with pytest.raises(PermissionDenied):
                act(version, by=somebody)
        with pytest.raises(PermissionDenied):
            actions.withdraw(version.watchlist, reason="essai", by=somebody)
    with pytest.raises(UnnamedWatchListError):
        actions.hand_in(
            actions.File(name="a", path="", sha256="1", byte_count=1, is_upload=False),
            organisation=analyst.organisation,
            by=analyst,
            about=actions.About(title=" - "),
        )


# --- Abuse ---


def test_a_list_of_too_many_indicators_is_refused_whole(hand_in, monkeypatch):
    monkeypatch.setattr(watchlist_reading, "INDICATORS_MAX", 50)
    monkeypatch.setattr(watchlist_reading, "ROWS_AT_ONCE", 20)
    with pytest.raises(TooManyIndicatorsError):
        hand_in("domain\n" + "".join(f"site{n}.example\n" for n in range(60)))
    assert WatchListVersion.objects.get().state == "failed"
    assert not WatchListIndicator.objects.exists()


def test_a_table_of_endless_bad_rows_is_refused(hand_in, monkeypatch):
    monkeypatch.setattr(watchlist_reading, "ROWS_MAX", 50)
    with pytest.raises(TooManyIndicatorsError):
        hand_in("domain\n" + "rien du tout\n" * 60)


def test_what_only_looks_like_a_list_is_refused(hand_in):
    with pytest.raises(NoIndicatorError):
        hand_in("domain\nrien du tout\n")
    assert "rien" not in str(WatchListVersion.objects.values())


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "bundle", "objects": ' + "[" * 5_000 + "]" * 5_000 + "}",
        '{"type": "bundle", "objects": [{"type": "indicator", "pattern": "' + "(" * 9_000 + '"}]}',
        '{"type": "bundle", "objects": {"a": 1}}',
        '{"type": "bundle", "objects": [',
    ],
)
def test_a_hostile_bundle_ends_in_an_error_of_ours(hand_in, text):
    from vigie.terms.errors import VigieError

    with pytest.raises(VigieError):
        hand_in(text, name="bundle.json")
    assert WatchListVersion.objects.get().state == "failed"
    assert not WatchListIndicator.objects.exists()


def test_of_doubled_keys_the_last_counts_as_for_every_reader(take_in):
    text = '{"type": "bundle", "objects": [{"type": "url", "value": "https://a.example/", "value": "https://b.example/"}]}'
    assert values(take_in(text, name="b.json")) == ["https://b.example"]


def test_signs_that_are_not_seen_neither_hide_a_value_nor_turn_it(take_in):
    text = (
        "domain,operation\n\u200bbon.example\u200e,Ko\u202embat\nbo\u200bn2.example,\nevil\u202e.example,\n"
    )
    version = take_in(text)
    assert values(version) == ["bon.example"]
    assert version.indicators.get().operation == "Ko\ufffdmbat"
    assert version.rejected_count == 2


# --- Pages ---


@pytest.fixture
def browser(browser_of, analyst):
    return browser_of(analyst)


@pytest.fixture
def send(browser):
    """Return a way to send the form."""

    def sent(text: str | bytes, **fields: str):
        given = {"watchlist": "new", "title": "Opération inventée", "publisher": "Service"} | fields
        return browser.post(at("watchlist-new"), {"file": upload(text), **given})

    return sent


def test_a_list_goes_from_the_form_to_its_page(send, browser):
    answer = send(FIRST, terms="CC BY 4.0")
    version = WatchListVersion.objects.get()
    assert answer.url == at("watchlist-version", version=version.pk)
    assert "hx-get" in browser.get(answer.url).content.decode()
    work()
    assert not list(settings.HOME.spool.iterdir())
    page = browser.get(at("watchlist-version", language="en", version=version.pk))
    assert "sure: 95 %" in said(page)
    assert "line 7" in said(page)
    assert "hx-get" not in page.content.decode()
    taken = browser.post(at("watchlist-take", version=version.pk))
    assert taken.url == at("watchlist", watchlist=version.watchlist_id)
    shown = said(browser.get(at("watchlist", language="en", watchlist=version.watchlist_id)))
    for text in ("CC BY 4.0", "x:canary-bob", "dit par canary-eve", "TLP:GREEN", version.file_sha256):
        assert text in shown
    listed = said(browser.get(at("watchlists", language="en")))
    assert "Opération inventée" in listed
    assert "In force" in listed
    again = send(FIRST)
    assert again.url == at("watchlist", watchlist=version.watchlist_id)
    assert not list(settings.HOME.spool.iterdir())


def test_a_file_that_is_no_list_says_so_on_its_page(send, browser):
    answer = send("auteur,date\na,b\n")
    work()
    assert "is no watch-list" in said(browser.get(answer.url.replace("/fr/", "/en/")))
    assert browser.post(at("watchlist-take", version=WatchListVersion.objects.get().pk)).status_code == 302
    assert WatchListVersion.objects.get().state == "failed"
    browser.post(at("watchlist-drop", version=WatchListVersion.objects.get().pk))
    assert not WatchList.objects.exists()


def test_a_new_list_without_a_title_is_refused_and_nothing_is_kept(send):
    assert send(FIRST, title="").status_code == 422
    assert not list(settings.HOME.spool.iterdir())
    assert not WatchList.objects.exists()


def test_indicators_are_found_by_a_part_and_accounts_by_their_whole_name(take_in, browser):
    held = take_in(FIRST).watchlist
    page = at("watchlist", watchlist=held.pk)

    def found(**asked: str) -> set[str]:
        text = said(browser.get(page, asked))
        return {name for name in ("mensonge.example", "x:canary-bob", "canary@evil.example") if name in text}

    assert found(q="mensonge") == {"mensonge.example"}
    assert found(q="mensonge[.]ex") == {"mensonge.example"}
    assert found(q="@Canary-Bob") == found(q="x:canary-bob") == {"x:canary-bob"}
    assert found(q="canary-bo") == set()
    assert found(kind="email") == {"canary@evil.example"}
    assert found(q="' OR 1=1 --\0") == set()
    assert found(kind="nonsense", change="nonsense") == {
        "mensonge.example",
        "x:canary-bob",
        "canary@evil.example",
    }


def test_the_page_shows_what_was_added_and_removed(take_in, browser):
    held = take_in(FIRST).watchlist
    take_in(SECOND, of=held)
    page = at("watchlist", watchlist=held.pk)
    assert "neuf.example" in said(browser.get(page, {"change": "added"}))
    assert "mensonge.example" not in said(browser.get(page, {"change": "added"}))
    assert "x:canary-bob" in said(browser.get(page, {"change": "removed"}))


def test_an_auditor_sees_lists_and_no_account(take_in, browser_of, auditor):
    held = take_in(FIRST).watchlist
    client = browser_of(auditor)
    for page in (at("watchlist", watchlist=held.pk), at("watchlist-export", watchlist=held.pk)):
        text = client.get(page).content.decode()
        assert "mensonge.example" in text
        assert "canary" not in text
    assert "sealed: may name" not in said(
        client.get(at("watchlist", "en", watchlist=held.pk), {"q": "canary-bob"})
    )
    assert client.post(at("watchlist-withdraw", watchlist=held.pk), {"reason": "x"}).status_code == 403


def test_a_withdrawal_needs_a_reason(take_in, browser):
    held = take_in(FIRST).watchlist
    assert browser.post(at("watchlist-withdraw", watchlist=held.pk), {"reason": " "}).status_code == 422
    assert browser.post(at("watchlist-withdraw", watchlist=held.pk), {"reason": "…"}).status_code == 422
    assert browser.post(at("watchlist-withdraw", watchlist=held.pk), {"reason": "Erreur."}).status_code == 302
    assert "Erreur." in said(browser.get(at("watchlist", watchlist=held.pk)))


def test_another_organisation_does_not_know_the_list(take_in, browser_of, make_person, other_organisation):
    version = take_in(FIRST)
    client = browser_of(make_person("analyst", of=other_organisation))
    assert client.get(at("watchlist", watchlist=version.watchlist_id)).status_code == 404
    assert client.get(at("watchlist-version", version=version.pk)).status_code == 404
    assert "Essai" not in said(client.get(at("watchlists")))


def test_no_cell_of_the_table_is_run_by_a_spreadsheet(take_in, browser):
    text = (
        'indicator,type,operation\nbon.example,domain,"=HYPERLINK(""x"")"\n@bob,account,-2\n=1+1,account,x\n'
    )
    held = take_in(text).watchlist
    table = browser.get(at("watchlist-export", watchlist=held.pk)).content.decode()
    assert "'=HYPERLINK" in table
    assert "'=1+1" in table
    assert "'-2" in table
    assert not re.search(r"(^|,|\")[=@+-]", table.partition("\n")[2], re.MULTILINE)


def test_a_list_with_markup_is_shown_as_text(take_in, browser):
    bundle = {"type": "bundle", "objects": [
        {"type": "campaign", "id": "campaign--1", "name": "<script>alert(1)</script>"},
        {"type": "url", "id": "url--1", "value": "https://a.example/<script>x", "description": "<img src=x>"},
        {"type": "relationship", "relationship_type": "attributed-to",
         "source_ref": "url--1", "target_ref": "campaign--1"},
    ]}  # fmt: skip
    held = take_in(json.dumps(bundle), name="<b>.json").watchlist
    page = browser.get(at("watchlist", watchlist=held.pk)).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="https://a.example' not in page


def test_a_file_larger_than_a_list_is_refused_before_it_is_kept(send, monkeypatch):
    from vigie_node.sources.console import watchlists

    monkeypatch.setattr(watchlists, "BYTES_MAX", 1_000)
    monkeypatch.setattr(watchlists, "FRAME_BYTES", 0)
    assert send("domain\n" + "site.example\n" * 200).status_code == 413
    assert not list(settings.HOME.spool.iterdir())
    assert not WatchList.objects.exists()


def test_a_list_whose_job_died_says_so_and_leaves_nothing(send, browser):
    from vigie_node.jobs.actions import cancel
    from vigie_node.jobs.models import Job
    from vigie_node.ledger import outbox

    registry.load()
    answer = send(FIRST)
    cancel(Job.objects.get(kind=actions.READ_LIST), by="node")
    outbox.deliver()
    assert WatchListVersion.objects.get().state == "failed"
    assert browser.get(answer.url).status_code == 200


# --- Parties ---


def test_a_list_is_marked_as_a_partys_and_the_ledger_says_so(take_in, analyst):
    watchlist = take_in(FIRST).watchlist
    assert watchlist.party == ""
    assert actions.mark_party(watchlist, party="  Parti  inventé ", by=analyst).party == "Parti inventé"
    actions.mark_party(watchlist, party="Parti inventé", by=analyst)  # the same again
    assert [entry.said for entry in Entry.objects.filter(kind="watchlist.party")] == [
        {"party": "Parti inventé"}
    ]
    actions.mark_party(watchlist, party="", by=analyst)
    assert Entry.objects.filter(kind="watchlist.no_party").count() == 1


def test_a_list_may_be_handed_in_as_a_partys(browser_of, analyst):
    browser = browser_of(analyst)
    sent = {"file": upload(FIRST), "watchlist": "new", "title": "Essai", "party": "Parti inventé"}
    assert browser.post(at("watchlist-new"), sent).status_code == 302
    watchlist = WatchList.objects.get()
    assert watchlist.party == "Parti inventé"
    assert Entry.objects.filter(kind="watchlist.party").count() == 1
    page = browser.get(at("watchlist", watchlist=watchlist.pk))
    assert 'value="Parti inventé"' in page.content.decode()
    browser.post(at("watchlist-party", watchlist=watchlist.pk), {"party": ""})
    assert WatchList.objects.get().party == ""


def test_who_may_only_read_lists_marks_none_and_a_withdrawn_one_stays_as_it_is(take_in, auditor, analyst):
    watchlist = take_in(FIRST).watchlist
    with pytest.raises(PermissionDenied):
        actions.mark_party(watchlist, party="Parti inventé", by=auditor)
    actions.withdraw(watchlist, reason="essai", by=analyst)
    with pytest.raises(WatchListWithdrawnError):
        actions.mark_party(watchlist, party="Parti inventé", by=analyst)
