"""Vega-Lite made SVG without a browser, its colours handed to the page so that light and dark both fit."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import vl_convert
from babel.dates import get_day_names, get_month_names
from markupsafe import Markup

from vigie.report import charts
from vigie.report.format import NBSP
from vigie.terms.languages import LOCALES

if TYPE_CHECKING:
    from vigie.terms.languages import Language

_NUMBERS: dict[Language, Literal["en-CA", "fr-CA"]] = {"en": "en-CA", "fr": "fr-CA"}
_WIDTHS: tuple[Literal["wide"], Literal["abbreviated"]] = ("wide", "abbreviated")
_VARIABLES = {
    charts.ACCENT: "var(--accent)",
    charts.OTHERS: "var(--second)",
    charts.BAND: "var(--band)",
    charts.LABEL: "var(--muted)",
    charts.RULE: "var(--rule)",
}
# Vega speaks of its marks in English; the figure names the picture, the table beside it reads it out.
_SPOKEN = re.compile(r' (?:role|aria-[a-z]+|font-family|xmlns(?::xlink)?|version|class)="[^"]*"')
_FROZEN = re.compile(r'<svg width="[\d.]+" height="[\d.]+"')


@cache
def _calendar(language: Language) -> dict[str, Any]:
    """Return d3's names of days and months, as Babel and thus the rest of the page writes them."""
    locale = LOCALES[language]
    long_days, short_days = (get_day_names(width, locale=locale) for width in _WIDTHS)
    long_months, short_months = (get_month_names(width, locale=locale) for width in _WIDTHS)
    week = [6, *range(6)]  # d3 begins on Sunday, Babel on Monday
    spoken = {
        "days": [long_days[day] for day in week],
        "shortDays": [short_days[day] for day in week],
        "months": [long_months[month] for month in range(1, 13)],
        "shortMonths": [short_months[month] for month in range(1, 13)],
    }
    clock = {"dateTime": "%Y-%m-%d %H:%M", "date": "%Y-%m-%d", "time": "%H:%M", "periods": ["", ""]}
    return {**clock, **spoken}


def draw(spec: dict[str, Any], language: Language) -> Markup:
    """Return a chart as an SVG element that fills its place; the chart holds figures only, no data."""
    svg = vl_convert.vegalite_to_svg(
        spec, format_locale=_NUMBERS[language], time_format_locale=_calendar(language)
    )
    svg = _FROZEN.sub("<svg", _SPOKEN.sub("", svg), count=1)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(f'"{colour}"', f'"{variable}"')
    return Markup(svg.replace("<svg", '<svg aria-hidden="true"', 1))  # noqa: S704 (our own figures)


def percent_spaced(svg: Markup) -> Markup:
    """Return a drawn chart with a space before its signs for per cent, as French writes them."""
    return Markup(str(svg).replace("%</text>", f"{NBSP}%</text>"))  # noqa: S704 (already markup)
