"""Watch-lists as tables, one entry a row.

In the columns of VIGINUM's annexes, of Meta's threat indicators, and of people who write their own.

Sources: https://github.com/facebook/threat-research, https://www.sgdsn.gouv.fr/publications
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from vigie.collect.mapping import plain_name
from vigie.collect.times import LAST_MS, moment_ms
from vigie.collect.watchlists.indicators import NOTE_MAX, Indicator, Kind, formed, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = Mapping[str, object]
# Names without case, accents and punctuation; of each list the first that says something is taken.
VALUES = ("indicatorvalue", "indicator", "value", "ioc", "indicateur", "valeur")
KIND_COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    "domain": ("domainname", "domain", "nomdedomaine", "domaine", "site", "siteweb"),
    "url": ("url", "link", "lien", "adresse"),
    "account": ("account", "compte", "handle", "username", "nomdutilisateur", "pseudo"),
    "ip": ("ipaddress", "ip", "adresseip"),
    "email": ("email", "courriel"),
    "hash": ("sha256", "md5", "sha1", "hash"),
}
KINDS = ("indicatortype", "type", "kind", "typeindicateur", "typedindicateur", "categorie", "category")
PLATFORMS = ("platform", "plateforme", "network", "reseau")
OPERATIONS = (
    "operation", "campaign", "campagne", "intrusionset", "modeoperatoire", "modeoperatoireinformationnel",
    "moi", "actor", "acteur", "network", "reseau",
)  # fmt: skip
SOURCES = ("source", "report", "rapport", "reference", "author", "auteur")
FROM = ("validfrom", "firstseen", "datedebut", "premiereobservation", "date", "ds")
UNTIL = ("validuntil", "expires", "expiration", "datefin")
MARKINGS = ("tlp", "marking", "marquage")
NOTES = ("note", "notes", "description", "comment", "commentaire", "remarque")
WORDS: Mapping[str, Kind] = {
    "domain": "domain", "domainname": "domain", "domaine": "domain", "nomdedomaine": "domain",
    "site": "domain", "fqdn": "domain", "hostname": "domain",
    "url": "url", "ciburl": "url", "telegramurl": "url", "phishingurl": "url", "lien": "url", "uri": "url",
    "account": "account", "compte": "account", "useraccount": "account", "handle": "account",
    "username": "account",
    "ip": "ip", "ipaddress": "ip", "ipv4": "ip", "ipv6": "ip", "ipv4addr": "ip", "ipv6addr": "ip",
    "adresseip": "ip",
    "email": "email", "emailaddr": "email", "emailaddress": "email", "courriel": "email",
    "md5": "hash", "sha1": "hash", "sha256": "hash", "hash": "hash",
}  # fmt: skip
_plain = lru_cache(maxsize=1 << 10)(plain_name)  # the same columns in every row
INSIDE = "rowjson"  # a row kept as JSON beside the name of its file
FILE = "file"
TEXT_MAX = 200  # characters


def indicator_of(row: Row) -> Indicator | None:
    """Return the entry that a row is, None where it names nothing that can be compared."""
    named = {_plain(name): value for name, value in row.items()}
    if isinstance(inside := named.get(INSIDE), str):
        named = {**_decoded(inside), FILE: named.get(FILE)}
    found = _value(named)
    if found is None:
        return None
    kind, value = found
    platform = _text(named, PLATFORMS)
    if kind == "account" and platform and ":" not in value:
        value = f"{platform.lower()[:32]}:{value}"
    return Indicator(
        kind=kind,
        value=value,
        operation=_text(named, (*OPERATIONS, FILE)),
        source=_text(named, SOURCES),
        valid_from_ms=_ms(named, FROM),
        valid_until_ms=_ms(named, UNTIL),
        marking=_text(named, MARKINGS),
        note=_text(named, NOTES, most=NOTE_MAX),
    )


def has_values(names: Sequence[str]) -> bool:
    """Return whether columns of these names can be a watch-list."""
    plain = {plain_name(name) for name in names}
    return not plain.isdisjoint({INSIDE, *VALUES, *(one for some in KIND_COLUMNS.values() for one in some)})


def _decoded(inside: str) -> dict[str, object]:
    try:
        row = msgspec.json.decode(inside)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return {}
    return {plain_name(name): value for name, value in row.items()} if isinstance(row, dict) else {}


def _value(named: Mapping[str, object]) -> tuple[Kind, str] | None:
    """Return what a row names: by its own word of the kind, by the column, else by its look."""
    told = _text(named, VALUES, most=None)
    if told is not None:
        word = plain_name(_text(named, KINDS) or "")
        kind = WORDS.get(word) if word else kind_of(told)
        if kind is None and word:  # a kind that is not compared: a package name, a phone number
            return None
        return _pair(kind, told)
    for kind, names in KIND_COLUMNS.items():
        if (told := _text(named, names, most=None)) is not None:
            return _pair(kind, told)
    return None


def _pair(kind: Kind | None, told: str) -> tuple[Kind, str] | None:
    """Return a value of a kind; an address of a page where a domain was announced is what it looks like."""
    value = None if kind is None else formed(kind, told)
    if value is None and kind in {"domain", "url"} and (looks := kind_of(told)) in {"domain", "url"}:
        kind, value = looks, formed(looks, told)
    return None if kind is None or value is None else (kind, value)


def _text(named: Mapping[str, object], names: Sequence[str], *, most: int | None = TEXT_MAX) -> str | None:
    found = (named.get(name) for name in names)
    texts = (str(one).strip() for one in found if isinstance(one, str | int) and not isinstance(one, bool))
    text = next((one for one in texts if one), None)
    return None if text is None else text[:most]


def _ms(named: Mapping[str, object], names: Sequence[str]) -> int | None:
    text = _text(named, names)
    found = moment_ms(text) if text else None
    return found if found is not None and 0 <= found < LAST_MS else None
