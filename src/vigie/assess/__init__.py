"""Weigh findings: what people's verdicts make of an alert, and which alert a new signal belongs to."""

from vigie.assess.joining import OVERLAP_MIN, join, overlap
from vigie.assess.verdicts import COOLING_OFF_MS, Given, Status, Verdict, again_from_ms, settle

__all__ = [
    "COOLING_OFF_MS",
    "OVERLAP_MIN",
    "Given",
    "Status",
    "Verdict",
    "again_from_ms",
    "join",
    "overlap",
    "settle",
]
