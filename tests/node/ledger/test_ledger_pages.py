"""The pages of the ledger: who sees which entries, in words, and the export."""

from __future__ import annotations

import hashlib
import json

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.test import AsyncRequestFactory
from django.test.utils import CaptureQueriesContext
from ledger_guard import statements_off

from vigie.terms.languages import Words, say
from vigie_node.ids import new_id
from vigie_node.ledger import console, kinds
from vigie_node.ledger.access import entries_visible_to
from vigie_node.ledger.actions import HOST, NODE, person, record, verify_and_record
from vigie_node.ledger.models import Entry
from vigie_node.ledger.streaming import streamed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def words_of_the_test(monkeypatch):
    monkeypatch.setattr(kinds, "_sentences", dict(kinds._sentences))
    monkeypatch.setattr(kinds, "_values", dict(kinds._values))
    monkeypatch.setattr(kinds, "_namers", {})
    kinds.describe(
        {"test.decided": say("It was decided: {verdict}, {number} times.")},
        values={"verdict": {"yes": say("yes indeed")}},
    )


def write(
    kind: str = "test.decided", *, of: str = "test:1", organisation=None, by: str = NODE, **facts
) -> Entry:
    with transaction.atomic():
        return record(kind, of=of, by=by, organisation=organisation and organisation.pk, **facts)


def test_one_reads_the_entries_of_ones_organisation_and_of_the_node(
    auditor, analyst, organisation, other_organisation
):
    mine, node = write(organisation=organisation), write()
    write(organisation=other_organisation)
    assert list(entries_visible_to(auditor)) == [node, mine]
    assert not entries_visible_to(analyst).exists()


def test_an_entry_speaks_in_words(auditor, browser_of, organisation):
    write(organisation=organisation, by=person(auditor.pk), verdict="yes", number=12_000)
    page = browser_of(auditor).get("/en/ledger").content.decode()
    assert "It was decided: yes indeed, 12,000 times." in page
    assert f"person …{str(auditor.pk)[-8:]}" in page


def test_actors_have_the_names_that_the_app_above_gives(auditor, browser_of):
    write(by=person(auditor.pk))
    asked = []

    def namer(ids, organisation):
        asked.append(organisation)
        return dict.fromkeys(ids, "Camille <Roy>")

    kinds.name_with("person", namer)
    page = browser_of(auditor).get("/en/ledger").content.decode()
    assert "Camille &lt;Roy&gt;" in page
    assert asked == [auditor.organisation_id]


def test_an_entry_of_a_version_without_words_for_it_is_still_shown(auditor, browser_of):
    write("test.unheard_of")
    assert "test.unheard_of" in browser_of(auditor).get("/en/ledger").content.decode()


@pytest.mark.parametrize("facts", [{}, {"verdict": None}, {"verdict": ["a", "b"], "other": 1}])
def test_facts_that_a_sentence_does_not_expect_do_not_break_it(facts):
    entry = write(**facts)
    assert kinds.sentence_of(entry, Words("en", packages=("vigie_node", "vigie"))).startswith(
        "It was decided: "
    )


def test_in_the_list_of_kinds_a_sentence_stands_without_its_details():
    kinds.describe({"test.long": say("Entry {number} was reviewed: {verdict} ({code}); {status}.")})
    assert (
        kinds.title_of("test.long", Words("en", packages=("vigie_node", "vigie"))) == "Entry … was reviewed"
    )


def test_under_asgi_the_export_is_sent_piece_by_piece():
    async def gathered() -> list[bytes]:
        request = AsyncRequestFactory().post("/")
        return [piece async for piece in streamed(request, iter("ab"), name="n", content_type="text/plain")]

    assert async_to_sync(gathered)() == [b"a", b"b"]


def test_entries_are_found_by_kind_and_by_subject(auditor, browser_of):
    write(of="alert:7", verdict="yes")
    write("test.other", of="alert:8")
    client = browser_of(auditor)
    by_kind = client.get("/en/ledger", {"kind": "test.other"}).content.decode()
    by_subject = client.get("/en/ledger", {"subject": "alert:7"}).content.decode()
    assert ("alert 8" in by_kind, "alert 7" in by_kind) == (True, False)
    assert ("alert 8" in by_subject, "alert 7" in by_subject) == (False, True)
    nothing = client.get("/en/ledger", {"kind": "test.other", "subject": "alert:7"}).content.decode()
    assert "No entry like this" in nothing


def test_pages_go_to_older_entries_and_back_and_miss_none(auditor, browser_of, monkeypatch):
    monkeypatch.setattr(console, "ON_A_PAGE", 3)
    for number in range(8):
        write(of=f"test:{number}")
    client, request = browser_of(auditor), {}
    seen = []
    while True:
        pages = client.get("/en/ledger", request).content.decode()
        seen += [number for number in range(8) if f"test {number}<" in pages]
        older = _link(pages, "next")
        if older is None:
            break
        request = {"before": older}
    assert sorted(seen) == list(range(8))
    back = client.get("/en/ledger", {"after": 2}).content.decode()
    assert [number for number in range(8) if f"test {number}<" in back] == [2, 3, 4]


def _link(page: str, rel: str) -> str | None:
    part = page.partition(f'rel="{rel}" href="')[2].partition('"')[0]
    return part.partition("before=")[2].partition("&")[0] or None


@pytest.mark.parametrize(
    "query",
    [
        {"before": "9" * 40},
        {"before": "-1"},
        {"after": "x"},
        {"before": "٣"},
        {"kind": "\0" * 500},
        {"subject": "'; DROP TABLE ledger_entry; --"},
    ],
)
def test_a_query_that_means_nothing_shows_a_page(auditor, browser_of, query):
    write()
    assert browser_of(auditor).get("/en/ledger", query).status_code == 200


def test_the_last_verification_is_told(auditor, browser_of):
    client = browser_of(auditor)
    assert "has not been verified yet" in client.get("/en/ledger").content.decode()
    write()
    verify_and_record(by=HOST)
    page = client.get("/en/ledger").content.decode()
    assert "is whole and in its place" in page
    assert "&lt;time" not in page


def altered() -> Entry:
    entry = write(verdict="yes")
    with connection.cursor() as cursor:
        cursor.execute(statements_off()[0])
        cursor.execute("UPDATE ledger_entry SET facts = 'no json' WHERE seq = %s", [entry.seq])
    return entry


def test_problems_and_altered_entries_are_told(auditor, browser_of):
    entry = altered()
    verify_and_record(by=HOST)
    page = browser_of(auditor).get("/en/ledger").content.decode()
    assert "The last verification found 2 problems." in page
    assert "This entry was altered." in page
    assert "This entry was altered." in browser_of(auditor).get(f"/en/ledger/{entry.seq}").content.decode()


def test_an_entrys_page_shows_its_whole_hash(auditor, browser_of):
    entry = write()
    assert entry.hash in browser_of(auditor).get(f"/fr/ledger/{entry.seq}").content.decode()


def test_others_entries_do_not_exist(auditor, browser_of, other_organisation):
    entry = write(organisation=other_organisation)
    assert browser_of(auditor).get(f"/en/ledger/{entry.seq}").status_code == 404


def test_who_may_not_read_the_ledger_is_refused(analyst, browser_of):
    assert browser_of(analyst).get("/en/ledger").status_code == 403


def test_the_export_holds_ones_own_entries_and_is_itself_recorded(
    auditor, browser_of, organisation, other_organisation
):
    mine = write(organisation=organisation, name="é")
    write(organisation=other_organisation)
    write()
    response = browser_of(auditor).post("/en/ledger/export")
    lines = response.getvalue().decode().splitlines()
    own, exported = mine, Entry.objects.get(kind="ledger.exported")
    assert [hashlib.sha256(line.encode()).hexdigest() for line in lines] == [own.hash, exported.hash]
    assert json.loads(lines[1])["facts"] == '{"entries":2}'
    assert exported.actor == person(auditor.pk)
    assert "attachment" in response.headers["Content-Disposition"]


def test_only_who_may_export_does_and_not_by_a_link(administrator, auditor, browser_of):
    assert browser_of(administrator).post("/en/ledger/export").status_code == 403
    assert browser_of(auditor).get("/en/ledger/export").status_code == 405


def test_the_number_of_queries_does_not_grow_with_the_entries(auditor, browser_of, organisation):
    client = browser_of(auditor)
    client.get("/en/ledger")  # the first page of a session writes it
    counts = []
    for number in (1, 30):
        for _ in range(number):
            write(organisation=organisation, by=f"person:{new_id()}")
        with CaptureQueriesContext(connection) as queries:
            client.get("/en/ledger")
        counts.append(len(queries))
    assert counts[0] == counts[1]
