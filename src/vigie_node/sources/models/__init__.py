"""The rows of the app, by subject."""

from vigie_node.sources.models.captures import Capture, Evidence, Look, Reading, Visit
from vigie_node.sources.models.coverage import BatchCoverage, BatchLanguages, Coverage, Facet
from vigie_node.sources.models.declarations import Declaration, DeclaredSource, Project
from vigie_node.sources.models.holds import Hold, Tie
from vigie_node.sources.models.intakes import Batch, Erasure, Intake, RejectedRow
from vigie_node.sources.models.live import Source, SourceHealth
from vigie_node.sources.models.media import MediumFinding
from vigie_node.sources.models.outlets import Outlet, OutletDecision, OutletIdentifier, Tier
from vigie_node.sources.models.privacy import (
    Asked,
    KeyDestruction,
    Opening,
    OriginalOpening,
    PersonRequest,
    PublicActor,
    Unmasking,
)
from vigie_node.sources.models.tombstones import Tombstone
from vigie_node.sources.models.watchlists import WatchList, WatchListIndicator, WatchListVersion
from vigie_node.sources.models.writs import WritPeriod

__all__ = [
    "Asked",
    "Batch",
    "BatchCoverage",
    "BatchLanguages",
    "Capture",
    "Coverage",
    "Declaration",
    "DeclaredSource",
    "Erasure",
    "Evidence",
    "Facet",
    "Hold",
    "Intake",
    "KeyDestruction",
    "Look",
    "MediumFinding",
    "Opening",
    "OriginalOpening",
    "Outlet",
    "OutletDecision",
    "OutletIdentifier",
    "PersonRequest",
    "Project",
    "PublicActor",
    "Reading",
    "RejectedRow",
    "Source",
    "SourceHealth",
    "Tie",
    "Tier",
    "Tombstone",
    "Unmasking",
    "Visit",
    "WatchList",
    "WatchListIndicator",
    "WatchListVersion",
    "WritPeriod",
]
