"""Posts captured by hand: typed once, sealed as they were found, kept without names, opened on record alone.

Abuse cases: 7, 10 (others' captures), 26 (addresses that run), 27 (SVG), 43 (file names), 39 (large bodies).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import shutil
import zipfile
from html import unescape

import pyarrow as pa
import pytest
from django.conf import settings as node_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from vigie.collect.web import archives
from vigie_node.clock import now_ms
from vigie_node.jobs import leases
from vigie_node.jobs.child import do
from vigie_node.jobs.models import Job
from vigie_node.ledger.models import Entry
from vigie_node.sources import bodies, spooling
from vigie_node.sources.actions import captures as actions
from vigie_node.sources.actions import public_actors
from vigie_node.sources.models import Capture, Evidence, Intake, OriginalOpening, Reading, Visit

pytestmark = pytest.mark.django_db
NEW = "/en/watch/captures/new"
CANARIES = ("Canari Jaune", "gh_canari8841", "mp.weixin.qq.com/s/canari")
PAGE = b"""<!doctype html><meta charset=utf-8><title>t</title><script>alert(1)</script>
<p>Texte de la page <a href="https://exemple.ca/lien">ici</a></p>"""
TYPED = {
    "platform": "WeChat",
    "kind": "post",
    "address": "https://mp.weixin.qq.com/s/canari",
    "account_name": "Canari Jaune",
    "account_id": "gh_canari8841",
    "posted": "2026-03-05T09:30",
    "body": "Une nouvelle que Canari Jaune fait circuler https://exemple.ca/nouvelle.",
    "seen": "2026-03-05T10:00:00",
    "how": "screenshot",
    "note": "vu par Canari Jaune",
}


def picture() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((120, 90), 60).convert("RGB").save(file, "PNG")
    return file.getvalue()


def counters(*rows: tuple[str, str, str]) -> dict[str, str]:
    found = {"count-TOTAL_FORMS": str(len(rows)), "count-INITIAL_FORMS": "0"}
    for number, (name, value, at) in enumerate(rows):
        found |= {
            f"count-{number}-name": name,
            f"count-{number}-value": value,
            f"count-{number}-at": at,
        }
    return found


def text_of(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


@pytest.fixture
def browser(browser_of, analyst):
    return browser_of(analyst)


@pytest.fixture
def send(browser, declaration):
    """Return a way to send the form."""

    def sent(*files: SimpleUploadedFile, readings=(("likes", "1 204", ""),), **said: str):
        return browser.post(
            NEW,
            {
                "declaration": str(declaration.pk),
                **TYPED,
                **counters(*readings),
                **said,
                "originals": list(files),
            },
        )

    return sent


@pytest.fixture
def work():
    """Return a way to do all jobs that wait, as the worker does."""

    def done() -> None:
        while (job := leases.claim()) is not None:
            do(job)

    return done


@pytest.fixture
def captured(send, work) -> Capture:
    """Return a captured post with a picture and a saved page, taken in."""
    response = send(SimpleUploadedFile("étrange <b>.png", picture()), SimpleUploadedFile("page.html", PAGE))
    assert response.status_code == 302, text_of(response)
    work()
    return Capture.objects.get()


def observations(capture: Capture) -> list[dict[str, object]]:
    from vigie.store.batches import Store

    store, intakes = Store(node_settings.HOME.store), Intake.objects.filter(visit__capture=capture)
    shas = [batch.sha256 for intake in intakes.order_by("created_ms") for batch in intake.batches.all()]
    return [row for rows in store.read(shas) for row in rows.to_pylist()]


def locker(capture: Capture):
    from vigie_node.sources.originals import locker_of

    return locker_of(capture.declaration.project)


def test_a_capture_becomes_one_observation_tied_to_its_sealed_record(captured):
    visit = captured.visits.get()
    assert (visit.state, visit.intake.state) == ("done", "done")
    (row,) = observations(captured)
    record = Evidence.objects.get(role="record")
    assert row["evidence_id"] == record.sha256
    assert (row["platform"], row["kind"], row["source_kind"]) == ("wechat", "post", "capture")
    assert [link["url"] for link in row["links"]] == [
        "https://exemple.ca/nouvelle",
        "https://exemple.ca/lien",
    ]
    assert [(one["name"], one["value"]) for one in row["counts"]] == [("likes", 1204)]
    (medium,) = row["media"]
    shown = Evidence.objects.get(media_type="image/png")
    assert (medium["sha256"], medium["mime"], medium["c2pa"]) == (shown.sha256, "image/png", "absent")
    assert len(medium["pdq"]) == 64


def test_moments_are_those_of_the_persons_own_zone(captured):
    (row,) = observations(captured)
    assert row["created_ms"] == 1_772_721_000_000  # 09:30 in Toronto, before summer time
    assert row["collected_ms"] == 1_772_722_800_000


def test_originals_open_as_they_were_handed_in_and_the_record_lists_them(captured):
    held = locker(captured)
    files = {one.media_type: one for one in Evidence.objects.filter(role="file")}
    assert b"".join(held.open(files["text/html"].sha256)) == PAGE
    record = json.loads(b"".join(held.open(Evidence.objects.get(role="record").sha256)))
    assert record["account_id"] == "gh_canari8841"
    assert {one["sha256"] for one in record["files"]} == {one.sha256 for one in files.values()}
    assert record["note"] == TYPED["note"]


def test_no_name_stands_outside_the_vault_and_the_evidence(captured, browser, caplog):
    home = node_settings.HOME.folder
    said = "".join(
        json.dumps(list(model.objects.values()), default=str)
        for model in (Capture, Visit, Reading, Evidence, Intake, Job, Entry)
    )
    said += json.dumps(observations(captured), default=str) + caplog.text
    said += browser.get(reverse("sources:capture", args=[captured.pk])).content.decode()
    for canary in CANARIES:
        assert canary not in said
        for path in home.rglob("*"):
            assert not path.is_file() or canary.encode() not in path.read_bytes(), path
    assert [path for path in node_settings.HOME.spool.iterdir() if path.name != "locks"] == []


def test_the_page_shows_the_post_its_series_and_its_originals_without_names(captured, browser):
    for language in ("en", "fr"):
        response = browser.get(f"/{language}/watch/captures/{captured.pk}")
        assert response.status_code == 200
        content = response.content.decode()
        assert "<svg viewBox" in content
        assert "style=" not in content
        assert captured.author in content
        for evidence in Evidence.objects.all():
            assert evidence.sha256 in content


def test_a_second_visit_adds_a_reading_to_the_same_post(captured, browser, work):
    page = reverse("sources:capture-reading", args=[captured.pk])
    rows = counters(("likes", "90,000", ""), ("views", "2000000", "2026-03-06T08:00"), ("", "", ""))
    browser.post(page, {"seen": "2026-03-06T09:00", "how": "eye", **rows})
    work()
    first, second = observations(captured)
    assert first["post_id"] == second["post_id"]
    assert first["author"] == second["author"]
    assert first["body"] == second["body"]
    assert first["links"] == second["links"]
    assert first["evidence_id"] != second["evidence_id"]
    assert [(one["name"], one["value"]) for one in second["counts"]] == [
        ("likes", 1204), ("views", 2_000_000), ("likes", 90_000)
    ]  # fmt: skip
    assert [one["sha256"] for one in second["media"]] == [one["sha256"] for one in first["media"]]
    record = Evidence.objects.filter(role="record").order_by("sealed_ms").last()
    said = json.loads(b"".join(locker(captured).open(record.sha256)))
    assert said["first"] == first["evidence_id"]
    assert Entry.objects.filter(kind="evidence.used").exists()
    assert "90,000" in text_of(browser.get(f"/en/watch/captures/{captured.pk}"))


def test_a_later_visit_that_finds_a_post_as_it_was_is_kept_as_a_look(captured, browser, work):
    page = reverse("sources:capture-reading", args=[captured.pk])
    for _ in range(2):
        sent = {"seen": "2026-03-09T09:00", "how": "screenshot", **counters(("", "", ""))}
        response = browser.post(page, {**sent, "originals": [SimpleUploadedFile("later.html", PAGE)]})
        assert response.status_code == 302, text_of(response)
        work()
    (row,) = observations(captured)
    assert row["checked_ms"] == captured.visits.order_by("created_ms").last().seen_ms


def test_a_turned_copy_in_another_capture_is_found_to_be_the_same_picture(send, work):
    from vigie.detect.reuse import detect
    from vigie.store.batches import Store

    image = Image.effect_noise((12, 9), 80).resize((360, 270), Image.Resampling.NEAREST).convert("RGB")
    for number, (shown, form) in enumerate(
        ((image, "PNG"), (image.transpose(Image.Transpose.ROTATE_90), "JPEG"))
    ):
        file = io.BytesIO()
        shown.save(file, form)
        send(
            SimpleUploadedFile(f"{number}.{form}", file.getvalue()),
            address=f"https://mp.weixin.qq.com/s/{number}",
            account_id=f"gh_canari{number}",
            native_id=f"n{number}",
        )
        work()
    store, shas = Store(node_settings.HOME.store), []
    for intake in Intake.objects.order_by("created_ms"):
        shas += [batch.sha256 for batch in intake.batches.all()]
    posts = pa.Table.from_batches(store.latest(shas))
    assert detect(posts).uses.num_rows == 2


def test_a_saved_page_gives_the_text_that_was_not_typed(send, work):
    send(SimpleUploadedFile("p.html", PAGE), body="")
    work()
    (row,) = observations(Capture.objects.get())
    assert "Texte de la page" in row["body"]
    assert "alert" not in row["body"]


def response_of(address: str, page: bytes, *headers: str) -> bytes:
    """Return one record of a WARC: what a server answered."""
    answer = (
        "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: text/html", *headers]).encode() + b"\r\n\r\n" + page
    )
    lines = (
        "WARC/1.1",
        "WARC-Type: response",
        f"WARC-Target-URI: {address}",
        f"Content-Length: {len(answer)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer + b"\r\n\r\n"


OTHER = "<p>Réclame d’à côté <a href='https://pub.example/'>acheter</a></p>".encode()
WARC = response_of("https://pub.example/bandeau", OTHER) + response_of(TYPED["address"], PAGE)


def wacz_of(warc: bytes, *, told: str = "") -> bytes:
    """Return a WACZ of one WARC; `told` is what its list says of the WARC instead of its SHA-256."""
    file, sha256 = io.BytesIO(), told or hashlib.sha256(warc).hexdigest()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/a.warc", warc)
        listed = {"resources": [{"path": "archive/a.warc", "hash": f"sha256:{sha256}"}]}
        archive.writestr("datapackage.json", json.dumps(listed))
    return file.getvalue()


@pytest.mark.parametrize(
    "content", [WARC, gzip.compress(WARC), wacz_of(WARC)], ids=["warc", "warc.gz", "wacz"]
)
def test_a_web_archive_gives_the_text_and_links_of_its_page_as_a_saved_page_does(
    send, work, browser, content
):
    send(SimpleUploadedFile("a", content), body="")
    work()
    (row,) = observations(Capture.objects.get())
    assert row["body"] == "Texte de la page ici"
    assert [link["url"] for link in row["links"]] == ["https://exemple.ca/lien"]
    assert Evidence.objects.get(role="file").problem == ""
    record = json.loads(b"".join(locker(Capture.objects.get()).open(row["evidence_id"])))
    assert record["read"] == {"texts": [row["body"]], "links": ["https://exemple.ca/lien"]}


def test_of_an_archive_without_the_posts_address_every_page_is_read(send, work):
    send(SimpleUploadedFile("a.warc", WARC), body="", address="")
    work()
    (row,) = observations(Capture.objects.get())
    assert row["body"] == "Réclame d’à côté acheter\n\nTexte de la page ici"


def test_a_second_visit_knows_what_an_archive_said(send, work, browser):
    send(SimpleUploadedFile("a.wacz", wacz_of(WARC)), body="")
    work()
    capture = Capture.objects.get()
    page = reverse("sources:capture-reading", args=[capture.pk])
    more = {"originals": [SimpleUploadedFile("b.warc", WARC)], **counters(("likes", "3", ""))}
    browser.post(page, {"seen": "2026-03-06T09:00", "how": "eye", **more})
    work()
    first, second = observations(capture)
    assert (second["body"], second["links"]) == (first["body"], first["links"])


BOMB = response_of(TYPED["address"], bytes(8 << 20))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (wacz_of(WARC, told="0" * 64), "unread"),  # altered since it was made
        (wacz_of(WARC)[:-9], "unread"),
        (WARC[:-60], "unread"),
        (b"WARC/1.1\r\n" + b"x" * 100_000, "unread"),
        (wacz_of(BOMB), "unread"),
        (gzip.compress(gzip.compress(bytes(1 << 20))), "undecoded"),
        (gzip.compress(BOMB), "unread"),
    ],
    ids=["altered", "cut wacz", "cut warc", "endless line", "bomb in a wacz", "gzip in gzip", "bomb"],
)
def test_a_hostile_archive_is_kept_not_read_and_breaks_nothing(
    send, work, browser, monkeypatch, content, problem
):
    monkeypatch.setattr(archives, "UNPACKED_MAX", 4 << 20)
    send(SimpleUploadedFile("a.wacz", content))
    work()
    capture = Capture.objects.get()
    assert capture.visits.get().state == "done"
    evidence = Evidence.objects.get(role="file")
    assert evidence.problem == problem
    assert b"".join(locker(capture).open(evidence.sha256)) == content
    (row,) = observations(capture)
    assert [link["url"] for link in row["links"]] == ["https://exemple.ca/nouvelle"]
    said = text_of(browser.get(f"/en/watch/captures/{capture.pk}"))
    assert ("damaged, altered or too large to be read safely" in said) == (problem == "unread")


def test_an_account_in_public_office_is_in_clear_on_the_page_as_in_the_store(send, work, make_person):
    said = public_actors.Line(
        platform="wechat",
        account="gh_canari8841",
        name="Ministère d’essai",
        office="Ministère",
        from_ms=0,
        until_ms=None,
        source="https://example.org/",
    )
    made = public_actors.add_actor(said, by=make_person("approver"))
    public_actors.agree_actor(made, seen_ms=made.changed_ms, by=make_person("approver"))
    send()
    work()
    capture = Capture.objects.get()
    (row,) = observations(capture)
    assert (row["author"], row["is_public_actor"]) == ("gh_canari8841", True)
    assert (capture.author, capture.body) == (row["author"], row["body"])


def test_a_post_of_unknown_moment_is_kept_as_evidence_and_not_given_to_detection(send, work, browser):
    send(posted="", posted_unknown="on")
    work()
    capture = Capture.objects.get()
    assert (capture.posted_ms, capture.visits.get().state) == (None, "done")
    assert Evidence.objects.count() == 1
    assert not Intake.objects.exists()
    assert "is unknown" in text_of(browser.get(f"/en/watch/captures/{capture.pk}"))


def test_another_counter_keeps_what_was_typed_and_keeps_nothing_yet(send):
    response = send(more="1", readings=(("likes", "7", ""),))
    content = response.content.decode()
    assert response.status_code == 200
    assert "Canari Jaune" in content
    assert 'value="7"' in content
    assert content.count('-value"') >= 4
    assert not Capture.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"platform": "we chat"},
        {"address": "javascript:alert(1)"},
        {"account_name": "", "account_id": ""},
        {"posted": "", "posted_unknown": ""},
        {"posted_unknown": "on"},
        {"posted": "yesterday"},
        {"seen": "2999-01-01T00:00"},
        {"body": ""},
        {"count-0-value": "many"},
        {"count-0-value": "-3"},
        {"count-0-name": ""},
        {"count-0-at": "2999-01-01T00:00"},
        {"declaration": "0190a000-0000-7000-8000-000000000000"},
        {"count-TOTAL_FORMS": "100000"},
        {"count-TOTAL_FORMS": "x"},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_a_word_and_nothing_is_kept(send, wrong):
    response = send(**wrong)
    assert response.status_code == 422
    assert "field-error" in response.content.decode() or "notice error" in response.content.decode()
    assert not Capture.objects.exists()
    assert [
        path for path in node_settings.HOME.spool.iterdir() if path.is_dir() and path.name != "locks"
    ] == []


def test_a_drawing_and_a_broken_picture_are_kept_and_said(send, work, browser):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    send(SimpleUploadedFile("a.svg", svg), SimpleUploadedFile("b.png", picture()[:500]))
    work()
    found = {one.media_type: one.problem for one in Evidence.objects.filter(role="file")}
    assert found == {"image/svg+xml": "refused", "image/png": "damaged"}
    (row,) = observations(Capture.objects.get())
    assert not row["media"]
    assert "can hold scripts" in text_of(browser.get(f"/en/watch/captures/{Capture.objects.get().pk}"))


def test_killed_before_it_was_recorded_it_is_simply_done_again(send, work, monkeypatch):
    send(SimpleUploadedFile("a.png", picture()))
    visit = Visit.objects.get()
    from vigie_node.sources import capturing

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(capturing.captures, "keep_visit", killed)
        with pytest.raises(Killed):
            work()
    assert not Evidence.objects.exists()
    assert spooling.folder_of(visit.pk).exists()
    Job.objects.update(lease_until_ms=0)
    job = Job.objects.get(kind=actions.CAPTURE)
    Job.objects.filter(pk=job.pk).update(state="queued")
    work()
    capture = Capture.objects.get()
    assert len(observations(capture)) == 1
    assert locker(capture).held() == sorted(Evidence.objects.values_list("sha256", flat=True))
    assert not spooling.folder_of(visit.pk).exists()


def test_without_the_projects_key_the_visit_says_so_and_can_be_tried_again(send, work, browser):
    send(SimpleUploadedFile("a.png", picture()))
    salts = node_settings.HOME.keys / "projects"
    aside = salts.with_name("aside")
    salts.rename(aside)
    try:
        work()
        visit = Visit.objects.get()
        assert visit.state == "failed"
        page = f"/en/watch/captures/{visit.capture_id}"
        assert "Try again" in text_of(browser.get(page))
    finally:
        shutil.rmtree(salts, ignore_errors=True)
        aside.rename(salts)
    browser.post(reverse("sources:visit-retry", args=[visit.pk]))
    work()
    assert Visit.objects.get().state == "done"


def test_no_words_are_kept_under_a_declaration_that_was_closed_though_the_moment_is_unknown(
    send, work, browser, declaration
):
    from vigie_node.sources.actions import close_declaration
    from vigie_node.sources.errors import DeclarationClosedError

    send(posted="", posted_unknown="on")
    close_declaration(declaration, by=None)
    work()
    visit = Visit.objects.get()
    assert (visit.state, visit.error_code) == ("failed", "declaration.closed")
    assert (visit.capture.author, visit.capture.body) == ("", "")
    assert not Evidence.objects.exists()
    with pytest.raises(DeclarationClosedError):
        actions.retry_visit(visit)
    assert browser.post(reverse("sources:visit-retry", args=[visit.pk])).status_code < 500
    assert Visit.objects.get().state == "failed"


def test_no_words_come_back_to_a_capture_that_was_erased(send, work):
    send()
    actions.forget_words(Capture.objects.get())
    work()
    assert Visit.objects.get().error_code == "declaration.capture_erased"
    assert (Capture.objects.get().author, Capture.objects.get().body) == ("", "")


# --- the originals ---


@pytest.fixture
def original(captured) -> Evidence:
    return Evidence.objects.get(media_type="text/html")


def kinds_about(evidence: Evidence) -> list[str]:
    return list(
        Entry.objects.filter(subject=f"evidence:{evidence.pk}").order_by("seq").values_list("kind", flat=True)
    )


def asked_for(original: Evidence, browser, reason: str = "vérifier la date") -> OriginalOpening:
    """Ask from the page to open an original."""
    answer = browser.post(reverse("sources:original-ask", args=[original.pk]), {"reason": reason})
    asked = OriginalOpening.objects.get()
    assert answer["Location"].endswith(reverse("sources:original-opening", args=[asked.pk])[3:])
    return asked


def decided(asked: OriginalOpening, browser, decision: str = "approve", reason: str = ""):
    address = reverse("sources:original-decide", args=[asked.pk])
    return browser.post(address, {"decision": decision, "reason": reason})


def read(asked: OriginalOpening, browser, *, follow: bool = False):
    return browser.post(reverse("sources:original-read", args=[asked.pk]), follow=follow)


@pytest.fixture
def approver(make_person):
    return make_person("approver")


def test_an_original_opens_once_another_person_approved_and_each_reading_is_on_record(
    original, browser, approver, browser_of
):
    asked, other = asked_for(original, browser), browser_of(approver)
    page = reverse("sources:original-opening", args=[asked.pk])
    assert "Approve" in text_of(other.get(page))
    assert decided(asked, other).status_code == 302
    for _ in range(2):
        answer = read(asked, browser)
        assert b"".join(answer.streaming_content) == PAGE
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Length"] == str(len(PAGE))
    asking = ["evidence.opening_asked", "evidence.opening_approved"]
    assert kinds_about(original) == ["evidence.taken", *asking, "evidence.opened", "evidence.opened"]
    log = text_of(other.get(reverse("sources:evidence", args=[original.pk])))
    assert "vérifier la date" in log
    assert "vérifier" not in str(list(Entry.objects.values_list("facts", flat=True)))
    assert "may open it until" in text_of(browser.get(page))
    assert original.sha256[:12] in text_of(other.get(reverse("sources:original-openings")))


@pytest.mark.usefixtures("approver")
def test_without_a_reason_nothing_is_asked(original, browser):
    for reason in ("", "…"):
        answer = browser.post(reverse("sources:original-ask", args=[original.pk]), {"reason": reason})
        assert answer.status_code == 422
    assert kinds_about(original) == ["evidence.taken"]


def test_nobody_opens_an_original_alone(original, analyst, browser_of, browser, approver):
    from vigie_node.people.models import Grant, Person

    asked = asked_for(original, browser)
    refused = "cannot be opened now"
    assert refused in text_of(read(asked, browser, follow=True))  # not approved yet
    Grant.objects.create(person=analyst, role="approver", granted_ms=0)
    both = browser_of(Person.objects.get(pk=analyst.pk))
    assert decided(asked, both).status_code == 422
    decided(asked, browser_of(approver))
    Grant.objects.create(person=approver, role="analyst", granted_ms=0)
    approved_by = browser_of(Person.objects.get(pk=approver.pk))
    assert refused in text_of(read(asked, approved_by, follow=True))  # who approved does not read
    assert "evidence.opened" not in kinds_about(original)


def test_where_nobody_else_may_approve_the_page_says_so_and_nothing_is_asked(original, browser):
    page = reverse("sources:original-ask", args=[original.pk])
    assert "One person alone never opens an original" in text_of(browser.get(page))
    assert browser.post(page, {"reason": "voir"}).status_code == 422
    assert not OriginalOpening.objects.exists()


def test_two_accounts_of_one_administrators_making_open_no_original(
    original, analyst, browser, approver, make_person, browser_of
):
    from vigie_node.people.models import Grant

    asked = asked_for(original, browser)
    boss = make_person("administrator")
    Grant.objects.filter(person__in=[analyst, approver]).update(granted_by=boss)
    assert decided(asked, browser_of(approver)).status_code == 422
    assert OriginalOpening.objects.get().state == "asked"


def test_what_was_refused_does_not_open_and_the_refusal_has_a_reason(original, browser, approver, browser_of):
    asked, other = asked_for(original, browser), browser_of(approver)
    assert decided(asked, other, "refuse").status_code == 422
    assert decided(asked, other, "refuse", "inutile").status_code == 302
    assert "cannot be opened now" in text_of(read(asked, browser, follow=True))
    assert kinds_about(original)[-1] == "evidence.opening_refused"


@pytest.mark.parametrize(("days", "state"), [(0.9, "approved"), (1.1, "lapsed")])
def test_an_approval_lasts_a_day(original, browser, approver, browser_of, monkeypatch, days, state):
    from vigie_node.sources.actions import original_openings, two_persons

    asked = asked_for(original, browser)
    decided(asked, browser_of(approver))
    later = now_ms() + int(days * 86_400_000)
    for module in (original_openings, two_persons):
        monkeypatch.setattr(module, "now_ms", lambda: later)
    assert read(asked, browser).status_code == (200 if state == "approved" else 302)
    original_openings.lapse_openings()
    assert OriginalOpening.objects.get().state == state
    assert kinds_about(original).count("evidence.opening_lapsed") == (state == "lapsed")


def test_what_was_erased_meanwhile_does_not_open(original, browser, approver, browser_of):
    asked = asked_for(original, browser)
    decided(asked, browser_of(approver))
    actions.record_evidence_erased(original)
    assert "was erased" in text_of(read(asked, browser, follow=True))
    assert "evidence.opened" not in kinds_about(original)


def test_an_altered_original_is_not_sent_and_verifying_says_so(
    original, captured, browser, approver, browser_of, work
):
    path = locker(captured).path(original.sha256)
    sealed = bytearray(path.read_bytes())
    sealed[-1] ^= 1
    path.write_bytes(sealed)
    asked = asked_for(original, browser)
    decided(asked, browser_of(approver))
    assert "does not open" in text_of(read(asked, browser, follow=True))
    browser.post(reverse("sources:evidence-verify", args=[original.pk]))
    work()
    assert json.loads(Entry.objects.get(kind="evidence.verified").facts)["outcome"] == "broken"
    from vigie_node.sources.verifying import flaws

    assert [flaw.facts["sha256"] for flaw in flaws(lambda *_: None)] == [original.sha256]


def test_a_whole_original_is_verified_on_record(original, browser, work):
    browser.post(reverse("sources:evidence-verify", args=[original.pk]))
    work()
    assert json.loads(Entry.objects.get(kind="evidence.verified").facts)["outcome"] == "whole"


def test_strange_files_among_the_evidence_are_told_and_swept(captured):
    import os

    from vigie_node.sources.verifying import flaws

    stranger = locker(captured).folder / f"{'0' * 64}.sealed"
    stranger.write_bytes(b"x")
    os.utime(stranger, (1, 1))
    assert [flaw.facts["path"] for flaw in flaws(lambda *_: None)] == [
        f"{stranger.parent.name}/{stranger.name}"
    ]
    from vigie_node.sources.erasing import erase_what_is_past

    erase_what_is_past(lambda: None)
    assert not stranger.exists()
    assert list(flaws(lambda *_: None)) == []


def test_evidence_goes_with_the_time_of_its_declaration(captured, monkeypatch, browser):
    from vigie_node.sources import erasing, originals

    later = now_ms() + 31 * 86_400_000
    for module in (erasing, originals):
        monkeypatch.setattr(module, "now_ms", lambda: later)
    erasing.erase_what_is_past(lambda: None)
    assert not Evidence.objects.filter(erased_ms=None).exists()
    assert locker(captured).held() == []
    captured.refresh_from_db()
    assert captured.erased_ms is not None
    assert (captured.author, captured.body, captured.links) == ("", "", [])
    assert Reading.objects.count() == 1
    assert Entry.objects.filter(kind="evidence.erased").count() == 3
    page = browser.get(f"/en/watch/captures/{captured.pk}")
    assert "were erased" in text_of(page)
    assert browser.get(reverse("sources:capture-reading", args=[captured.pk])).status_code == 404


def test_words_that_never_had_a_batch_go_with_the_time_of_their_declaration_and_are_told_till_then(
    send, work, monkeypatch
):
    from vigie_node.sources import erasing, originals, verifying

    send(posted="", posted_unknown="on")
    work()
    capture = Capture.objects.get()
    assert capture.author
    assert capture.body
    erasing.erase_what_is_past(lambda: None)
    assert Capture.objects.get().erased_ms is None
    later = now_ms() + 31 * 86_400_000
    for module in (erasing, originals, verifying):
        monkeypatch.setattr(module, "now_ms", lambda: later)
    found = [flaw for flaw in verifying.flaws(lambda *_: None) if flaw.sentence == verifying.PAST_WORDS]
    assert [flaw.facts["capture"] for flaw in found] == [capture.id]
    erasing.erase_what_is_past(lambda: None)
    capture.refresh_from_db()
    assert capture.erased_ms is not None
    assert (capture.author, capture.body, capture.links) == ("", "", [])
    assert not any(flaw.sentence == verifying.PAST_WORDS for flaw in verifying.flaws(lambda *_: None))


def test_one_original_in_two_captures_stays_while_one_needs_it(captured, send, work, monkeypatch):
    send(SimpleUploadedFile("page.html", PAGE))
    work()
    old, _new = Evidence.objects.filter(media_type="text/html").order_by("sealed_ms")
    actions.record_evidence_erased(old)
    from vigie_node.sources.erasing import erase_what_is_past

    erase_what_is_past(lambda: None)
    assert old.sha256 in locker(captured).held()


def test_a_large_body_is_taken_only_from_who_may_capture(captured):
    for path in (NEW, f"/fr/watch/captures/{captured.pk}/reading"):
        assert bodies._needed(path) == "capture.make"
        assert bodies._needed(path.replace("watch", "watched")) is None
    assert bodies._needed(f"/fr/watch/captures/{captured.pk}") is None


def test_others_captures_do_not_exist(captured, original, make_person, other_organisation, browser_of):
    stranger = browser_of(make_person("analyst", "approver", of=other_organisation))
    assert stranger.get(f"/en/watch/captures/{captured.pk}").status_code == 404
    assert stranger.get(f"/en/watch/evidence/{original.pk}").status_code == 404
    assert stranger.post(f"/en/watch/evidence/{original.pk}/ask", {"reason": "voir"}).status_code == 404
    assert str(captured.pk) not in stranger.get("/en/watch/captures").content.decode()
