"""Copies in which there is nothing to find: what is parted, what stays; and what is measured on them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vigie.detect.calibrating import calibrate, exact_interval
from vigie.detect.methods import METHODS, Method, Outcome, Tools
from vigie.detect.nulls import BLOCK_MS, NULLS
from vigie.terms.cards import MeasuresFileError, read_measures, with_measures
from vigie.terms.posts import POSTS, conform
from vigie.terms.signals import Signal
from vigie.terms.times import DAY_MS

START_MS = 20_400 * DAY_MS
KINDS = sorted(NULLS)


def posts(seed=1, count=60):
    """Return posts of a few days: answers, deletions, counters; some without a moment or a name."""
    chance = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        at_ms = START_MS + int(chance.integers(0, 12 * DAY_MS))
        rows.append(
            {
                "post_id": f"p{number}",
                "author": f"账户{chance.integers(9)}" if chance.random() > 0.05 else None,
                "author_created_ms": int(chance.integers(0, 9)),
                "author_followers": int(chance.integers(0, 9)),
                "created_ms": at_ms if chance.random() > 0.05 else None,
                "deleted_seen_ms": at_ms + 1_000 if chance.random() > 0.5 else None,
                "in_reply_to": f"p{chance.integers(number + 1)}" if chance.random() > 0.5 else None,
                "body": f"mot {number} 🔥",
                "counts": [{"at_ms": at_ms, "name": "views", "value": int(chance.integers(0, 900))}]
                if chance.random() > 0.2
                else None,
            }
        )
    return conform(pa.Table.from_pylist(rows, schema=POSTS))


def copied(kind, table, seed=3):
    return NULLS[kind].copy(table, np.random.default_rng(seed))


def changed(before, after):
    return {name for name in before.column_names if not before[name].equals(after[name])}


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_is_made_of_chance_that_can_be_repeated(kind):
    table = posts()
    assert copied(kind, table).equals(copied(kind, table))
    assert not copied(kind, table).equals(copied(kind, table, seed=4))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1])
def test_almost_nothing_has_a_copy_too(kind, count):
    table = posts(count=count)
    assert copied(kind, table).num_rows == count
    assert copied(kind, conform(table.select(["author"]))).num_rows == count


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_changes_but_what_is_parted(kind):
    account = {"author", "author_created_ms", "author_followers"}
    parted = {
        "coaction": account,
        "rhythm": account,
        "deletions": account,
        "pileon": account | {"body"},
        "bursts": {"created_ms"},
        "engagement": {"counts"},
        "families": {"body"},
        "narratives": {"body"},
    }
    table = posts()
    assert changed(table, copied(kind, table)) == parted[kind]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), kind=st.sampled_from(["coaction", "deletions"]))
def test_who_acts_changes_places_within_six_hours_and_together_with_what_is_theirs(seed, kind):
    table = posts(seed)
    at = "deleted_seen_ms" if kind == "deletions" else "created_ms"
    assert by_block(copied(kind, table, seed), at) == by_block(table, at)


def by_block(table, at, kind=None):
    """Return for each block of six hours, and each kind, who acted there, in no order."""
    names = ("author", "author_created_ms", "author_followers")
    blocks = {}
    for row in table.to_pylist():
        block = None if row[at] is None else (row[at] // BLOCK_MS, row.get(kind))
        blocks.setdefault(block, []).append(str([row[name] for name in names]))
    return {block: sorted(those) for block, those in blocks.items()}


def test_for_acting_together_accounts_stay_in_their_language():
    table = posts(count=300)
    langs = pa.array(["fr", "en", None] * 100, pa.string())
    table = table.set_column(table.schema.get_field_index("lang"), "lang", langs)
    after = copied("coaction", table)
    assert changed(table, after) == {"author", "author_created_ms", "author_followers"}
    assert by_block(table, "created_ms", "lang") == by_block(after, "created_ms", "lang")
    assert by_block(table, "created_ms", "lang") != by_block(copied("rhythm", table), "created_ms", "lang")


def test_counters_that_are_all_unknown_stay_so():
    rows = [{"author": f"a{n}", "counts": [{"at_ms": 1, "name": "likes", "value": None}]} for n in range(9)]
    table = conform(pa.Table.from_pylist(rows, schema=POSTS))
    assert copied("engagement", table).equals(table)


@pytest.mark.parametrize("kind", ["families", "narratives"])
def test_words_change_places_within_their_language_and_texts_keep_their_length(kind):
    bodies = ["le pont du nord", "the ferry is late", None, "不在这里", "pont pont", "a b c 🔥", ""] * 9
    langs = ["fr", "en", "fr", "zh", "fr", None, "en"] * 9
    rows = [{"body": body, "lang": lang} for body, lang in zip(bodies, langs, strict=True)]
    before = conform(pa.Table.from_pylist(rows, schema=POSTS))
    after = copied(kind, before)
    assert after["body"].to_pylist() != bodies
    of = {}
    for text, lang in zip(after["body"].to_pylist(), langs, strict=True):
        of.setdefault(lang, []).extend((text or "").split())
    assert sorted(of["fr"]) == sorted(["le", "pont", "du", "nord", "pont", "pont"] * 9)
    assert sorted(of["zh"]) == sorted("不在这里" * 9)
    sizes = [None if text is None else len(text.split()) for text in after["body"].to_pylist()]
    assert sizes == [4, 4, None, 4, 2, 4, 0] * 9


def test_only_answers_change_places_for_pile_ons():
    table = posts()
    before, after = table.to_pylist(), copied("pileon", table).to_pylist()
    theirs = ("author", "author_created_ms", "body")
    assert sorted(str([one[name] for name in theirs]) for one in before) == sorted(
        str([one[name] for name in theirs]) for one in after
    )
    for one, other in zip(before, after, strict=True):
        if one["in_reply_to"] is None or one["created_ms"] is None:
            assert one == other


def test_a_post_keeps_its_hour_and_its_sort_of_day():
    table = posts(count=300)
    before, after = (one["created_ms"].drop_null().to_numpy() for one in (table, copied("bursts", table)))
    assert (before % DAY_MS == after % DAY_MS).all()
    weekend = [np.isin((at // DAY_MS + 3) % 7, [5, 6]) for at in (before, after)]
    assert (weekend[0] == weekend[1]).all()
    assert (before.min() // DAY_MS <= after // DAY_MS).all()
    assert (after // DAY_MS <= before.max() // DAY_MS).all()


def test_counters_stay_around_what_is_usual_and_unknown_ones_unknown():
    chance = np.random.default_rng(1)
    rows = [
        {"author": f"a{n % 4}", "counts": [{"at_ms": 1, "name": "likes", "value": value}]}
        for n, value in enumerate([*chance.lognormal(5, 0.5, 800).astype(int).tolist(), None])
    ]
    table = conform(pa.Table.from_pylist(rows))
    after = [row["counts"][0] for row in copied("engagement", table).to_pylist()]
    assert after[-1]["value"] is None
    assert {(one["name"], one["at_ms"]) for one in after} == {("likes", 1)}
    assert np.median([one["value"] for one in after[:-1]]) == pytest.approx(np.exp(5), rel=0.1)


def method(finds):
    """Return a method that finds a signal in every copy, or as is alone, or never."""
    seen = []

    def run(table, seed, progress):
        seen.append(table)
        return Outcome(signals=(SIGNAL,) if finds(len(seen) - 1) else ())

    tools = Tools(columns=("author",), parameters={}, card=lambda: None, run=run)
    return Method(id="rhythm/1", title="", about="", window_hours=None, tools=lambda: tools)


SIGNAL = Signal(
    method="rhythm/1", kind="step", subject_kind="accounts", subject="a", sentence="", facts={},
    start_ms=None, end_ms=None, weight=1.0,
)  # fmt: skip


def test_what_is_found_where_nothing_is_counts_as_false_alarms():
    found = calibrate(method(lambda look: look in {0, 2, 5}), posts(), runs=6, seed=1)
    assert (found.found_as_is, found.with_signals, found.signals, found.runs) == (1, 2, 2, 6)
    assert (found.low, found.high) == exact_interval(2, 6)


@given(runs=st.integers(1, 300), part=st.floats(0, 1))
def test_the_interval_is_that_of_clopper_and_pearson(runs, part):
    hits = round(part * runs)
    exact = stats.binomtest(hits, runs).proportion_ci(method="exact")
    assert exact_interval(hits, runs) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_every_method_with_copies_can_be_run_on_them():
    for name in set(NULLS) & set(METHODS):
        found = calibrate(METHODS[name], posts(), runs=1, seed=0)
        assert found.method == METHODS[name].id


GOOD = """
["engagement/2"]
measured = "2026-11-22"
runs = 20
with_groups = 1
low = 0.001
high = 0.249
["engagement/2".data]
en = "quiet posts"
fr = "des publications calmes"
"""


def test_a_card_says_what_was_measured_here_of_its_own_version_alone(tmp_path):
    file = tmp_path / "card-measures.toml"
    file.write_text(GOOD, encoding="utf-8")
    card = METHODS["engagement"].tools().card()
    told = with_measures(card, read_measures(file)).measured_here
    assert (told.runs, told.with_groups, told.data["fr"]) == (20, 1, "des publications calmes")
    file.write_text(GOOD.replace("engagement/2", "engagement/0"), encoding="utf-8")
    assert with_measures(card, read_measures(file)).measured_here is None


@pytest.mark.parametrize(
    "wrong", ["x", "a = 1", GOOD.replace("runs", "turns"), GOOD.replace("low = 0.001", "")]
)
def test_a_file_that_says_something_else_is_refused(tmp_path, wrong):
    file = tmp_path / "card-measures.toml"
    file.write_text(wrong, encoding="utf-8")
    with pytest.raises(MeasuresFileError):
        read_measures(file)


def test_no_file_of_measures_is_an_error_of_its_own(tmp_path):
    with pytest.raises(MeasuresFileError):
        read_measures(tmp_path / "absent.toml")
