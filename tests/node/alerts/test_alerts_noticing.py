"""Methods run over a real store: what they notice is kept with the posts it rests on."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from node.alerts.seed import fill

from vigie.collect import Rejects
from vigie.detect.methods import METHODS
from vigie.intake import Reading, plan_all, take_in
from vigie.store.batches import Store
from vigie.store.observations import Known
from vigie.store.tokens import ProjectKey
from vigie.store.vault import Vault
from vigie.terms.posts import POSTS
from vigie_node.alerts import actions, noticing
from vigie_node.alerts.models import Alert, Run
from vigie_node.jobs import child, leases, registry
from vigie_node.jobs.models import Job
from vigie_node.sources.models import Batch

HOUR_MS = 3_600_000
START_MS = 1_760_000_000_000
ACCOUNTS, EACH = 8, 12

pytestmark = pytest.mark.any_database


def rows():
    """Return posts of accounts whose views scatter a little, one of which has one out of all proportion."""
    for account in range(ACCOUNTS):
        for number in range(EACH):
            views = 1_000 + 37 * ((account * 7 + number * 5) % 11)
            yield post(account, number, views)
    yield post(0, EACH, 2_000_000)


def post(account, number, views):
    created_ms = START_MS + (account * EACH + number) * HOUR_MS
    return {
        "post_id": f"x:{account}-{number}",
        "platform": "x",
        "author": f"account{account}",
        "author_followers": 1_500,
        "created_ms": created_ms,
        "collected_ms": created_ms + 5 * HOUR_MS,
        "body": f"Message {account} {number} sur le débat de ce soir",
        "counts": [{"name": "views", "value": views, "at_ms": created_ms + 5 * HOUR_MS}],
    }


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Two batches of one collection in the store."""
    folder = tmp_path_factory.mktemp("counted")
    posts = pa.Table.from_pylist(list(rows()), schema=POSTS)
    pq.write_table(posts, folder / "posts.parquet")
    store, key = Store(settings.HOME.store), ProjectKey.derive(b"n" * 32, b"s" * 16)
    with Vault(folder / "vault.db", key) as vault:
        taken = take_in(
            plan_all([folder / "posts.parquet"], Reading()),
            store=store,
            vault=vault,
            key=key,
            known=Known(),
            collection_id="a declaration",
            collected_ms=START_MS,
            rejects=Rejects(),
            rows_per_batch=60,
        )
        return tuple(one.batch for one in taken)


def told(stored, name, **more):
    shas = [batch.sha256 for batch in stored]
    return noticing.notice(Store(settings.HOME.store), shas, METHODS[name], seed=1, **more)


def test_what_is_out_of_proportion_is_noticed_with_its_post(stored):
    noticed = told(stored, "engagement")
    assert len(stored) == 2
    assert (noticed.post_count, noticed.account_count, len(noticed.seen)) == (
        ACCOUNTS * EACH + 1,
        ACCOUNTS,
        1,
    )
    seen = noticed.seen[0]
    (cited,) = seen.posts
    assert cited.body == "Message 0 12 sur le débat de ce soir"
    assert seen.batch_of == {cited.post_id: cited.batch}
    assert seen.signal.posts == (cited.post_id,)
    assert noticed.card["id"] == noticed.manifest["method"] == "engagement/2"


def test_the_same_batches_and_seed_give_the_same(stored):
    assert told(stored, "engagement") == told(stored, "engagement")


def test_only_posts_of_the_window_are_looked_at(stored):
    since_ms = START_MS + ACCOUNTS * EACH // 2 * HOUR_MS
    noticed = told(stored, "engagement", since_ms=since_ms)
    assert noticed.start_ms >= since_ms
    assert noticed.post_count < ACCOUNTS * EACH
    assert told(stored, "engagement", since_ms=START_MS + 10**12).post_count == 0


@pytest.mark.parametrize("name", [name for name in METHODS if name != "coaction"])
def test_every_method_runs_on_posts_as_they_are_held(stored, name):
    noticed = told(stored, name)
    assert noticed.manifest["parameters"]
    assert all(one.signal.method == METHODS[name].id for one in noticed.seen)


def test_a_run_of_a_method_becomes_alerts_by_its_job(organisation, stored):
    registry.load()
    declaration = fill(organisation, people=[], alert_count=0).declaration
    old = list(Batch.objects.filter(declaration=declaration))
    intake = old[0].intake
    Batch.objects.update(erased_ms=1)
    for batch in stored:
        columns = {
            name: getattr(batch, name) for name in ("sha256", "row_count", "byte_count", "start_ms", "end_ms")
        }
        Batch.objects.create(
            organisation=organisation,
            declaration=declaration,
            intake=intake,
            stored_ms=batch.end_ms,
            erase_by_ms=2 * batch.end_ms,
            **columns,
        )
    run = actions.begin_run(declaration, by=None, method="engagement")
    child.do(leases.claim())
    run.refresh_from_db()
    assert (run.state, run.error_code) == (Run.State.DONE, "")
    assert Job.objects.get(pk=run.job).state == "done"
    assert Alert.objects.get().latest.posts.count() == 1


def test_methods_and_their_entries_agree():
    for name, method in METHODS.items():
        tools = method.tools()
        assert tools.card().id == method.id
        assert name == method.id.partition("/")[0]
        assert set(tools.columns) <= set(POSTS.names) | {"observation"}
        assert tools.parameters == dict(tools.parameters)
    assert pc.all(
        pa.array([one.window_hours is None or one.window_hours > 0 for one in METHODS.values()])
    ).as_py()
