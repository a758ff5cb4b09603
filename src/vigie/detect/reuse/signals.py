"""Pictures whose texts changed as signals: the posts side by side, and what else could explain it."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.reuse.changes import OLD
from vigie.detect.reuse.contexts import TEXTS_MAX, weighed
from vigie.detect.reuse.grouping import texts_of
from vigie.terms.findings import Indicator
from vigie.terms.languages import say
from vigie.terms.media import CREDENTIALS
from vigie.terms.posts import conform
from vigie.terms.signals import ACCOUNTS_MAX, POSTS_MAX, ROWS_MAX, Column, Exhibit, Signal
from vigie.terms.times import DAY_MS
from vigie.text import words_alone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vigie.detect.reuse import Detection

METHOD = "reuse/1"
SIGNALS_MAX = 500  # the strongest: more than anybody reads; `changes` holds all
PAIRS_MAX = 20  # of posts side by side
SOON_MS = 3_600_000
ACCOUNTS_SOON = 3
YEAR_DAYS, ABOUT_DAYS = 365.2425, 4
COLUMNS = ("post_id", "title", "body", "hashtags", "mentions", "links")
OLD_SENTENCE = say(
    "A picture first seen in our collection {first_days} days before came back with another text, after "
    "{silence_days} days without use, in {posts} posts of {accounts} accounts."
)
CHANGED_SENTENCE = say(
    "A picture that stands in our collection beside other texts came again in {posts} posts of {accounts} "
    "accounts whose texts share hardly any telling words with those before: {likeness} % at most."
)
NUMBER = re.compile(r"\d{2,}")
TRACE_NAMES = {
    "hashtag": say("hashtag"),
    "mention": say("mention"),
    "address": say("address"),
    "number": say("number"),
}
CREDENTIALS_NAMES = {**CREDENTIALS, "": say("nobody looked")}


@cache
def _said_words() -> dict[str, tuple[str, ...]]:
    raw = tomllib.loads((resources.files(__package__) / "words.toml").read_text(encoding="utf-8"))
    return {kind: tuple(f" {word} " for word in sorted({*of["en"], *of["fr"]})) for kind, of in raw.items()}


def signals(found: Detection, posts: pa.Table) -> tuple[Signal, ...]:
    """Return one signal per picture whose context changed, the strongest first, at most `SIGNALS_MAX`.

    Args:
        found: what `detect` found.
        posts: the same posts; their texts are shown side by side.
    """
    changes = found.changes.slice(0, SIGNALS_MAX)
    wanted = pc.is_in(found.uses["picture"], changes["picture"].combine_chunks())
    uses = found.uses.filter(wanted)
    told = conform(
        posts.filter(pc.is_in(posts["post_id"], uses["post_id"].combine_chunks())), columns=COLUMNS
    )
    said = _Said(told.sort_by([("post_id", "ascending"), ("title", "ascending"), ("body", "ascending")]))
    by_picture: dict[str, list[dict[str, Any]]] = {}
    for use in uses.to_pylist():
        by_picture.setdefault(use["picture"], []).append(use)
    return tuple(_signal(one, by_picture[one["picture"]], said) for one in changes.to_pylist())


class _Said:
    """What posts say, by id."""

    def __init__(self, posts: pa.Table) -> None:
        texts = texts_of(posts)
        ids = posts["post_id"].to_pylist()
        self.text = {key: text or "" for key, text in zip(ids, texts.to_pylist(), strict=True)}
        plain = pc.fill_null(words_alone(texts), "").to_pylist()
        self.plain = {key: f" {text} " for key, text in zip(ids, plain, strict=True)}
        self._rows = dict(zip(ids, posts.to_pylist(), strict=True))

    def traces(self, post_id: str) -> Iterator[tuple[str, str]]:
        """Yield the hashtags, mentions, addresses and numbers of a post."""
        row = self._rows.get(post_id)
        if row is None:
            return
        yield from (("hashtag", tag.lower()) for tag in row["hashtags"] or () if tag)
        yield from (("mention", name.lower()) for name in row["mentions"] or () if name)
        yield from (("address", link["url"]) for link in row["links"] or () if link and link["url"])
        yield from (("number", number) for number in NUMBER.findall(self.plain[post_id]))


def _signal(change: dict[str, Any], uses: list[dict[str, Any]], said: _Said) -> Signal:
    later = [use for use in uses if use["context"] == change["context"]]
    before = [use for use in uses if use["context"] and use["context"] < change["context"]]
    accounts = list(dict.fromkeys(use["account"] for use in later if use["account"]))
    shown = [use["post_id"] for use in (*before[:1], *later, *before[1:]) if use["post_id"]]
    is_old = change["kind"] == OLD
    return Signal(
        method=METHOD,
        kind=change["kind"],
        subject_kind="medium",
        subject=change["picture"],
        sentence=OLD_SENTENCE if is_old else CHANGED_SENTENCE,
        facts={
            "posts": change["posts"],
            "accounts": change["accounts"],
            "first_days": (change["at_ms"] - change["first_ms"]) // DAY_MS,
            "silence_days": (change["silence_ms"] or 0) // DAY_MS,
            "likeness": None if change["likeness"] is None else round(100 * change["likeness"]),
        },
        start_ms=change["at_ms"],
        end_ms=max(use["created_ms"] for use in later),
        weight=change["weight"],
        indicators=_indicators(change, later, said),
        accounts=tuple(accounts[:ACCOUNTS_MAX]),
        account_count=len(accounts),
        posts=tuple(dict.fromkeys(shown))[:POSTS_MAX],
        post_count=len(later),
        exhibits=(
            _side_by_side(before, later, said),
            _only_one_side(before, later, said),
            _uses(uses),
            _credentials(uses),
        ),
    )


def _indicators(
    change: dict[str, Any], later: Sequence[dict[str, Any]], said: _Said
) -> tuple[Indicator, ...]:
    found = []
    for kind, sentence in (
        ("old", say("{posts} of {all} posts say themselves that the picture is old.")),
        (
            "corrected",
            say("{posts} of {all} posts speak of a check or a correction: they may be warning others."),
        ),
    ):
        words = _said_words()[kind]
        count = sum(any(word in said.plain.get(use["post_id"], "") for word in words) for use in later)
        if count:
            found.append(_reading(f"says_{kind}", "open", sentence, posts=count, all=len(later)))
    days = (change["at_ms"] - change["first_ms"]) / DAY_MS
    years = round(days / YEAR_DAYS)
    if years and abs(days - years * YEAR_DAYS) <= ABOUT_DAYS:
        sentence = say("It came back {years} years after its first use, to within days: it may commemorate.")
        found.append(_reading("anniversary", "organic", sentence, years=years))
    if not change["is_compared"]:
        sentence = say("The texts are in different languages and were not compared: they may say the same.")
        found.append(_reading("not_compared", "organic", sentence))
    soon = {
        use["account"]
        for use in later
        if use["account"] and use["created_ms"] - later[0]["created_ms"] <= SOON_MS
    }
    if len(soon) >= ACCOUNTS_SOON:
        sentence = say("{accounts} accounts used it with the new text within an hour.")
        found.append(_reading("soon", "coordinated", sentence, accounts=len(soon)))
    illustrates = say("A picture may illustrate another subject without claiming to show it: read the posts.")
    return (*found, _reading("illustration", "organic", illustrates))


def _reading(code: str, leaning: Any, sentence: str, **facts: int) -> Indicator:
    return Indicator(code=code, leaning=leaning, sentence=sentence, facts=facts)


def _side_by_side(before: list[dict[str, Any]], later: list[dict[str, Any]], said: _Said) -> Exhibit:
    """Return the later texts beside the earlier text that each is most alike."""
    early, late = _distinct(before, said)[:TEXTS_MAX], _distinct(later, said)
    shown = late[:PAIRS_MAX]
    likeness = _likeness([said.text.get(one["post_id"], "") for one in (*early, *shown)], len(early))
    rows = [_pair(use, early, likeness[place], said) for place, use in enumerate(shown)] if early else []
    rows.sort(key=lambda row: (-row[2], row[4], row[1] or ""))
    return Exhibit(
        title=say("Texts beside the picture: each later one, and the earlier one that it is most alike"),
        columns=(
            Column(name="earlier_post", title=say("earlier post"), holds="post"),
            Column(name="later_post", title=say("later post"), holds="post"),
            Column(name="likeness", title=say("weight of shared words"), holds="share"),
            Column(name="earlier_ms", title=say("earlier, when"), holds="time"),
            Column(name="later_ms", title=say("later, when"), holds="time"),
            Column(name="earlier_text", title=say("earlier text")),
            Column(name="later_text", title=say("later text")),
        ),
        rows=tuple(rows),
        row_count=len(late) if early else 0,
    )


def _distinct(uses: list[dict[str, Any]], said: _Said) -> list[dict[str, Any]]:
    """Return the first use of each text."""
    return list({said.text.get(use["post_id"], ""): use for use in reversed(uses)}.values())[::-1]


def _pair(
    use: dict[str, Any], early: list[dict[str, Any]], likeness: list[float], said: _Said
) -> tuple[Any, ...]:
    best = max(range(len(early)), key=lambda place: (likeness[place], -place))
    earlier = early[best]
    return (
        earlier["post_id"],
        use["post_id"],
        round(likeness[best], 3),
        earlier["created_ms"],
        use["created_ms"],
        said.text.get(earlier["post_id"], ""),
        said.text.get(use["post_id"], ""),
    )


def _likeness(texts: list[str], early: int) -> list[list[float]]:
    """Return for each later text the part of shared words with each early one, rare words weighing more."""
    column = pa.array(texts, pa.string())
    words, starts, weights = weighed(column, column)
    sets = [set(words[starts[row] : starts[row + 1]].tolist()) for row in range(len(texts))]
    of = [sum(weights[word] for word in one) for one in sets]
    return [
        [
            float(sum(weights[word] for word in sets[row] & sets[other]) / max(min(of[row], of[other]), 1e-9))
            for other in range(early)
        ]
        for row in range(early, len(texts))
    ]


def _only_one_side(before: list[dict[str, Any]], later: list[dict[str, Any]], said: _Said) -> Exhibit:
    sides = [
        Counter(trace for use in side for trace in set(said.traces(use["post_id"])))
        for side in (before, later)
    ]
    rows = [
        (kind, value, sides[0][kind, value], sides[1][kind, value])
        for kind, value in sorted(
            sides[0].keys() | sides[1].keys(), key=lambda one: (-abs(sides[0][one] - sides[1][one]), one)
        )
    ]
    return Exhibit(
        title=say("Numbers, hashtags, mentions and addresses on each side"),
        columns=(
            Column(name="kind", title=say("kind")),
            Column(name="value", title=say("value")),
            Column(name="earlier_posts", title=say("earlier posts"), holds="number"),
            Column(name="later_posts", title=say("later posts"), holds="number"),
        ),
        rows=tuple((TRACE_NAMES[row[0]], *row[1:]) for row in rows[:ROWS_MAX]),
        row_count=len(rows),
    )


def _uses(uses: list[dict[str, Any]]) -> Exhibit:
    names = ("post_id", "account", "platform", "created_ms", "lang", "context", "distance", "c2pa")
    said = ({**use, "c2pa": CREDENTIALS_NAMES[use["c2pa"]]} for use in uses[:ROWS_MAX])
    return Exhibit(
        title=say("The picture in our collection, the first use first; where it comes from is not known"),
        columns=(
            Column(name="post_id", title=say("post"), holds="post"),
            Column(name="account", title=say("account"), holds="account"),
            Column(name="platform", title=say("platform"), holds="platform"),
            Column(name="created_ms", title=say("when"), holds="time"),
            Column(name="lang", title=say("language"), holds="language"),
            Column(name="context", title=say("context"), holds="number"),
            Column(name="distance", title=say("bits that differ from the first, of 256"), holds="number"),
            Column(name="c2pa", title=say("content credentials")),
        ),
        rows=tuple(tuple(use[name] for name in names) for use in said),
        row_count=len(uses),
    )


def _credentials(uses: list[dict[str, Any]]) -> Exhibit:
    counts = Counter(use["c2pa"] for use in uses)
    return Exhibit(
        title=say("Content credentials of its files; none says nothing against a picture"),
        columns=(
            Column(name="state", title=say("state")),
            Column(name="posts", title=say("posts"), holds="number"),
        ),
        rows=tuple((CREDENTIALS_NAMES[state], count) for state, count in sorted(counts.items())),
        row_count=len(counts),
    )
