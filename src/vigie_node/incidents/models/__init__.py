"""The rows of the app, by subject."""

from vigie_node.incidents.models.claims import Claim, Exhibit, Support
from vigie_node.incidents.models.incidents import (
    Incident,
    IncidentAlert,
    Passage,
    Relation,
    Revision,
    Standing,
)
from vigie_node.incidents.models.judgements import (
    Attribution,
    AttributionOpinion,
    BreakoutReading,
    GateAnswer,
    Hypothesis,
    Matrix,
    MatrixCell,
    TechniqueUse,
)
from vigie_node.incidents.models.work import Comment, Task

__all__ = [
    "Attribution",
    "AttributionOpinion",
    "BreakoutReading",
    "Claim",
    "Comment",
    "Exhibit",
    "GateAnswer",
    "Hypothesis",
    "Incident",
    "IncidentAlert",
    "Matrix",
    "MatrixCell",
    "Passage",
    "Relation",
    "Revision",
    "Standing",
    "Support",
    "Task",
    "TechniqueUse",
]
