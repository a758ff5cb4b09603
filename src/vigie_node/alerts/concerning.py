"""What alerts are about, for parity figures: languages of their posts, lists of parties that name something.

Imports the core's heavy stages: only the jobs' child processes import this module.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pyarrow as pa
from django.db.models import F, Q

from vigie.store.watched import matches
from vigie.text import UNDETERMINED, identify, installed_model
from vigie_node.alerts import actions
from vigie_node.alerts.models import Alert, CitedPost, Signal, SignalMember
from vigie_node.sources.errors import NoProjectKeyError
from vigie_node.sources.keys import key_of
from vigie_node.sources.models import Project, PublicActor, WatchListVersion
from vigie_node.sources.watchlist_seals import Seals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from uuid import UUID

    from vigie.store.watched import Watched
    from vigie.text.languages import Model

AT_ONCE = 500
PLATFORMS = ("bluesky", "facebook", "instagram", "mastodon", "telegram", "tiktok", "wechat", "x", "youtube")


def note_languages(organisation: UUID, *, check: Callable[[], None]) -> None:
    """Find the languages of the posts that alerts cite, of those alerts that got signals since.

    Posts are read as coverage reads them, so that alerts and posts are counted by the same languages.
    """
    model = installed_model()
    own = Alert.objects.filter(organisation=organisation)
    new = own.filter(~Q(signal_count=F("concern__signal_count")) | Q(concern=None)).select_related("concern")
    for alert in new.order_by("id").iterator(chunk_size=AT_ONCE):
        check()
        held = getattr(alert, "concern", None)
        before = held.signal_count if held else 0
        found = _languages(alert, alert.signal_count - before, model)
        languages = found | (set(held.languages) if held else set())
        actions.note_languages(alert, languages=languages, signal_count=alert.signal_count)


def note_parties(organisation: UUID, *, check: Callable[[], None]) -> None:
    """Compare all alerts of an organisation with its lists of parties that are in force."""
    met: defaultdict[UUID, set[UUID]] = defaultdict(set)  # by alert, the lists that it meets
    versions = list(
        WatchListVersion.objects.filter(
            watchlist__organisation=organisation, state=WatchListVersion.State.IN_FORCE
        ).exclude(watchlist__party="")
    )
    for project in Project.objects.filter(organisation=organisation) if versions else ():
        for version in versions:
            check()
            for alert in _alerts_met(project, version):
                met[alert].add(version.watchlist_id)
    actions.note_parties(organisation, met)


def _languages(alert: Alert, signals: int, model: Model | None) -> set[str]:
    """Return the languages of the posts of an alert's latest signals."""
    latest = list(alert.signals.order_by("-created_ms", "-id").values_list("id", flat=True)[:signals])
    posts = CitedPost.objects.filter(signal__in=latest).values_list("body", "lang").distinct()
    bodies, stated = zip(*posts, strict=True) if posts else ((), ())
    if not bodies:
        return {UNDETERMINED}
    told = pa.array([one or None for one in stated], pa.string())
    found = identify(pa.array(bodies, pa.string()), stated=told, model=model)
    languages = set(found.column("lang").cast(pa.string()).to_pylist())
    return languages - {UNDETERMINED} or {UNDETERMINED}


def _alerts_met(project: Project, version: WatchListVersion) -> Iterator[UUID]:
    """Yield the alerts of a project in which something that a list names is a member, a target or a link."""
    watched = _watched(project, version)
    if watched is None:
        return
    accounts = {name for of in watched.accounts.values() for name in of}
    signals = Signal.objects.filter(alert__declaration__project=project)
    for some in _portions(accounts):
        yield from signals.filter(subject__in=some).values_list("alert", flat=True)
        members = SignalMember.objects.filter(account__in=some, signal__in=signals)
        yield from members.values_list("signal__alert", flat=True).distinct()
    subjects = signals.exclude(subject="").values_list("alert", "subject").distinct()
    yield from (
        alert
        for alert, subject in subjects.iterator()
        if _names(watched, subject.removeprefix("domain:").removeprefix("link:"))
    )
    cited = CitedPost.objects.filter(signal__in=signals).exclude(links=[])
    for alert, author, links in cited.values_list("signal__alert", "account", "links").iterator():
        if author in accounts or any(_names(watched, link) for link in links):
            yield alert


def _watched(project: Project, version: WatchListVersion) -> Watched | None:
    """Return what to look for in a project; None where its key is gone, which is for ever."""
    try:
        key = key_of(project)
    except NoProjectKeyError:
        return None
    seals = Seals()
    rows = version.indicators.filter(removed_by=None)
    listed = [_Listed(row.kind, seals.told(row).value) for row in rows.iterator()]
    actors = PublicActor.objects.filter(organisation=project.organisation_id, agreed_ms__isnull=False)
    return matches(
        listed,
        key,
        platforms=PLATFORMS,
        public_actors=[f"{one.platform}:{one.account}" for one in actors],
    )


def _names(watched: Watched, address: str) -> bool:
    """Tell whether a list names an address, or a domain at or above its host."""
    if address in watched.links or address in watched.domains:
        return True
    host = urlsplit(address).hostname or "" if "://" in address else address
    parts = host.split(".")
    return any(".".join(parts[at:]) in watched.domains for at in range(len(parts) - 1))


def _portions(values: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(values)
    return (ordered[at : at + AT_ONCE] for at in range(0, len(ordered), AT_ONCE))


class _Listed:
    """One indicator, opened."""

    def __init__(self, kind: str, value: str) -> None:
        self.kind = kind
        self.value = value
