"""Who deletes in step, and what a look at posts that are gone must not be taken for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from vigie.detect.deletions import METHOD, Rule, card, detect
from vigie.detect.deletions.signals import signals
from vigie.detect.synchrony import Rule as StepRule
from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import Words
from vigie.terms.posts import POSTS, conform

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
MONDAY = 20_454 * DAY


def gone(author, at_ms, *, number, kind="stream", lived_ms=2 * MINUTE):
    return {
        "post_id": f"{author}-{number}", "author": author, "created_ms": at_ms - lived_ms,
        "source_kind": kind, "deleted_seen_ms": at_ms, "collected_ms": at_ms,
    }  # fmt: skip


def table(rows):
    return conform(pa.Table.from_pylist(rows, schema=POSTS))


def together(names, times, **how):
    return [
        gone(name, MONDAY + 25 * SECOND + number * 3 * HOUR + number * MINUTE, number=number, **how)
        for number in range(times)
        for name in names
    ]


def scattered(count, accounts=60, seed=1, **how):
    rng = np.random.default_rng(seed)
    at = MONDAY + rng.integers(0, 5 * DAY // SECOND, count) * SECOND
    who = rng.integers(0, accounts, count)
    return [gone(f"other{who[n]}", int(at[n]), number=n, **how) for n in range(count)]


def test_accounts_that_delete_in_the_same_seconds_again_and_again_are_a_group():
    found = detect(table(together(["ana", "bo", "cy"], 5) + scattered(800)))
    assert [row["account"] for row in found.step.members.to_pylist()] == ["ana", "bo", "cy"]
    assert (found.deleted_count, found.seen_later_count) == (815, 0)


def test_people_who_delete_when_they_like_are_none():
    assert detect(table(scattered(2_000))).step.members.num_rows == 0


@pytest.mark.parametrize("exact_times", [False, True])
@pytest.mark.parametrize("kind", ["export", "capture", None])
def test_posts_found_gone_in_passes_of_visits_are_no_signal(kind, exact_times):
    rng = np.random.default_rng(2)
    passes = [MONDAY + int(hour) * HOUR + 17 * SECOND for hour in rng.integers(0, 24, 600)]
    rows = [gone(f"a{rng.integers(0, 40)}", at, number=n, kind=kind) for n, at in enumerate(passes)]
    found = detect(table(rows), rule=Rule(exact_times=exact_times))
    assert found.step.members.num_rows == 0
    assert found.seen_later_count == (0 if exact_times else 600)


def test_all_posts_seen_gone_in_one_visit_are_no_signal_even_if_taken_for_the_platforms_times():
    rows = [gone(f"a{n % 7}", MONDAY + HOUR + 30 * SECOND, number=n, kind="export") for n in range(700)]
    assert detect(table(rows), rule=Rule(exact_times=True)).step.members.num_rows == 0


def test_times_that_the_operator_vouches_for_count():
    rows = together(["ana", "bo", "cy"], 5, kind="export") + scattered(800, kind="export")
    assert detect(table(rows)).step.members.num_rows == 0
    assert detect(table(rows), rule=Rule(exact_times=True)).step.members.num_rows == 3


def test_a_platforms_sweep_of_many_accounts_is_one_moment_and_set_apart():
    crowd = [f"a{n}" for n in range(80)]
    assert detect(table(together(crowd, 5))).step.members.num_rows == 0


def test_two_who_clear_their_accounts_at_the_same_time_are_not_in_step():
    rows = [
        gone(name, MONDAY + 20 * SECOND + n * SECOND, number=n) for n in range(200) for name in ("ana", "bo")
    ]
    rule = Rule(step=StepRule(moments_min=3, meetings_min=3, group_size_min=2))
    assert detect(table(rows), rule=rule).step.members.num_rows == 0


def test_a_post_seen_gone_twice_counts_once_at_its_earliest():
    rows = together(["ana", "bo", "cy"], 5) + scattered(800)
    later = [{**row, "deleted_seen_ms": row["deleted_seen_ms"] + DAY} for row in rows]
    one, other = detect(table(rows)), detect(table(later + rows))
    assert one.step == other.step
    assert one.deleted == other.deleted


@pytest.mark.parametrize("rows", [[], [{"author": "a", "created_ms": 0}], together(["ana"], 1)])
def test_little_or_nothing_gives_nothing(rows):
    assert detect(table(rows)).step.members.num_rows == 0


def test_a_missing_column_is_said():
    with pytest.raises(UnfitTableError):
        detect(pa.table({"author": ["a"]}))


def test_a_signal_tells_what_else_it_may_be():
    posts = table(together(["ana", "bo", "é😀"], 5) + scattered(800))
    (signal,) = signals(detect(posts), posts)
    assert signal.method == METHOD == card().id
    assert signal.kind == "deleted_in_step"
    codes = {one.code: one.leaning for one in signal.indicators}
    assert codes["one_tool"] == "open"
    assert codes["elsewhere"] == "organic"
    assert codes["short_lives"] == "coordinated"
    assert len(signal.posts) == signal.post_count == 15
    for language in ("en", "fr"):
        assert "{" not in Words(language)(signal.sentence, **signal.facts)


def test_posts_that_stood_for_long_are_not_called_short_lived():
    posts = table(together(["ana", "bo", "cy"], 5, lived_ms=30 * DAY) + scattered(800))
    (signal,) = signals(detect(posts), posts)
    assert "short_lives" not in {one.code for one in signal.indicators}
