"""What a template shows of a group: sentences said, pictures drawn, rows chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vigie.report import charts, drawing, network, sentences, strip
from vigie.report.behaviours import named
from vigie.report.figures import Totals, behaviours_of, heaviest, main_layer, ranked, shares, totals
from vigie.report.format import offset_name
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from markupsafe import Markup

    from vigie.report.format import Voice
    from vigie.report.speech import Chorus
    from vigie.terms.findings import Edge, Group, Indicator, Layer, Leaning, Member

LINKS_MAX = 50
_SIZES = (("wide", charts.WIDE), ("narrow", charts.NARROW))
_LEANINGS: dict[Leaning, str] = {
    "open": say("Openly shared"),
    "organic": say("Organic"),
    "coordinated": say("Coordinated"),
}


@dataclass(frozen=True)
class Picture:
    """One chart in every language and size."""

    title: Markup
    drawings: tuple[tuple[str, str, Markup], ...]  # (size, language, svg)


@dataclass(frozen=True)
class View:
    """One group as the page shows it."""

    group: Group
    deed: Markup
    expectation: Markup
    behaviours: Markup
    gap: Markup
    totals: Totals
    network: network.Network
    network_title: Markup
    timeline: Picture
    bins: list[dict[str, Any]]
    lags: Picture
    gaps: list[dict[str, Any]]
    strip: strip.Strip
    strip_title: Markup | None
    readings: list[Reading]
    layers_told: list[Markup]
    q_value: Markup
    members: list[Member]
    links: list[Edge]
    zone: str


@dataclass(frozen=True)
class Reading:
    """What leans one way."""

    leaning: Leaning
    title: str
    sentences: list[Markup]


def view(group: Group, chorus: Chorus) -> View:
    """Return what the page shows of `group`."""
    layer = main_layer(group)
    picture = strip.draw(group)
    return View(
        group=group,
        deed=chorus.both(lambda voice: sentences.deed(group, voice)),
        expectation=chorus.both(lambda voice: sentences.expectation(group, voice)),
        behaviours=chorus.both(
            lambda voice: voice.listed(named(code, voice) for code in behaviours_of(group))
        ),
        gap=chorus.both(lambda voice: sentences.gap(layer.gap_ms_quantiles[1] if layer else 0, voice)),
        totals=totals(group),
        network=network.draw(group, chorus),
        network_title=chorus.both(lambda voice: sentences.network(group, voice)),
        timeline=_timeline(group, chorus),
        bins=list(_bins(group)),
        lags=_lags(group, chorus),
        gaps=list(_gaps(group)),
        strip=picture,
        strip_title=chorus.both(lambda voice: sentences.strip(picture.panels[0].item, voice))
        if picture.panels
        else None,
        readings=readings(group.indicators, chorus),
        layers_told=[_told(each, chorus) for each in heaviest(group)],
        q_value=chorus.both(lambda voice: sentences.false_discovery(group, voice)),
        members=ranked(group.members),
        links=sorted(group.edges, key=lambda e: (-e.surprise, e.account_a, e.account_b))[:LINKS_MAX],
        zone=offset_name(group.timeline.start_ms, chorus.voices[0].zone),
    )


def _timeline(group: Group, chorus: Chorus) -> Picture:
    return Picture(
        chorus.both(lambda voice: sentences.timeline(group.timeline, voice)),
        _drawings(chorus, lambda voice, size: charts.timeline(group.timeline, voice, size)),
    )


def _lags(group: Group, chorus: Chorus) -> Picture:
    """Return the lag picture, drawn once per size: between languages only the sign for per cent differs."""
    english = next(voice for voice in chorus.voices if voice.language == "en")
    drawn = [(name, drawing.draw(charts.lags(group.lags, english, size), "en")) for name, size in _SIZES]
    return Picture(
        chorus.both(lambda voice: sentences.lags(group.lags, voice)),
        tuple(
            (name, voice.language, drawing.percent_spaced(svg) if voice.language == "fr" else svg)
            for name, svg in drawn
            for voice in chorus.voices
        ),
    )


def _drawings(
    chorus: Chorus, chart: Callable[[Voice, charts.Size], dict[str, Any]]
) -> tuple[tuple[str, str, Markup], ...]:
    return tuple(
        (name, voice.language, drawing.draw(chart(voice, size), voice.language))
        for name, size in _SIZES
        for voice in chorus.voices
    )


def _bins(group: Group) -> Iterator[dict[str, Any]]:
    line = group.timeline
    for at, seen in enumerate(line.observed):
        yield dict(
            at_ms=line.start_ms + at * line.bin_ms,
            observed=seen,
            expected=line.expected[at],
            low=line.low[at],
            high=line.high[at],
        )


def _gaps(group: Group) -> Iterator[dict[str, Any]]:
    picture = group.lags
    ours, theirs = shares(picture.members), shares(picture.others)
    for at, (seen, others) in enumerate(zip(picture.members, picture.others, strict=True)):
        yield dict(
            from_ms=picture.edges_ms[at],
            to_ms=picture.edges_ms[at + 1],
            members=seen,
            members_share=ours[at],
            others=others,
            others_share=theirs[at],
        )


def _told(layer: Layer, chorus: Chorus) -> Markup:
    return chorus.both(lambda voice: sentences.layer_in_words(layer, voice))


def readings(indicators: tuple[Indicator, ...], chorus: Chorus) -> list[Reading]:
    """Return indicators by leaning, those that speak against coordination first."""
    return [
        Reading(
            leaning,
            title,
            [chorus(each.sentence, **each.facts) for each in indicators if each.leaning == leaning],
        )
        for leaning, title in _LEANINGS.items()
    ]
