"""The pages of sources: what they show, to whom, and what uploads may be.

Abuse cases: 7, 10 (others' rows), 18 (change by GET), 32, 43 (file names), 38 to 41 (what a file may do), 39
(large bodies before sign-in).
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as node_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from vigie_node.jobs import leases
from vigie_node.jobs.child import do
from vigie_node.people.actions.tokens import make_token
from vigie_node.sources import actions
from vigie_node.sources.bodies import FORM_BYTES_MAX, BoundedBodies
from vigie_node.sources.layouts import TITLES
from vigie_node.sources.models import Batch, Declaration, Intake

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "fr")
NEW = "/en/watch/intakes/new"


def text_of(response) -> str:
    """Return what a page says, without markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def upload(
    name: str = "posts.csv", content: bytes = b"author,created_at\na,2026-01-01\n"
) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def spooled() -> list[str]:
    return [path.name for path in node_settings.HOME.spool.iterdir() if path.is_file()]


@pytest.fixture
def browser(browser_of, analyst):
    """Return a client that is signed in as an analyst."""
    return browser_of(analyst)


@pytest.fixture
def hand_in(browser, declaration):
    """Return a way to hand a file in, as the form does."""

    def sent(file: SimpleUploadedFile, **fields: str):
        return browser.post(NEW, {"file": file, "declaration": str(declaration.pk), **fields})

    return sent


@pytest.fixture
def partly(kit, take, tmp_path) -> Intake:
    """Return a finished intake with rows set aside."""
    path = tmp_path / "partly.csv"
    path.write_text(kit.csv_of([*kit.rows_of(5), ",2026-01-01,i,p,t", "x,never,i,p,t"]))
    return take(path)


# --- What they show ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there_in_both_languages(browser_of, make_person, partly, language):
    browser = browser_of(make_person("analyst", "approver", "administrator"))
    batch = partly.batches.get()
    for path in (
        "intakes",
        "intakes?state=failed",
        "intakes/new",
        f"intakes/{partly.pk}",
        f"intakes/{partly.pk}/part",
        "batches",
        f"batches/{batch.pk}",
        "declarations",
        "declarations/new",
        f"declarations/{partly.declaration_id}",
    ):
        response = browser.get(f"/{language}/watch/{path}")
        assert response.status_code == 200, path
        assert "style=" not in response.content.decode()


def test_an_intake_says_what_came_in_and_why_rows_were_set_aside(browser, partly):
    said = text_of(browser.get(f"/en/watch/intakes/{partly.pk}"))
    assert "Of 5 posts read" in said or "5 posts were read" in said
    assert "The author is missing." in said
    assert "line 7" in said
    assert partly.file_sha256 in said


def test_an_intake_says_what_was_recognised_how_sure_and_what_was_passed_over(browser, take):
    samples = Path(__file__).parents[2] / "spec" / "collect" / "samples"
    done = take(samples / "bluesky-jetstream.ndjson")
    said = text_of(browser.get(f"/en/watch/intakes/{done.pk}"))
    assert "Bluesky Jetstream, sure: 99 %" in said
    assert "2 records: An event about an account, not a post." in said
    assert "Rows set aside 0" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_layout_is_offered_and_recognition_is_the_default(browser, declaration, language):
    page = browser.get(f"/{language}/watch/intakes/new").content.decode()
    offered = re.search(r'<select name="layout".*?</select>', page, re.DOTALL).group()
    assert re.findall(r'<option value="([^"]*)" selected', offered) == [""]
    assert set(re.findall(r'value="([^"]*)"', offered)) == {"", *TITLES}
    assert offered.count("<optgroup") == 5


def test_the_layout_that_is_chosen_decides_how_a_file_is_read(hand_in, browser):
    sent = hand_in(upload(), layout="4cat-x")
    assert sent.status_code == 302
    do(leases.claim())
    intake = Intake.objects.get()
    assert (intake.options["layout"], intake.error_code) == ("4cat-x", "file.layout_columns")
    said = text_of(browser.get(f"/en/watch/intakes/{intake.pk}"))
    assert "“posts.csv” lacks columns that “4cat-x” has: " in said
    assert "is chosen in the field “What the file is”" in said
    assert hand_in(upload(), layout="no-such").status_code == 422


def test_an_intake_under_way_refreshes_itself_and_one_that_ended_does_not(browser, partly):
    part = f"/en/watch/intakes/{partly.pk}/part"
    assert "hx-get" not in browser.get(part).content.decode()
    Intake.objects.filter(pk=partly.pk).update(state="running")
    assert f'hx-get="{part}"' in browser.get(part).content.decode()


def test_a_batch_says_what_stands_in_its_place(browser, partly):
    from vigie_node.sources import erasing

    old = partly.batches.get()
    from vigie.store.batches import Store

    (author,) = {
        rows.column("author")[0].as_py() for rows in Store(node_settings.HOME.store).read([old.sha256])
    }
    erasing.erase_posts(old, authors=[author], reason="request", by="host", waiting=lambda: None)
    new = Batch.objects.get(erased_ms=None)
    assert new.sha256[:12] in text_of(browser.get(f"/en/watch/batches/{old.pk}"))
    assert old.sha256[:12] in text_of(browser.get(f"/en/watch/batches/{new.pk}"))


def test_people_are_told_when_the_store_is_full(browser, settings):
    settings.NODE = replace(settings.NODE, disk_free_bytes_min=10**15)
    assert "The store is full" in text_of(browser.get("/en/watch/intakes"))


def test_what_people_wrote_is_shown_as_text(browser, organisation, kit):
    words = "<script>alert(1)</script>"
    made = actions.declare(organisation=organisation, by=None, **kit.ANSWERS | {"purpose": words})
    page = browser.get(f"/en/watch/declarations/{made.pk}").content.decode()
    assert words not in page
    assert "&lt;script&gt;" in page


@pytest.mark.usefixtures("partly")
@pytest.mark.parametrize("path", ["intakes", "batches", "declarations"])
def test_a_page_of_a_list_that_cannot_be_is_the_first_or_empty(browser, path):
    for asked in ("0", "-1", "x", "9" * 30, "10001", "²", "2"):
        assert browser.get(f"/en/watch/{path}", {"page": asked}).status_code == 200


@pytest.mark.parametrize("path", ["intakes", "batches", "declarations"])
def test_the_queries_of_a_list_do_not_grow_with_its_rows(browser, kit, take, tmp_path, organisation, path):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(f"/en/watch/{path}").status_code == 200
        return len(seen)

    def add(number: int) -> None:
        file = tmp_path / f"{number}.csv"
        file.write_text(kit.csv_of(kit.rows_of(2, start=10 * number)))
        under = actions.declare(
            organisation=organisation, by=None, **kit.ANSWERS | {"purpose": f"but {number}"}
        )
        take(file, under=under)

    add(0)
    queries()  # the first page of a session writes that it was seen
    few = queries()
    for number in range(1, 6):
        add(number)
    assert queries() == few


# --- Whose rows ---


def test_the_rows_of_another_organisation_do_not_exist(browser_of, make_person, other_organisation, partly):
    stranger = browser_of(make_person("analyst", "approver", of=other_organisation))
    batch = partly.batches.get()
    for path in (
        f"intakes/{partly.pk}",
        f"intakes/{partly.pk}/part",
        f"batches/{batch.pk}",
        f"declarations/{partly.declaration_id}",
    ):
        assert stranger.get(f"/en/watch/{path}").status_code == 404
    for path in (f"intakes/{partly.pk}/retry", f"declarations/{partly.declaration_id}/close"):
        assert stranger.post(f"/en/watch/{path}").status_code == 404
    assert "partly.csv" not in text_of(stranger.get("/en/watch/intakes"))
    assert Declaration.objects.get(pk=partly.declaration_id).closed_ms is None


def test_nobody_takes_in_under_another_organisations_declaration(
    browser_of, make_person, other_organisation, declaration
):
    stranger = browser_of(make_person("analyst", of=other_organisation))
    stranger_form = stranger.post(NEW, {"file": upload(), "declaration": str(declaration.pk)})
    assert stranger_form.status_code in {200, 422}
    assert not Intake.objects.exists()
    assert spooled() == []


def test_a_closed_declaration_is_not_offered(hand_in, browser, declaration, analyst):
    actions.close_declaration(declaration, by=analyst)
    assert str(declaration.pk) not in browser.get(NEW).content.decode()
    assert hand_in(upload()).status_code == 422
    assert spooled() == []


def test_a_declaration_made_while_taking_in_is_asked_for_and_the_file_is_not_kept(browser, analyst, kit):
    answers = {f"new-{name}": str(value) for name, value in kit.ANSWERS.items()}
    asked = browser.post(NEW, {"file": upload(), "declaration": "new", **answers})
    made = Declaration.objects.get()
    assert asked.url == f"/en/watch/declarations/{made.pk}"
    assert (made.by, made.state) == (analyst, "asked")
    assert not Intake.objects.exists()
    assert spooled() == []
    assert "The file was not kept" in text_of(browser.get(asked.url))


@pytest.mark.parametrize("answer", ["purpose", "legal_basis", "responsible", "retention_days"])
def test_a_declaration_form_without_an_answer_is_shown_again(browser_of, make_person, kit, answer):
    approver = browser_of(make_person("approver"))
    for blank in ("", " ", "…"):
        sent = {**kit.ANSWERS, answer: blank}
        response = approver.post("/en/watch/declarations/new", sent)
        assert response.status_code == 422
        assert "field-error" in response.content.decode()
    assert not Declaration.objects.exists()


def test_a_declaration_is_asked_for_and_withdrawn_by_forms(browser_of, make_person, kit):
    approver = browser_of(make_person("approver"))
    made = approver.post("/en/watch/declarations/new", kit.ANSWERS)
    assert made.status_code == 302
    declaration = Declaration.objects.get()
    assert approver.get(f"/en/watch/declarations/{declaration.pk}/close").status_code == 405
    assert approver.post(f"/en/watch/declarations/{declaration.pk}/close").status_code == 302
    assert "was withdrawn" in text_of(approver.get(f"/en/watch/declarations/{declaration.pk}"))


def test_a_form_from_elsewhere_takes_nothing_in(analyst, declaration):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(analyst)
    session = careful.session
    session["session_key"] = analyst.session_key
    session.save()
    sent = careful.post(NEW, {"file": upload(), "declaration": str(declaration.pk)})
    assert sent.status_code == 403
    assert not Intake.objects.exists()


# --- Uploads ---


def test_a_file_handed_in_waits_in_the_spool_and_is_taken_in(hand_in, browser, posts):
    sent = hand_in(upload("canary posts.CSV", posts.read_bytes()))
    intake = Intake.objects.get()
    assert sent.status_code == 302
    assert sent["Location"] == f"/en/watch/intakes/{intake.pk}"
    (name,) = spooled()
    assert re.fullmatch(r"[0-9a-f-]{36}\.upload\.csv", name)
    assert "waits for its turn" in text_of(browser.get(sent["Location"]))
    do(leases.claim())
    assert "100 posts were read" in text_of(browser.get(sent["Location"]))
    assert spooled() == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../../vigie.toml", "vigie.toml"),
        ("..\\..\\x.csv", "x.csv"),
        ("$(touch x);`y`.csv", "$(touch x);`y`.csv"),
        ("a\u202egnp.csv", "agnp.csv"),  # Django leaves out what nobody sees
        ("<b>.csv", "<b>.csv"),
        ("x.csv.exe", "x.csv.exe"),
    ],
)
def test_a_file_name_becomes_no_path_and_no_markup(hand_in, browser, given, shown):
    before = sorted(path for path in node_settings.HOME.folder.rglob("*") if "spool" not in path.parts)
    assert hand_in(upload(given)).status_code == 302
    intake = Intake.objects.get()
    assert intake.file_name == shown
    (name,) = spooled()
    assert re.fullmatch(r"[0-9a-f-]{36}\.upload(\.csv)?", name)
    assert (
        sorted(path for path in node_settings.HOME.folder.rglob("*") if "spool" not in path.parts) == before
    )
    assert "<b>" not in browser.get(f"/en/watch/intakes/{intake.pk}").content.decode()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", {"en": "is empty", "fr": "est vide"}),
        ("archive.zip", b"PK\x03\x04" + bytes(60), {"en": "damaged or incomplete", "fr": "endommagé"}),
        ("page.csv", b"<html>", {"en": "is a web page", "fr": "page Web"}),
        ("noise.bin", bytes(range(256)) * 9, {"en": "in no format", "fr": "aucun des formats"}),
    ],
)
def test_a_file_that_is_none_is_explained_in_the_readers_language(hand_in, browser, name, content, said):
    sent = hand_in(upload(name, content))
    assert sent.status_code == 302
    do(leases.claim())
    intake = Intake.objects.get()
    for language in LANGUAGES:
        page = text_of(browser.get(f"/{language}/watch/intakes/{intake.pk}"))
        assert said[language].casefold() in page.casefold()
        assert name in page
        assert str(node_settings.HOME.spool) not in page
    assert spooled() == []


def test_wrong_pairs_of_columns_are_shown_again(hand_in):
    response = hand_in(upload(), mapping="text body")
    assert response.status_code == 422
    assert "text body" in text_of(response)
    assert spooled() == []


def test_columns_that_were_named_are_kept_and_no_field_is_added(hand_in):
    sent = hand_in(
        upload(), mapping=" text = body \n\nwho=author", state="done", is_upload="", path="/etc/passwd"
    )
    assert sent.status_code == 302
    intake = Intake.objects.get()
    assert intake.options["mapping"] == {"text": "body", "who": "author"}
    assert (intake.state, intake.is_upload) == ("waiting", True)
    assert intake.path.startswith(str(node_settings.HOME.spool))


def test_a_full_store_is_said_at_the_form_and_the_file_is_not_kept(hand_in, settings):
    settings.NODE = replace(settings.NODE, disk_free_bytes_min=10**15)
    response = hand_in(upload())
    assert response.status_code == 422
    assert "must stay free" in text_of(response)
    assert spooled() == []


def test_an_intake_that_failed_for_want_of_room_can_be_tried_again(hand_in, browser, settings, posts):
    hand_in(upload("posts.csv", posts.read_bytes()))
    plain = settings.NODE
    settings.NODE = replace(plain, store_bytes_max=1)
    do(leases.claim())
    intake = Intake.objects.get()
    assert "Try again" in text_of(browser.get(f"/en/watch/intakes/{intake.pk}"))
    settings.NODE = plain
    assert browser.post(f"/en/watch/intakes/{intake.pk}/retry").status_code == 302
    do(leases.claim())
    intake.refresh_from_db()
    assert (intake.state, intake.new_count, intake.error_code) == ("done", 100, "")


# --- Too large, or too early ---


def test_a_file_above_the_limit_is_refused_and_leaves_nothing(hand_in, settings):
    settings.NODE = replace(settings.NODE, upload_bytes_max=1_000)
    assert hand_in(upload("posts.csv", b"x" * 1_001)).status_code == 413
    assert not Intake.objects.exists()
    assert spooled() == []


def test_a_length_above_the_limit_is_refused_unread(browser, settings):
    settings.NODE = replace(settings.NODE, upload_bytes_max=1_000)
    response = browser.generic("POST", NEW, b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=10**9)
    assert response.status_code == 413


class Unread(BytesIO):
    """A body that nobody may read."""

    def read(self, *_: object) -> bytes:
        pytest.fail("the body was read")


@pytest.mark.parametrize("role", [None, "auditor"])
def test_the_body_of_who_may_not_is_not_read(browser_of, make_person, role):
    client = browser_of(make_person(role)) if role else Client()
    response = client.generic(
        "POST", NEW, b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=100, **{"wsgi.input": Unread()}
    )
    assert response.status_code == (403 if role else 302)


def answer_of(scope: dict[str, object], pieces: list[bytes]) -> tuple[int, int]:
    """Return the status with which the door answers, and how many bytes got past it."""
    given, sent = 0, []
    waiting = [
        {"type": "http.request", "body": piece, "more_body": place < len(pieces) - 1}
        for place, piece in enumerate(pieces)
    ]

    async def application(_scope, receive, send):
        nonlocal given
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            given += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(BoundedBodies(application)(scope, receive, send))
    return sent[0]["status"], given


def scope_of(path: str, *, length: int | None = None, cookie: str = "") -> dict[str, object]:
    """Return a request as the server describes it."""
    headers = [(b"cookie", cookie.encode())] if cookie else []
    if length is not None:
        headers.append((b"Content-Length", str(length).encode()))
    return {"type": "http", "method": "POST", "path": path, "headers": headers}


def test_before_sign_in_no_large_body_passes_the_door():
    assert answer_of(scope_of("/en/sign-in", length=10), [b"x" * 10]) == (200, 10)
    assert answer_of(scope_of("/en/sign-in", length=FORM_BYTES_MAX + 1), [b""]) == (413, 0)
    assert answer_of(scope_of(NEW, length=FORM_BYTES_MAX + 1), [b""]) == (413, 0)
    piece = b"x" * (FORM_BYTES_MAX // 2 + 1)
    assert answer_of(scope_of(NEW), [piece] * 10) == (413, len(piece))
    assert answer_of(scope_of(NEW, length=-1), [b""]) == (413, 0)


@pytest.mark.django_db(transaction=True)
def test_only_who_may_take_in_sends_a_large_body_and_only_to_the_form(browser, browser_of, auditor, settings):
    settings.NODE = replace(settings.NODE, upload_bytes_max=4 * FORM_BYTES_MAX)
    name = settings.SESSION_COOKIE_NAME

    def sent(path: str, client: Client | None) -> int:
        cookie = f"{name}={client.cookies[name].value}" if client else f"{name}={uuid4().hex}"
        size = 3 * FORM_BYTES_MAX
        return answer_of(scope_of(path, length=size, cookie=cookie), [b"x" * size])[0]

    assert sent(NEW, browser) == 200
    assert sent("/fr/watch/intakes/new", browser) == 200
    assert sent("/en/sign-in", browser) == 413
    assert sent(NEW, browser_of(auditor)) == 413
    assert sent(NEW, None) == 413


@pytest.mark.django_db(transaction=True)
def test_a_token_that_allows_it_sends_a_large_body_to_the_api_alone(analyst, auditor, settings):
    settings.NODE = replace(settings.NODE, upload_bytes_max=4 * FORM_BYTES_MAX)

    def sent(path: str, secret: str) -> int:
        size = 3 * FORM_BYTES_MAX
        scope = scope_of(path, length=size)
        scope["headers"].append((b"authorization", f"Bearer {secret}".encode()))
        return answer_of(scope, [b"x" * size])[0]

    def secret_of(person, permission: str) -> str:
        return make_token(person, name="essai", permissions=[permission], days=1, by=actions.actor(person))[1]

    secret = secret_of(analyst, "intake.make")
    assert sent("/api/v1/intakes", secret) == 200
    assert sent("/api/v1/runs", secret) == 413
    assert sent("/api/v1/intakes", secret_of(analyst, "batch.read")) == 413
    assert sent("/api/v1/intakes", "vigie_invented") == 413
