"""Time zones that people may choose, Canada's first."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

CANADA = tuple(
    f"America/{city}"
    for city in (
        "St_Johns",
        "Halifax",
        "Moncton",
        "Toronto",
        "Winnipeg",
        "Regina",
        "Edmonton",
        "Vancouver",
        "Whitehorse",
        "Yellowknife",
        "Iqaluit",
    )
)
AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def known_zones() -> frozenset[str]:
    """Return the IANA names of all zones; looked up once, as it reads many files."""
    return frozenset(available_timezones())


@cache
def zone_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (area, [(IANA name, place)]) for a list to choose from."""
    groups = [("Canada", [zone for zone in CANADA if zone in known_zones()]), ("UTC", ["UTC"])]
    for area in AREAS:
        found = (zone for zone in known_zones() if zone.startswith(f"{area}/") and zone not in CANADA)
        groups.append((area, sorted(found)))
    return [(area, [(zone, _place(zone)) for zone in zones]) for area, zones in groups]


def _place(zone: str) -> str:
    return zone.partition("/")[2].replace("_", " ").replace("/", ", ") or zone
