"""Rises and silences as signals, with what a person needs to follow them; election; series by narrative."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from vigie.detect.bursts import Election, Mentions, Rule, detect
from vigie.detect.bursts.signals import RISES, SILENCES, signals
from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import LANGUAGES, Words
from vigie.terms.times import DAY_MS, HOUR_MS

SLOT_MS = 6 * HOUR_MS
RULE = Rule(slot_ms=SLOT_MS, small_slot_ms=SLOT_MS, posts_min=1, days_per_false_alarm=365)
FIRST = 160  # slot in which something happens


def posts_of(kit, series):
    """Return posts: series of counts per slot, a hashtag each, written by many accounts."""
    rows = []
    for name, counts in series.items():
        for slot, count in enumerate(counts):
            rows += [
                {
                    "post_id": f"{name}-{slot}-{n}",
                    "author": f"a{(slot + n) % 50}",
                    "created_ms": kit.start_ms + slot * SLOT_MS + n,
                    "hashtags": [name],
                    "mentions": [name],
                }
                for n in range(count)
            ]
    return pa.Table.from_pylist(rows)


def found_in(kit, posts, *, by="hashtag", slots=240, **options):
    mentions = Mentions(by, narratives=options.pop("narratives", None))
    columns = posts.select([name for name in mentions.columns if name in posts.column_names])
    for name in mentions.columns:
        if name not in columns.column_names:
            columns = columns.append_column(name, pa.nulls(columns.num_rows, pa.string()))
    for batch in columns.combine_chunks().to_batches():
        mentions.add(batch)
    until = kit.start_ms + slots * SLOT_MS
    return detect(mentions.occurrences(), mentions.moments(), rule=RULE, until_ms=until, by=by, **options)


@pytest.fixture(scope="module")
def risen(kit):
    """Return posts in which one hashtag triples for a day and another stops for three."""
    vote, gone = kit.quiet(seed=1), kit.quiet(seed=4)
    vote[FIRST : FIRST + 4] *= 3
    gone[FIRST : FIRST + 12] = 0
    posts = posts_of(kit, {"vote": vote, "gone": gone, **kit.background()})
    return posts, found_in(kit, posts)


def test_a_rise_and_a_silence_are_signals_about_their_series(risen):
    posts, found = risen
    told = {(one.kind, one.subject): one for one in signals(found, posts)}
    assert ("rise", "hashtag:vote") in told
    assert ("silence", "hashtag:gone") in told
    assert {one.subject_kind for one in told.values()} == {"series"}
    weights = [one.weight for one in signals(found, posts)]
    assert weights == sorted(weights, reverse=True)


def test_the_timeline_is_the_series_a_week_before_and_a_day_after(kit, risen):
    posts, found = risen
    (one,) = [one for one in signals(found, posts) if one.subject == "hashtag:vote"]
    line = one.timeline
    counts = np.bincount(
        (
            posts.filter(pa.compute.equal(posts["author"], posts["author"]))["created_ms"].to_numpy()
            - kit.start_ms
        )
        // SLOT_MS
    )
    assert line.bin_ms == SLOT_MS
    assert one.start_ms - line.start_ms == 7 * DAY_MS
    assert line.start_ms + len(line.observed) * SLOT_MS == one.end_ms + DAY_MS
    place = (one.start_ms - line.start_ms) // SLOT_MS
    assert sum(line.observed[place : place + (one.end_ms - one.start_ms) // SLOT_MS]) == one.facts["observed"]
    assert max(line.observed) <= counts.max()
    assert all(low <= high for low, high in zip(line.low, line.high, strict=True))
    assert all(
        low <= mean <= high for low, mean, high in zip(line.low, line.expected, line.high, strict=True)
    )


def test_posts_and_accounts_of_a_rise_are_those_that_spoke_of_it_then(risen):
    posts, found = risen
    (one,) = [one for one in signals(found, posts) if one.subject == "hashtag:vote"]
    assert one.post_count == one.facts["observed"]
    assert one.account_count == len(one.accounts)
    assert all(post.startswith("vote-") for post in one.posts)
    assert "many_accounts" in {reading.code for reading in one.indicators}


def test_posts_of_few_accounts_lean_to_coordination(kit):
    vote = kit.quiet(seed=1)
    vote[FIRST : FIRST + 4] *= 3
    posts = posts_of(kit, {"vote": vote, **kit.background()})
    at = (posts["created_ms"].to_numpy() - kit.start_ms) // SLOT_MS
    is_by_one = (at >= FIRST) & (at < FIRST + 4) & (np.arange(len(at)) % 5 > 0)
    few = np.where(is_by_one, "one", posts["author"].to_numpy(zero_copy_only=False))
    posts = posts.set_column(1, "author", pa.array(few.tolist()))
    (told,) = [one for one in signals(found_in(kit, posts), posts) if one.subject == "hashtag:vote"]
    assert "few_accounts" in {one.code for one in told.indicators if one.leaning == "coordinated"}


def test_an_outage_is_no_signal(kit):
    series = {"x": kit.quiet(seed=4), **kit.background()}
    for counts in series.values():
        counts[FIRST : FIRST + 10] = 0
    posts = posts_of(kit, series)
    found = found_in(kit, posts)
    assert "outage" in {one.kind for one in found.alerts}
    assert "outage" not in {one.kind for one in signals(found, posts)}


def test_somebody_who_is_mentioned_is_a_person_under_their_own_name(kit, risen):
    posts, _found = risen
    told = signals(found_in(kit, posts, by="target"), posts)
    assert {one.subject_kind for one in told} == {"person"}
    assert "vote" in {one.subject for one in told}


def test_series_by_narrative_are_counted_from_its_members(kit, risen):
    posts, _found = risen
    told = ["n1" if name.startswith("vote") else "none" for name in posts["post_id"].to_pylist()]
    members = pa.table({"post_id": posts["post_id"], "narrative": told})
    found = found_in(kit, posts, by="narrative", narratives=members)
    assert found.watched == ("n1",)
    (one,) = signals(found, posts, narratives=members)
    assert (one.subject_kind, one.subject) == ("narrative", "n1")


def test_series_by_narrative_need_to_know_which_post_tells_which():
    with pytest.raises(UnfitTableError):
        Mentions("narrative")


def test_signals_need_to_know_by_what_series_are_counted(risen):
    posts, found = risen
    with pytest.raises(ValueError, match="by"):
        signals(type(found)(**{**vars(found), "by": None}), posts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_take_their_facts_in_both_languages(risen, language):
    posts, found = risen
    words = Words(language)
    for one in signals(found, posts):
        assert "{" not in words(one.sentence, **one.facts)
        assert all("{" not in words(reading.sentence, **reading.facts) for reading in one.indicators)
    assert RISES.keys() == SILENCES.keys()


def test_an_election_says_its_own_budget_and_whom_it_watched(kit, risen):
    posts, _found = risen
    days = 10
    election = Election(
        start_ms=kit.start_ms + 40 * DAY_MS,
        end_ms=kit.start_ms + (40 + days) * DAY_MS,
        watched=frozenset({"vote", "nobody"}),
        days_per_false_alarm=120,
        slot_ms=SLOT_MS // 2,
    )
    found = found_in(kit, posts, election=election)
    assert found.closely == ("vote",)
    assert found.election_alarms_expected == pytest.approx(days / 120)
    (closely,) = [one for one in found.alerts if one.election]
    assert closely.slot_ms == SLOT_MS // 2
    usual = [one for one in found_in(kit, posts).alerts if one.key == "vote"]
    assert closely.raised_ms <= usual[0].raised_ms  # a faster cycle tells sooner
