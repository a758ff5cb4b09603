"""Roles of persons: one table of data (`roles.toml`), read by pages, API and tests."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vigie.terms.languages import Language


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One thing that somebody may do, and how it is called in each language."""

    id: str
    names: dict[Language, str]


@dataclass(frozen=True, kw_only=True)
class Role:
    """What a person may do, and how it is called in each language.

    `rank` bounds who manages whom: nobody alters a person, or gives a role, of a rank above their own.
    """

    id: str
    names: dict[Language, str]
    rank: int
    permissions: frozenset[str]


@cache
def permission_table() -> dict[str, Permission]:
    """Return every permission by id, in the table's order."""
    return {row["id"]: Permission(id=row["id"], names=_names(row)) for row in _table()["permission"]}


@cache
def permissions() -> frozenset[str]:
    """Return the id of every permission there is."""
    return frozenset(permission_table())


@cache
def roles() -> dict[str, Role]:
    """Return the roles by id, in the table's order.

    Raises:
        ValueError: a role has a permission that the table does not define.
    """
    return {row["id"]: _role(row) for row in _table()["role"]}


def allowed(role_ids: Iterable[str]) -> frozenset[str]:
    """Return what somebody with these roles may do; a role that is gone allows nothing."""
    known = roles()
    return frozenset().union(*(known[id_].permissions for id_ in role_ids if id_ in known))


def rank_of(role_ids: Iterable[str]) -> int:
    """Return the highest rank among these roles; 0 without a role."""
    known = roles()
    return max((known[id_].rank for id_ in role_ids if id_ in known), default=0)


def _role(row: dict[str, Any]) -> Role:
    unknown = set(row["permissions"]) - permissions()
    if unknown:
        message = f"{row['id']} has unknown permissions: {sorted(unknown)}"
        raise ValueError(message)
    return Role(id=row["id"], names=_names(row), rank=row["rank"], permissions=frozenset(row["permissions"]))


def _names(row: dict[str, Any]) -> dict[Language, str]:
    return {"en": row["en"], "fr": row["fr"]}


@cache
def _table() -> dict[str, list[dict[str, Any]]]:  # the shape of the file
    return tomllib.loads((resources.files("vigie_node.people") / "roles.toml").read_text(encoding="utf-8"))
