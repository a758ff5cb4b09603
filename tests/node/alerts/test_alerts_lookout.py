"""The lookout: a first notice of what is in a growing segment, once, and what the full look makes of it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.urls import reverse
from django.utils import translation
from node.alerts.seed import NOW_MS, fill

from vigie.detect import coaction
from vigie.detect.coaction.live import METHOD as LIVE_METHOD
from vigie.store.pseudonyms import pseudonymise
from vigie_node.alerts import first_notices
from vigie_node.alerts.actions.keeping import _alerts_for
from vigie_node.alerts.cards import card_here
from vigie_node.alerts.findings import plain
from vigie_node.alerts.following import READ_BYTES, Following
from vigie_node.alerts.looking_out import LookingOut, posts_in
from vigie_node.alerts.lookout_plans import watched_declarations
from vigie_node.alerts.models import Alert, CitedPost, Plan, Run, Signal, SignalMember
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.ledger.models import Entry
from vigie_node.sources import actions as sources
from vigie_node.sources.actions import live
from vigie_node.sources.guards import Source as Named
from vigie_node.sources.keys import key_of
from vigie_node.sources.live.segments import PART, Segments
from vigie_node.sources.models import Batch, Intake, Tombstone

pytestmark = pytest.mark.django_db
MINUTE_MS, SECOND_MS = 60_000, 1_000
WORDS = "Une phrase assez longue pour que plusieurs la reprennent mot à mot, numéro {number}, partagez !"


@pytest.fixture
def declaration(organisation):
    return sources.declare(
        organisation=organisation,
        by=None,
        purpose="essai",
        legal_basis="consentement",
        responsible="Responsable",
        retention_days=30,
        method="live",
        sources=[Named(kind="site", place="127.0.0.1")],
    )


@pytest.fixture
def source(declaration, analyst):
    address = "wss://127.0.0.1/subscribe"
    return live.begin_source(
        declaration=declaration, kind="jetstream", name="Essai", address=address, by=analyst
    )


@pytest.fixture
def segments(source):
    segments = Segments(live.folder_of(source.pk), now_ms=now_ms)
    yield segments
    segments.close()


@pytest.fixture
def full_look(declaration):
    return full_look_of(declaration)


def full_look_of(declaration, *, finished_ms=None, **more):
    layer = {
        "behaviour": "text_normalised",
        "action_count": 5_000,
        "account_count": 20,
        "object_count": 4_000,
        "pair_count": 10,
        "threshold": None,
        "expected_by_chance": 0.0,
        "significant_count": 0,
        "strongest_by_chance": 3.0,
    }
    finished_ms = finished_ms or now_ms()
    return Run.objects.create(
        organisation=declaration.organisation,
        declaration=declaration,
        method="coaction/2",
        parameters={"fdr": 0.01},
        fingerprint=str(finished_ms),
        card=plain(card_here(coaction.card())),
        calibrations=[{**layer, "window_ms": MINUTE_MS}, {**layer, "window_ms": 10 * MINUTE_MS}],
        state="done",
        start_ms=finished_ms - 3_600_000,
        end_ms=finished_ms,
        created_ms=finished_ms,
        finished_ms=finished_ms,
        **more,
    )


def event(who, text, at_ms, number):
    record = {"$type": "app.bsky.feed.post", "createdAt": moment(at_ms), "langs": ["fr"], "text": text}
    commit = {
        "rev": "3",
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": f"k{number}",
        "record": record,
        "cid": "bafyrei" + "a" * 52,
    }
    did = f"did:plc:{who:0>24}"
    return json.dumps({"did": did, "time_us": at_ms * 1_000, "kind": "commit", "commit": commit}).encode()


def moment(at_ms):
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")


def crowd(count=1_000):
    """Return people who each say something of their own."""
    start_ms = now_ms() - 5 * MINUTE_MS
    return [
        event(
            f"p{number}",
            f"Ce que pense ici la personne {number}, seule de son avis.",
            start_ms + 200 * number,
            number,
        )
        for number in range(count)
    ]


def campaign(accounts=5, texts=6, first=0):
    """Return accounts that say the same things, one after the other."""
    start_ms = now_ms() - 4 * MINUTE_MS
    return [
        event(
            f"c{account}",
            WORDS.format(number=text),
            start_ms + 40 * SECOND_MS * text + SECOND_MS * account,
            f"c{account}t{text}",
        )
        for text in range(texts)
        for account in range(first, first + accounts)
    ]


def looked():
    LookingOut().look()


def test_a_campaign_in_a_growing_segment_opens_one_alert_before_it_is_closed(segments, full_look):
    segments.append(crowd())
    out = LookingOut()
    out.look()
    assert not Alert.objects.exists()
    segments.append(campaign())
    out.look()
    assert [path.suffix for path in segments.folder.iterdir()] == [PART]
    (alert,) = Alert.objects.all()
    signal = alert.latest
    assert (alert.method, alert.account_count, alert.signal_count, alert.needs_person) == (
        "coaction",
        5,
        1,
        True,
    )
    assert (signal.kind, signal.method, signal.object_count) == (first_notices.KIND, LIVE_METHOD, 6)
    assert signal.run.parameters["full_look"] == str(full_look.id)
    members = set(SignalMember.objects.values_list("account", flat=True))
    assert len(members) == 5
    assert all(re.fullmatch("[a-z2-7]{16}", one) for one in members)
    assert not CitedPost.objects.exists()
    assert list(Entry.objects.filter(kind="alert.opened").values_list("subject", flat=True)) == [
        f"alert:{alert.id}"
    ]


def test_killed_and_begun_again_nothing_is_doubled_nor_where_the_segment_was_closed(segments, full_look):
    segments.append(crowd())
    segments.append(campaign())
    looked()
    looked()
    segments.close()
    looked()
    assert (Alert.objects.count(), Signal.objects.count(), Run.objects.exclude(id=full_look.id).count()) == (
        1,
        1,
        1,
    )


def test_twice_as_many_grow_the_same_alert(segments, full_look):
    out = LookingOut()
    segments.append([*crowd(), *campaign()])
    out.look()
    segments.append(campaign(accounts=7, first=5))
    out.look()
    (alert,) = Alert.objects.all()
    assert (alert.signal_count, alert.account_count) == (2, 12)


def test_without_a_calibrated_full_look_nothing_is_said(segments, declaration):
    segments.append([*crowd(), *campaign()])
    looked()
    old = full_look_of(declaration)
    old.calibrations = [
        {name: value for name, value in one.items() if name != "strongest_by_chance"}
        for one in old.calibrations
    ]
    old.save()
    looked()
    assert not Alert.objects.exists()


def test_half_a_line_waits_for_its_end(tmp_path):
    following, path = Following(tmp_path), tmp_path / f"{new_id()}.ndjson.part"
    path.write_bytes(b"une\nde")
    assert (following.read(since_ms=0), following.read(since_ms=0)) == (b"une\n", b"")
    with path.open("ab") as file:
        file.write(b"ux\ntrois\n")
    path = path.rename(path.with_suffix(""))
    assert (following.read(since_ms=0), following.read(since_ms=0)) == (b"deux\ntrois\n", b"")
    (tmp_path / f"{new_id()}.xml").write_bytes(b"<feed/>\n")
    path.unlink()
    assert following.read(since_ms=0) == b""


def test_a_line_longer_than_one_reading_does_not_blind(tmp_path):
    following, path = Following(tmp_path), tmp_path / f"{new_id()}.ndjson.part"
    long = b"x" * (READ_BYTES + 5) + b"\n"
    path.write_bytes(long + b"after\n")
    assert b"".join(iter(lambda: following.read(since_ms=0), b"")) == long + b"after\n"


def test_a_segment_that_was_cut_is_read_on_from_its_end(tmp_path):
    following, path = Following(tmp_path), tmp_path / f"{new_id()}.ndjson.part"
    path.write_bytes(b"une\ndeux\n")
    following.read(since_ms=0)
    path.write_bytes(b"une\n")  # what the disk did not take
    assert following.read(since_ms=0) == b""
    path.write_bytes(b"une\ntrois\n")
    assert following.read(since_ms=0) == b"trois\n"


def test_old_segments_are_followed_from_their_end(tmp_path):
    path = tmp_path / "01900000-0000-7000-8000-000000000000.ndjson"
    path.write_bytes(b"une\n")
    following = Following(tmp_path)
    assert following.read(since_ms=now_ms()) == b""
    with path.open("ab") as file:
        file.write(b"deux\n")
    assert following.read(since_ms=now_ms()) == b"deux\n"


def test_lines_that_are_no_posts_stop_nothing(segments, full_look):
    out = LookingOut()
    segments.append([b"{}", b'{"kind": "identity"}', b"null", b"\xff\xfe"])
    out.look()
    segments.append([*crowd(), b"{", *campaign()])
    out.look()
    assert Alert.objects.count() == 1


def test_it_watches_only_what_is_in_force_streamed_and_to_be_looked_at(source, declaration, analyst):
    assert watched_declarations() == [declaration]
    plan = Plan.objects.create(declaration=declaration, methods=["bursts"], by=analyst, changed_ms=0)
    assert watched_declarations() == []
    plan.delete()
    sources.close_declaration(declaration, by=None)
    assert watched_declarations() == []


def test_what_crosses_under_a_declaration_that_was_closed_meanwhile_is_not_kept(
    segments, full_look, declaration
):
    out = LookingOut()
    segments.append(crowd())
    out.look()
    sources.close_declaration(declaration, by=None)
    segments.append(campaign())
    out.look()
    assert not Alert.objects.exists()


def test_posts_that_were_erased_for_good_are_not_looked_at(segments, full_look, declaration):
    lines = campaign()
    posts, _ = pseudonymise(
        posts_in(b"\n".join(lines) + b"\n", "bluesky-jetstream"), key_of(declaration.project)
    )
    for post in posts.column("post_id").to_pylist():
        Tombstone.objects.create(
            project=declaration.project, declaration=declaration, post=post, set_ms=1, forget_ms=2**53
        )
    segments.append([*crowd(), *lines])
    looked()
    assert not Alert.objects.exists()


class Group:
    """A group of a full look, as far as joining goes."""

    def __init__(self, accounts):
        self.accounts = frozenset(accounts)


def noticed(segments):
    segments.append([*crowd(), *campaign()])
    looked()
    return Alert.objects.get()


def test_a_full_look_that_finds_far_more_accounts_joins_the_alert_of_the_first_notice(
    segments, full_look, declaration
):
    alert = noticed(segments)
    seen = set(SignalMember.objects.values_list("account", flat=True))
    whole = Group(seen | {f"autre{number}" for number in range(40)})
    alerts, opened = _alerts_for(full_look, [Group({"x", "y", "z"}), whole])
    assert alerts[1] == alert
    assert alert.id not in opened
    assert len(opened) == 1


def said(browser_of, analyst, alert, language):
    with translation.override(language):
        address = reverse("alerts:alert", kwargs={"alert": alert.pk})
    markup = browser_of(analyst).get(address).content.decode()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", markup)))


def stored(declaration, *, end_ms):
    intake = Intake.objects.create(
        organisation=declaration.organisation, declaration=declaration, file_name="x", path="x", created_ms=1
    )
    return Batch.objects.create(
        organisation=declaration.organisation,
        declaration=declaration,
        intake=intake,
        sha256=f"{end_ms:064d}",
        row_count=1,
        byte_count=1,
        start_ms=1,
        end_ms=end_ms,
        stored_ms=now_ms(),
        erase_by_ms=2**53,
    )


def test_its_page_says_what_it_is_and_what_the_full_look_made_of_it(
    segments, full_look, declaration, browser_of, analyst
):
    alert = noticed(segments)
    text = said(browser_of, analyst, alert, "en")
    assert "First notice, from the last 15 minutes; the full look, with its false-alarm rate, follows" in text
    assert "not confirmed" not in text
    early = full_look_of(declaration, finished_ms=now_ms() + 1)
    early.batches.add(stored(declaration, end_ms=alert.last_ms - 1))
    assert "not confirmed" not in said(browser_of, analyst, alert, "en")
    late = full_look_of(declaration, finished_ms=now_ms() + 2)
    late.batches.add(stored(declaration, end_ms=alert.last_ms))
    assert "First notice, not confirmed by the full look of" in said(browser_of, analyst, alert, "en")
    alert.refresh_from_db()
    assert alert.needs_person


def test_its_page_says_that_the_full_look_found_it_too(segments, full_look, browser_of, analyst):
    alert = noticed(segments)
    first = alert.latest
    Signal.objects.create(
        id=full_look.id,
        organisation=alert.organisation,
        run=full_look,
        alert=alert,
        group=1,
        account_count=9,
        first_ms=1,
        last_ms=2,
        created_ms=first.created_ms + 1,
    )
    assert "found these accounts too" in said(browser_of, analyst, alert, "en")


def test_signals_of_full_looks_say_nothing_of_the_kind(organisation, analyst, rf):
    fill(organisation, people=[analyst], alert_count=1, full_count=1)
    assert not any(first_notices.is_first_notice(one) for one in Signal.objects.all())
    assert first_notices.METHOD == LIVE_METHOD
    assert NOW_MS


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_run_that_stands_for_it_has_a_page(segments, full_look, browser_of, analyst, language):
    alert = noticed(segments)
    with translation.override(language):
        run = reverse("alerts:run", kwargs={"run": alert.latest.run_id})
        runs = reverse("alerts:runs")
    assert browser_of(analyst).get(run).status_code == 200
    assert browser_of(analyst).get(runs).status_code == 200
