"""What is told of outlets and events: reported, not found in the collection, or nothing at all."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vigie.detect.omission import CELLS, COLUMNS, METHOD, Rule, card, detect, tables
from vigie.detect.omission.counting import counted
from vigie.detect.omission.expecting import expectations
from vigie.detect.omission.signals import STATE_NAMES, TOLD_BY_NAMES, signals
from vigie.terms.errors import BadOptionError, UnfitTableError
from vigie.terms.posts import POSTS

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
START = 20_000
RULE = Rule(permutations=0)


class Press:
    """Makes posts of outlets."""

    def __init__(self):
        self.rows, self.about = [], []

    def publish(self, outlet, day, count, *, about=0, event="flood", lang="en", **more):
        """Let an outlet publish so many posts on a day, of which some speak of an event."""
        for number in range(count):
            post_id = f"{outlet}-{day}-{len(self.rows):06}"
            self.rows.append(
                {
                    "post_id": post_id,
                    "author": outlet,
                    "created_ms": (START + day) * DAY_MS + number,
                    "lang": lang,
                    "kind": "article",
                    **more,
                }
            )
            if number < about:
                self.about.append((post_id, event))

    @property
    def posts(self):
        return pa.Table.from_pylist(self.rows, schema=pa.schema([POSTS.field(name) for name in COLUMNS]))

    @property
    def events(self):
        return pa.table(
            {
                "post_id": pa.array([post for post, _ in self.about], pa.string()),
                "event": pa.array([event for _, event in self.about], pa.string()),
            }
        )

    def found(self, **options):
        return detect(self.posts, self.events, rule=options.pop("rule", RULE), **options)

    def cell(self, outlet, event="flood", **options):
        cells = self.found(**options).cells.to_pylist()
        return next(one for one in cells if (one["outlet"], one["event"]) == (outlet, event))


@pytest.fixture
def press():
    """Return twelve outlets that report a flood for three days, with a week before and after."""
    made = Press()
    for outlet in range(12):
        for day in range(14):
            made.publish(f"o{outlet:02}", day, 60, about=(15 if 5 <= day < 8 else 0))
    return made


def a_week(press, outlet, count, *, about=0, **more):
    for day in range(14):
        press.publish(outlet, day, count, about=(about if 5 <= day < 8 else 0), **more)


def test_an_outlet_that_reports_like_others_is_told_as_reporting(press):
    cell = press.cell("o03")
    assert (cell["state"], cell["observed"]) == ("reported", 45)
    assert cell["expected"] == pytest.approx(45, rel=0.1)


def test_a_large_outlet_without_any_post_is_told_as_not_found(press):
    a_week(press, "silent", 60)
    cell = press.cell("silent")
    assert (cell["state"], cell["observed"], cell["lag_ms"]) == ("not_found", 0, None)
    assert cell["expected"] > 30


def test_an_outlet_with_far_fewer_posts_is_told_as_such(press):
    a_week(press, "quiet", 300, about=1)
    assert press.cell("quiet")["state"] == "fewer"


def test_a_small_outlet_cannot_be_said_to_omit(press):
    a_week(press, "small", 2)
    cell = press.cell("small")
    assert (cell["state"], cell["q_value"]) == ("too_small", None)
    assert 0 < cell["power"] < 1


def test_an_outlet_that_was_not_collected_meanwhile_is_not_silent(press):
    for day in (*range(5), *range(8, 14)):
        press.publish("gone", day, 60)
    found = press.found()
    cell = next(one for one in found.cells.to_pylist() if one["outlet"] == "gone")
    assert (cell["state"], cell["gap_share"]) == ("not_collected", 1)
    assert [(one["outlet"], one["told_by"]) for one in found.gaps.to_pylist()] == [("gone", "data")]


def test_a_gap_that_the_operator_tells_counts_for_all(press):
    a_week(press, "silent", 60)
    told = [("", (START + 5) * DAY_MS, (START + 8) * DAY_MS)]
    assert press.cell("silent", not_collected=told)["state"] == "not_collected"


def test_an_event_that_was_not_asked_in_its_language_says_nothing_of_an_outlet(press):
    a_week(press, "français", 60, lang="fr")
    asked = {"flood": frozenset({"en"})}
    assert press.cell("français", asked=asked)["state"] == "not_asked"
    assert press.cell("o03", asked=asked)["state"] == "reported"


def test_what_others_of_its_language_do_weighs_most(press):
    for outlet in range(12):
        a_week(press, f"f{outlet}", 60, lang="fr")
    assert press.cell("f3")["expected"] < 0.2 * press.cell("o03")["expected"]


def test_an_outlet_that_reports_no_event_has_other_subjects(press):
    for outlet in range(12):
        press.publish(f"o{outlet:02}", 9, 40, about=30, event="vote")
        press.publish(f"o{outlet:02}", 11, 40, about=30, event="strike")
    a_week(press, "sports", 60)
    press.publish("sports", 9, 40)
    press.publish("sports", 11, 40)
    cells = [press.cell("sports", event) for event in ("flood", "vote", "strike")]
    assert all(cell["affinity"] < 0.25 for cell in cells)
    assert "not_found" not in {cell["state"] for cell in cells}


def test_the_lag_is_counted_from_the_first_outlet(press):
    press.publish("early", 4, 60, about=1)
    a_week(press, "early", 60)
    assert press.cell("early")["lag_ms"] == 0
    assert press.cell("o03")["lag_ms"] == DAY_MS


def test_an_event_of_few_outlets_tells_nothing_of_the_others(press):
    press.publish("o00", 9, 60, about=50, event="scoop")
    assert press.found().events["event"].to_pylist() == ["flood"]


def test_outlets_are_those_named_and_absent_ones_are_shown(press):
    found = press.found(outlets=[*(f"o{number:02}" for number in range(8)), "nowhere"])
    assert (found.outlet_count, found.absent) == (8, ("nowhere",))


def test_shared_posts_and_comments_are_not_what_an_outlet_publishes(press):
    a_week(press, "sharer", 60, share_of="x")
    a_week(press, "talker", 60, kind="comment")
    assert press.found().outlet_count == 12


@pytest.mark.parametrize(
    ("by", "column", "value"),
    [("channel", "channel_id", "c{}"), ("domain", "url", "https://www.Site{}.example:443/a?b")],
)
def test_outlets_may_be_channels_or_sites(press, by, column, value):
    for row in press.rows:
        row[column] = value.format(row["author"])
    found = press.found(rule=Rule(by=by, permutations=0))
    assert found.outlet_count == 12
    assert found.cells["outlet"][0].as_py() in {value.format(f"o{n:02}") for n in range(12)} | {
        f"siteo{n:02}.example" for n in range(12)
    }


def test_without_a_language_outlets_are_compared_as_unknown(press):
    for row in press.rows:
        row["lang"] = None
    assert press.cell("o03")["lang"] == "und"


def plain(counts, outlet, rule):
    """Return what is expected of each outlet and event, one post at a time."""
    posts = list(zip(outlet.tolist(), counts.language.tolist(), counts.slot.tolist(), strict=True))
    about = {(int(p), int(e)) for p, e in zip(counts.about_post, counts.about_event, strict=True)}
    whole = np.zeros((len(counts.outlets), len(counts.events)))
    for me in range(len(counts.outlets)):
        for event in range(len(counts.events)):
            for who, lang, slot in posts:
                if who != me or not counts.is_asked[event, lang]:
                    continue
                others = [n for n, one in enumerate(posts) if one[0] != me and one[2] == slot]
                others = [n for n in others if counts.is_asked[event, posts[n][1]]]
                same = [n for n in others if posts[n][1] == lang]
                all_rate = sum((n, event) in about for n in others) / max(len(others), 1)
                hits = sum((n, event) in about for n in same)
                whole[me, event] += (hits + rule.prior_posts * all_rate) / (len(same) + rule.prior_posts)
    return whole


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_expectations_are_those_of_the_plain_reading(seed):
    chance = np.random.default_rng(seed)
    press = Press()
    for _ in range(40):
        press.publish(
            f"o{chance.integers(4)}",
            int(chance.integers(4)),
            1,
            about=int(chance.integers(2)),
            event=f"e{chance.integers(2)}",
            lang=["en", "fr", None][chance.integers(3)],
        )
    rule = Rule(outlet_posts_min=1, event_outlets_min=1)
    asked = {"e0": frozenset({"en"})}
    counts = counted(press.posts, press.events, rule=rule, outlets=None, asked=asked)
    found = expectations(counts, counts.sizes(), rule, outlet=counts.outlet)
    base = plain(counts, counts.outlet, rule)
    for outlet in range(len(counts.outlets)):
        for event in range(len(counts.events)):
            rest = [one for one in range(len(counts.events)) if one != event]
            seen = sum(found.observed[outlet, one] for one in rest) + rule.prior_events
            due = sum(base[outlet, one] for one in rest) + rule.prior_events
            affinity = min(seen / due, rule.affinity_max)
            assert found.expected[outlet, event] == pytest.approx(base[outlet, event] * affinity)
            r = 1 / found.spread[outlet, event]
            law = stats.nbinom(r, r / (r + found.expected[outlet, event]))
            assert found.p_value[outlet, event] == pytest.approx(law.cdf(found.observed[outlet, event]))


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1_000))
def test_the_order_of_rows_and_rows_twice_change_nothing(seed):
    press = Press()
    for outlet in range(6):
        for day in range(4):
            press.publish(f"o{outlet}", day, 10, about=2 * (outlet % 3))
    chance = np.random.default_rng(seed)
    posts = press.posts.take(pa.array(chance.permutation(len(press.rows))))
    events = press.events.take(pa.array(chance.permutation(len(press.about))))
    rule = Rule(permutations=3, outlet_posts_min=1, event_outlets_min=2)
    one = detect(press.posts, press.events, rule=rule, seed=1)
    other = detect(
        pa.concat_tables([posts, posts.slice(0, 9)]), pa.concat_tables([events, events]), rule=rule, seed=1
    )
    assert one == other


def test_shuffled_copies_of_outlets_that_report_alike_give_nothing(press):
    assert press.found(rule=Rule(permutations=5)).by_chance == 0


@pytest.mark.parametrize(
    "posts", [POSTS.empty_table(), pa.Table.from_pylist([{"post_id": "1"}], schema=POSTS)]
)
def test_nothing_is_nothing(posts):
    events = pa.table({"post_id": pa.array([], pa.string()), "event": pa.array([], pa.string())})
    found = detect(posts, events)
    assert (found.cells.schema, found.cells.num_rows, found.by_chance) == (CELLS, 0, None)
    assert signals(found, posts) == ()


def test_a_table_without_its_outlets_is_refused():
    posts = POSTS.empty_table().drop_columns(["author"])
    events = pa.table({"post_id": pa.array([], pa.string()), "event": pa.array([], pa.string())})
    with pytest.raises(UnfitTableError):
        detect(posts, events)


@pytest.mark.parametrize(
    "wrong",
    [{"by": "moon"}, {"fdr": 0}, {"none_max": 1}, {"factor_min": 0.5}, {"slot_ms": 0}, {"spread_min": 0}],
)
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadOptionError):
        Rule(**wrong)


def test_a_signal_says_not_found_in_our_collection_and_cites_the_others(press):
    a_week(press, "silent", 60)
    a_week(press, "small", 2)
    (signal,) = signals(press.found(), press.posts)
    assert (signal.method, signal.subject_kind, signal.subject) == (METHOD, "event", "flood")
    assert "not found in our collection" in signal.sentence.format(**signal.facts)
    assert signal.accounts == ("silent",)
    assert len(signal.posts) == 12
    assert {one.code for one in signal.indicators} >= {"elsewhere", "too_small"}
    cells, elsewhere, gaps = signal.exhibits
    assert (cells.row_count, elsewhere.row_count, gaps.row_count) == (14, 0, 0)
    place = {column.name: n for n, column in enumerate(cells.columns)}
    shown = {row[place["outlet"]]: row for row in cells.rows}
    assert shown["silent"][place["state"]] == "not found in our collection"
    assert {row[place["state"]] for row in cells.rows} <= set(STATE_NAMES.values())
    for cell in press.found().cells.to_pylist():
        hours = None if cell["lag_ms"] is None else pytest.approx(cell["lag_ms"] / HOUR_MS, abs=0.01)
        assert shown[cell["outlet"]][place["lag_hours"]] == hours


def test_every_state_and_every_source_of_a_gap_has_its_words():
    states = {tables.REPORTED, tables.FEWER, tables.NOT_FOUND, tables.OPEN, tables.TOO_SMALL}
    assert set(STATE_NAMES) == states | {tables.NOT_COLLECTED, tables.NOT_ASKED}
    assert set(TOLD_BY_NAMES) == {"data", "operator"}


def test_the_card_tells_of_this_method_in_both_languages():
    about = card()
    assert about.id == METHOD
    assert set(about.parameters) == set(Rule.__dataclass_fields__)
    assert all(set(one) == {"en", "fr"} for one in (*about.failures, *about.never_claims, *about.steps))
