"""STIX 2.1 bundles as watch-lists.

Source: https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html
Read: indicators with simple patterns, and domain names, addresses of pages, IP and e-mail addresses and
accounts that stand in the bundle themselves; campaigns and intrusion sets give the operation, identities the
source. All else (malware, attack patterns, sightings) is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from vigie.collect.times import LAST_MS, moment_ms
from vigie.collect.watchlists.indicators import NOTE_MAX, Indicator, Kind, formed
from vigie.collect.watchlists.patterns import PatternError, comparisons

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Object = Mapping[str, object]
KINDS: Mapping[str, Kind] = {
    "domain-name:value": "domain",
    "url:value": "url",
    "ipv4-addr:value": "ip",
    "ipv6-addr:value": "ip",
    "email-addr:value": "email",
    "user-account:account_login": "account",
    "user-account:user_id": "account",
    "user-account:display_name": "account",
    "file:hashes.MD5": "hash",
    "file:hashes.SHA-1": "hash",
    "file:hashes.SHA-256": "hash",
}
ACCOUNT_TYPE = "user-account:account_type"
OPERATIONS = frozenset({"intrusion-set", "campaign", "threat-actor"})
COLLECTIONS = frozenset({"report", "grouping"})
RELATIONSHIPS = ("indicates", "attributed-to")
NAME_MAX = 200  # characters
# https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html#_yd3ar14ekwrs
TLP = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "TLP:WHITE",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "TLP:GREEN",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "TLP:AMBER",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "TLP:RED",
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "TLP:CLEAR",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "TLP:GREEN",
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "TLP:AMBER",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "TLP:AMBER+STRICT",
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "TLP:RED",
}
STRICTEST = ("TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR", "TLP:WHITE")


class Refused(NamedTuple):
    """An object that should be an indicator and cannot be read as one."""

    code: str
    original: object


def indicators(objects: Sequence[object]) -> Iterator[Indicator | Refused]:
    """Yield the indicators of a bundle's objects, in order; what cannot be read is refused, not dropped."""
    known = [one for one in objects if isinstance(one, dict) and isinstance(one.get("type"), str)]
    about = _About(known)
    for one in known:
        if one.get("type") == "indicator":
            yield from _of_indicator(one, about)
        else:
            yield from _of_object(one, about)


def _of_indicator(one: Object, about: _About) -> Iterator[Indicator | Refused]:
    if one.get("revoked") is True:
        return
    pattern = one.get("pattern")
    if not isinstance(pattern, str) or one.get("pattern_type", "stix") != "stix":
        yield Refused("row.pattern", one)
        return
    try:
        found = comparisons(pattern)
    except PatternError:
        yield Refused("row.pattern", one)
        return
    platforms = {each.observation: each.values[0] for each in found if each.path == ACCOUNT_TYPE}
    made = [
        about.indicator(one, kind, value, platforms.get(each.observation))
        for each in found
        if (kind := KINDS.get(each.path.replace("'", "")))
        for value in each.values
    ]
    whole = [each for each in made if each is not None]
    yield from whole
    if not whole:
        yield Refused("row.indicator", one)


def _of_object(one: Object, about: _About) -> Iterator[Indicator | Refused]:
    """Yield what an object names that is itself one to look for."""
    value: object
    if one.get("type") == "user-account":
        names = (one.get(part) for part in ("account_login", "user_id", "display_name"))
        value = next((name for name in names if isinstance(name, str) and name), None)
        kind: Kind | None = "account"
    else:
        value, kind = one.get("value"), KINDS.get(f"{one.get('type')}:value")
    if kind is not None:
        platform = one.get("account_type")
        found = about.indicator(one, kind, value, platform if isinstance(platform, str) else None)
        yield Refused("row.indicator", one) if found is None else found


class _About:
    """What the other objects of a bundle say about one: its operation, its source, its marking."""

    def __init__(self, objects: Sequence[Object]) -> None:
        self._by_id = {one["id"]: one for one in objects if isinstance(one.get("id"), str)}
        self._operation: dict[str, str] = {}
        for one in objects:
            if one.get("type") in COLLECTIONS:
                self._note(one, _texts(one.get("object_refs")))
        for one in objects:
            if one.get("type") == "relationship" and one.get("relationship_type") in RELATIONSHIPS:
                self._relate(one.get("source_ref"), one.get("target_ref"))

    def _note(self, one: Object, members: Sequence[str]) -> None:
        named = next((name for id_ in members if (name := self._named(id_, OPERATIONS))), _name(one))
        for id_ in members if named else ():
            self._operation.setdefault(id_, str(named))

    def _relate(self, source: object, target: object) -> None:
        for one, other in ((source, target), (target, source)):
            name = self._named(other, OPERATIONS)
            if name and isinstance(one, str):
                self._operation[one] = name

    def _named(self, id_: object, kinds: frozenset[str]) -> str | None:
        one = self._by_id.get(id_) if isinstance(id_, str) else None
        return _name(one) if one is not None and one.get("type") in kinds else None

    def indicator(self, one: Object, kind: Kind, value: object, platform: str | None) -> Indicator | None:
        formed_ = formed(kind, value) if isinstance(value, str) else None
        if formed_ is None:
            return None
        if kind == "account" and platform and ":" not in formed_:
            formed_ = f"{platform.lower()[:32]}:{formed_}"
        return Indicator(
            kind=kind,
            value=formed_,
            operation=self._operation.get(str(one.get("id"))),
            source=self._named(one.get("created_by_ref"), frozenset({"identity"})),
            valid_from_ms=_ms(one.get("valid_from")),
            valid_until_ms=_ms(one.get("valid_until")),
            marking=self._marking(one),
            note=_note(one.get("description")),
        )

    def _marking(self, one: Object) -> str | None:
        """Return the strictest marking, the publisher's own words where it is no TLP."""
        words = [word for id_ in _texts(one.get("object_marking_refs")) if (word := self._mark(id_))]
        return next((tlp for tlp in STRICTEST if tlp in words), words[0] if words else None)

    def _mark(self, id_: str) -> str | None:
        if id_ in TLP:
            return TLP[id_]
        one = self._by_id.get(id_, {})
        definition = one.get("definition")
        told = definition if isinstance(definition, dict) else {}
        colour, statement = told.get("tlp"), told.get("statement")
        if isinstance(colour, str):
            return f"TLP:{colour.upper()}"[:NAME_MAX]
        return _name(one) or (statement[:NAME_MAX] if isinstance(statement, str) else id_[:NAME_MAX])


def _name(one: Object) -> str | None:
    name = one.get("name")
    return name[:NAME_MAX] or None if isinstance(name, str) else None


def _note(value: object) -> str | None:
    return value.strip()[:NOTE_MAX] or None if isinstance(value, str) else None


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _ms(text: object) -> int | None:
    found = moment_ms(text) if isinstance(text, str) else None
    return found if found is not None and 0 <= found < LAST_MS else None
