"""What a page of an alert refers to: pictures, figures for its islands, tables to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from vigie.terms.languages import Message, say
from vigie_node.alerts.access import reads_posts
from vigie_node.alerts.console import evidence
from vigie_node.alerts.console.kept import alert_of, evidence_of, pictures_for, signal_of
from vigie_node.alerts.console.showing import me, voice_of
from vigie_node.alerts.console.signal import shown_to
from vigie_node.alerts.findings import group_of
from vigie_node.alerts.free_text import UNREAD, free_text_of
from vigie_node.web.csv_answers import csv_answer
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from django.http import HttpRequest

    from vigie.report.format import Voice
    from vigie.terms.findings import Group
    from vigie_node.alerts.models import Alert, Signal
    from vigie_node.alerts.noticed import Shown
    from vigie_node.people.models import Person

    Rows = tuple[Sequence[str], Iterable[Sequence[object]]]

# An SVG is a document: opened by itself it could run what stands in it. It runs nothing, fetches nothing.
PICTURE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
NODE_MIN, NODE_MAX = 3.0, 12.0  # radius in pixels
SPREAD = 1.25  # the group fills the picture also while those around it are hidden
COLOURS = 7  # that can be told apart
COLOURS_OF_CHARTS = {
    b'"#33465c"': b'"var(--accent)"',
    b'"#d98500"': b'"var(--second)"',
    b'"#d5dae1"': b'"var(--band)"',
    b'"#545b63"': b'"var(--muted)"',
    b'"#e2e5e9"': b'"var(--rule)"',
}


@require_safe
@needs("alert.read")
def picture(request: HttpRequest, alert: UUID, which: str) -> HttpResponse:
    """Answer a picture that the worker drew, in the page's language."""
    voice, signal = voice_of(request), signal_of(request, alert_of(request, alert))
    drawn = get_object_or_404(pictures_for(me(request), signal), name=which, language=voice.language)
    response = HttpResponse(drawn.svg, content_type="image/svg+xml")
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    return response


@require_safe
@needs("alert.read")
def chart(request: HttpRequest, alert: UUID, which: str) -> HttpResponse:
    """Answer a chart's specification, its data inside, for the island that draws it."""
    voice, signal = voice_of(request), signal_of(request, alert_of(request, alert))
    drawn = get_object_or_404(
        pictures_for(me(request), signal), name=which, language=voice.language, spec__isnull=False
    )
    return HttpResponse(_in_our_colours(drawn.spec), content_type="application/json")


def _in_our_colours(spec: object) -> bytes:
    """Return a specification with the page's colours for its stand-ins (`vigie.report.charts`)."""
    written = msgspec.json.encode(spec)
    for stand_in, ours in COLOURS_OF_CHARTS.items():
        written = written.replace(stand_in, ours)
    return written


@require_safe
@needs("alert.read")
def network(request: HttpRequest, alert: UUID) -> HttpResponse:
    """Answer the group's network for the island that draws it: the worker's places, sentences for readers."""
    voice, found = voice_of(request), alert_of(request, alert)
    signal = signal_of(request, found)
    graph = msgspec.json.encode(_graph(signal.evidence.network, found, voice))  # a megabyte of a large group
    return HttpResponse(graph, content_type="application/json")


def _graph(kept: dict[str, Any], alert: Alert, voice: Voice) -> dict[str, Any]:
    parted = len(kept["communities"]) > 1
    posts = reverse("alerts:posts", kwargs={"alert": alert.pk})
    accounts = [_node(node, posts, voice, parted=parted) for node in kept["nodes"]]
    others = [_other(at, node, voice) for at, node in enumerate(kept["background"])]
    return {
        "nodes": [*accounts, *others],
        "edges": kept["edges"],  # places in nodes, surprise, objects in common
        "groups": [_part(one, voice) for one in kept["communities"][:COLOURS]] if parted else [],
    }


def _part(community: dict[str, Any], voice: Voice) -> dict[str, Any]:
    return {
        "id": (community["number"] - 1) % COLOURS,
        "label": voice(
            say("Part {part}: {accounts}"),
            part=community["number"],
            accounts=voice.count("{number} account", "{number} accounts", community["account_count"]),
        ),
    }


def _node(node: dict[str, Any], posts: str, voice: Voice, *, parted: bool) -> dict[str, Any]:
    return {
        "id": node["account"],
        "label": node["known_as"] or evidence.short(node["account"]),
        "x": SPREAD * node["x"],
        "y": -SPREAD * node["y"],  # the picture's y runs down, the island's up
        "size": NODE_MIN + (NODE_MAX - NODE_MIN) * node["size"],
        **({"group": (node["community"] - 1) % COLOURS} if parted else {}),
        "sentence": voice(
            say("{account} moved together with {members}, on {objects}; {acts} of these kinds in all."),
            account=node["known_as"] or evidence.short(node["account"]),
            members=voice.count("{number} member", "{number} members", node["partner_count"]),
            objects=voice.count("{number} object", "{number} objects", node["object_count"]),
            acts=voice.count("{number} act", "{number} acts", node["action_count"]),
        ),
        "href": f"{posts}?account={node['account']}",
    }


def _other(at: int, node: dict[str, Any], voice: Voice) -> dict[str, Any]:
    """Return somebody who acted on the same objects, without a name: background, never a suspect."""
    return {
        "id": f"other-{at}",
        "label": "",
        "x": node["x"],
        "y": -node["y"],
        "size": NODE_MIN / 2,
        "organic": True,
        "sentence": voice.count(
            "Somebody else who acted on {number} of these objects, without moving together with the group.",
            "Somebody else who acted on {number} of these objects, without moving together with the group.",
            node["object_count"],
        ),
    }


# --- tables


def _timeline(group: Group) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    rows = (
        (one.at_ms, one.observed, one.expected, one.low, one.high) for one in evidence.bins_of(group.timeline)
    )
    return ("start_ms", "observed", "expected", "low", "high"), rows


def _lags(group: Group) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    rows = (
        (one.from_ms, one.to_ms, one.members, one.members_share, one.others, one.others_share)
        for one in evidence.gaps_of(group)
    )
    return ("from_ms", "to_ms", "members", "members_share", "others", "others_share"), rows


def _links(group: Group) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    rows = (
        (edge.account_a, edge.account_b, edge.object_count, edge.surprise, " ".join(edge.behaviours))
        for edge in group.edges
    )
    return ("account_a", "account_b", "object_count", "surprise", "behaviours"), rows


def _members(group: Group) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    rows = (
        (one.account, one.partner_count, one.object_count, one.action_count, one.known_as or "")
        for one in group.members
    )
    return ("account", "partner_count", "object_count", "action_count", "known_as"), rows


def _objects(group: Group) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    rows = (
        (at, one.behaviour, one.object, one.account_count, one.actor_count, one.first_ms, one.span_ms)
        for at, one in enumerate(group.objects, start=1)
    )
    columns = ("object_number", "behaviour", "object", "account_count", "actor_count", "first_ms", "span_ms")
    return columns, rows


def _acts(group: Group) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    rows = (
        (at, account, at_ms, at_ms - one.first_ms)
        for at, one in enumerate(group.objects, start=1)
        for at_ms, account in one.acts
    )
    return ("object_number", "account", "at_ms", "after_first_ms"), rows


TABLES: dict[str, Callable[[Group], Rows]] = {
    "timeline": _timeline,
    "lags": _lags,
    "links": _links,
    "members": _members,
    "objects": _objects,
    "acts": _acts,
}


def _of_group(signal: Signal, which: str, person: Person, voice: Voice) -> Rows:
    """Return one table of a group; what its members acted on only to who may read posts."""
    if which not in TABLES:
        raise Http404
    kept = evidence_of(signal)
    group = kept.group if reads_posts(person) else free_text_of(signal, voice(UNREAD)).group(kept.group)
    return TABLES[which](group_of({**group, "edges": kept.edges}))


def _shown(shown: Shown, signal: Signal, which: str, voice: Voice) -> Rows:
    """Return one table of a signal that is no group: `table-1` is its first; its own words are said."""
    if which == "timeline" and shown.timeline:
        rows = (
            (one.at_ms, one.observed, one.expected, one.low, one.high)
            for one in evidence.bins_of(shown.timeline)
        )
        return ("start_ms", "observed", "expected", "low", "high"), rows
    if which == "members":
        return ("account",), signal.members.order_by("pk").values_list("account")
    number = which.removeprefix("table-")
    tables = {str(at): table for at, table in enumerate(shown.exhibits, start=1)}
    if number not in tables:
        raise Http404
    table = tables[number]
    names = [f"{one.name}_ms" if one.holds == "time" else one.name for one in table.columns]
    return names, (
        ["" if value is None else voice(value) if isinstance(value, Message) else value for value in row]
        for row in table.rows
    )


@require_safe
@needs("alert.read")
def figures(request: HttpRequest, alert: UUID, which: str) -> HttpResponse:
    """Answer one of an alert's tables as a file to keep."""
    found = alert_of(request, alert)
    signal = signal_of(request, found)
    if signal.sentence:
        shown = shown_to(me(request), signal, evidence_of(signal))
        columns, rows = _shown(shown, signal, which, voice_of(request))
    else:
        columns, rows = _of_group(signal, which, me(request), voice_of(request))
    return csv_answer(f"alert-{found.number}-{which}", columns, rows)
