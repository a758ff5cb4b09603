"""What to look for in a project's store because a watch-list names it: the keyed values of its indicators.

The store holds no name of a person, so a list is not compared with it as it is written: each indicator
becomes what `vigie.store.pseudonyms` makes of the same name, and equal values are the same account, address
or domain. Only who has the project's key can do that.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from vigie.store.addresses import domain_shown, rewritten
from vigie.store.tokens import ProjectKey, Tokens, account_form, platform_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

Wanted = dict[str, list[int]]


class Listed(Protocol):
    """One indicator: `vigie.collect.watchlists.Indicator`, or whatever holds the same two."""

    @property
    def kind(self) -> str:
        """`account`, `email`, `url`, `domain`, `ip` or `hash`."""

    @property
    def value(self) -> str:
        """Its one form; accounts as `platform:name` where the platform is told."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What to look for: a value as the store holds it, and the places of the indicators that it stands for.

    Args:
        accounts: by platform (as `vigie.store.tokens.platform_name` gives it), what stands in `author`,
            `mentions` and `channel_id`.
        emails: tokens that stand in texts.
        links: whole addresses, in `links` and `url` of articles.
        domains: the host of an address is one of these, or below one.
        hashes: files, never keyed.
    """

    accounts: Mapping[str, Mapping[str, list[int]]]
    emails: Mapping[str, list[int]]
    links: Mapping[str, list[int]]
    domains: Mapping[str, list[int]]
    hashes: Mapping[str, list[int]]


@dataclass
class _Found:
    accounts: defaultdict[str, Wanted] = field(default_factory=lambda: defaultdict(dict))
    emails: Wanted = field(default_factory=dict)
    links: Wanted = field(default_factory=dict)
    domains: Wanted = field(default_factory=dict)
    hashes: Wanted = field(default_factory=dict)


def matches(
    indicators: Iterable[Listed],
    key: ProjectKey,
    *,
    platforms: Collection[str] = (),
    public_actors: Collection[str] = (),
) -> Watched:
    """Return the keyed values by which a project's store is searched for what a list names.

    Args:
        indicators: of the list, in its order; the places of the answer count from 0.
        key: the project's.
        platforms: those of the posts to be searched: where an account of the list is of no told platform, it
            is looked for on each of them. Without any, such accounts are looked for on none.
        public_actors: raw names of accounts that stay in clear while in office (`name` or `platform:name`):
            they are looked for in clear too.

    Returns:
        What to look for, by column. IP addresses stand in no column of the store: they are left out.
    """
    tokens, clear, found = Tokens(key), Tokens(key, public_actors), _Found()
    everywhere = sorted({platform_name(one) for one in platforms})
    for place, one in enumerate(indicators):
        if one.kind == "account":
            for where, name in _accounts(one.value, everywhere):
                wanted = found.accounts[where]
                _add(wanted, tokens.shown("account", where, name), place)
                if clear.shown("account", where, name) == name:
                    _add(wanted, account_form(name, where), place)
        elif one.kind == "email":
            _add(found.emails, tokens.shown("email", "", one.value), place)
        elif one.kind == "url":
            _add(found.links, rewritten(one.value, tokens), place)
        elif one.kind == "domain":
            _add(found.domains, domain_shown(one.value, tokens), place)
        elif one.kind == "hash":
            _add(found.hashes, one.value, place)
    return Watched(
        accounts={platform: dict(wanted) for platform, wanted in found.accounts.items()},
        emails=found.emails,
        links=found.links,
        domains=found.domains,
        hashes=found.hashes,
    )


def names_somebody(kind: str, value: str) -> bool:
    """Return whether an indicator may name a person: an account, an e-mail address, a site or page of one.

    Such a value lies sealed wherever it is kept, like a name in a post.
    """
    if kind == "url":
        return rewritten(value, _any_tokens()) != value
    if kind == "domain":
        return domain_shown(value, _any_tokens()) != value
    return kind in {"account", "email"}


def _any_tokens() -> Tokens:
    """Return tokens of no project: only whether they stand in a value is asked."""
    return Tokens(ProjectKey(hashing=b"\0" * 32, sealing=b"\0" * 32, id=""))


def _accounts(value: str, everywhere: list[str]) -> list[tuple[str, str]]:
    """Return on which platforms an account is looked for, and by which name."""
    platform, colon, name = value.partition(":")
    return [(platform_name(platform), name)] if colon and name else [(one, value) for one in everywhere]


def _add(wanted: Wanted, value: str, place: int) -> None:
    wanted.setdefault(value, []).append(place)
