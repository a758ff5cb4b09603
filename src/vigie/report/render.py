"""One run's findings as one file: both languages, no script, nothing fetched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vigie.report import sentences
from vigie.report.behaviours import named
from vigie.report.speech import chorus, cut, data, side_by_side
from vigie.report.text import visible
from vigie.report.views import LINKS_MAX, view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.report.speech import Chorus
    from vigie.terms.findings import Findings
    from vigie.terms.languages import Language


def render(
    findings: Findings,
    *,
    language: Language = "en",
    made_ms: int | None = None,
    zone: str = "America/Toronto",
) -> str:
    """Return a report as one HTML page in both languages, without scripts or anything fetched.

    The same arguments give the same page, byte for byte.

    Args:
        findings: one run, as the detection handed it over.
        language: which language shows first; the reader switches in the page.
        made_ms: when the report was made, to print in its foot; left out when unknown.
        zone: the IANA time zone in which local times are told.
    """
    speak = chorus(zone)
    page = _environment(speak).get_template("page.html")
    return page.render(
        findings=findings,
        language=language,
        made_ms=made_ms,
        zone=zone,
        opening=speak.both(lambda voice: sentences.opening(findings, voice)),
        certainty=speak.both(lambda voice: sentences.certainty(findings, voice)),
        read=speak.both(lambda voice: sentences.read(findings, voice)),
        views=[view(group, speak) for group in findings.groups],
        manifest=manifest_text(findings.manifest),
        links_max=LINKS_MAX,
    )


def _environment(speak: Chorus) -> Environment:
    """Return templates that escape everything and know our sentences."""
    environment = Environment(
        loader=PackageLoader("vigie.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        {
            "_": speak,
            "count": speak.count,
            "number": speak.number,
            "rate": speak.rate,
            "percent": speak.percent,
            "duration": speak.duration,
            "moment": speak.moment,
            "behaviour": lambda code: speak.both(lambda voice: sentences.capital(named(code, voice))),
            "gap": lambda ms: speak.both(lambda voice: sentences.gap(ms, voice)),
            "data": data,
            "cut": cut,
            "card_text": side_by_side,
        }
    )
    return environment


def manifest_text(manifest: Mapping[str, object]) -> Markup:
    """Return how the run was made as JSON lines, controls made visible, keys in order."""
    text = json.dumps(dict(manifest), indent=2, sort_keys=True, ensure_ascii=False, default=str)
    return Markup("\n").join(Markup("{}").format(visible(line)) for line in text.split("\n"))
