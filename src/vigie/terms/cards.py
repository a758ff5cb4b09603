"""Method cards: what a method is for, where it comes from, how often it was wrong, when it fails.

A card is a TOML file beside the method, in both languages, so that experts can correct it without code.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vigie.terms.errors import VigieError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from vigie.terms.languages import Language

Both = dict["Language", str]


class MeasuresFileError(VigieError):
    """The file of what was measured here cannot be read."""

    code = "file.card_measures"
    sentence = say("The file of measured false alarms “{path}” cannot be used: {reason}.")
    remedy = say("Have it written anew by “vigie detect calibrate”, or remove it.")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A figure that was measured, on which data, when and how."""

    data: Both
    measured: str  # ISO date
    figures: Both


@dataclass(frozen=True, kw_only=True)
class FalseAlarms:
    """How often whole runs found a group where there was none, and what that says of the true rate."""

    data: Both
    measured: str  # ISO date
    runs: int
    with_groups: int
    low: float  # exact 95 % interval of the rate, 0-1
    high: float


@dataclass(frozen=True, kw_only=True)
class Source:
    """A publication a method rests on."""

    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class MethodCard:
    """A method as people should know it before they trust it."""

    id: str  # name/version: new meaning, new number
    title: Both
    purpose: Both
    inputs: Both
    steps: tuple[Both, ...]
    parameters: dict[str, Both]
    measures: tuple[Measure, ...]
    failures: tuple[Both, ...]  # when it is known to be wrong
    never_claims: tuple[Both, ...]
    sources: tuple[Source, ...]
    false_alarms: FalseAlarms | None = None  # None where it was not measured
    measured_here: FalseAlarms | None = None  # on posts of whoever runs it: see `with_measures`


def read_card(file: Traversable) -> MethodCard:
    """Return the card in a TOML `file`; a missing or unknown key raises TypeError or KeyError."""
    raw: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    return MethodCard(
        **{
            **raw,
            "steps": tuple(raw["steps"]),
            "failures": tuple(raw["failures"]),
            "never_claims": tuple(raw["never_claims"]),
            "measures": tuple(Measure(**measure) for measure in raw["measures"]),
            "sources": tuple(Source(**source) for source in raw["sources"]),
            "false_alarms": FalseAlarms(**raw["false_alarms"]) if "false_alarms" in raw else None,
        }
    )


def read_measures(file: Traversable) -> dict[str, FalseAlarms]:
    """Return what `vigie detect calibrate` measured, by id of the method.

    Raises:
        MeasuresFileError: it is no such file.
    """
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
        return {method: FalseAlarms(**measured) for method, measured in raw.items()}
    except (OSError, UnicodeDecodeError, TypeError, tomllib.TOMLDecodeError) as error:
        raise MeasuresFileError(path=str(file), reason=str(error)) from error


def with_measures(card: MethodCard, measures: Mapping[str, FalseAlarms]) -> MethodCard:
    """Return a card that says what was measured here of this very version of its method, if anything was."""
    return replace(card, measured_here=measures.get(card.id))
