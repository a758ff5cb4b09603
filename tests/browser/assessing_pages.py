"""The pages of incidents, with the id of `assessing.fill_incidents`; one is empty at first."""

from __future__ import annotations

INCIDENTS = {
    "incidents": "/incidents",
    "incident": "/incidents/{_incident}",
    "open an incident": "/incidents/new",
    "write a section": "/incidents/{_incident}/write/summary/en",
    "make a claim": "/incidents/{_incident}/claims/new",
    "change a claim": "/incidents/{_incident}/claims/2",
    "exhibits": "/incidents/{_incident}/exhibits",
    "answer the test": "/incidents/{_incident}/test/secrecy",
    "read breakout": "/incidents/{_incident}/breakout",
    "find a technique": "/incidents/{_incident}/techniques?q=copier",
    "explanations": "/incidents/{_incident}/explanations",
    "change an explanation": "/incidents/{_incident}/explanations/1",
    "attribution": "/incidents/{_incident}/attribution",
    "follow-up": "/incidents/{_incident}/follow-up",
    "history": "/incidents/{_incident}/history",
    "close": "/incidents/{_incident}/close",
}
EMPTY_INCIDENTS = ("incidents",)
