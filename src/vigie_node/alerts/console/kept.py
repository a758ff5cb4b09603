"""What is kept of one alert: the row, one of its signals, the evidence and pictures of that signal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Substr
from django.shortcuts import get_object_or_404

from vigie_node.alerts.access import alerts_visible_to, reads_posts, signals_visible_to
from vigie_node.alerts.console import places
from vigie_node.alerts.console.showing import me
from vigie_node.alerts.models import Evidence

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from vigie.report.format import Voice
    from vigie_node.alerts.models import Alert, Picture, Signal
    from vigie_node.people.models import Person

VIEW_BOX = re.compile(r'viewBox="0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)"')
WITH_WORDS = "strip"  # pictures whose names begin so name the objects of a group
HEAD = 600  # characters of an SVG within which its size is said
UNSAID = (640.0, 360.0)


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a picture is drawn, so that the page keeps its place while the picture comes."""

    width: int
    height: int
    has_spec: bool  # the island can draw it


def alert_of(request: HttpRequest, alert: UUID) -> Alert:
    """Return an alert that the person may see; others do not exist."""
    return get_object_or_404(
        alerts_visible_to(me(request)).select_related("declaration", "assignee", "snoozed_by"), pk=alert
    )


def signal_of(request: HttpRequest, alert: Alert) -> Signal:
    """Return the signal of an alert that the address names, else the latest, with its run."""
    wanted = places.uuid_from(request.GET, "signal") or alert.latest_id
    signals = signals_visible_to(me(request)).filter(alert=alert).select_related("run")
    return get_object_or_404(signals, pk=wanted)


def evidence_of(signal: Signal) -> Evidence:
    """Return what a signal shows, but for what is long and no page reads: its network and all its edges."""
    return Evidence.objects.defer("network", "edges").get(signal=signal)


def pictures_for(person: Person, signal: Signal) -> QuerySet[Picture]:
    """Return the pictures of a signal; those that show words of posts only to who may read posts."""
    drawn = signal.pictures.all()
    return drawn if reads_posts(person) else drawn.exclude(name__startswith=WITH_WORDS)


def pictures_of(person: Person, signal: Signal, voice: Voice) -> dict[str, Size]:
    """Return which pictures there are for a person in the page's language, and how large."""
    drawn = pictures_for(person, signal).filter(language=voice.language)
    heads = drawn.annotate(
        head=Substr("svg", 1, HEAD), has_spec=ExpressionWrapper(Q(spec__isnull=False), BooleanField())
    )
    return {
        name: _size(head, has_spec=has_spec)
        for name, head, has_spec in heads.values_list("name", "head", "has_spec")
    }


def _size(head: str, *, has_spec: bool) -> Size:
    box = VIEW_BOX.search(head)
    width, height = (float(box[1]), float(box[2])) if box else UNSAID
    return Size(width=round(width), height=round(height), has_spec=has_spec)
