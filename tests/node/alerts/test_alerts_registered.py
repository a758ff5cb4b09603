"""Methods that compare with the register: run where there is one, said not to be where there is none."""

from __future__ import annotations

import random
import re
from html import unescape

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from node.alerts.seed import fill

from vigie.collect import Rejects
from vigie.intake import Reading, plan_all, take_in
from vigie.store.batches import Store
from vigie.store.observations import Known
from vigie.store.vault import Vault
from vigie.terms.posts import POSTS
from vigie_node.alerts import actions
from vigie_node.alerts.errors import NoRegisterError
from vigie_node.alerts.models import Alert, NamedOutlet, Run, Signal
from vigie_node.clock import now_ms
from vigie_node.jobs import child, leases, registry
from vigie_node.sources.actions import outlets as register
from vigie_node.sources.actions.captures import begin_capture
from vigie_node.sources.keys import key_of, make_salt
from vigie_node.sources.models import Batch, Evidence, Outlet, WatchList, WatchListVersion
from vigie_node.sources.originals import locker_of
from vigie_node.sources.outlet_lines import About, Decision, identifier_from
from vigie_node.sources.register_tables import tables_for
from vigie_node.sources.watchlist_seals import Seals

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
HOUR_MS, START_MS = 3_600_000, 1_760_054_400_000
OUTLETS, STORIES, DAYS = 8, 8, 12
ROOTS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "theta", "iota", "kappa")


def rows():
    """Yield what outlets tell, but one story at the second; and a channel that copies the first outlet."""
    rng, number = random.Random(1), 0  # noqa: S311 (posts, no secrets)
    for day in range(DAYS):
        for outlet in range(OUTLETS):
            for story in range(STORIES):
                if (outlet, story) == (1, 2):
                    continue
                for _ in range(2):
                    body = " ".join(f"{one}{story}" for one in rng.sample(ROOTS, 7))
                    body += f" {rng.randrange(999)} {rng.randrange(999)}"
                    at_ms = START_MS + day * 24 * HOUR_MS + rng.randrange(20 * HOUR_MS)
                    yield post(number, f"outlet{outlet}", at_ms, body)
                    if outlet == 0 and story == 0:
                        yield post(number + 1, "copyist", at_ms + HOUR_MS, body)
                    number += 2


def post(number, author, at_ms, body):
    return {
        "post_id": f"x:{number}", "platform": "x", "author": author, "created_ms": at_ms, "lang": "fr",
        "kind": "post", "body": body, "collected_ms": at_ms + HOUR_MS,
    }  # fmt: skip


@pytest.fixture
def declaration(organisation, analyst, tmp_path):
    """A declaration whose project has a key, and what was taken in under it."""
    found = fill(organisation, people=[], alert_count=0).declaration
    intake = Batch.objects.filter(declaration=found).first().intake
    Batch.objects.update(erased_ms=1)
    make_salt(found.project_id)
    pq.write_table(pa.Table.from_pylist(list(rows()), schema=POSTS), tmp_path / "posts.parquet")
    key = key_of(found.project)
    with Vault(tmp_path / "vault.db", key) as vault:
        taken = take_in(
            plan_all([tmp_path / "posts.parquet"], Reading()),
            store=Store(settings.HOME.store), vault=vault, key=key, known=Known(),
            collection_id="a declaration", collected_ms=START_MS, rejects=Rejects(),
        )  # fmt: skip
        batches = [one.batch for one in taken]
    for batch in batches:
        columns = {
            name: getattr(batch, name) for name in ("sha256", "row_count", "byte_count", "start_ms", "end_ms")
        }
        Batch.objects.create(
            organisation=organisation, declaration=found, intake=intake, stored_ms=batch.end_ms,
            erase_by_ms=2 * batch.end_ms, **columns,
        )  # fmt: skip
    return found


@pytest.fixture
def outlets(analyst):
    """The register: eight outlets, the first of a state."""
    for number in range(OUTLETS):
        about = About(name=f"Média {number}", identifiers=(identifier_from(f"x:Outlet{number}"),))
        state = Decision(tier="state-controlled", state="RU", criterion="loi", source_url="https://s.example")
        register.add_outlet(about, state if number == 0 else Decision(), by=analyst)


def run(declaration, method):
    registry.load()
    made = actions.begin_run(declaration, by=None, method=method)
    child.do(leases.claim())
    made.refresh_from_db()
    assert (made.state, made.error_code) == (Run.State.DONE, "")
    return made


def said(client, name, **parameters):
    with override("fr"):
        answer = client.get(reverse(name, kwargs=parameters))
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_an_event_that_one_outlet_lacks_is_noticed_under_its_name(declaration, outlets, browser_of, analyst):
    made = run(declaration, "omission")
    signal = Signal.objects.get(run=made)
    assert (signal.method, signal.subject_kind, signal.account_count) == ("omission/1", "narrative", 0)
    lacking = Outlet.objects.get(name="Média 1")
    assert NamedOutlet.objects.filter(outlet=lacking, signal=signal).exists()
    client = browser_of(analyst)
    assert "Média 1" in said(client, "alerts:alert", alert=signal.alert_id)
    assert str(signal.alert.number) in said(client, "alerts:outlet", outlet=lacking.pk)


def test_a_channel_that_copies_an_outlet_of_a_state_is_noticed(declaration, outlets, browser_of, analyst):
    made = run(declaration, "exposure")
    signal = Signal.objects.get(run=made)
    assert (signal.subject_kind, signal.facts["indicators"]) == ("channel", 1)
    assert [one.outlet.name for one in NamedOutlet.objects.filter(signal=signal)] == ["Média 0"]
    client = browser_of(analyst)
    shown = said(client, "alerts:alert", alert=signal.alert_id)
    assert "Média 0" in shown
    assert "copyist" not in shown


def test_a_run_is_made_again_only_where_the_register_is_another(declaration, outlets, analyst):
    first = run(declaration, "exposure")
    assert actions.begin_run(declaration, by=None, method="exposure").pk == first.pk
    register.remove_outlet(Outlet.objects.get(name="Média 7"), by=analyst)
    assert actions.begin_run(declaration, by=None, method="exposure").pk != first.pk


def test_without_a_register_the_methods_are_said_not_to_be_run(declaration, browser_of, analyst):
    with pytest.raises(NoRegisterError):
        actions.begin_run(declaration, by=None, method="exposure")
    begun = {one.method for one in actions.begin_runs(declaration, by=None)}
    assert begun
    assert not begun & {"exposure/1", "omission/1"}
    client = browser_of(analyst)
    with override("en"):
        page = client.get(reverse("alerts:methods", kwargs={"declaration": declaration.pk})).content.decode()
        link = f'href="{reverse("sources:outlets")}"'
        runs = client.get(reverse("alerts:runs")).content.decode()
    assert page.count("Not run: no register of outlets.") == page.count(link) == 2
    assert runs.count("(not run: no register of outlets)") == 2


def test_a_watch_list_in_force_is_compared_with_under_the_projects_key(declaration, outlets, organisation):
    watchlist = WatchList.objects.create(organisation=organisation, title="Liste", created_ms=now_ms())
    version = WatchListVersion.objects.create(
        watchlist=watchlist, state="in_force", is_upload=True, file_name="l.csv", file_sha256="0" * 64,
        byte_count=1, handed_in_ms=now_ms(), number=1,
    )  # fmt: skip
    from vigie.collect.watchlists import Indicator

    for kind, value, until in (
        ("account", "x:copyist", None), ("domain", "faux.example", None), ("domain", "vieux.example", 1)
    ):  # fmt: skip
        one = Indicator(kind=kind, value=value, valid_until_ms=until)
        Seals().row(one, version, is_personal=kind == "account").save()
    posts = pa.table({"platform": ["x"], "created_ms": [START_MS]})
    tables = tables_for(declaration, posts)
    kinds = {row["kind"]: row for row in tables["listed"].to_pylist()}
    assert (kinds["domain"]["value"], kinds["domain"]["operation"]) == ("faux.example", "Liste")
    assert tables["listed"].num_rows == 2
    assert "copyist" not in kinds["account"]["value"]
    assert all(re.fullmatch(r"x:[a-z2-7]{16}", one) for one in tables["register"]["identifier"].to_pylist())
    assert tables["traces"].num_rows == 0
    made = run(declaration, "exposure")
    assert Alert.objects.get(latest__run=made).latest.facts["indicators"] == 2


def test_numbers_of_captured_pages_are_read_and_nothing_of_them_is_left(
    declaration, outlets, analyst, tmp_path, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    page = tmp_path / "page.html"
    page.write_text(
        "<!-- saved from url=(0021)https://un.example/a --><script>ga('create','UA-98765432-1')</script>"
    )
    other = tmp_path / "nowhere.html"
    other.write_text("<p>UA-98765432-1</p>")
    visit = begin_capture(
        declaration=declaration, by=analyst, platform="wechat", kind="post", posted_ms=0, how="eye",
        seen_ms=now_ms(), counts=[], files=2,
    )  # fmt: skip
    for file in (page, other):
        original = locker_of(declaration.project).take(file)
        Evidence.objects.create(
            organisation_id=declaration.organisation_id, declaration=declaration, visit=visit, role="file",
            sha256=original.sha256, byte_count=original.byte_count, media_type="text/html",
            custodian=analyst, how="eye", captured_ms=now_ms(), sealed_ms=now_ms(),
        )  # fmt: skip
    tables = tables_for(declaration, pa.table({"platform": ["x"], "created_ms": [START_MS]}))
    assert [(row["site"], row["value"]) for row in tables["traces"].to_pylist()] == [
        ("un.example", "UA-98765432")
    ]
    assert not list((tmp_path / "scratch").iterdir())
