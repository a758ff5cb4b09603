"""The only door to runs, signals, alerts and the posts behind them: one's own organisation's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from vigie_node.alerts.models import Alert, CitedPost, Run, Signal
from vigie_node.people.access import may, others_who_may, persons_visible_to

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from vigie_node.people.models import Person


REVIEW = "alert.review"
READ_POSTS = "post.read"


def alerts_visible_to(person: Person) -> QuerySet[Alert]:
    """Return the alerts of one's own organisation, for who may read alerts."""
    if not may(person, "alert.read"):
        return Alert.objects.none()
    return Alert.objects.filter(organisation=person.organisation_id)


def reviewers_beside(person: Person) -> QuerySet[Person]:
    """Return who may look into one's alerts: oneself and colleagues who may review, by name."""
    if not may(person, REVIEW):
        return persons_visible_to(person).none()
    others = others_who_may(person, REVIEW).values("pk")
    return persons_visible_to(person).filter(Q(pk=person.pk) | Q(pk__in=others)).order_by("name", "pk")


def signals_visible_to(person: Person) -> QuerySet[Signal]:
    """Return the signals of one's own organisation, for who may read alerts."""
    if not may(person, "alert.read"):
        return Signal.objects.none()
    return Signal.objects.filter(organisation=person.organisation_id)


def runs_visible_to(person: Person) -> QuerySet[Run]:
    """Return the runs of one's own organisation, for who may read runs; methods and counts, no content."""
    if not may(person, "run.read"):
        return Run.objects.none()
    return Run.objects.filter(organisation=person.organisation_id)


def reads_posts(person: Person) -> bool:
    """Tell whether somebody may read posts, and so their words in sentences and tables."""
    return may(person, READ_POSTS)


def posts_visible_to(person: Person, signal: Signal) -> QuerySet[CitedPost]:
    """Return the posts behind a signal, in the order of time, for who may read posts."""
    if not may(person, READ_POSTS):
        return CitedPost.objects.none()
    own = CitedPost.objects.filter(signal=signal, signal__organisation=person.organisation_id)
    return own.order_by("position")
