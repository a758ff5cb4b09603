"""The whole method on conversations whose truth is known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from vigie.detect.behaviours import BEHAVIOURS
from vigie.detect.coaction import JUDGED, METHOD, Rule, card, detect
from vigie.detect.coaction.acts import acts_from
from vigie.detect.coaction.calibration import Shuffling
from vigie.detect.coaction.interests import interests
from vigie.terms.errors import BadOptionError, UnfitTableError

MINUTE_MS = 60_000


@pytest.mark.parametrize("kind", ["fast", "popular_only", "cover"])
def test_campaigns_that_act_within_a_minute_are_found(within_a_minute, kind):
    found, planted = within_a_minute.score.recall_by_kind[kind]
    assert found >= 0.8 * planted


@pytest.mark.parametrize(("kind", "part"), [("slow", 0.8), ("pile_on", 0.7)])
def test_slower_campaigns_are_found_with_a_wider_window(slower, kind, part):
    found, planted = slower.score.recall_by_kind[kind]
    assert found >= part * planted


@pytest.mark.parametrize("conversation", ["within_a_minute", "slower"])
@pytest.mark.parametrize("role", ["organic", "hyperactive", "candidate"])
def test_nobody_who_acts_alone_is_flagged(request, conversation, role):
    found, _all = request.getfixturevalue(conversation).score.wrong_by_role[role]
    assert found == 0


def as_bytes(found):
    tables = []
    for table in (found.pairs, found.membership):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        tables.append(sink.getvalue().to_pybytes())
    return (*tables, repr(found.groups), repr(found.calibrations))


@pytest.fixture(scope="module")
def told(within_a_minute):
    return as_bytes(within_a_minute.found)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_threads_changes_no_byte(within_a_minute, told, threads):
    again = detect(within_a_minute.acts, rule=Rule(permutations=20, threads=threads), seed=1)
    assert as_bytes(again) == told


def test_the_order_of_rows_and_of_behaviours_changes_no_byte(within_a_minute, told):
    rng = np.random.default_rng(3)
    mixed = {
        behaviour: table.take(pa.array(rng.permutation(table.num_rows)))
        for behaviour, table in reversed(within_a_minute.acts.items())
    }
    assert as_bytes(detect(mixed, rule=within_a_minute.rule, seed=1)) == told


def test_pairs_are_sorted_named_and_judged(within_a_minute):
    pairs = within_a_minute.found.pairs
    assert pairs.schema.equals(JUDGED)
    rows = pairs.to_pylist()
    keys = [(row["behaviour"], row["window_ms"], row["account_a"], row["account_b"]) for row in rows]
    assert keys == sorted(set(keys))
    for row in rows:
        assert row["account_a"] < row["account_b"]
        assert row["object_count"] >= 2
        assert row["gap_ms_max"] <= row["window_ms"]
        assert row["q_value"] <= within_a_minute.rule.fdr
        assert row["rare_object_count"] >= 2 or row["close_surprise"] >= 4
        assert min(row["post_count_ab"], row["post_count_ba"]) >= 1


def test_the_surprise_told_is_that_of_the_count_and_the_expectation_told(within_a_minute):
    for row in within_a_minute.found.pairs.to_pylist()[::37]:
        tail = stats.poisson.sf(row["occasion_count"] - 1, row["expected"])
        if tail > 1e-280:
            assert row["surprise"] == pytest.approx(-np.log10(tail), rel=1e-6)


def test_each_account_is_in_one_group_and_the_membership_is_that_of_the_groups(within_a_minute):
    rows = within_a_minute.found.membership.to_pylist()
    assert len({row["account"] for row in rows}) == len(rows)
    of_groups = {
        (member.account, group.group) for group in within_a_minute.found.groups for member in group.members
    }
    assert {(row["account"], row["group"]) for row in rows} == of_groups
    assert [group.group for group in within_a_minute.found.groups] == list(
        range(1, len(within_a_minute.found.groups) + 1)
    )


# What the evidence says, against the rows themselves.


def by_account_and_object(table):
    acts = defaultdict(lambda: defaultdict(set))
    for row in table.to_pylist():
        acts[row["object"]][row["account"]].add((row["at_ms"], row["post"]))
    return acts


@pytest.fixture(scope="module")
def rows(slower):
    return {behaviour: by_account_and_object(table) for behaviour, table in slower.acts.items()}


def gap(one, other):
    return min(abs(at - other_at) for at, _post in one for other_at, _other in other)


def common(acts, a, b, window_ms):
    return [name for name, who in acts.items() if a in who and b in who and gap(who[a], who[b]) <= window_ms]


def together(acts, members, window_ms):
    """Return {object: {account: moments}} of members' acts with another member's act within the window."""
    found = {}
    for name, who in acts.items():
        inside = {account: moments for account, moments in who.items() if account in members}
        near = {
            account: {
                moment
                for moment in moments
                for other, theirs in inside.items()
                if other != account and gap({moment}, theirs) <= window_ms
            }
            for account, moments in inside.items()
        }
        near = {account: moments for account, moments in near.items() if moments}
        if near:
            found[name] = near
    return found


def widest(group):
    windows = defaultdict(int)
    for layer in group.layers:
        windows[layer.behaviour] = max(windows[layer.behaviour], layer.window_ms)
    return windows


def test_the_pairs_counted_in_a_layer_are_in_the_rows(slower, rows):
    pairs = slower.found.pairs.to_pylist()
    for group in slower.found.groups:
        members = {member.account for member in group.members}
        for layer in group.layers:
            inside = [
                row
                for row in pairs
                if (row["behaviour"], row["window_ms"]) == (layer.behaviour, layer.window_ms)
                and {row["account_a"], row["account_b"]} <= members
            ]
            acts = rows[layer.behaviour]
            observed = [
                len(common(acts, row["account_a"], row["account_b"], layer.window_ms)) for row in inside[:20]
            ]
            assert observed == [row["object_count"] for row in inside[:20]]
            assert layer.pair_count == len(inside)
            assert layer.observed == sum(row["object_count"] for row in inside)
            assert layer.surprise_min == min(row["surprise"] for row in inside)


def test_the_objects_shown_are_in_the_rows(slower, rows):
    for group in slower.found.groups:
        members = {member.account for member in group.members}
        windows = widest(group)
        near = {
            behaviour: together(rows[behaviour], members, window) for behaviour, window in windows.items()
        }
        assert group.object_count == sum(len(found) for found in near.values())
        assert len(group.objects) == min(group.object_count, 50)
        for shown in group.objects:
            who = near[shown.behaviour][shown.object]
            acts = sorted((at, account) for account, moments in who.items() for at, _post in moments)
            assert shown.account_count == len(who)
            assert shown.actor_count == len(rows[shown.behaviour][shown.object])
            assert (shown.first_ms, shown.span_ms) == (acts[0][0], acts[-1][0] - acts[0][0])
            assert sorted(shown.acts) == acts[:200]


def test_what_is_said_of_members_is_in_the_rows(slower, rows):
    for group in slower.found.groups:
        members = {member.account for member in group.members}
        near = {behaviour: together(rows[behaviour], members, w) for behaviour, w in widest(group).items()}
        for member in group.members:
            account = member.account
            assert member.object_count == sum(account in who for of in near.values() for who in of.values())
            assert member.action_count == sum(
                len(who.get(account, ())) for behaviour in near for who in rows[behaviour].values()
            )
            assert member.partner_count == sum(
                account in (edge.account_a, edge.account_b) for edge in group.edges
            )
            assert member.partner_count >= 2


def test_the_timeline_counts_every_pair_of_acts_once(slower, rows):
    for group in slower.found.groups:
        members = {member.account for member in group.members}
        events = 0
        for behaviour, window_ms in widest(group).items():
            for who in rows[behaviour].values():
                inside = sorted(set(who) & members)
                events += sum(
                    abs(at - other) <= window_ms
                    for a, b in combinations(inside, 2)
                    for at, _post in who[a]
                    for other, _other in who[b]
                )
        assert sum(group.timeline.observed) == events
        assert len(group.timeline.observed) == len(group.timeline.expected) <= 121


def test_a_group_says_the_largest_false_discovery_rate_of_its_pairs(slower):
    for group in slower.found.groups:
        members = {member.account for member in group.members}
        inside = [
            row["q_value"]
            for row in slower.found.pairs.to_pylist()
            if {row["account_a"], row["account_b"]} <= members
        ]
        assert group.q_value == max(inside)


# When nothing is there.


def nulls(acts, rng):
    """Return the acts with accounts shuffled inside communities of interest and six hours."""
    copies = {}
    for behaviour, table in acts.items():
        real = acts_from(table, canonical=True)
        if not len(real.account):
            continue
        groups = interests(real, rng=rng)
        copy = Shuffling(real, of_account=groups.of_account, communities=groups.count).copy(rng)
        copies[behaviour] = pa.table(
            {
                "account": copy.account_names.take(pa.array(copy.account)),
                "object": copy.object_names.take(pa.array(copy.object)),
                "at_ms": copy.at_ms,
                "post": copy.post,
            }
        )
    return copies


def runs_with_a_group(acts, runs, rule):
    return sum(
        bool(detect(nulls(acts, np.random.default_rng(run)), rule=rule, seed=run).groups) for run in runs
    )


def test_with_shuffled_labels_no_run_of_ten_yields_a_group(within_a_minute):
    reposts = {"repost": within_a_minute.acts["repost"], "text": within_a_minute.acts["text"]}
    assert runs_with_a_group(reposts, range(10), Rule(permutations=20)) == 0


@pytest.mark.slow
def test_with_shuffled_labels_at_most_one_run_of_a_hundred_yields_a_group(within_a_minute):
    assert runs_with_a_group(within_a_minute.acts, range(100), Rule(permutations=20)) <= 1


def table(rows):
    return pa.table(
        {
            "account": pa.array([row[0] for row in rows], pa.string()),
            "object": pa.array([row[1] for row in rows], pa.string()),
            "at_ms": pa.array([row[2] for row in rows], pa.int64()),
        }
    )


QUICK = Rule(permutations=20)
APART_MS = 10 * 3_600_000


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("a", "x", 0)],
        [("a", f"o{n}", n) for n in range(100)],
        [(f"a{n}", "x", 0) for n in range(100)],
        [(f"a{n}", f"o{n}", 0) for n in range(100)],
        [(f"a{n}", f"o{m}", 0) for n in range(30) for m in range(30)],
        [(f"a{n}", f"o{m}", m * APART_MS) for n in range(30) for m in range(30)],
    ],
    ids=[
        "nothing",
        "one act",
        "one account",
        "one object",
        "all alone",
        "all at one time",
        "identical accounts",
    ],
)
def test_odd_data_yield_no_group_and_no_error(rows):
    found = detect({"repost": table(rows), "link": table([])}, rule=QUICK)
    assert found.groups == ()
    assert found.pairs.schema.equals(JUDGED)
    assert found.membership.column_names == ["account", "group"]


def test_no_behaviour_at_all_yields_nothing():
    assert detect({}).groups == ()


def test_a_thousand_accounts_that_all_do_the_same_are_no_error():
    rows = [(f"a{n}", f"o{m}", m * APART_MS + n) for n in range(1_000) for m in range(5)]
    detect({"repost": table(rows)}, rule=Rule(permutations=1))


def test_a_lone_clique_among_bystanders_is_found():
    clique = [(f"c{n}", f"o{m}", m * APART_MS + n) for n in range(8) for m in range(12)]
    others = [(f"b{n}", f"o{n % 40}", n * 1_234_567) for n in range(2_000)]
    found = detect({"repost": table(clique + others)}, rule=QUICK)
    assert found.membership["account"].to_pylist() == [f"c{n}" for n in range(8)]


def test_known_accounts_are_marked_and_not_removed(within_a_minute):
    first = within_a_minute.found.groups[0].members[0].account
    known = {first: "outlet", "nobody": "party"}
    again = detect(within_a_minute.acts, rule=within_a_minute.rule, seed=1, known=known)
    assert again.membership.equals(within_a_minute.found.membership)
    labels = {member.account: member.known_as for group in again.groups for member in group.members}
    assert labels.pop(first) == "outlet"
    assert set(labels.values()) == {None}
    (told,) = [one for one in again.groups[0].indicators if one.code == "known"]
    assert told.leaning == "open"
    assert told.facts["known_count"] == 1


def test_another_seed_may_move_the_threshold_but_not_the_counts(within_a_minute):
    other = detect({"repost": within_a_minute.acts["repost"]}, rule=within_a_minute.rule, seed=2)
    first = next(one for one in within_a_minute.found.calibrations if one.behaviour == "repost")
    (second,) = other.calibrations
    assert (first.pair_count, first.action_count) == (second.pair_count, second.action_count)


def test_a_table_without_moments_is_refused_by_name():
    with pytest.raises(UnfitTableError, match="at_ms"):
        detect({"repost": table([("a", "x", 0)]).drop_columns(["at_ms"])})


@pytest.mark.parametrize("seed", [2**63, (2**64)])
def test_any_seed_will_do(seed):
    rows = [(f"c{n}", f"o{m}", m * APART_MS + n) for n in range(8) for m in range(12)]
    others = [(f"b{n}", f"o{n % 40}", n * 1_234_567) for n in range(2_000)]
    assert len(detect({"repost": table(rows + others)}, rule=QUICK, seed=seed).groups) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"windows_ms": ()},
        {"windows_ms": (-1,)},
        {"windows_ms": (60, 60)},
        {"objects_min": 1},
        {"fdr": 0.0},
        {"fdr": 1.0},
        {"fdr": float("nan")},
    ],
)
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadOptionError):
        Rule(**wrong)


def test_progress_rises_to_the_end(within_a_minute):
    told = []
    acts = {name: within_a_minute.acts[name] for name in ("repost", "link", "reply")}
    detect(acts, rule=Rule(permutations=3), progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert all(done <= total for done, total in told)


def test_the_card_is_that_of_the_method_and_tells_every_parameter_in_both_languages():
    told = card()
    assert told.id == METHOD
    assert set(told.parameters) == {field.name for field in fields(Rule)} - {"threads"}
    both = [
        told.title, told.purpose, told.inputs, *told.steps, *told.parameters.values(), *told.failures,
        *told.never_claims, *(one.data for one in told.measures), *(one.figures for one in told.measures),
    ]  # fmt: skip
    for text in both:
        assert set(text) == {"en", "fr"}
        assert all(text.values())
        assert text["en"] != text["fr"]
    assert all(source.url.startswith("https://") for source in told.sources)


def test_every_behaviour_has_a_name_of_its_own():
    assert len({behaviour.id for behaviour in BEHAVIOURS}) == len(BEHAVIOURS)


def test_one_album_posted_once_by_many_is_one_occasion():
    images = [(f"c{n}", f"i{m}", n * 1_000, n) for n in range(12) for m in range(4)]
    others = [(f"b{n}", f"o{n % 40}", n * 1_234_567, 100 + n) for n in range(2_000)]
    names = ("account", "object", "at_ms", "post")
    acts = pa.table(dict(zip(names, map(list, zip(*images, *others, strict=True)), strict=True)))
    assert detect({"image": acts}, rule=QUICK).groups == ()
