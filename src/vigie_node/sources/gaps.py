"""What is silent, said in sentences: a gap in what is covered is a finding, and says nothing of its cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie.terms.languages import say
from vigie.terms.times import DAY_MS
from vigie_node.sources.coverage import HOURS, reaches
from vigie_node.sources.models import Facet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from vigie.report.format import Voice
    from vigie_node.sources.coverage import Covered, Period, Reach
    from vigie_node.sources.models import Declaration

SILENT_DAYS_MIN = 2
MISSED_MIN = 10  # posts that the days before lead one to expect: fewer may well be chance
HOURLY_MIN = 5  # posts an hour, on average, from which an empty hour of the day is no chance
UND = "und"
NAMED_MAX = 5
# Platforms by the addresses under which people declare them.
PLATFORM_OF = {
    "bsky.app": "bluesky",
    "facebook.com": "facebook",
    "instagram.com": "instagram",
    "reddit.com": "reddit",
    "t.me": "telegram",
    "tiktok.com": "tiktok",
    "twitter.com": "x",
    "weixin.qq.com": "wechat",
    "x.com": "x",
    "youtube.com": "youtube",
}


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Something that is silent where it was expected.

    Args:
        sentence: what, as a page says it.
        declaration: which expects it; None where it is about all that is shown.
    """

    sentence: str
    declaration: Declaration | None = None


def gaps(
    covered: Covered,
    period: Period,
    declarations: Mapping[UUID, Declaration],
    voice: Voice,
    names: Names,
) -> list[Gap]:
    """Return what the open declarations expect and did not get lately.

    Args:
        covered: what is covered in the period, of all that is shown.
        period: the days looked at.
        declarations: the open ones, by id, with their `sources`.
        voice: speaks the sentences.
        names: calls sources and languages by their names.
    """
    sources = reaches(declarations, period, Facet.SOURCE_DAY)
    languages = reaches(declarations, period, Facet.LANGUAGE)
    return [
        *_without_posts(sources, period, declarations, voice),
        *_declared_and_silent(sources, period, declarations, voice),
        *(gap for reach in sources if (gap := _fell_silent(reach, period, voice, names.source(reach)))),
        *(
            gap
            for reach in languages
            if reach.value != UND and (gap := _fell_silent(reach, period, voice, names.language(reach.value)))
        ),
        *_empty_hours(covered, period, voice),
    ]


@dataclass(frozen=True, kw_only=True)
class Names:
    """What people call sources and languages."""

    source_of: Callable[[str, str], str]
    language: Callable[[str], str]

    def source(self, reach: Reach) -> str:
        """Return what people call the source of a reach."""
        return self.source_of(reach.platform, reach.source_kind)


def _fell_silent(reach: Reach, period: Period, voice: Voice, name: str) -> Gap | None:
    """Return that nothing came for some whole days, where the days before lead one to expect something."""
    end = min(period.now_ms, reach.declaration.window_to_ms or period.now_ms)
    silent = (end - reach.last_ms) // DAY_MS - 1
    usual = reach.count / ((reach.last_ms - reach.first_ms) // DAY_MS + 1)
    if silent < SILENT_DAYS_MIN or usual * silent < MISSED_MIN:
        return None
    rate = {"usual": round(usual), "name": name}
    if reach.facet == Facet.LANGUAGE:
        sentence = voice.count(
            "Nothing in {name} for {number} day; before, {usual} a day.",
            "Nothing in {name} for {number} days; before, {usual} a day.",
            silent,
            **rate,
        )
    else:
        sentence = voice.count(
            "Nothing from {name} for {number} day; before, {usual} a day.",
            "Nothing from {name} for {number} days; before, {usual} a day.",
            silent,
            **rate,
        )
    return Gap(sentence=sentence, declaration=reach.declaration)


def _without_posts(
    sources: Sequence[Reach], period: Period, declarations: Mapping[UUID, Declaration], voice: Voice
) -> list[Gap]:
    """Return the declarations under which nothing came in that was written in the period."""
    seen = {reach.declaration.pk for reach in sources}
    return [
        Gap(
            sentence=_nothing_of(declaration, len(period.days), voice),
            declaration=declaration,
        )
        for key, declaration in declarations.items()
        if key not in seen and not _is_over(declaration, period)
    ]


def _nothing_of(declaration: Declaration, days: int, voice: Voice) -> str:
    places = [source.place for source in declaration.sources.all()]
    if not places:
        return voice(
            say("Nothing written in the last {days} days came in under this declaration."), days=days
        )
    return voice(
        say("Nothing written in the last {days} days came in under this declaration, which names {places}."),
        days=days,
        places=voice.listed(places[:NAMED_MAX] + (["…"] if len(places) > NAMED_MAX else [])),
    )


def _declared_and_silent(
    sources: Sequence[Reach], period: Period, declarations: Mapping[UUID, Declaration], voice: Voice
) -> list[Gap]:
    """Return declared places on platforms from which nothing came, while other posts did."""
    seen: dict[UUID, set[str]] = {}
    for reach in sources:
        seen.setdefault(reach.declaration.pk, set()).add(reach.platform.casefold())
    return [
        Gap(
            sentence=voice(
                say("{place} is declared; nothing written in the last {days} days came from there."),
                place=source.place,
                days=len(period.days),
            ),
            declaration=declarations[key],
        )
        for key, platforms in seen.items()
        for source in declarations[key].sources.all()
        if (platform := platform_of(source.place)) and platform not in platforms
    ]


def platform_of(place: str) -> str:
    """Return the platform on which a declared place is; empty where its address does not say it."""
    host = place.casefold().partition("://")[2] or place.casefold()
    host = host.partition("/")[0].removeprefix("www.")
    return PLATFORM_OF.get(host, "")


def _is_over(declaration: Declaration, period: Period) -> bool:
    """Return whether the posts that a declaration is about were all written before the period."""
    return declaration.window_to_ms is not None and declaration.window_to_ms < period.since_ms


def _empty_hours(covered: Covered, period: Period, voice: Voice) -> list[Gap]:
    """Return the hours of the day in which nothing was ever written, where the others hold much."""
    by_hour = [sum(day[hour] for day in covered.hours) for hour in range(HOURS)]
    if covered.count < HOURLY_MIN * HOURS * len(period.days):
        return []
    return [
        Gap(
            sentence=voice(
                say("Nothing was written between {start}:00 and {end}:00 on any day ({zone})."),
                start=str(start),
                end=str(end),
                zone=period.zone,
            )
        )
        for start, end in _empty_runs(by_hour)
    ]


def _empty_runs(by_hour: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for hour, number in enumerate(by_hour):
        if number:
            continue
        if runs and runs[-1][1] == hour:
            runs[-1] = (runs[-1][0], hour + 1)
        else:
            runs.append((hour, hour + 1))
    return runs
