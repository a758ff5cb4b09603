"""What a report says: signals in plain words, in both languages, for none, one and many."""

from __future__ import annotations

import gettext
from typing import TYPE_CHECKING

import pytest

from vigie.report import sentences
from vigie.report.format import NBSP, Voice, offset_name, short_duration
from vigie.terms.findings import Lags, Timeline
from vigie.terms.languages import Language, Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from vigie.terms.findings import Findings, Group


def voice(language: Language) -> Voice:
    """Return a voice without a catalogue, so that only figures and dates differ between languages."""
    words = Words(language)
    words._catalogue = gettext.NullTranslations()
    return Voice(words, "America/Toronto")


EN, FR = voice("en"), voice("fr")


def test_three_groups_are_told_with_their_accounts(realistic: Findings) -> None:
    assert sentences.opening(realistic, EN) == (
        "Three groups, 157 accounts, moved together more often than chance allows."
    )


def test_one_group_is_singular(
    make_findings: Callable[..., Findings], make_group: Callable[..., Group]
) -> None:
    assert sentences.opening(make_findings(make_group(1, 2)), EN).startswith("One group, 2 accounts, moved")


def test_no_group_is_said_plainly_and_explained(make_findings: Callable[..., Findings]) -> None:
    assert sentences.opening(make_findings(), EN) == (
        "No group of accounts moved together more often than chance allows."
    )
    assert "does not mean that nothing was coordinated" in sentences.certainty(make_findings(), EN)


def test_many_groups_are_written_in_figures(
    make_findings: Callable[..., Findings], make_group: Callable[..., Group]
) -> None:
    many = make_findings(*[make_group(number, 2) for number in range(1, 12)])
    assert sentences.opening(many, EN).startswith("11 groups")


def test_what_a_group_did_in_plain_words(make_group: Callable[..., Group]) -> None:
    assert sentences.deed(make_group(1, 24), EN) == (
        f"24 accounts passed on the same posts, 31 in all, usually 12{NBSP}seconds apart "
        "when within the window."
    )


def test_several_behaviours_are_called_objects(make_group: Callable[..., Group]) -> None:
    both = make_group(1, 13, behaviours=("link", "text"))
    assert "acted on the same objects" in sentences.deed(both, EN)


def test_an_unknown_behaviour_is_named_as_it_is(make_group: Callable[..., Group]) -> None:
    layer = make_group(1, 3, behaviours=("co-dance",)).layers[0]
    assert "Other behaviour (co-dance)" in sentences.layer_in_words(layer, EN)


def test_the_expectation_stands_beside_what_was_observed(make_group: Callable[..., Group]) -> None:
    assert "about 0.8" in sentences.expectation(make_group(1, 24), EN)
    assert "about 0,8" in sentences.expectation(make_group(1, 24), FR)


def test_a_report_never_speaks_of_robots_or_strangers(realistic: Findings) -> None:
    said = " ".join(
        [sentences.opening(realistic, EN), sentences.certainty(realistic, EN)]
        + [sentences.deed(group, EN) + sentences.expectation(group, EN) for group in realistic.groups]
    ).lower()
    assert not any(word in said for word in ("bot", "foreign", "fake", "inauthentic", "coordinated"))


@pytest.mark.parametrize(
    ("ms", "english", "french"),
    [
        (12_000, "12_seconds", "12_secondes"),
        (1_000, "1_second", "1_seconde"),
        (1_500, "1.5_seconds", "1,5_seconde"),
        (90_000, "1.5_minutes", "1,5_minute"),
        (172_800_000, "2_days", "2_jours"),
        (0, "0_seconds", "0_seconde"),
    ],
)
def test_durations_in_their_largest_unit(ms: int, english: str, french: str) -> None:
    assert EN.duration(ms) == english.replace("_", NBSP)
    assert FR.duration(ms) == french.replace("_", NBSP)


def test_numbers_and_dates_as_each_language_writes_them() -> None:
    assert (EN.number(1234.56), FR.number(1234.56)) == ("1,235", f"1{NBSP}235")
    assert (EN.percent(0.015), FR.percent(0.015)) == ("1.5%", f"1,5{NBSP}%")
    assert EN.number(0.0004) == f"<{NBSP}0.01"
    assert EN.moment(0, utc=True) == "Jan 1, 1970, 00:00:00"
    assert FR.moment(50_700_000, utc=True, seconds=False) == "1 janv. 1970, 14 h 05"
    assert offset_name(1_790_000_000_000, "America/Toronto") == "UTC−04:00"
    assert [short_duration(ms) for ms in (0, 250, 10_000, 300_000, 7_200_000)] == [
        "0",
        f"250{NBSP}ms",
        f"10{NBSP}s",
        f"5{NBSP}min",
        f"2{NBSP}h",
    ]


def test_lags_are_told_where_members_and_others_part_most() -> None:
    picture = Lags(edges_ms=(0, 10_000, 60_000), members=(9, 1), others=(1, 9))
    assert sentences.lags(picture, EN) == (
        f"90% of members’ gaps are within 10{NBSP}seconds, against 10% for everyone else"
    )


def test_lags_of_nobody_are_said() -> None:
    assert "No two acts" in sentences.lags(Lags(edges_ms=(0, 1), members=(0,), others=(3,)), EN)
    assert "Nobody else" in sentences.lags(Lags(edges_ms=(0, 1000), members=(3,), others=(0,)), EN)


@pytest.mark.parametrize("observed", [(), (0, 0)])
def test_a_quiet_timeline_is_said(observed: tuple[int, ...]) -> None:
    flat = tuple(0.0 for _ in observed)
    line = Timeline(start_ms=0, bin_ms=60_000, observed=observed, expected=flat, low=flat, high=flat)
    assert sentences.timeline(line, EN) == "No activity together falls in the period shown"
