"""The register of outlets: what an analyst says of whom, with a source; and what a watch-list names.

The register decides a tier; the method never does. A domain stands for all below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TIERS = ("official", "state-controlled", "state-linked", "state-aligned", "unclassified")
OF_A_STATE = TIERS[:3]  # what texts, links and numbers are compared with
UNCLASSIFIED = TIERS[-1]
REGISTER = pa.schema(
    [
        ("identifier", pa.string()),  # a domain, or an account as posts name it
        ("kind", pa.string()),  # domain, account
        ("tier", pa.string()),
        ("state", pa.string()),  # ISO 3166-1 alpha-2
        ("name", pa.string()),
        ("criterion", pa.string()),  # why this tier
        ("source_url", pa.string()),
        ("source_date", pa.string()),
    ]
)
INDICATORS = pa.schema(
    [
        ("kind", pa.string()),  # account, domain, url, hash, as in the columns of posts
        ("value", pa.string()),
        ("operation", pa.string()),
        ("source", pa.string()),
        ("marking", pa.string()),
    ]
)
TRACES = pa.schema(
    [
        ("site", pa.string()),
        ("kind", pa.string()),
        ("value", pa.string()),
        ("url", pa.string()),
        ("evidence", pa.string()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the register says of one outlet."""

    tier: str
    state: str | None
    name: str


class Register:
    """The register, to look things up in.

    Args:
        table: see `REGISTER`; a later row about the same identifier replaces an earlier one.
    """

    def __init__(self, table: pa.Table) -> None:
        check(table, REGISTER)
        self._domains: dict[str, Entry] = {}
        self._accounts: dict[str, Entry] = {}
        for row in table.to_pylist():
            identifier = row["identifier"] or ""
            entry = Entry(tier=row["tier"], state=row["state"], name=row["name"] or identifier)
            of_kind = self._domains if row["kind"] == "domain" else self._accounts
            of_kind[identifier.lower() if row["kind"] == "domain" else identifier] = entry

    def of_host(self, host: str | None) -> Entry | None:
        """Return what is said of a host: its own entry, else that of the nearest domain above it."""
        return next((self._domains[one] for one in above(host) if one in self._domains), None)

    def of_account(self, names: Iterable[str | None]) -> Entry | None:
        """Return what is said of an account, by any of its names."""
        return next((self._accounts[one] for one in names if one in self._accounts), None)


class Listed:
    """What watch-lists name, to look things up in.

    Args:
        table: see `INDICATORS`.
    """

    def __init__(self, table: pa.Table) -> None:
        check(table, INDICATORS)
        self._by_kind: dict[str, dict[str, Mapping[str, str | None]]] = {}
        for row in table.to_pylist():
            if row["kind"] and row["value"]:
                self._by_kind.setdefault(row["kind"], {}).setdefault(row["value"], row)

    def of_link(self, url: str | None, host: str | None) -> Mapping[str, str | None] | None:
        """Return what names an address: the whole of it, else its host or a domain above it."""
        found = self._by_kind.get("url", {}).get(url or "")
        domains = self._by_kind.get("domain", {})
        return found or next((domains[one] for one in above(host) if one in domains), None)

    def of_account(self, names: Iterable[str | None]) -> Mapping[str, str | None] | None:
        """Return what names an account, by any of its names."""
        accounts = self._by_kind.get("account", {})
        return next((accounts[one] for one in names if one in accounts), None)

    def of_hash(self, value: str | None) -> Mapping[str, str | None] | None:
        """Return what names a file."""
        return self._by_kind.get("hash", {}).get(value or "")


def above(host: str | None) -> Iterator[str]:
    """Yield a host and the domains above it, but the last label alone."""
    labels = (host or "").lower().rstrip(".").split(".")
    for place in range(len(labels) - 1):
        yield ".".join(labels[place:])


def check(table: pa.Table, schema: pa.Schema) -> None:
    """Refuse a table that lacks a column of `schema`.

    Raises:
        UnfitTableError: it does.
    """
    for name in schema.names:
        if name not in table.column_names:
            raise UnfitTableError(column=name, stage="exposure/1", expected=say("text"))
