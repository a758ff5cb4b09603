"""Names of the fictitious province of Sauvagine: its candidates, towns and outlets; nobody here exists."""

from __future__ import annotations

CANDIDATE_NAMES = (
    "Maëlle Grandbois",
    "Hector Vaillant-Roy",
    "Odile Tremblevent",
    "Fergus Macready",
    "Priya Venkatadri",
    "Anselme Lacaille",
    "Rosalind Thackerby",
    "Noé Quessy-Brault",
)
PLACES = (
    "Port-Sarcelle",
    "Rivière-Bécasse",
    "Cap-Macreuse",
    "Baie-des-Eiders",
    "Lac-Pilet",
    "Havre-Garrot",
    "Pointe-Morillon",
    "Mont-Harelde",
    "Sterneville",
    "Anse-Bernache",
    "Val-Guillemot",
    "Teal Harbour",
    "Scaup Point",
    "Pintail Falls",
    "Wigeon Creek",
    "Gadwall",
    "Eiderton",
    "Bufflehead Bay",
)
OUTLETS = (  # domain, language: French and English in turn
    ("courrier-sauvagine.example", 0),
    ("sauvagine-herald.example", 1),
    ("presse-des-eiders.example", 0),
    ("teal-harbour-post.example", 1),
    ("la-vigie-du-large.example", 0),
    ("pintail-gazette.example", 1),
    ("radio-havre.example", 0),
    ("coastline-radio.example", 1),
    ("le-becassier.example", 0),
    ("scaup-point-times.example", 1),
    ("info-macreuse.example", 0),
    ("province-today.example", 1),
    ("debats-sauvagine.example", 0),
    ("policy-brief.example", 1),
)
SYNDICATES = 4  # the first outlets: each heads a syndicate of newsrooms that run its articles
PUSHED_DOMAINS = (
    "sauvagine-verite.example",
    "real-sauvagine-news.example",
    "ce-quon-vous-cache.example",
    "the-coast-insider.example",
    "reveil-sauvagine.example",
    "honest-ballot.example",
)
