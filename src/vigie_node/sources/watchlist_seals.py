"""How an indicator stands in a row: whom it may name lies sealed, and is found again by keyed digests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings

from vigie.terms.signs import shown
from vigie.trust import seal, tag, unseal
from vigie_node.sources.models import WatchListIndicator

if TYPE_CHECKING:
    from vigie.collect.watchlists import Indicator
    from vigie_node.sources.models import WatchListVersion

DIGEST_LENGTH = 32  # hexadecimal: 128 bits
SEALING, DIGESTS = "watch-list seals 1", "watch-list digests 1"
PLATFORM_MAX = 32


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an indicator says to who may read it."""

    value: str
    note: str


@dataclass(frozen=True)
class Seals:
    """The keys of a node for its watch-lists, derived once for many rows."""

    _sealing: bytes = field(repr=False, default_factory=lambda: settings.HOME.key(SEALING))
    _digests: bytes = field(repr=False, default_factory=lambda: settings.HOME.key(DIGESTS))

    def row(self, one: Indicator, version: WatchListVersion, *, is_personal: bool) -> WatchListIndicator:
        """Return the row of an indicator, not saved yet.

        Args:
            one: the indicator.
            version: whose.
            is_personal: whether its value may name somebody: then it stands nowhere in clear.
        """
        platform = platform_of(one.kind, one.value)
        row = WatchListIndicator(
            version=version,
            kind=one.kind,
            platform=platform,
            value="" if is_personal else one.value,
            digest=self.digest(one.kind, one.value),
            name_digest=self.name_digest(one.kind, one.value),
            operation=shown(one.operation or ""),
            source=shown(one.source or ""),
            marking=shown(one.marking or ""),
            valid_from_ms=one.valid_from_ms,
            valid_until_ms=one.valid_until_ms,
        )
        if is_personal or one.note:
            said = json.dumps([one.value if is_personal else "", shown(one.note or "")]).encode()
            row.sealed = seal(self._sealing, said, about=str(row.pk))
        return row

    def told(self, row: WatchListIndicator) -> Told:
        """Return what a row says, opened.

        Raises:
            WrongKeyError: it was sealed under another key.
        """
        if row.sealed is None:
            return Told(value=row.value, note="")
        value, note = json.loads(unseal(self._sealing, bytes(row.sealed), about=str(row.pk)))
        return Told(value=value or row.value, note=note)

    def digest(self, kind: str, value: str) -> str:
        """Return what stands for an indicator, the same in every version."""
        return tag(self._digests, f"{kind}\0{value}".encode())[:DIGEST_LENGTH]

    def name_digest(self, kind: str, value: str) -> str:
        """Return what a person finds it by who types its name: no platform, no @, no case."""
        return self.asked_digest(value.partition(":")[2] or value if kind == "account" else value)

    def asked_digest(self, name: str) -> str:
        """Return the `name_digest` of what somebody types."""
        return tag(self._digests, f"name\0{name.strip().lstrip('@').casefold()}".encode())[:DIGEST_LENGTH]


def platform_of(kind: str, value: str) -> str:
    """Return the platform that an account's value names; empty where none is told."""
    before, colon, _name = value.partition(":")
    return before[:PLATFORM_MAX] if kind == "account" and colon else ""
