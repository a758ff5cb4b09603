"""The posts behind an alert: who wrote what, to the second, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from vigie.terms.languages import say
from vigie_node.alerts.access import posts_visible_to
from vigie_node.alerts.console import evidence, places
from vigie_node.alerts.console.kept import alert_of, evidence_of, signal_of
from vigie_node.alerts.console.showing import behaviour_name, me, voice_of
from vigie_node.alerts.inbox import is_account
from vigie_node.web.pages import number_from
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from vigie.report.format import Voice
    from vigie_node.alerts.models import CitedPost, Signal

SIZE = 25


@dataclass(frozen=True, kw_only=True)
class Post:
    """One post as the page shows it."""

    created_ms: int
    deleted_ms: int | None
    account: str
    platform: str
    lang: str
    body: str
    passes_on: (
        evidence.ObjectRow | None
    )  # of a post without words of its own: the first object that it acts on
    links: Sequence[str]
    behaviour_names: Sequence[str]


@require_safe
@needs("post.read")
def posts_page(request: HttpRequest, alert: UUID) -> HttpResponse:
    """Show the posts that carry an alert, of one account or on one object where the address says so."""
    voice, found = voice_of(request), alert_of(request, alert)
    signal = signal_of(request, found)
    kept = evidence_of(signal)
    account, number = request.GET.get("account", "").strip(), places.choice_from(request.GET, "object")
    everything = posts_visible_to(me(request), signal)
    chosen = _named(_chosen(everything, account, number), request.GET.get("post", ""))
    all_count, shown_count = everything.count(), chosen.count()
    page = min(number_from(request.GET, places.PAGE), max(1, -(-shown_count // SIZE)))
    start = (page - 1) * SIZE
    objects = evidence.objects_of(kept.group, kept.originals, voice)
    rows = [_post(one, objects, voice) for one in chosen[start : start + SIZE]]
    return render(
        request,
        "alerts/posts.html",
        {
            "voice": voice,
            "alert": found,
            "signal": signal,
            "older": signal.pk != found.latest_id,
            "answer": _answer(signal, all_count, voice),
            "posts": rows,
            "account": account,
            "number": number or 0,
            "objects": objects,
            "all_count": all_count,
            "shown_count": shown_count,
            "first": start + 1,
            "last": start + len(rows),
            "previous": places.changed(request.GET, {"page": str(page - 1)}) if page > 1 else "",
            "next": places.changed(request.GET, {"page": str(page + 1)})
            if start + SIZE < shown_count
            else "",
            "short": evidence.short,
        },
    )


def _answer(signal: Signal, number: int, voice: Voice) -> str:
    return voice(
        say("{posts} carry this signal, from {first} to {last}."),
        posts=voice.count("{number} post", "{number} posts", number),
        first=voice.moment(signal.first_ms),
        last=voice.moment(signal.last_ms),
    )


def _chosen(posts: QuerySet[CitedPost], account: str, number: int | None) -> QuerySet[CitedPost]:
    """Return the posts of one account, on one object; neither database reads lists in JSON the same way."""
    if account and not is_account(account):
        return posts.none()
    if account:
        posts = posts.filter(account=account)
    if number is not None:
        on_it = [pk for pk, numbers in posts.values_list("pk", "object_numbers") if number in numbers]
        posts = posts.filter(pk__in=on_it)
    return posts


def _named(posts: QuerySet[CitedPost], post_id: str) -> QuerySet[CitedPost]:
    """Return the post of an id, all where none is named."""
    if not post_id:
        return posts
    return posts.filter(post_id=post_id) if post_id.isprintable() else posts.none()


def _post(post: CitedPost, objects: Sequence[evidence.ObjectRow], voice: Voice) -> Post:
    number = min(post.object_numbers, default=0)
    return Post(
        created_ms=post.created_ms,
        deleted_ms=post.deleted_ms,
        account=post.account,
        platform=post.platform,
        lang=post.lang,
        body=post.body,
        passes_on=objects[number - 1] if not post.body and 0 < number <= len(objects) else None,
        links=post.links,
        behaviour_names=[behaviour_name(one, voice) for one in post.behaviours],
    )
