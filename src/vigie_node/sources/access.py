"""The only door to declarations, intakes, batches and rows set aside: who may see, who may read posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from vigie_node.people.access import may
from vigie_node.sources.models import (
    Batch,
    Capture,
    Declaration,
    Erasure,
    Evidence,
    Hold,
    Intake,
    KeyDestruction,
    MediumFinding,
    OriginalOpening,
    Outlet,
    PersonRequest,
    Project,
    PublicActor,
    RejectedRow,
    Source,
    Tie,
    Unmasking,
    Visit,
    WatchList,
    WatchListIndicator,
    WatchListVersion,
    WritPeriod,
)

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from vigie_node.people.models import Person


def projects_visible_to(person: Person) -> QuerySet[Project]:
    """Return the projects of one's own organisation."""
    return Project.objects.filter(organisation=person.organisation_id)


def declarations_visible_to(person: Person) -> QuerySet[Declaration]:
    """Return the declarations of one's own organisation, for who may read declarations."""
    if not may(person, "declaration.read"):
        return Declaration.objects.none()
    return Declaration.objects.filter(organisation=person.organisation_id)


def standing(state: str, at_ms: int) -> Q:
    """Return which declarations stand so at a moment, as `Declaration.standing_at` says it of one."""
    states, approved = Declaration.State, Q(state=Declaration.State.IN_FORCE)
    later, over = Q(starts_ms__gt=at_ms), Q(expires_ms__lte=at_ms)
    if state == states.ASKED:
        return Q(state=state) | (approved & later)
    if state == states.EXPIRED:
        return Q(state=state) | (approved & over)
    if state == states.IN_FORCE:
        return approved & (Q(starts_ms=None) | ~later) & (Q(expires_ms=None) | ~over)
    return Q(state=state)


def holds_visible_to(person: Person) -> QuerySet[Hold]:
    """Return the legal holds on declarations that somebody may see."""
    return Hold.objects.filter(declaration__in=declarations_visible_to(person))


def ties_visible_to(person: Person) -> QuerySet[Tie]:
    """Return what ties sensitive declarations that somebody may see to their hypotheses."""
    return Tie.objects.filter(declaration__in=declarations_visible_to(person))


def writs_visible_to(person: Person) -> QuerySet[WritPeriod]:
    """Return the writ periods of one's own organisation, for who may read declarations."""
    if not may(person, "declaration.read"):
        return WritPeriod.objects.none()
    return WritPeriod.objects.filter(organisation=person.organisation_id)


def sources_visible_to(person: Person) -> QuerySet[Source]:
    """Return the live sources of one's own organisation, for who may read declarations."""
    if not may(person, "declaration.read"):
        return Source.objects.none()
    return Source.objects.filter(organisation=person.organisation_id)


def intakes_visible_to(person: Person) -> QuerySet[Intake]:
    """Return what was taken in for one's own organisation; names and counts, no content."""
    if not may(person, "batch.read"):
        return Intake.objects.none()
    return Intake.objects.filter(organisation=person.organisation_id)


def batches_visible_to(person: Person) -> QuerySet[Batch]:
    """Return the batches of one's own organisation, erased ones too; no content."""
    if not may(person, "batch.read"):
        return Batch.objects.none()
    return Batch.objects.filter(organisation=person.organisation_id)


def erasures_visible_to(person: Person) -> QuerySet[Erasure]:
    """Return what was erased from the batches that somebody may see."""
    return Erasure.objects.filter(old__in=batches_visible_to(person))


def rejected_rows_visible_to(person: Person) -> QuerySet[RejectedRow]:
    """Return where rows of one's own organisation's files were set aside, not what they said."""
    return RejectedRow.objects.filter(intake__in=intakes_visible_to(person))


def captures_visible_to(person: Person) -> QuerySet[Capture]:
    """Return the posts that one's own organisation captured by hand, for who may read posts."""
    if not may(person, "post.read"):
        return Capture.objects.none()
    return Capture.objects.filter(organisation=person.organisation_id)


def evidence_visible_to(person: Person) -> QuerySet[Evidence]:
    """Return what is known of the originals of captured posts that somebody may see; not what they hold."""
    return Evidence.objects.filter(visit__capture__in=captures_visible_to(person))


def medium_findings_visible_to(person: Person) -> QuerySet[MediumFinding]:
    """Return what people found of media that somebody may read."""
    return MediumFinding.objects.filter(organisation=person.organisation_id)


def visits_visible_to(person: Person) -> QuerySet[Visit]:
    """Return the visits to captured posts that somebody may see."""
    return Visit.objects.filter(capture__in=captures_visible_to(person))


def batches_readable(person: Person, declaration: Declaration) -> QuerySet[Batch]:
    """Return the batches of a declaration whose posts somebody may read, the earliest recorded first.

    The store reads nothing else for a person. Nothing where the declaration is another organisation's.
    """
    if not may(person, "post.read") or declaration.organisation_id != person.organisation_id:
        return Batch.objects.none()
    return batches_held(declaration)


def batches_held(declaration: Declaration) -> QuerySet[Batch]:
    """Return the batches of a declaration, the earliest recorded first: for the node's own work."""
    return Batch.objects.filter(declaration=declaration, erased_ms=None).order_by("stored_ms", "id")


def public_actors_visible_to(person: Person) -> QuerySet[PublicActor]:
    """Return the public actors of one's own organisation."""
    return PublicActor.objects.filter(organisation=person.organisation_id)


def unmaskings_visible_to(person: Person) -> QuerySet[Unmasking]:
    """Return who asked about which pseudonym in one's own organisation; no identity."""
    if not may(person, "identity.read"):
        return Unmasking.objects.none()
    own = Unmasking.objects.filter(organisation=person.organisation_id)
    return own.select_related("project", "asked_by", "decided_by")


def original_openings_visible_to(person: Person) -> QuerySet[OriginalOpening]:
    """Return who asked to open which original that somebody may see; nothing of what they hold."""
    own = OriginalOpening.objects.filter(evidence__in=evidence_visible_to(person))
    return own.select_related(
        "project", "asked_by", "decided_by", "evidence__custodian", "evidence__declaration"
    )


def destructions_visible_to(person: Person) -> QuerySet[KeyDestruction]:
    """Return the requests to destroy a key of one's own organisation."""
    own = KeyDestruction.objects.filter(organisation=person.organisation_id)
    return own.select_related("project", "asked_by", "decided_by")


def person_requests_visible_to(person: Person) -> QuerySet[PersonRequest]:
    """Return what people asked about themselves at one's own organisation, for who answers them."""
    if not may(person, "request.handle"):
        return PersonRequest.objects.none()
    return PersonRequest.objects.filter(organisation=person.organisation_id).select_related("by", "closed_by")


def watchlists_visible_to(person: Person) -> QuerySet[WatchList]:
    """Return the watch-lists of one's own organisation, withdrawn ones too; no indicator."""
    if not may(person, "watchlist.read"):
        return WatchList.objects.none()
    return WatchList.objects.filter(organisation=person.organisation_id)


def watchlist_versions_visible_to(person: Person) -> QuerySet[WatchListVersion]:
    """Return the files of the watch-lists that somebody may see."""
    return WatchListVersion.objects.filter(watchlist__in=watchlists_visible_to(person))


def indicators_visible_to(person: Person) -> QuerySet[WatchListIndicator]:
    """Return the indicators of the watch-lists that somebody may see; what is sealed stays sealed.

    Only who may read posts (`post.read`) is shown an indicator that may name a person.
    """
    return WatchListIndicator.objects.filter(version__in=watchlist_versions_visible_to(person))


def outlets_visible_to(person: Person) -> QuerySet[Outlet]:
    """Return the register of one's own organisation."""
    if not may(person, "outlet.read"):
        return Outlet.objects.none()
    return outlets_of(person.organisation_id)


def outlets_of(organisation: UUID) -> QuerySet[Outlet]:
    """Return the register of an organisation, by name: for the node's own work."""
    return Outlet.objects.filter(organisation=organisation).order_by("name", "id")
