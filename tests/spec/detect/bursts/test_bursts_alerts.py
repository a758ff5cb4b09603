"""What is told of a series: rises, silences, outages; each once, with its figures."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from vigie.detect.bursts import METHOD, Election, Mentions, Rule, card, detect, table
from vigie.terms.errors import BadOptionError, UnfitTableError
from vigie.terms.times import DAY_MS


def kinds(found, key):
    return [one.kind for one in found.alerts if one.key == key]


@pytest.fixture(scope="module")
def risen(kit):
    """Return what is found where one series triples for a day, forty days in."""
    counts = kit.quiet(seed=1)
    counts[160:164] *= 3
    return kit.found({"vote": counts, **kit.background()}), counts


def test_a_series_that_triples_for_a_day_is_one_rise(risen):
    found, _ = risen
    assert kinds(found, "vote") == ["rise"]


def test_a_rise_tells_when_it_began_and_when_it_was_told(kit, risen):
    (rise,) = [one for one in risen[0].alerts if one.key == "vote"]
    first = kit.start_ms + 160 * kit.slot_ms
    assert rise.start_ms == first
    assert first < rise.raised_ms <= first + 2 * kit.slot_ms
    assert rise.start_ms <= rise.peak_ms < rise.end_ms <= first + 5 * kit.slot_ms
    assert not rise.is_open


def test_a_rise_tells_how_many_posts_there_were_and_how_many_were_due(kit, risen):
    found, counts = risen
    (rise,) = [one for one in found.alerts if one.key == "vote"]
    first, last = ((at - kit.start_ms) // kit.slot_ms for at in (rise.start_ms, rise.end_ms))
    assert rise.observed == counts[first:last].sum()
    assert rise.expected == pytest.approx(rise.observed / rise.factor)
    assert 2.2 < rise.factor < 4.2


def test_a_rise_tells_both_scores_and_their_thresholds(risen):
    (rise,) = [one for one in risen[0].alerts if one.key == "vote"]
    assert rise.slow_score > rise.slow_threshold > 0 or rise.fast_score > rise.fast_threshold > 0
    assert rise.measures == ("count", "share")


def test_two_rises_within_a_day_are_one_alert_and_a_week_apart_two(kit):
    near, far = kit.quiet(seed=2), kit.quiet(seed=2)
    near[[161, 162, 164]] *= 4
    far[[161, 162, 217, 218]] *= 4
    assert kinds(kit.found({"x": near, **kit.background()}), "x") == ["rise"]
    assert kinds(kit.found({"x": far, **kit.background()}), "x") == ["rise", "rise"]


def test_a_rise_at_the_end_of_the_data_may_still_go_on(kit):
    counts = kit.quiet(seed=3)
    counts[-2:] *= 4
    (rise,) = [one for one in kit.found({"x": counts, **kit.background()}).alerts if one.key == "x"]
    assert rise.is_open


def test_nights_and_week_ends_are_no_silence_and_mornings_no_rise(kit):
    found = kit.found(kit.background())
    assert found.days_judged == 60 - 28
    assert len(found.alerts) <= 1  # the budget: four series, 32 days each, one false alarm in 365


def test_one_series_that_stops_is_silent(kit):
    counts = kit.quiet(seed=4)
    counts[160:170] = 0
    found = kit.found({"x": counts, **kit.background()})
    assert kinds(found, "x") == ["silence"]
    assert not [one for one in found.alerts if one.kind == "outage"]


def test_all_series_that_stop_together_are_an_outage_and_nobody_is_silent(kit):
    series = {"x": kit.quiet(seed=4), **kit.background()}
    for counts in series.values():
        counts[160:170] = 0
    found = kit.found(series)
    assert [one.kind for one in found.alerts if one.raised_ms > kit.start_ms + 159 * kit.slot_ms][:1] == [
        "outage"
    ]
    assert not [one for one in found.alerts if one.kind == "silence"]
    (outage,) = [one for one in found.alerts if one.kind == "outage"]
    assert (outage.start_ms, outage.end_ms) == tuple(kit.start_ms + at * kit.slot_ms for at in (160, 170))


def test_a_gap_that_the_collector_tells_is_neither_silence_nor_outage(kit):
    series = {"x": kit.quiet(seed=4), **kit.background()}
    for counts in series.values():
        counts[160:170] = 0
    gap = (kit.start_ms + 160 * kit.slot_ms, kit.start_ms + 170 * kit.slot_ms)
    found = kit.found(series, gaps=[gap])
    assert not [one for one in found.alerts if one.kind != "rise"]
    assert found.days_judged == 60 - 28 - 10 / 4


def test_after_a_gap_the_baseline_is_what_it_was(kit):
    series = {"x": kit.quiet(seed=4), **kit.background()}
    for counts in series.values():
        counts[160:180] = 0
    gap = (kit.start_ms + 160 * kit.slot_ms, kit.start_ms + 180 * kit.slot_ms)
    assert kinds(kit.found(series, gaps=[gap]), "x") == []


def test_what_is_new_is_told_soon(kit):
    counts = np.zeros(240, np.int64)
    counts[160:] = 15
    (first, *_) = [one for one in kit.found({"new": counts, **kit.background()}).alerts if one.key == "new"]
    assert first.raised_ms == kit.start_ms + 161 * kit.slot_ms


def test_everything_that_rises_alike_is_a_rise_of_counts_and_of_no_share(kit):
    series = kit.background()
    for counts in series.values():
        counts[160:164] += kit.quiet(seed=int(counts[0]))[160:164] * 3
    found = kit.found(series)
    during = [one for one in found.alerts if kit.start_ms + 160 * kit.slot_ms <= one.start_ms]
    assert {one.key for one in during} == set(series)
    assert {one.measures for one in during} == {("count",)}


def test_too_little_history_says_nothing_and_says_so(kit):
    found = kit.found({"x": [50] * 110 + [5000]})
    assert found.is_too_short
    assert found.alerts == ()
    assert found.alarms_expected == 0


def test_posts_of_more_than_ten_years_before_the_last_are_left_out_and_counted():
    year_ms = 31_557_600_000
    at_ms = pa.array([*range(0, 30 * year_ms, year_ms), *range(29 * year_ms, 30 * year_ms, DAY_MS)])
    found = detect(pa.table({"key": ["x"] * len(at_ms), "at_ms": at_ms}), at_ms)
    assert found.early_count == 20
    assert 3_600 < found.days_judged < 3_653


def test_no_posts_at_all_say_nothing():
    empty = pa.table({"key": pa.array([], pa.string()), "at_ms": pa.array([], pa.int64())})
    assert detect(empty, pa.array([], pa.int64())).is_too_short


def test_the_budget_is_what_is_watched_over_how_often_a_false_alarm_is_allowed(kit):
    found = kit.found(kit.background())
    assert found.alarms_expected == pytest.approx(4 * 32 / 365)


def test_series_with_few_posts_or_beyond_the_most_are_left_out_and_counted(kit):
    series = {"rare": [1] + [0] * 239, **kit.background()}
    few = kit.found(series, rule=Rule(slot_ms=kit.slot_ms, posts_min=2, series_max=3))
    assert len(few.watched) == 3
    assert few.left_out_count == 2


def test_an_election_watches_some_series_with_a_budget_and_slots_of_their_own(kit):
    counts = kit.quiet(seed=1)
    counts[160:164] *= 3
    election = Election(
        start_ms=kit.start_ms + 150 * kit.slot_ms,
        end_ms=kit.start_ms + 200 * kit.slot_ms,
        watched=frozenset({"candidate"}),
        slot_ms=kit.slot_ms // 2,
    )
    found = kit.found({"candidate": counts, "other": counts, **kit.background()}, election=election)
    closely = [one for one in found.alerts if one.election]
    assert {one.key for one in closely} == {"candidate"}
    assert {one.slot_ms for one in closely} == {kit.slot_ms // 2}
    assert not [one for one in found.alerts if one.key == "other" and one.election]


def test_alerts_are_a_table_with_a_row_each(risen):
    rows = table(risen[0].alerts).to_pylist()
    assert [row["key"] for row in rows] == [one.key for one in risen[0].alerts]


def test_a_table_without_keys_is_refused():
    with pytest.raises(UnfitTableError):
        detect(pa.table({"at_ms": [1]}), pa.array([1]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"slot_ms": 7 * 3_600_000},
        {"slot_ms": 0},
        {"days_per_false_alarm": 0},
        {"days_per_false_alarm": float("nan")},
        {"history_days": 1},
        {"measures": ()},
    ],
)
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadOptionError):
        Rule(**wrong)


def test_an_election_that_ends_before_it_begins_is_refused():
    with pytest.raises(BadOptionError):
        Election(start_ms=2, end_ms=1, watched=frozenset())


def test_the_card_tells_of_this_method_in_both_languages():
    told = card()
    assert told.id == METHOD
    assert set(told.parameters) == set(Rule.__dataclass_fields__)
    assert all(set(one) == {"en", "fr"} for one in (*told.failures, *told.never_claims, *told.steps))


# what posts speak of


def batch(rows):
    from vigie.terms.posts import POSTS, conform

    names = sorted({name for row in rows for name in row})
    given = pa.Table.from_pylist(rows, schema=pa.schema([POSTS.field(name) for name in names]))
    return conform(given).to_batches()[0]


def spoken_of(by, rows):
    mentions = Mentions(by)
    mentions.add(batch(rows))
    return sorted(mentions.occurrences().column("key").to_pylist())


def post(number, **more):
    return {"post_id": f"p{number}", "author": f"a{number}", "created_ms": number, **more}


def test_a_post_speaks_of_its_hashtags_whatever_their_case_each_once():
    assert spoken_of("hashtag", [post(1, hashtags=["Vote", "vote", "qc"]), post(2)]) == ["qc", "vote"]


def test_a_post_speaks_of_its_addresses_or_of_their_domains():
    links = [{"url": "https://a.ca/1", "domain": "a.ca"}, {"url": "https://a.ca/2", "domain": "a.ca"}]
    assert spoken_of("link", [post(1, links=links)]) == ["https://a.ca/1", "https://a.ca/2"]
    assert spoken_of("domain", [post(1, links=links)]) == ["a.ca"]


def test_a_target_is_who_is_mentioned_or_answered_and_counts_once_a_post():
    rows = [post(1), post(2, in_reply_to="p1", mentions=["a1", "b"]), post(3, in_reply_to="p9")]
    assert spoken_of("target", rows) == ["a1", "b"]


def test_languages_are_series_too_and_unknown_is_none():
    assert spoken_of("lang", [post(1, lang="fr"), post(2, lang=None), post(3, lang="")]) == ["fr"]


def test_a_post_read_twice_counts_once():
    mentions = Mentions("hashtag")
    for _ in range(2):
        mentions.add(batch([post(1, hashtags=["vote"])]))
    assert mentions.occurrences().num_rows == 1
    assert len(mentions.moments()) == 1
