"""Languages of batches: found later, kept beside them, counted, gone with them."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest
from django.conf import settings as node_settings

from vigie.store.batches import BESIDE, Store
from vigie.store.languages import read_languages
from vigie_node.jobs.models import Job
from vigie_node.ledger.outbox import deliver
from vigie_node.sources import erasing, languages, verifying
from vigie_node.sources.language_tasks import LOOK
from vigie_node.sources.models import Batch, BatchCoverage, BatchLanguages, Coverage, Facet

pytestmark = pytest.mark.django_db
HEADER = "author,created_at,post_id,body,platform"
ROWS = [
    "ana,2026-01-05 10:10:00,1,ਵੀਰਵਾਰ ਨੂੰ ਵੋਟ ਪਾਉਣ ਜਾਓ,telegram",
    "ana,2026-01-05 10:50:00,2,市长又撒谎了,telegram",
    "ben,2026-01-05 11:05:00,3,ᖁᔭᓐᓇᒦᒃ ᐃᓘᓐᓇᓯ,bluesky",
    "ben,2026-01-06 23:59:00,4,lol,bluesky",
    "cat,2026-01-06 23:59:00,5,,bluesky",
]


def look(**given) -> bool:
    return languages.look_at_batches(
        gives_way=given.get("gives_way", lambda: False), tell=given.get("tell", lambda _done: None)
    )


def beside() -> list[str]:
    return sorted(path.name for path in node_settings.HOME.store.glob(f"*/*{BESIDE}*"))


def summed() -> list[tuple[object, ...]]:
    return sorted(
        Coverage.objects.filter(of=Batch.objects.first().declaration_id).values_list(
            "facet", "platform", "source_kind", "value", "hour_ms", "count"
        )
    )


@pytest.fixture
def scripts_alone(monkeypatch) -> None:
    """Let scripts alone decide, as where `vigie[languages]` is not installed."""
    monkeypatch.setattr(languages, "installed_model", lambda: None)


@pytest.fixture
def held(take, tmp_path, scripts_alone) -> Batch:
    """Return a batch of five posts in several scripts."""
    path = tmp_path / "scripts.csv"
    path.write_text("\n".join([HEADER, *ROWS, ""]), encoding="utf-8")
    return take(path).batches.get()


def test_the_language_of_each_row_stands_beside_its_batch(held):
    assert look()
    store = Store(node_settings.HOME.store)
    (rows,) = store.read([held.sha256], ("body",))
    found = read_languages(store, held.sha256)
    told = dict(zip(rows.column("body").to_pylist(), found.column("lang").to_pylist(), strict=True))
    assert set(told.values()) == {"pa", "zh", "iu", "und"}
    assert {told["lol"], told[None]} == {"und"}
    assert told["市长又撒谎了"] == "zh"
    assert BatchLanguages.objects.get(batch=held).und_count == 2


def test_what_a_batch_covers_is_counted_by_hour_language_and_place(held):
    look()
    sources = Coverage.objects.filter(of=held.declaration_id, facet=Facet.SOURCE).order_by("hour_ms")
    assert [(one.platform, one.source_kind, one.count) for one in sources] == [
        ("telegram", "export", 2),
        ("bluesky", "export", 1),
        ("bluesky", "export", 2),
    ]
    assert all(one.hour_ms % 3_600_000 == 0 for one in sources)
    days = {
        (one.value, one.hour_ms % 86_400_000): one.count
        for one in Coverage.objects.filter(of=held.organisation_id, facet="l")
    }
    assert days == {("pa", 0): 1, ("zh", 0): 1, ("iu", 0): 1, ("und", 0): 2}
    assert [
        one.count for one in Coverage.objects.filter(of=held.declaration_id, facet="p").order_by("hour_ms")
    ] == [3, 2]


def test_done_again_nothing_is_counted_twice(held):
    look()
    before = summed()
    look()
    BatchLanguages.objects.update(method="another/0")
    look()
    assert summed() == before
    assert BatchLanguages.objects.get().method == languages.BY_SCRIPT


def test_an_erased_batch_takes_its_languages_and_counts_with_it(held, days_later):
    look()
    assert beside()
    days_later(31)
    erasing.erase_what_is_past(lambda: None)
    assert beside() == []
    assert (Coverage.objects.count(), BatchCoverage.objects.count(), BatchLanguages.objects.count()) == (
        0,
    ) * 3


def test_what_an_erasure_leaves_is_looked_at_and_the_counts_are_those_of_what_is_left(held):
    look()
    ids = Store(node_settings.HOME.store).read([held.sha256], ("post_id", "body"))
    (rows,) = ids
    gone = [
        i
        for i, body in zip(*(rows.column(n).to_pylist() for n in ("post_id", "body")), strict=True)
        if body == "lol"
    ]
    erasing.erase_posts(held, posts=gone, reason="essai", by="host", waiting=lambda: None)
    assert not Coverage.objects.exists()
    assert look()
    left = Batch.objects.get(erased_ms=None)
    assert Coverage.objects.filter(of=held.declaration_id, facet="l", value="und").get().count == 1
    assert beside() == [f"{left.sha256}{BESIDE}"]


def test_two_batches_sum_up_and_one_is_taken_away_exactly(held, take, kit, tmp_path):
    look()
    before = summed()
    path = tmp_path / "more.csv"
    path.write_text(
        "\n".join(
            [HEADER, *(row.replace(",telegram", ",telegram").replace("ana,", "zoe,") for row in ROWS), ""]
        ),
        encoding="utf-8",
    )
    take(path)
    look()
    assert (
        sum(row[-1] for row in summed() if row[0] == "s")
        == 5 + Batch.objects.exclude(pk=held.pk).get().row_count
    )
    from vigie_node.sources import actions

    actions.record_erasure(
        Batch.objects.exclude(pk=held.pk).get(), new=None, erased_count=1, reason="retention"
    )
    assert summed() == before


def test_it_gives_way_between_looks_and_goes_on_where_it_was(take, kit, tmp_path, monkeypatch, scripts_alone):
    from vigie import intake

    monkeypatch.setattr(intake, "ROWS_PER_LOOK", 10)
    path = tmp_path / "posts.csv"
    path.write_text(kit.csv_of(kit.rows_of(35)), encoding="utf-8")
    batch = take(path).batches.get()
    done: list[int] = []
    rounds = 0
    while not look(gives_way=lambda: len(done) % 2 == 1, tell=done.append):
        rounds += 1
        assert rounds < 10
    assert done == [10, 20, 30]
    assert BatchLanguages.objects.get(batch=batch).row_count == 35
    assert beside() == [f"{batch.sha256}{BESIDE}"]


def test_a_torn_file_of_languages_is_made_again(held):
    look()
    store = Store(node_settings.HOME.store)
    (path,) = node_settings.HOME.store.glob(f"*/*{BESIDE}")
    path.write_bytes(b"PAR1 torn")
    assert read_languages(store, held.sha256) is None
    BatchLanguages.objects.all().delete()
    BatchCoverage.objects.all().delete()
    Coverage.objects.all().delete()
    assert look()
    assert read_languages(store, held.sha256).num_rows == 5


def test_a_batch_whose_file_is_missing_does_not_stop_the_others(held, take, posts):
    take(posts)
    Store(node_settings.HOME.store).remove(held.sha256)
    assert look()
    assert BatchLanguages.objects.count() == 1


def test_an_intake_that_brought_something_asks_for_languages(held, take, posts):
    while deliver():
        pass
    assert Job.objects.filter(kind=LOOK).count() == 1


def test_the_check_of_the_store_knows_files_of_languages(held):
    look()
    assert list(verifying.flaws(lambda *_: None)) == []
    (path,) = node_settings.HOME.store.glob(f"*/*{BESIDE}")
    stranger = path.with_name("0" * 64 + BESIDE)
    path.rename(stranger)
    os.utime(stranger, (0, 0))
    flaws = list(verifying.flaws(lambda *_: None))
    assert [flaw.sentence for flaw in flaws] == [verifying.ORPHAN]


def test_a_stranger_among_files_of_languages_is_swept(held, take, posts):
    look()
    (path,) = node_settings.HOME.store.glob(f"*/*{BESIDE}")
    stranger = path.with_name("0" * 64 + BESIDE)
    stranger.write_bytes(path.read_bytes())
    os.utime(stranger, (0, 0))
    take(posts)
    assert beside() == [path.name]


@pytest.mark.skipif(find_spec("lingua") is None, reason="vigie[languages] is not installed")
def test_with_the_model_what_scripts_alone_left_is_looked_at_again(take, tmp_path, monkeypatch):
    path = tmp_path / "posts.csv"
    path.write_text(f"{HEADER}\nana,2026-01-05,1,Le maire a dit que le pont est sûr,x\n", encoding="utf-8")
    of = take(path).declaration_id
    with monkeypatch.context() as without:
        without.setattr(languages, "installed_model", lambda: None)
        look()
    assert Coverage.objects.get(of=of, facet="l").value == "und"
    look()
    assert Coverage.objects.get(of=of, facet="l").value == "fr"
    assert BatchLanguages.objects.get().method == languages.BY_MODEL
