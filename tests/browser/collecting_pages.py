"""The pages about collecting, with the ids of `collecting.fill_collecting`; those empty at first."""

from __future__ import annotations

COLLECTING = {
    "intakes": "/watch/intakes",
    "intake": "/watch/intakes/{_intake}",
    "intake that failed": "/watch/intakes/{_intake_failed}",
    "take a file in": "/watch/intakes/new",
    "batches": "/watch/batches",
    "coverage": "/watch/coverage",
    "declarations": "/watch/declarations",
    "declaration": "/watch/declarations/{_in_force}",
    "declaration asked for": "/watch/declarations/{_asked}",
    "declaration refused": "/watch/declarations/{_refused}",
    "ask for a declaration": "/watch/declarations/new",
    "sources": "/watch/sources",
    "source": "/watch/sources/{_source}",
    "add a source": "/watch/sources/new",
    "captures": "/watch/captures",
    "capture": "/watch/captures/{_capture}",
    "capture a post": "/watch/captures/new",
    "add a reading": "/watch/captures/{_capture}/reading",
    "original": "/watch/evidence/{_evidence}",
    "findings about media": "/watch/media",
    "a file and what was found of it": "/watch/media/{_medium}",
    "ask to open an original": "/watch/evidence/{_evidence}/ask",
    "originals asked for": "/watch/openings",
    "an original to decide on": "/watch/openings/{_opening}",
    "public actors": "/watch/public-actors",
    "identities": "/watch/identities",
    "keys": "/watch/keys",
    "requests": "/watch/requests",
    "receive a request": "/watch/requests/new",
}
EMPTY = (
    *("intakes", "coverage", "declarations", "sources", "captures"),
    *("public actors", "identities", "requests", "originals asked for", "findings about media"),
)
