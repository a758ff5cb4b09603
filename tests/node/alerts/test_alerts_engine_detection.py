"""From posts taken in to alerts: what a run keeps, what a second one adds, what nothing changes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID
from xml.etree import ElementTree as ET

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied

from vigie.collect import Rejects
from vigie.detect import coaction
from vigie.detect.behaviours import BEHAVIOURS
from vigie.detect.methods import METHODS
from vigie.exercise import CampaignPlan, generate
from vigie.intake import Reading, plan_all, take_in
from vigie.store.batches import Store
from vigie.store.observations import Known
from vigie.store.tokens import ProjectKey
from vigie.store.vault import Vault
from vigie.terms.errors import BadOptionError
from vigie_node.alerts import actions, preparing
from vigie_node.alerts.access import (
    alerts_visible_to,
    posts_visible_to,
    runs_visible_to,
    signals_visible_to,
)
from vigie_node.alerts.actions.forgetting import FORGET, ask_again
from vigie_node.alerts.actions.runs import DETECT
from vigie_node.alerts.errors import NothingHeldError
from vigie_node.alerts.findings import Detected, group_of
from vigie_node.alerts.models import Alert, CitedPost, Evidence, Picture, Run, Signal, SignalMember
from vigie_node.alerts.parameters import BEHAVIOURS as NAMED
from vigie_node.alerts.parameters import METHOD, Parameters, parameters_from
from vigie_node.alerts.plans import USUAL
from vigie_node.clock import now_ms
from vigie_node.jobs import actions as jobs
from vigie_node.jobs import child, leases, registry
from vigie_node.jobs.errors import CancelledError
from vigie_node.jobs.models import Job
from vigie_node.jobs.task import Task
from vigie_node.ledger import outbox
from vigie_node.ledger.models import Entry
from vigie_node.sources import actions as sources
from vigie_node.sources.models import Batch
from vigie_node.sources.taking import take_in_file

if TYPE_CHECKING:
    from vigie.store.batches import Batch as StoredBatch
    from vigie_node.people.models import Organisation
    from vigie_node.sources.models import Declaration, Erasure

WINDOWS_MS = (60_000, 3_600_000)
PARAMETERS = Parameters(windows_ms=WINDOWS_MS, permutations=20)
EARLY_MS = 13 * 24 * 3_600_000
CAMPAIGNS = [CampaignPlan(kind="fast", accounts=size) for size in (8, 9, 10, 12)]

pytestmark = pytest.mark.any_database


@dataclass(frozen=True, kw_only=True)
class Material:
    """A conversation of two weeks in the store, and what two runs find: before its last day, and with it."""

    batches: tuple[StoredBatch, ...]
    first: Detected
    second: Detected


@pytest.fixture(scope="module", autouse=True)
def _subscribed() -> None:
    """Let the apps say what they do when others record something, as the worker does."""
    registry.load()


@pytest.fixture(scope="module")
def material(tmp_path_factory) -> Material:
    folder = tmp_path_factory.mktemp("conversation")
    made = generate(seed=2, posts=12_000, days=14, campaigns=CAMPAIGNS)
    posts = pa.Table.from_batches(made.batches())
    start = pc.min(posts.column("created_ms")).as_py()
    early = pc.less(posts.column("created_ms"), start + EARLY_MS)
    pq.write_table(posts.filter(early), folder / "early.parquet")
    pq.write_table(posts.filter(pc.invert(early)), folder / "late.parquet")
    store, key = Store(settings.HOME.store), ProjectKey.derive(b"m" * 32, b"s" * 16)
    with Vault(folder / "vault.db", key) as vault:
        taken = take_in(
            plan_all([folder / "early.parquet", folder / "late.parquet"], Reading()),
            store=store,
            vault=vault,
            key=key,
            known=Known(),
            collection_id="a declaration",
            collected_ms=start,
            rejects=Rejects(),
            rows_per_batch=pc.sum(early).as_py(),
        )
        batches = tuple(one.batch for one in taken)
    shas = [batch.sha256 for batch in batches]
    return Material(
        batches=batches,
        first=preparing.detect(store, shas[:1], PARAMETERS),
        second=preparing.detect(store, shas, PARAMETERS),
    )


def declared(organisation: Organisation, project: str = "Essai") -> Declaration:
    """Return why something is collected."""
    return sources.declare(
        organisation=organisation,
        purpose="Un essai",
        legal_basis="Un exercice",
        responsible="Personne",
        retention_days=30,
        by=None,
        project=project,
    )


@pytest.fixture
def declaration(organisation) -> Declaration:
    return declared(organisation)


def record(declaration: Declaration, batch: StoredBatch) -> Batch:
    """Let a stored batch exist for a declaration."""
    intake = sources.begin_intake(
        declaration=declaration, by=None, file_name="posts", path="", byte_count=0, queued=False
    )
    return sources.record_batch(intake, batch)


def entries() -> list[str]:
    """Return the kinds of this app's entries in the ledger."""
    kinds = Entry.objects.order_by("seq").values_list("kind", flat=True)
    return [kind for kind in kinds if kind.startswith(("run.", "alert."))]


def kept(declaration: Declaration, detected: Detected) -> Run:
    """Run what was detected as the worker would."""
    run = actions.start_run(actions.begin_run(declaration, by=None, parameters=PARAMETERS).id)
    assert run is not None
    return actions.keep_findings(run.id, detected)


@pytest.fixture
def first_run(declaration, material) -> Run:
    record(declaration, material.batches[0])
    return kept(declaration, material.first)


@pytest.fixture
def second_run(declaration, material, first_run) -> Run:
    record(declaration, material.batches[1])
    return kept(declaration, material.second)


def everything() -> dict[str, list[dict[str, object]]]:
    """Return all rows of the app."""
    models = (Run, Alert, Signal, SignalMember, Evidence, Picture, CitedPost)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


# --- what a run keeps


def test_every_group_becomes_a_signal_with_its_own_alert(first_run, material):
    assert first_run.state == Run.State.DONE
    assert first_run.group_count == len(material.first.found) == Alert.objects.count() > 3
    assert [alert.number for alert in Alert.objects.order_by("number")] == list(
        range(1, first_run.group_count + 1)
    )
    for tie in ("number", "-id"):  # of one run the strongest stands first, in the inbox and in the API
        newest_first = list(Alert.objects.order_by("-opened_ms", tie).values_list("latest__group", flat=True))
        assert newest_first == sorted(newest_first)
    for signal in Signal.objects.select_related("alert"):
        assert signal.alert.latest_id == signal.id
        assert signal.alert.status == Alert.Status.NEW
        assert (signal.alert.account_count, signal.alert.behaviour) == (
            signal.account_count,
            signal.behaviour,
        )
        assert signal.members.count() == signal.account_count
        assert signal.observed > signal.expected
        assert 0 < len(signal.sparkline) <= 40
        assert signal.first_ms < signal.last_ms


@pytest.mark.usefixtures("first_run")
def test_a_signal_shows_its_group_as_the_core_gave_it(material):
    by_number = {found.group.group: found.group for found in material.first.found}
    for signal in Signal.objects.select_related("evidence"):
        group = by_number[signal.group]
        back = group_of({**signal.evidence.group, "edges": signal.evidence.edges})
        assert back.members == group.members
        assert back.objects == group.objects
        assert set(back.edges) == set(group.edges)
        assert back.indicators == group.indicators
        assert (back.timeline, back.lags, back.layers) == (group.timeline, group.lags, group.layers)


@pytest.mark.usefixtures("first_run")
def test_the_network_is_laid_out_once_for_everybody():
    for evidence in Evidence.objects.all():
        network = evidence.network
        assert len(network["nodes"]) == network["node_count"] == len(evidence.group["members"])
        assert all(
            -1 <= node["x"] <= 1 and -1 <= node["y"] <= 1 and 0 < node["size"] <= 1
            for node in network["nodes"]
        )
        assert all(0 <= a < b < network["node_count"] for a, b, _, _ in network["edges"])
        numbers = [community["number"] for community in network["communities"]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert {node["community"] for node in network["nodes"]} == set(numbers)
        assert sum(one["account_count"] for one in network["communities"]) == network["node_count"]
        assert len(network["background"]) == min(200, network["background_count"])
        assert not any("account" in one for one in network["background"])


@pytest.mark.usefixtures("first_run")
def test_pictures_are_documents_of_their_own_in_both_languages():
    pictures = list(Picture.objects.all())
    names = {"network", "timeline", "timeline_narrow", "lags", "lags_narrow", "strip", "strip_narrow"}
    assert {(one.name, one.language) for one in pictures} == {
        (n, lang) for n in names for lang in ("en", "fr")
    }
    for one in pictures:
        root = ET.fromstring(one.svg)  # noqa: S314 (our own drawing)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root.get("viewBox")
        assert "prefers-color-scheme:dark" in one.svg
        assert "http://" not in one.svg.replace("http://www.w3.org/2000/svg", "").replace("&#", "")
        assert (one.spec is not None) == (one.name in {"timeline", "lags"})
        assert len(json.dumps(one.spec)) < 200_000


def test_cited_posts_are_those_that_carry_the_coactions(first_run):
    for signal in Signal.objects.select_related("evidence"):
        posts = list(signal.posts.order_by("position"))
        assert 0 < len(posts) <= 2_000
        assert [post.position for post in posts] == list(range(1, len(posts) + 1))
        assert [post.created_ms for post in posts] == sorted(post.created_ms for post in posts)
        members = {member.account for member in signal.members.all()}
        objects = signal.evidence.group["objects"]
        for post in posts:
            assert post.account in members
            assert post.batch_id in {batch.id for batch in first_run.batches.all()}
            for number in post.object_numbers:
                assert [post.created_ms, post.account] in objects[number - 1]["acts"]
                assert objects[number - 1]["behaviour"] in post.behaviours
        shown = {(number, post.created_ms, post.account) for post in posts for number in post.object_numbers}
        asked = {
            (number, at, who) for number, item in enumerate(objects, start=1) for at, who in item["acts"]
        }
        assert shown == asked  # none was left out: there are fewer than 2,000


@pytest.mark.usefixtures("first_run")
def test_what_was_passed_on_is_quoted_where_it_is_held():
    quoted = [
        (item["object"], evidence.originals[item["object"]])
        for evidence in Evidence.objects.all()
        for item in evidence.group["objects"]
        if item["object"] in evidence.originals
    ]
    assert quoted
    assert all(original["body"] and original["account"] for _, original in quoted)


def test_a_run_says_how_it_was_made(first_run):
    assert first_run.method == METHOD == coaction.METHOD
    assert first_run.card["id"] == METHOD
    assert first_run.manifest["inputs"] == [{"batch": first_run.batches.get().sha256}]
    assert first_run.calibrations
    assert first_run.post_count > 10_000
    kinds = entries()
    assert kinds[0] == "run.begun"
    assert kinds[-1] == "run.finished"
    assert set(kinds[1:-1]) == {"alert.opened"}


def test_the_manifest_is_enough_to_make_the_run_again_to_the_last_byte(first_run, material):
    manifest = json.loads(json.dumps(first_run.manifest))
    chosen = {name: manifest["parameters"][name] for name in ("objects_min", "fdr", "permutations")}
    again = preparing.detect(
        Store(settings.HOME.store),
        [one["batch"] for one in manifest["inputs"]],
        Parameters(
            windows_ms=tuple(manifest["parameters"]["windows_ms"]),
            behaviours=tuple(manifest["behaviours"]),
            seed=manifest["seed"],
            **chosen,
        ),
    )
    assert again == material.first


# --- what changes nothing


def test_keeping_the_same_run_again_changes_nothing(first_run, material):
    before = everything(), Entry.objects.count()
    actions.keep_findings(first_run.id, material.first)
    assert (everything(), Entry.objects.count()) == before


def test_asking_for_the_same_run_gives_the_same_run(declaration, first_run, analyst):
    assert actions.begin_run(declaration, by=None, parameters=PARAMETERS) == first_run
    assert actions.begin_run(declaration, by=analyst, parameters=PARAMETERS) == first_run
    assert Run.objects.count() == 1
    assert actions.start_run(first_run.id) is None


def test_other_parameters_are_another_run(declaration, first_run, analyst):
    other = actions.begin_run(declaration, by=analyst, parameters=replace(PARAMETERS, seed=2))
    assert other != first_run
    assert parameters_from(other.parameters).seed == 2


def test_a_failure_in_the_middle_leaves_nothing_half_written(declaration, material):
    record(declaration, material.batches[0])
    run = actions.begin_run(declaration, by=None, parameters=PARAMETERS)
    actions.start_run(run.id)
    last = material.first.found[-1]
    strange = replace(last, posts=(replace(last.posts[0], batch="of no such batch"),))
    before = everything(), Entry.objects.count()
    with pytest.raises(KeyError):
        actions.keep_findings(run.id, replace(material.first, found=(*material.first.found[:-1], strange)))
    assert (everything(), Entry.objects.count()) == before
    assert actions.keep_findings(run.id, material.first).state == Run.State.DONE


def test_a_job_that_is_no_longer_ours_keeps_nothing(declaration, material):
    record(declaration, material.batches[0])
    run = actions.begin_run(declaration, by=None, parameters=PARAMETERS)
    actions.start_run(run.id)

    def gone() -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        actions.keep_findings(run.id, material.first, check=gone)
    assert not Signal.objects.exists()


# --- a second intake


def test_a_second_intake_joins_the_alerts_it_continues(second_run, material):
    firsts = {alert.id: alert.number for alert in Alert.objects.filter(signal_count=2)}
    assert len(firsts) >= 3
    for alert_id in firsts:
        one, two = Signal.objects.filter(alert=alert_id).order_by("run__created_ms", "run")
        a, b = (set(signal.members.values_list("account", flat=True)) for signal in (one, two))
        assert len(a & b) / len(a | b) >= 0.5
        alert = Alert.objects.get(id=alert_id)
        assert alert.latest_id == two.id
        assert alert.account_count == two.account_count
    assert Signal.objects.filter(run=second_run).count() == len(material.second.found)
    assert Entry.objects.filter(kind="alert.grown").count() == len(firsts)


def test_groups_join_no_alert_of_another_method(declaration, material, first_run):
    assert first_run.signals.exists()
    Alert.objects.update(method="rhythm")
    record(declaration, material.batches[1])
    run = kept(declaration, material.second)
    assert set(run.signals.values_list("alert__method", flat=True)) == {"coaction"}


def test_what_people_concluded_stays_when_an_alert_grows(
    declaration, material, first_run, analyst, make_person
):
    alert = Signal.objects.get(run=first_run, group=1).alert
    make_person("analyst")
    actions.review_alert(alert, by=analyst, verdict="dismiss", reason="Des admirateurs")
    record(declaration, material.batches[1])
    kept(declaration, material.second)
    alert.refresh_from_db()
    assert alert.status == Alert.Status.DISMISSED
    assert alert.signal_count == 2
    assert alert.unreviewed_signal_count == 1


def test_another_declaration_shares_no_alert(organisation, material, first_run):
    elsewhere = declared(organisation)
    before = Alert.objects.count()
    run = Run.objects.create(
        organisation=organisation,
        declaration=elsewhere,
        method=METHOD,
        fingerprint="0" * 64,
        state=Run.State.RUNNING,
        created_ms=now_ms(),
    )
    run.batches.set(first_run.batches.all())
    actions.keep_findings(run.id, material.first)
    assert Alert.objects.count() == before + len(material.first.found)
    assert Alert.objects.order_by("-number").first().number == Alert.objects.count()


# --- who may see


def test_another_organisation_sees_nothing_even_by_its_id(first_run, other_organisation, make_person):
    stranger = make_person("analyst", of=other_organisation)
    signal = Signal.objects.first()
    assert not alerts_visible_to(stranger).filter(id=signal.alert_id).exists()
    assert not signals_visible_to(stranger).filter(id=signal.id).exists()
    assert not runs_visible_to(stranger).filter(id=first_run.id).exists()
    assert not posts_visible_to(stranger, signal).exists()
    with pytest.raises(Alert.DoesNotExist):
        actions.review_alert(signal.alert, by=stranger, verdict="dismiss", reason="Non")
    with pytest.raises(PermissionDenied):
        actions.begin_run(first_run.declaration, by=stranger)
    with pytest.raises(PermissionDenied):
        actions.cancel_run(first_run, by=stranger)


def test_the_auditor_sees_runs_but_no_content(first_run, auditor):
    signal = Signal.objects.first()
    assert runs_visible_to(auditor).filter(id=first_run.id).exists()
    assert not alerts_visible_to(auditor).exists()
    assert not signals_visible_to(auditor).exists()
    assert not posts_visible_to(auditor, signal).exists()


def test_an_analyst_sees_the_posts_in_the_order_of_time(first_run, analyst):
    signal = Signal.objects.first()
    assert alerts_visible_to(analyst).count() == first_run.group_count
    assert [post.position for post in posts_visible_to(analyst, signal)[:3]] == [1, 2, 3]


# --- runs and their jobs


def test_nothing_held_is_no_run(declaration):
    with pytest.raises(NothingHeldError):
        actions.begin_run(declaration, by=None)


def test_intakes_in_a_row_make_one_run_over_all_of_them(declaration, material):
    first = record(declaration, material.batches[0])
    run = actions.begin_run(declaration, by=None)
    second = record(declaration, material.batches[1])
    assert actions.begin_run(declaration, by=None) == run
    assert set(run.batches.all()) == {first, second}
    assert Job.objects.filter(kind=DETECT).count() == 1
    assert entries() == ["run.begun", "run.widened"]


def test_what_somebody_asked_for_is_not_widened(declaration, material, analyst):
    record(declaration, material.batches[0])
    asked = actions.begin_run(declaration, by=analyst)
    record(declaration, material.batches[1])
    other = actions.begin_run(declaration, by=None)
    assert other != asked
    assert asked.batches.count() == 1


def test_a_run_that_waits_is_cancelled_at_once(declaration, material, analyst):
    record(declaration, material.batches[0])
    run = actions.begin_run(declaration, by=None)
    assert actions.cancel_run(run, by=analyst).state == Run.State.CANCELLED
    assert actions.start_run(run.id) is None
    again = actions.begin_run(declaration, by=analyst)
    assert again != run
    assert again.state == Run.State.WAITING


def test_a_run_ends_with_its_failed_job(declaration, material):
    record(declaration, replace(material.batches[0], sha256="f" * 64))  # of which there is no file
    run = actions.begin_run(declaration, by=None)
    child.do(leases.claim())
    outbox.deliver()
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert run.error_code == "store.batch_missing"
    assert actions.begin_run(declaration, by=None) != run  # it may be tried again


def test_a_file_taken_in_becomes_alerts(organisation, tmp_path, analyst):
    plan = [CampaignPlan(kind="fast", accounts=12)]
    posts = generate(seed=3, posts=4_000, days=7, campaigns=plan)
    pq.write_table(pa.Table.from_batches(posts.batches()), tmp_path / "posts.parquet")
    intake = sources.begin_intake(
        declaration=declared(organisation),
        by=analyst,
        file_name="posts.parquet",
        path=str(tmp_path / "posts.parquet"),
        byte_count=(tmp_path / "posts.parquet").stat().st_size,
        queued=False,
    )

    class Listener:
        def progress(self, stage, done, total):
            """Hear."""

        def check(self):
            """Go on."""

    take_in_file(intake, Listener())
    outbox.deliver()
    jobs_left = [job for job in iter(leases.claim, None) if job.kind == DETECT]  # others look at languages
    asked = [Run.objects.get(id=UUID(job.arguments["run"])).method for job in jobs_left]
    usual = [METHODS[name] for name in USUAL]
    assert asked == [one.id for one in usual if not one.needs]  # one intake, one run of each method
    job = jobs_left[0]
    assert job.by == "node"
    child.do(job)
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("done", "")
    run = Run.objects.get(id=UUID(job.arguments["run"]))
    assert run.state == Run.State.DONE
    assert Alert.objects.count() == run.group_count >= 1
    largest = Alert.objects.order_by("-account_count").first()
    assert 8 <= largest.account_count <= 14
    outbox.deliver()
    assert all(job.kind != DETECT for job in iter(leases.claim, None))  # others count alerts by language


def test_an_intake_that_brought_nothing_new_asks_for_nothing(declaration, material):
    record(declaration, material.batches[0])
    intake = sources.begin_intake(
        declaration=declaration, by=None, file_name="again", path="", byte_count=0, queued=False
    )
    sources.finish_intake(intake, sources.Outcome(read_count=5))
    outbox.deliver()
    assert not Run.objects.exists()


def test_an_intake_whose_observations_are_erased_already_stops_nobody(declaration, material):
    batch = record(declaration, material.batches[0])
    sources.finish_intake(batch.intake, sources.Outcome(read_count=batch.row_count))
    sources.record_erasure(batch, new=None, erased_count=batch.row_count, reason="retention")
    outbox.deliver()
    assert not outbox.stalled().exists()
    assert not Run.objects.exists()


def test_the_end_of_a_job_that_was_swept_away_stops_nobody(declaration, material):
    record(declaration, material.batches[0])
    run = actions.begin_run(declaration, by=None)
    job = Job.objects.get(id=run.job)
    jobs.cancel(job, by="host")
    job.delete()
    outbox.deliver()
    assert not outbox.stalled().exists()


def test_a_cancelled_job_cancels_its_run(declaration, material):
    record(declaration, material.batches[0])
    run = actions.begin_run(declaration, by=None)
    outbox.deliver()
    jobs.cancel(Job.objects.get(id=run.job), by="host")
    outbox.deliver()
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED


# --- erasure


def let_go() -> None:
    """Let the evidence follow what was erased, as the worker does."""
    outbox.deliver()
    while (job := leases.claim()) is not None:
        if job.kind == FORGET:
            child.do(job)


def erased_from(batch: Batch, **which: list[str]) -> Erasure:
    """Erase posts of a batch as the sources do, and let the evidence follow."""
    store = Store(settings.HOME.store)
    erased = store.erase(batch.sha256, **which)
    erasure = sources.record_erasure(batch, new=erased.new, erased_count=erased.erased_count, reason="asked")
    let_go()
    return erasure


def content() -> str:
    """Return all words that the app's rows hold."""
    rows = [
        *CitedPost.objects.values_list("post_id", "body", "account", "created_ms"),
        *Evidence.objects.values_list("originals", flat=True),
    ]
    return json.dumps(rows, default=str)


@pytest.mark.usefixtures("first_run")
def test_posts_that_are_erased_leave_the_evidence_and_the_others_stay():
    signal = Signal.objects.get(group=1)
    gone, kept_post = signal.posts.order_by("position")[:2]
    total, acts = signal.posts.count(), sum(len(one["acts"]) for one in signal.evidence.group["objects"])
    erasure = erased_from(gone.batch, posts=[gone.post_id])
    signal = Signal.objects.select_related("evidence").get(id=signal.id)
    assert signal.posts.count() == total - 1
    assert signal.posts.get(position=kept_post.position).batch_id == erasure.new_id
    assert signal.evidence.erased_count == 1
    assert sum(len(one["acts"]) for one in signal.evidence.group["objects"]) == acts - len(
        gone.object_numbers
    )
    assert gone.post_id not in content()
    assert not signal.pictures.filter(name__startswith="strip").exists()
    assert signal.pictures.filter(name="network").exists()
    assert Entry.objects.filter(kind="alert.posts_erased", subject=f"alert:{signal.alert_id}").exists()
    again = erased_from(erasure.new, posts=[kept_post.post_id])
    assert signal.posts.count() == total - 2
    assert not CitedPost.objects.exclude(batch=again.new).exists()


@pytest.mark.usefixtures("first_run")
def test_a_quoted_original_that_is_erased_leaves_the_evidence():
    evidence = next(one for one in Evidence.objects.order_by("pk") if one.originals)
    post_id = min(evidence.originals)
    batch = evidence.signal.run.batches.get()
    erasure = erased_from(batch, posts=[post_id])
    assert post_id not in {key for one in Evidence.objects.all() for key in one.originals}
    assert all(
        post["batch"] == erasure.new.sha256
        for one in Evidence.objects.all()
        for post in one.originals.values()
    )


@pytest.mark.usefixtures("first_run")
def test_when_a_whole_batch_is_erased_no_words_are_left():
    batch = Batch.objects.get()
    sources.record_erasure(batch, new=None, erased_count=batch.row_count, reason="retention")
    let_go()
    assert not CitedPost.objects.exists()
    for evidence in Evidence.objects.all():
        assert evidence.originals == {}
        assert {one["object"] for one in evidence.group["objects"]} == {""}
        assert [one["acts"] for one in evidence.group["objects"] if one["acts"]] == []
        assert evidence.erased_count > 0
        assert group_of(evidence.group).members


@pytest.mark.usefixtures("first_run")
def test_when_nothing_that_a_run_read_is_held_what_no_cited_post_carries_goes_too():
    batch = Batch.objects.get()
    CitedPost.objects.all().delete()  # as beyond the most that are cited
    sources.record_erasure(batch, new=None, erased_count=batch.row_count, reason="retention")
    let_go()
    for evidence in Evidence.objects.all():
        assert {(one["object"], len(one["acts"])) for one in evidence.group["objects"]} == {("", 0)}
        assert not evidence.signal.pictures.filter(name__startswith="strip").exists()


@pytest.mark.usefixtures("second_run")
def test_when_one_of_two_batches_is_erased_what_stands_in_the_other_stays(material):
    early, late = (Batch.objects.get(sha256=one.sha256) for one in material.batches)
    sources.record_erasure(early, new=None, erased_count=early.row_count, reason="retention")
    let_go()
    evidence = [one for one in Evidence.objects.all() if one.signal.run.batches.count() == 2]
    acts = [at_ms for one in evidence for item in one.group["objects"] for at_ms, _ in item["acts"]]
    assert acts
    assert min(acts) > early.end_ms
    assert set(CitedPost.objects.values_list("batch", flat=True)) == {late.id}
    for one in evidence:
        cited = {
            number
            for numbers in one.signal.posts.values_list("object_numbers", flat=True)
            for number in numbers
        }
        named = {number for number, item in enumerate(one.group["objects"], start=1) if item["object"]}
        assert cited <= named


@pytest.mark.usefixtures("first_run")
def test_what_was_erased_twice_before_the_job_ran_leaves_the_evidence():
    batch, store = Batch.objects.get(), Store(settings.HOME.store)
    post_id = CitedPost.objects.first().post_id
    erased = store.erase(batch.sha256, posts=[post_id])
    erasure = sources.record_erasure(batch, new=erased.new, erased_count=1, reason="asked")
    sources.record_erasure(erasure.new, new=None, erased_count=erasure.new.row_count, reason="retention")
    store.remove(erased.new.sha256)
    let_go()
    assert not CitedPost.objects.exists()
    assert not Job.objects.filter(kind=FORGET, state="failed").exists()


@pytest.mark.usefixtures("first_run")
def test_what_a_cancelled_job_left_is_asked_for_again_and_nothing_more():
    batch = Batch.objects.get()
    sources.record_erasure(batch, new=None, erased_count=batch.row_count, reason="retention")
    outbox.deliver()
    job = Job.objects.get(kind=FORGET)
    assert job.organisation is None
    jobs.cancel(job, by="host")
    let_go()
    assert CitedPost.objects.exists()
    registry.handler_of("alerts.forget_left")(Task.of(leased("alerts.forget_left")))
    let_go()
    assert not CitedPost.objects.exists()
    assert ask_again() == 0


def leased(kind: str) -> Job:
    """Return a job of a kind as its child process has it."""
    jobs.enqueue(kind, key=kind, by="node")
    while (job := leases.claim()).kind != kind:
        pass
    return job


def test_what_was_erased_while_the_run_was_at_work_leaves_too(declaration, material):
    batch = record(declaration, material.batches[0])
    run = actions.start_run(actions.begin_run(declaration, by=None, parameters=PARAMETERS).id)
    sources.record_erasure(batch, new=None, erased_count=batch.row_count, reason="retention")
    let_go()
    actions.keep_findings(run.id, material.first)
    assert CitedPost.objects.exists()
    let_go()
    assert not CitedPost.objects.exists()


def test_a_run_that_begins_after_an_erasure_reads_what_is_left(declaration, material):
    batch = record(declaration, material.batches[0])
    run = actions.begin_run(declaration, by=None, parameters=PARAMETERS)
    erasure = erased_from(batch, authors=["nobody"], posts=[], before_ms=batch.start_ms + 1)
    actions.start_run(run.id)
    assert list(run.batches.all()) == [erasure.new]


# --- parameters


def test_the_named_behaviours_are_the_methods():
    assert [one.id for one in BEHAVIOURS] == list(NAMED)


def test_parameters_come_back_from_their_row():
    chosen = Parameters(windows_ms=(600_000, 60_000), behaviours=("text", "link"), seed=7)
    back = parameters_from(json.loads(json.dumps(chosen.plain())))
    assert back.plain() == chosen.plain()
    assert back.behaviours == ("link", "text")


@pytest.mark.parametrize(
    "wrong",
    [
        {"windows_ms": ()},
        {"windows_ms": (0,)},
        {"windows_ms": (60_000, 60_000)},
        {"windows_ms": (8 * 24 * 3_600_000,)},
        {"objects_min": 1},
        {"fdr": 0.0},
        {"permutations": -1},
        {"behaviours": ()},
        {"behaviours": ("likes",)},
        {"seed": -1},
    ],
)
def test_parameters_that_mean_nothing_are_refused(wrong):
    with pytest.raises(BadOptionError):
        Parameters(**wrong)
