"""Copy families as signals: which texts many accounts repeated, and what else could explain it.

A family becomes a signal where three accounts or more hold it. People repeat petitions, songs, titles and
sayings openly, so each signal says what it knows of that.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.families import METHOD
from vigie.detect.families.differences import differences
from vigie.terms.findings import Indicator
from vigie.terms.languages import say
from vigie.terms.signals import ACCOUNTS_MAX, POSTS_MAX, ROWS_MAX, Column, Exhibit, Signal
from vigie.terms.times import DAY_MS, HOUR_MS
from vigie.text import UNDETERMINED, normalise
from vigie.text.normalising import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vigie.detect.families import Families
    from vigie.terms.findings import Leaning

ACCOUNTS_MIN = 3
SIGNALS_MAX = 200  # the families of the most accounts
SOON_MIN = 5  # accounts in one hour
SLOW_MAX = 0.2  # of the accounts, in the busiest hour, where a text spreads slowly
MOST = 0.6  # of the posts
DIFFERENCES_MAX = 30  # members whose differences are shown
SHORT = 160  # letters of the text in a sentence
ADDRESSED = re.compile(ADDRESS)
QUOTES = (("«", "»"), ("“", "”"), ('"', '"'), ("„", "“"), ("「", "」"))

TIER_NAMES = {
    "exact": say("same text"),
    "normalised": say("same letters"),
    "near": say("edited text"),
    "rewording": say("other words"),
    "translation": say("other language"),
}
OPEN = {  # what the words of `known.toml` say
    "press_release": say("Its words are those of a press release, which many pass on as it stands."),
    "petition": say("Its words are those of a petition or a letter that people are asked to post as it is."),
    "platform": say("Its words are those that a platform or a game offers to everybody."),
    "song": say("Its words or signs are those of a song, a prayer or a wish, which nobody calls their own."),
}


def signals(found: Families, posts: pa.Table) -> tuple[Signal, ...]:
    """Return the families that three accounts or more hold, those of the busiest hours first.

    Args:
        found: what `detect` found; with `earlier`, all that is held.
        posts: those that were read; if they have `platform`, the evidence names it.
    """
    many = found.families.filter(pc.greater_equal(found.families["accounts"], ACCOUNTS_MIN))
    many = many.sort_by([("accounts", "descending"), ("size", "descending"), ("family", "ascending")])
    many = many.slice(0, SIGNALS_MAX)
    members = found.members.filter(pc.is_in(found.members["family"], many["family"].combine_chunks()))
    told = members.join(_said(found, posts, members), "post_id").sort_by(
        [("created_ms", "ascending"), ("post_id", "ascending"), ("account", "ascending")]
    )
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in told.to_pylist():
        rows.setdefault(row["family"], []).append(row)
    every = [_signal(family, rows[family["family"]]) for family in many.to_pylist()]
    return tuple(sorted(every, key=lambda one: (-one.weight, one.subject)))


def _said(found: Families, posts: pa.Table, members: pa.Table) -> pa.Table:
    """Return what members' posts say: `post_id`, `body`, `url` (their first address) and `platform`."""
    held = found.held.posts.select(["post_id", "body", "links"])
    held = held.filter(pc.is_in(held["post_id"], members["post_id"].combine_chunks()))
    links = held["links"].combine_chunks()
    has = pc.greater(pc.fill_null(pc.list_value_length(links), 0), 0)
    first = pc.struct_field(pc.list_element(links.filter(has), 0), "url")
    url = pc.replace_with_mask(pa.nulls(held.num_rows, pa.string()), has, first)
    held = held.drop(["links"]).append_column("url", url)
    if {"platform", "post_id"} <= set(posts.column_names):
        seen = posts.select(["post_id", "platform"]).group_by("post_id").aggregate([("platform", "min")])
        return held.join(seen.rename_columns(["post_id", "platform"]), "post_id")
    return held.append_column("platform", pa.nulls(held.num_rows, pa.string()))


def _signal(family: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Signal:
    accounts = list(dict.fromkeys(row["account"] for row in rows if row["account"] is not None))
    soon = _busiest_hour(rows)
    text = " ".join(family["specimen_text"].split())
    return Signal(
        method=METHOD,
        kind="copies",
        subject_kind="family",
        subject=family["family"],
        sentence=say(
            "{post_count} posts of {account_count} accounts say the same, word for word or nearly: “{text}”"
        ),
        facts={
            "post_count": family["size"],
            "account_count": family["accounts"],
            "text": text if len(text) <= SHORT else f"{text[: SHORT - 1]}…",
        },
        start_ms=family["first_ms"],
        end_ms=family["last_ms"],
        weight=soon + family["accounts"] / (1 + family["accounts"]),
        indicators=tuple(_indicators(family, rows, soon)),
        accounts=tuple(accounts[:ACCOUNTS_MAX]),
        account_count=family["accounts"],
        posts=tuple(row["post_id"] for row in rows if row["post_id"] is not None)[:POSTS_MAX],
        post_count=family["size"],
        exhibits=(_members(rows), *_differences(family, rows)),
    )


def _busiest_hour(rows: Sequence[Mapping[str, Any]]) -> int:
    """Return the most accounts that posted within one hour, rows standing in the order of time."""
    here: dict[str, int] = {}
    first, most = 0, 0
    for row in rows:
        here[row["account"]] = here.get(row["account"], 0) + 1
        while rows[first]["created_ms"] < row["created_ms"] - HOUR_MS:
            gone = rows[first]["account"]
            here[gone] -= 1
            if not here[gone]:
                del here[gone]
            first += 1
        most = max(most, len(here))
    return most


def _one(code: str, leaning: Leaning, sentence: str, **facts: float | str) -> Indicator:
    return Indicator(code=code, leaning=leaning, sentence=sentence, facts=facts)


def _indicators(
    family: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], soon: int
) -> Iterator[Indicator]:
    yield from _timing(family, soon)
    yield from _wording(family, rows)
    yield from _openly(family, rows)


def _timing(family: Mapping[str, Any], soon: int) -> Iterator[Indicator]:
    count, days = family["accounts"], (family["last_ms"] - family["first_ms"]) / DAY_MS
    if soon >= SOON_MIN:
        yield _one(
            "many_soon",
            "coordinated",
            say("{soon_count} of {account_count} accounts posted it within one hour."),
            soon_count=soon,
            account_count=count,
        )
    if days >= 1 and soon <= max(2, SLOW_MAX * count):
        yield _one(
            "slow",
            "organic",
            say("It spread over {day_count} days, by {soon_count} accounts in its busiest hour."),
            day_count=round(days, 1),
            soon_count=soon,
        )


def _wording(family: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[Indicator]:
    edited = sum(row["tier"] not in ("exact", "normalised") for row in rows)
    if edited >= MOST * len(rows):
        yield _one(
            "edited",
            "coordinated",
            say("{edited_count} of {post_count} posts change the words: who passes on openly seldom does."),
            edited_count=edited,
            post_count=len(rows),
        )
    languages = [one for one in family["languages"] if one != UNDETERMINED]
    if "translation" in {row["tier"] for row in rows}:
        yield _one(
            "languages",
            "coordinated",
            say("It is said in {language_count} languages: {languages}."),
            language_count=len(languages),
            languages=", ".join(sorted(languages)),
        )
    again = len(rows) - family["accounts"]
    if again >= MOST * len(rows):
        yield _one(
            "again",
            "coordinated",
            say("Its accounts post it again and again: {post_count} times for {account_count} accounts."),
            post_count=len(rows),
            account_count=family["accounts"],
        )


def _openly(family: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[Indicator]:
    text = family["specimen_text"].strip()
    if any(text.startswith(begin) and text.endswith(end) for begin, end in QUOTES):
        yield _one(
            "quotation",
            "open",
            say("It stands in quotation marks: people repeat what somebody said, each on their own."),
        )
    said = normalise(pa.array([text], pa.string()))[0].as_py()
    for code, forms in known().items():
        if any(form in said for form in forms):
            yield _one(code, "open", OPEN[code])
    yield from _addressed(rows)


def _addressed(rows: Sequence[Mapping[str, Any]]) -> Iterator[Indicator]:
    urls = [row["url"] for row in rows if row["url"]]
    common = max(sorted(set(urls)), key=urls.count, default="")
    if common and urls.count(common) >= MOST * len(rows):
        yield _one(
            "one_address",
            "open",
            say("{part_share} of the posts carry {url}: a share button gives everybody the same words."),
            part_share=urls.count(common) / len(rows),
            url=common,
        )
        return
    with_address = sum(bool(row["url"] or ADDRESSED.search(row["body"] or "")) for row in rows)
    if with_address >= MOST * len(rows):
        yield _one(
            "titles",
            "open",
            say("{part_share} of the posts carry an address: readers pass on titles of articles like this."),
            part_share=with_address / len(rows),
        )


@cache
def known() -> dict[str, tuple[str, ...]]:
    """Return the words of texts that many post openly, of both languages, by kind."""
    told = tomllib.loads((resources.files(__package__) / "known.toml").read_text(encoding="utf-8"))
    return {code: tuple(dict.fromkeys((*one["en"], *one["fr"]))) for code, one in told.items()}


def _members(rows: Sequence[Mapping[str, Any]]) -> Exhibit:
    columns = (
        Column(name="created_ms", title=say("When"), holds="time"),
        Column(name="account", title=say("Account"), holds="account"),
        Column(name="platform", title=say("Platform"), holds="platform"),
        Column(name="lang", title=say("Language"), holds="language"),
        Column(name="tier", title=say("Tier")),
        Column(name="similarity", title=say("Alike"), holds="share"),
        Column(name="post_id", title=say("Post"), holds="post"),
    )
    said = ({**row, "tier": TIER_NAMES[row["tier"]]} for row in rows[:ROWS_MAX])
    shown = tuple(tuple(row[column.name] for column in columns) for row in said)
    return Exhibit(title=say("Posts of the family"), columns=columns, rows=shown, row_count=len(rows))


def _differences(family: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[Exhibit]:
    """Yield what edited members say otherwise than the specimen, if there are any."""
    edited = [row for row in rows if row["tier"] == "near" and row["body"] is not None]
    shown = []
    for row in edited[:DIFFERENCES_MAX]:
        pieces = differences(family["specimen_text"], row["body"])
        left_out, added = (
            " … ".join(piece.text.strip() for piece in pieces if piece.kind == kind and piece.text.strip())
            for kind in ("removed", "added")
        )
        shown.append((row["post_id"], left_out, added, row["similarity"]))
    if shown:
        columns = (
            Column(name="post_id", title=say("Post"), holds="post"),
            Column(name="left_out", title=say("Left out")),
            Column(name="added", title=say("Added")),
            Column(name="similarity", title=say("Alike"), holds="share"),
        )
        title = say("What edited posts say otherwise than the first")
        yield Exhibit(title=title, columns=columns, rows=tuple(shown), row_count=len(edited))
