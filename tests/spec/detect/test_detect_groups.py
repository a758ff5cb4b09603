"""Groups: the network of significant pairs, parted into accounts that moved together."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from vigie.detect.coaction.groups import Link, parted, weight_of
from vigie.detect.coaction.rule import Rule


def clique(names, weight=10.0):
    return {pair: {"repost": weight} for pair in combinations(sorted(names), 2)}


def in_order(weights, weak=()):
    return {
        pair: Link(surprise=surprise, strong=pair not in weak) for pair, surprise in sorted(weights.items())
    }


def groups_of(weights, **rule):
    return parted(in_order(weights), Rule(**rule), seed=0)


def test_no_pair_is_no_group():
    assert groups_of({}) == []


def test_three_accounts_that_all_moved_together_are_a_group():
    assert groups_of(clique("abc")) == [["a", "b", "c"]]


def test_two_accounts_are_no_group_however_surprising():
    assert groups_of(clique("ab", weight=1e6)) == []


def test_two_cliques_joined_by_one_weak_pair_stay_two_groups():
    weights = clique("abcd") | clique("wxyz") | {("d", "w"): {"repost": 0.5}}
    assert groups_of(weights) == [["a", "b", "c", "d"], ["w", "x", "y", "z"]]


def test_an_account_with_one_link_to_a_group_is_left_out():
    weights = clique("abcd") | {("d", "e"): {"repost": 5.0}}
    assert groups_of(weights) == [["a", "b", "c", "d"]]


def test_whoever_hangs_on_one_that_is_left_out_is_left_out_too():
    chain = {(a, b): {"repost": 10.0} for a, b in ("de", "ef", "fg")}
    assert groups_of(clique("abcd") | chain) == [["a", "b", "c", "d"]]


def test_the_strongest_group_comes_first():
    assert groups_of(clique("abc", weight=5.0) | clique("xyz", weight=9.0)) == [
        ["x", "y", "z"],
        ["a", "b", "c"],
    ]


def test_groups_smaller_than_asked_are_not_told():
    assert groups_of(clique("abc") | clique("vwxyz"), group_size_min=4) == [list("vwxyz")]


def test_a_copied_text_counts_once_exact_or_normalised_but_other_evidence_adds():
    assert weight_of({"text": 5.0, "text_normalised": 7.0}) == 7.0
    assert weight_of({"text": 9.0, "text_normalised": 7.0, "repost": 2.0, "link": 1.0}) == 12.0
    assert weight_of({}) == 0.0


networks = st.dictionaries(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")).filter(lambda p: p[0] < p[1]),
    st.integers(1, 30).map(lambda w: {"repost": w / 2}),
    max_size=20,
)


@given(weights=networks, seed=st.integers(0, 3))
def test_every_member_moved_with_two_others_and_nobody_is_in_two_groups(weights, seed):
    parts = parted(in_order(weights), Rule(), seed=seed)
    members = [account for part in parts for account in part]
    assert len(members) == len(set(members))
    for part in parts:
        assert part == sorted(part)
        for account in part:
            partners = {other for pair in weights if account in pair for other in pair} & set(part) - {
                account
            }
            assert len(partners) >= 2


@given(weights=networks)
def test_the_same_network_is_parted_the_same_each_time(weights):
    assert parted(in_order(weights), Rule(), seed=1) == parted(in_order(weights), Rule(), seed=1)


@given(weights=networks, data=st.data())
def test_the_order_of_pairs_changes_nothing(weights, data):
    other = dict(data.draw(st.permutations(list(in_order(weights).items()))))
    assert parted(other, Rule(), seed=1) == parted(in_order(weights), Rule(), seed=1)


def test_pairs_just_above_the_threshold_make_no_group():
    weights = clique("abcd")
    assert parted(in_order(weights, weak=weights), Rule(), seed=0) == []


def test_pairs_just_above_the_threshold_may_join_a_core():
    weights = clique("abcd") | {("a", "e"): {"repost": 5.0}, ("b", "e"): {"repost": 5.0}}
    weak = {("a", "e"), ("b", "e")}
    assert parted(in_order(weights, weak=weak), Rule(), seed=0) == [["a", "b", "c", "d", "e"]]


def test_more_pairs_than_any_shuffled_copy_has_are_a_core_though_each_is_just_above_the_threshold():
    for most, found in ((5, [["a", "b", "c", "d"]]), (6, [])):
        links = {
            pair: Link(surprise=surprise, strong=False, layers={("repost", 60_000): most})
            for pair, surprise in clique("abcd").items()
        }
        assert parted(links, Rule(), seed=0) == found
