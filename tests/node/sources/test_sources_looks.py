"""Looks in the node: a later visit that finds a post as it was is kept, counted, and erased with it."""

from __future__ import annotations

import pytest
from django.conf import settings as node_settings

from vigie.store.batches import Store
from vigie_node.sources import erasing, languages
from vigie_node.sources.actions.person_requests import About
from vigie_node.sources.looking import marks_in, own_rows
from vigie_node.sources.models import Batch, Coverage, Facet
from vigie_node.sources.verifying import flaws

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000
HEAD = "author,created_at,post_id,platform,body,collected_at"


def written(path, day, *, count=10):
    rows = [
        f"canary-{n % 3},2026-01-02 10:00:00,n{n},x,texte {n},2026-01-{day:02d} 12:00:00"
        for n in range(count)
    ]
    path.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    return path


@pytest.fixture
def visited(take, tmp_path):
    """Return the batches of a file and of a later one that says the same of eight of its ten posts."""
    first = take(written(tmp_path / "first.csv", 3))
    later = take(written(tmp_path / "later.csv", 9, count=8))
    assert (first.new_count, later.new_count, later.held_count) == (10, 0, 8)
    return first.batches.get(), later.batches.get()


def checked() -> list[int | None]:
    shas = list(Batch.objects.filter(erased_ms=None).order_by("stored_ms").values_list("sha256", flat=True))
    rows = Store(node_settings.HOME.store).read(shas, ("checked_ms",))
    return [value for part in rows for value in part.column("checked_ms").to_pylist()]


def test_posts_know_when_they_were_last_looked_for_and_the_store_is_whole(visited):
    assert len(checked()) == 10
    assert len([at for at in checked() if at is not None]) == 8
    assert list(flaws(lambda _done, _total: None)) == []


def test_the_same_files_once_more_leave_no_trace(visited, take, tmp_path):
    for name in ("first.csv", "later.csv"):
        again = take(tmp_path / name)
        assert (again.new_count, again.batches.count()) == (0, 0)


def test_what_is_covered_counts_looks_by_their_day_and_not_as_posts(visited):
    assert languages.look_at_batches(gives_way=lambda: False, tell=lambda _done: None)
    _first, later = visited
    of = Coverage.objects.filter(of=later.declaration_id)
    assert list(of.filter(facet=Facet.LOOK).values_list("platform", "count")) == [("x", 8)]
    assert sum(of.filter(facet=Facet.SOURCE).values_list("count", flat=True)) == 10
    erasing.erase_posts(later, posts=posts_of(later), reason="request", by="node", waiting=lambda: None)
    assert not of.filter(facet=Facet.LOOK).exists()


def posts_of(batch):
    rows = Store(node_settings.HOME.store).rows([batch.sha256], ("post_id",))
    return {post for part in rows for post in part.column("post_id").to_pylist()}


def test_what_an_account_asks_to_erase_takes_the_looks_at_its_posts_too(visited):
    about = About(platform="x", handle="canary-1", contact="")
    for batch in visited:
        marks = marks_in(batch.declaration.project, about)
        own = own_rows(batch, marks)
        assert len(own) == 3
        assert erasing.erase_posts(batch, posts=own, reason="request", by="node", waiting=lambda: None) == 3
    assert len(checked()) == 7
