"""The rows of the app, by subject."""

from vigie_node.sources.models.declarations import Declaration, Project
from vigie_node.sources.models.intakes import Batch, Erasure, Intake, RejectedRow

__all__ = ["Batch", "Declaration", "Erasure", "Intake", "Project", "RejectedRow"]
