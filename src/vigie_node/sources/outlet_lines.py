"""What is said of an outlet, checked: a form's answers, or lines of a table, one for each place it has."""

from __future__ import annotations

import csv
import io
import math
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from vigie.terms.errors import VigieError, tell
from vigie.terms.languages import say
from vigie.terms.signs import hidden_sign, shown
from vigie_node.sources.actions.two_persons import answered
from vigie_node.sources.models import OutletIdentifier, Tier
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.terms.languages import Message

COLUMNS = (
    "identifier", "kind", "tier", "state", "name", "criterion", "source_url", "source_date", "country",
    "languages", "posts_a_day",
)  # fmt: skip
NEEDED = ("identifier", "tier", "name")
LENGTHS_MAX = {"name": 200, "criterion": 1_000, "source_url": 500}
LINES_MAX, TEXT_MAX = 2_000, 1_000_000
IDENTIFIERS_MAX = 100
HOST_MAX = 253  # characters (RFC 1035)
HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}:\S{1,200}")
COUNTRY, LANGUAGE = re.compile(r"[A-Z]{2}"), re.compile(r"[a-z]{2,3}")
ADDRESS = re.compile(r"https?://\S{4,490}")
PLATFORMS = frozenset(
    {
        "bsky.app",
        "blogspot.com",
        "douyin.com",
        "facebook.com",
        "instagram.com",
        "linkedin.com",
        "medium.com",
        "ok.ru",
        "reddit.com",
        "rutube.ru",
        "substack.com",
        "t.me",
        "telegram.me",
        "threads.net",
        "tiktok.com",
        "twitter.com",
        "vk.com",
        "weibo.com",
        "wordpress.com",
        "x.com",
        "youtu.be",
        "youtube.com",
    }
)  # a site of many is no outlet
CANADA = "CA"
NOT_A_TABLE = say("This is no table in UTF-8 with the columns {columns}.")
TOO_MANY_LINES = say("A table may have {number} lines at most.")
TOO_LONG = say("This is too long.")
READABLE = say("letters, figures and punctuation only")
UNLIKE = say("This line says something else of “{name}” than line {number} does.")
OTHERS = say("“{value}” belongs to “{name}” already, on another line.")


class OutletValueError(VigieError):
    """An answer about an outlet means nothing."""

    code = "option.outlet"
    sentence = say("“{value}” cannot be used: {expected}.")
    remedy = say("Correct it and send it again.")


class OutletUnsourcedError(VigieError):
    """A tier lacks what it rests on."""

    code = "option.outlet_source"
    sentence = say("A tier other than “unclassified” needs a reason and the address of a source.")
    remedy = say("Say why, and give an address where somebody else can check it.")


class OutletOfCanadaError(VigieError):
    """An outlet of Canada would be called state-aligned."""

    code = "option.outlet_aligned"
    sentence = say("An outlet of Canada is not classified as state-aligned: opinions are nobody’s fault.")
    remedy = say("Leave it unclassified; a tie to a state that can be proved has a tier of its own.")


@dataclass(frozen=True, kw_only=True)
class About:
    """Who an outlet is."""

    name: str
    identifiers: tuple[tuple[str, str], ...]  # kind and value
    country: str = ""
    languages: tuple[str, ...] = ()
    posts_a_day: float | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whose an outlet is, why, and where that can be checked."""

    tier: str = Tier.UNCLASSIFIED
    state: str = ""
    criterion: str = ""
    source_url: str = ""
    source_date: str = ""

    @property
    def says_something(self) -> bool:
        """Whether anybody decided anything."""
        return self.tier != Tier.UNCLASSIFIED or bool(self.criterion.strip())


Line = tuple[About, Decision]


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a table says: an outlet a line of its own, and what is wrong, by the number of the line."""

    lines: list[Line] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)


def identifier_from(text: str) -> tuple[str, str]:
    """Return the kind and the one form of where an outlet publishes: `exemple.test`, `x:exemple`.

    Raises:
        OutletValueError: it is neither a domain of its own nor an account of a platform.
    """
    said = text.strip()
    plain = re.sub(r"^https?://", "", said, flags=re.IGNORECASE).rstrip("/")
    host = ""
    if len(plain) <= HOST_MAX:  # the codec takes minutes over a long label
        with suppress(UnicodeError):
            host = plain.removeprefix("www.").rstrip(".").encode("idna").decode().lower()
    if HOST.fullmatch(host):
        if host in PLATFORMS:
            raise OutletValueError(
                value=said, expected=say("a platform is no outlet; give the account as platform:name")
            )
        return OutletIdentifier.Kind.DOMAIN, host
    platform, colon, name = said.partition(":")
    plain_name = name.strip().lstrip("@\uff20")
    account = f"{platform.strip().casefold()}{colon}{plain_name}"
    if ACCOUNT.fullmatch(account) and not name.startswith("//"):
        return OutletIdentifier.Kind.ACCOUNT, account
    raise OutletValueError(
        value=said, expected=say("a domain such as exemple.test, or an account such as x:exemple")
    )


def about_from(said: Mapping[str, str]) -> About:
    """Return who an outlet is, of texts by name; `identifiers` and `languages` are cut at spaces and commas.

    Raises:
        NothingSaidError, OutletValueError: an answer lacks or means nothing.
    """
    identifiers = dict.fromkeys(
        identifier_from(one) for one in re.split(r"[\s,;]+", said["identifiers"]) if one
    )
    if not 1 <= len(identifiers) <= IDENTIFIERS_MAX:
        raise OutletValueError(
            value=said["identifiers"], expected=say("from 1 to 100 domains and accounts, one a line")
        )
    languages = dict.fromkeys(one for one in re.split(r"[\s,;]+", said["languages"].lower()) if one)
    for one in languages:
        _fits(LANGUAGE, one, say("a language is two or three letters, such as fr"))
    return About(
        name=_short("name", answered("name", said["name"])),
        identifiers=tuple(identifiers),
        country=_country(said["country"]),
        languages=tuple(languages),
        posts_a_day=_number(said["posts_a_day"]),
    )


def decision_from(said: Mapping[str, str]) -> Decision:
    """Return what was decided, of texts by name.

    Raises:
        OutletValueError, OutletUnsourcedError: an answer lacks or means nothing.
    """
    tier = said["tier"].strip() or Tier.UNCLASSIFIED
    if tier not in Tier.values:
        raise OutletValueError(value=tier, expected=say("this is no tier; see the list of tiers"))
    made = Decision(
        tier=tier,
        state=_country(said["state"]),
        criterion=_short("criterion", said["criterion"].strip()),
        source_url=_short("source_url", said["source_url"].strip()),
        source_date=_day(said["source_date"].strip()),
    )
    has_source = ADDRESS.fullmatch(made.source_url) and any(one.isalnum() for one in made.criterion)
    if tier != Tier.UNCLASSIFIED and not has_source:
        raise OutletUnsourcedError
    if made.source_url and not ADDRESS.fullmatch(made.source_url):
        raise OutletValueError(value=made.source_url, expected=say("a source is an address: https://…"))
    return made


def check_together(about: About, decision: Decision) -> None:
    """Refuse a tier that no outlet of this country is given.

    Raises:
        OutletOfCanadaError: it is of Canada, and would be called state-aligned.
    """
    if about.country == CANADA and decision.tier == Tier.ALIGNED:
        raise OutletOfCanadaError


def _fits(pattern: re.Pattern[str], value: str, expected: Message) -> str:
    if not pattern.fullmatch(value):
        raise OutletValueError(value=value, expected=expected)
    return value


def _country(text: str) -> str:
    said = text.strip().upper()
    return said and _fits(COUNTRY, said, say("a country is two capital letters, such as CA"))


def _short(name: str, text: str) -> str:
    if len(text) > LENGTHS_MAX[name]:
        raise OutletValueError(value=f"{text[:50]}…", expected=TOO_LONG)
    if hidden_sign(text) is not None:
        raise OutletValueError(value=shown(text[:50]), expected=READABLE)
    return text


def _number(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0 < value <= 1_000_000:  # noqa: PLR2004 (posts a day: more is a slip of the pen)
        raise OutletValueError(value=text, expected=say("posts a day are a number above 0"))
    return value


def _day(text: str) -> str:
    if text:
        try:
            date.fromisoformat(text)
        except ValueError as error:
            raise OutletValueError(value=text, expected=say("a day is written as 2026-01-31")) from error
    return text


def table_from(text: str) -> Table:
    """Return what a CSV table says: lines with the same name are one outlet, one for each of its places."""
    words = words_here()
    try:
        table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
        rows = [(table.line_num, row) for row in table]
    except csv.Error:
        return Table(errors=[(1, words(NOT_A_TABLE, columns=", ".join(COLUMNS)))])
    if not set(NEEDED) <= set(table.fieldnames or ()):
        return Table(errors=[(1, words(NOT_A_TABLE, columns=", ".join(COLUMNS)))])
    if len(rows) > LINES_MAX:
        return Table(errors=[(LINES_MAX + 2, words(TOO_MANY_LINES, number=LINES_MAX))])
    found: dict[str, tuple[int, Line]] = {}
    owner: dict[tuple[str, str], str] = {}
    errors: list[tuple[int, str]] = []
    for number, row in rows:
        try:
            about, decision = _line(row)
        except VigieError as error:
            errors.append((number, tell(error, words)))
            continue
        first, known = found.get(about.name, (number, (about, decision)))
        merged = replace(about, identifiers=tuple(dict.fromkeys([*known[0].identifiers, *about.identifiers])))
        taken = next((one for one in about.identifiers if owner.get(one, about.name) != about.name), None)
        if taken is not None:
            errors.append((number, words(OTHERS, value=taken[1], name=owner[taken])))
        elif (replace(merged, identifiers=()), decision) != (replace(known[0], identifiers=()), known[1]):
            errors.append((number, words(UNLIKE, name=about.name, number=first)))
        else:
            found[about.name] = (first, (merged, decision))
            owner.update(dict.fromkeys(about.identifiers, about.name))
    return Table(lines=[line for _, line in found.values()], errors=errors)


def _line(row: Mapping[str | Any, str | Any]) -> Line:
    plain = {name: str(row.get(name) or "").strip().removeprefix("'") for name in COLUMNS}
    about = about_from({**plain, "identifiers": plain["identifier"]})
    decision = decision_from(plain)
    check_together(about, decision)
    return about, decision
