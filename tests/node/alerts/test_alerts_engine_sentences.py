"""What is said of alerts: true of the figures, in both languages, never a verdict."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, replace
from types import SimpleNamespace

import pytest

from vigie.detect.coaction import card
from vigie.report.format import NBSP, Voice
from vigie.terms.findings import Edge, Group, Indicator, Lags, Layer, Member, Timeline
from vigie.terms.languages import LANGUAGES
from vigie_node.alerts import sentences
from vigie_node.alerts.findings import evidence_of, group_of, plain, signal_columns, sparkline, text
from vigie_node.alerts.models import Alert
from vigie_node.alerts.parameters import BEHAVIOURS
from vigie_node.web.words import words_in

EN = Voice(words_in("en"))
MEASURED = plain(card())
OF_100 = {"runs": 100, "with_groups": 0, "high": 0.036}  # what a card of 100 runs says
CARD = {**MEASURED, "false_alarms": {**MEASURED["false_alarms"], **OF_100}}


def layer(behaviour: str = "link", *, expected: float = 0.4, observed: int = 214) -> Layer:
    return Layer(
        behaviour=behaviour,
        window_ms=60_000,
        pair_count=66,
        observed=observed,
        expected=expected,
        surprise_min=6.0,
        surprise_median=12.0,
        gap_ms_quantiles=(1_000, 4_000, 30_000),
    )


def group(*layers: Layer, indicators: tuple[Indicator, ...] = ()) -> Group:
    names = [f"account{at}" for at in range(12)]
    return Group(
        group=1,
        members=tuple(
            Member(account=name, partner_count=11, object_count=30, action_count=40) for name in names
        ),
        edges=tuple(
            Edge(account_a=a, account_b=b, object_count=3, surprise=12.0, behaviours=("link",))
            for at, a in enumerate(names)
            for b in names[at + 1 :]
        ),
        layers=layers or (layer(),),
        objects=(),
        object_count=34,
        timeline=Timeline(
            start_ms=0,
            bin_ms=60_000,
            observed=(3, 0, 5),
            expected=(0.1,) * 3,
            low=(0.0,) * 3,
            high=(1.0,) * 3,
        ),
        lags=Lags(edges_ms=(0, 1_000, 60_000), members=(5, 6), others=(1, 9)),
        q_value=0.004,
        indicators=indicators,
    )


def headline(*layers: Layer, voice: Voice = EN) -> str:
    return sentences.headline(SimpleNamespace(**signal_columns(group(*layers))), voice)


def test_a_headline_sets_what_was_seen_beside_chance():
    assert headline() == (
        f"12 accounts moved together on 34 links: 214 coincidences within 1{NBSP}minute, where chance alone "
        "would give about 0.4."
    )


def test_where_chance_gives_next_to_nothing_no_figure_pretends():
    assert headline(layer(expected=0.003)).endswith("where chance alone would give hardly any.")


def test_several_behaviours_are_objects_above_all_the_strongest():
    assert headline(layer("text"), layer("link", observed=9)).startswith(
        "12 accounts moved together on 34 objects, above all texts: 214 coincidences"
    )


def test_a_text_exact_or_normalised_is_one_behaviour():
    assert "34 texts" in headline(layer("text"), layer("text_normalised"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("behaviour", [*BEHAVIOURS, "something new"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_behaviour_counts_its_objects(language, behaviour, number):
    said = sentences.objects_of(behaviour, number, Voice(words_in(language)))
    assert said.startswith(str(number))
    assert "{" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_calls_anybody_anything(language):
    voice = Voice(words_in(language))
    said = [
        headline(voice=voice),
        *sentences.statistics(group(), voice),
        sentences.openness(group(), voice),
        *sentences.budget(CARD, 12, voice),
    ]
    for word in ("bot", "fake", "faux compte", "fraud", "manipul", "inauthenti", "troll"):
        assert not any(word in sentence.lower() for sentence in said)


def test_statistics_say_what_chance_would_bring_and_how_often_links_are_wrong():
    said = sentences.statistics(group(), EN)
    assert "214 coincidences" in said[0]
    assert said[1] == (
        f"Links, at most 1{NBSP}minute apart: 66 pairs, 214 coincidences where 0.4 would be expected; half "
        f"of the following acts came within 4{NBSP}seconds."
    )
    assert "0.004" in said[2]
    assert "change places" in said[3]


OPEN = Indicator(
    code="known",
    leaning="open",
    sentence="{known_count} of {member_count}.",
    facts={"known_count": 3, "member_count": 12},
)
COORDINATED = Indicator(
    code="few_others", leaning="coordinated", sentence="Few: {part_share}.", facts={"part_share": 0.6}
)


def test_what_speaks_for_an_open_origin_comes_first():
    found = sentences.readings(group(indicators=(COORDINATED, OPEN)), EN)
    assert [(one.leaning, one.sentences) for one in found] == [
        ("open", ("3 of 12.",)),
        ("organic", ()),
        ("coordinated", ("Few: 60%.",)),
    ]


def test_openness_counts_what_speaks_for_it():
    assert sentences.openness(group(indicators=(COORDINATED, OPEN)), EN).startswith("1 reading speaks for")
    assert sentences.openness(group(indicators=(COORDINATED,)), EN).startswith("Nothing that was measured")


def test_the_budget_is_the_cards_measured_rate_times_the_runs():
    rate, week, beside = sentences.budget(CARD, 12, EN)
    assert rate.startswith(
        "Where there was nothing to find, 0 of 100 runs found a group "
        "(exact 95% interval of the rate: 0% to 3.6%)"
    )
    assert week == (
        "12 runs ended in the last 7 days: even at the upper end, chance alone would make about 0.43 of them "
        "find a group."
    )
    assert "openly act together" in beside


def test_the_upper_end_of_the_rate_is_the_exact_one():
    measured = MEASURED["false_alarms"]
    assert measured["with_groups"] == 0
    assert measured["high"] == pytest.approx(1 - 0.025 ** (1 / measured["runs"]), abs=0.0005)


def test_a_method_that_was_not_measured_says_so():
    assert sentences.budget({}, 12, EN) == ("How often this method is wrong was not measured.",)
    assert sentences.budget({**CARD, "false_alarms": None}, 0, EN) == sentences.budget({}, 12, EN)


def test_a_week_without_runs_and_one_with_a_single_run_are_said():
    assert sentences.budget(CARD, 0, EN)[1] == "No run ended in the last 7 days."
    assert sentences.budget(CARD, 1, EN)[1].endswith("find a group with a probability of 3.6%.")


def test_limits_say_what_the_card_never_claims():
    assert "The method never claims that an account is automated, false or foreign." in sentences.limits(
        CARD, EN
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", Alert.Status.values)
def test_every_status_says_what_comes_next(language, status):
    voice = Voice(words_in(language))
    assert sentences.what_next(status, voice, is_alone=False)


def test_who_is_alone_is_told_from_when_to_confirm_again():
    said = sentences.what_next("in_review", EN, is_alone=True, again_ms=1_790_000_000_000)
    assert "Sep 21, 2026" in said


def test_signals_after_a_verdict_are_said_and_before_any_are_not():
    assert sentences.grown(2, "dismissed", EN) == "2 signals came after the last verdict: look again."
    assert sentences.grown(2, "new", EN) == ""
    assert sentences.grown(0, "dismissed", EN) == ""


def test_evidence_comes_back_as_it_was_and_says_how_many_links_it_has():
    whole = group(indicators=(OPEN,))
    evidence = evidence_of(whole, ())
    assert group_of(evidence) == replace(
        whole, edges=tuple(sorted(whole.edges, key=lambda e: (e.account_a, e.account_b)))
    )
    assert evidence["edge_count"] == 66


def test_the_strongest_links_are_kept_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr("vigie_node.alerts.findings.EDGES_MAX", 2)
    whole = group()
    edges = tuple(replace(edge, surprise=float(at)) for at, edge in enumerate(whole.edges))
    evidence = evidence_of(replace(whole, edges=edges), ())
    assert [edge["surprise"] for edge in evidence["edges"]] == [65.0, 64.0]
    assert evidence["edge_count"] == 66


def test_what_no_database_can_hold_is_replaced():
    assert text("a\0b\ud800") == "a\ufffdb?"
    assert text("é" * 300, 200) == "é" * 200
    assert plain({"x": float("inf"), "y": (1, "z\0")}) == {"x": 9_999.0, "y": [1, "z\ufffd"]}


@pytest.mark.parametrize("bins", [0, 1, 39, 40, 41, 119, 120, 400])
def test_a_sparkline_has_at_most_40_bins_and_loses_nothing(bins):
    counts = list(range(bins))
    line = sparkline(counts)
    assert len(line) <= 40
    assert sum(line) == sum(counts)


def test_what_pages_import_brings_no_scientific_package():
    modules = (
        "sentences",
        "findings",
        "parameters",
        "inbox",
        "access",
        "actions",
        "errors",
        "entries",
        "tasks",
    )
    names = ", ".join(f"vigie_node.alerts.{name}" for name in modules)
    heavy = ("numpy", "scipy", "pyarrow", "numba", "networkit", "altair", "vl_convert")
    code = (
        f"import django, sys; django.setup(); import {names}; print(sorted(set({heavy}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "vigie_node.settings"},
    )
    assert done.stdout.strip() == "[]"


def test_the_card_is_kept_whole():
    assert plain(asdict(card())) == MEASURED
