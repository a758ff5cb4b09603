"""Narratives that are new or that grow against their own past, as signals; the others are none.

The rule: in the recent time (a day by default) at least ten posts of three accounts tell it, at least twice
what its share of all posts of its language before makes likely, beyond chance (false-discovery rate 5 %). It
is new if at most as many of its posts are older as texts of chance words would give (5 %), else it grows.
With less than a week of past nothing is a signal.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from vigie.detect.narratives.tables import specimens
from vigie.detect.readings import few_or_many
from vigie.terms.findings import Indicator, Timeline
from vigie.terms.languages import say
from vigie.terms.signals import ACCOUNTS_MAX, POSTS_MAX, ROWS_MAX, Column, Exhibit, Signal
from vigie.terms.times import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.detect.narratives import Detection

METHOD = "narratives/1"
FACTOR_EXPECTED_LEAST = 0.5  # so many posts expected at least: nothing is infinitely more than nothing
OWN_WORDS = 0.5  # of the posts in words of their own: below, the same texts come back
ONE_ADDRESS = 0.5  # of the posts: from there they speak of one page
TERMS_IN_SENTENCE = 4
SENTENCES = {
    "new": say(
        "A new narrative, “{terms}”: {recent} posts of {accounts} accounts in the last {hours} hours, where "
        "{expected} were expected."
    ),
    "grows": say(
        "The narrative “{terms}” grows: {recent} posts of {accounts} accounts in the last {hours} hours, "
        "where its own past makes {expected} likely."
    ),
}
TERMS = (
    Column(name="term", title=say("Word")),
    Column(name="weight", title=say("How telling"), holds="number"),
)
NEAREST = (
    Column(name="post", title=say("Post"), holds="post"),
    Column(name="account", title=say("Account"), holds="account"),
    Column(name="at", title=say("When"), holds="time"),
    Column(name="similarity", title=say("Nearness to the narrative, 0-1"), holds="number"),
)
LINKED = (
    Column(name="narrative", title=say("Narrative")),
    Column(name="lang", title=say("Language"), holds="language"),
    Column(name="shared", title=say("What both hold")),
)


def signals(found: Detection, posts: pa.Table) -> tuple[Signal, ...]:
    """Return the narratives that are new or grow, the one that grows most first.

    Args:
        found: what `detect` returned for `posts`.
        posts: with `post_id`, `body` and `links`.
    """
    told = [row for row in found.narratives.to_pylist() if row["change"] in SENTENCES]
    made = [_signal(row, found, posts) for row in told]
    return tuple(sorted(made, key=lambda one: (-one.weight, one.subject)))


def _signal(row: dict[str, Any], found: Detection, posts: pa.Table) -> Signal:
    start_ms, end_ms = _recent(found)
    members = found.members.filter(pc.equal(found.members["narrative"], row["narrative"]))
    recent = members.filter(pc.greater_equal(members["created_ms"], start_ms))
    by_account = Counter(recent["account"].to_pylist())
    accounts = sorted(by_account, key=lambda one: (-by_account[one], one))
    nearest = specimens(recent, POSTS_MAX).get(row["narrative"], [])
    is_new = row["change"] == "new"
    return Signal(
        method=METHOD,
        kind=row["change"],
        subject_kind="narrative",
        subject=row["narrative"],
        sentence=SENTENCES[row["change"]],
        facts={
            "terms": ", ".join(row["terms"][:TERMS_IN_SENTENCE]),
            "recent": row["recent_posts"],
            "accounts": len(accounts),
            "hours": found.rule.recent_ms // HOUR_MS,
            "expected": round(row["recent_expected"], 1),
        },
        start_ms=row["first_ms"] if is_new else start_ms,
        end_ms=min(end_ms, row["last_ms"]),
        weight=row["recent_posts"] / max(row["recent_expected"], FACTOR_EXPECTED_LEAST),
        q_value=row["q_value"],
        indicators=tuple(_indicators(by_account, nearest_texts(posts, recent), _addresses(posts, recent))),
        accounts=tuple(accounts[:ACCOUNTS_MAX]),
        account_count=len(accounts),
        posts=tuple(nearest),
        post_count=recent.num_rows,
        timeline=timeline(found.river, row["narrative"], row["lang"], start_ms, found.rule.slot_ms),
        exhibits=tuple(_exhibits(row, found, recent)),
    )


def _recent(found: Detection) -> tuple[int, int]:
    end_ms = int(pc.max(found.river["slot_ms"]).as_py()) + found.rule.slot_ms
    return end_ms - found.rule.recent_ms, end_ms


def nearest_texts(posts: pa.Table, members: pa.Table) -> list[str]:
    """Return the texts of members, those that are known."""
    return [body for body in _of_members(posts, members, "body") if body]


def _addresses(posts: pa.Table, members: pa.Table) -> list[set[str]]:
    """Return the addresses of each member, where links are known."""
    if "links" not in posts.column_names:
        return []
    found = _of_members(posts, members, "links")
    return [{link["url"] for link in links if link and link["url"]} for links in found if links is not None]


def _of_members(posts: pa.Table, members: pa.Table, name: str) -> list[Any]:
    place = pc.index_in(members["post_id"], posts["post_id"].combine_chunks(), skip_nulls=True)
    return list(posts[name].take(place.drop_null()).to_pylist())


def _indicators(by_account: Counter[str], texts: list[str], addresses: list[set[str]]) -> Iterator[Indicator]:
    reading = few_or_many(by_account)
    if reading:
        yield reading
    if texts:
        own = len(set(texts)) / len(texts)
        facts = {"own_share": own}
        if own < OWN_WORDS:
            sentence = say(
                "The same texts come back: only {own_share} of the posts are in words of their own."
            )
            yield Indicator(code="same_texts", leaning="coordinated", sentence=sentence, facts=facts)
        else:
            sentence = say("In many words: {own_share} of the posts are in words of their own.")
            yield Indicator(code="own_words", leaning="organic", sentence=sentence, facts=facts)
    held = Counter(url for urls in addresses for url in urls)
    if held:
        url, count = min(held.items(), key=lambda one: (-one[1], one[0]))
        if count >= ONE_ADDRESS * len(addresses):
            sentence = say("Most posts point to one page, {url}: perhaps they only speak of the news.")
            yield Indicator(code="one_address", leaning="open", sentence=sentence, facts={"url": url})


def timeline(river: pa.Table, narrative: str, lang: str, recent_ms: int, slot_ms: int) -> Timeline:
    """Return the posts of a narrative per slot, beside its share before `recent_ms` of what was said.

    Args:
        river: see `RIVER`.
        narrative: which one.
        lang: its language.
        recent_ms: when the recent time begins.
        slot_ms: length of a slot.
    """
    first = int(pc.min(river["slot_ms"]).as_py())
    slot = (river["slot_ms"].to_numpy() - first) // slot_ms
    in_lang = pc.equal(river["lang"], lang).to_numpy(zero_copy_only=False)
    own = in_lang & pc.equal(river["narrative"], narrative).to_numpy(zero_copy_only=False)
    posts, count = river["posts"].to_numpy(), int(slot.max()) + 1
    observed, everything = (np.bincount(slot[some], posts[some], count) for some in (own, in_lang))
    before = np.arange(count) < (recent_ms - first) // slot_ms
    expected = everything * (observed[before].sum() / max(1.0, everything[before].sum()))
    low, high = stats.poisson.ppf(0.025, expected), stats.poisson.ppf(0.975, expected)
    return Timeline(
        start_ms=first,
        bin_ms=slot_ms,
        observed=tuple(int(one) for one in observed),
        expected=tuple(float(one) for one in expected),
        low=tuple(float(max(0.0, one)) for one in low),
        high=tuple(float(max(0.0, one)) for one in high),
    )


def _exhibits(row: dict[str, Any], found: Detection, recent: pa.Table) -> Iterator[Exhibit]:
    words = tuple(zip(row["words"], row["weights"], strict=True))
    yield Exhibit(title=say("Its most telling words"), columns=TERMS, rows=words, row_count=len(words))
    nearest = recent.sort_by([("similarity", "descending"), ("post_id", "ascending")]).slice(0, ROWS_MAX)
    columns = (nearest[name].to_pylist() for name in ("post_id", "account", "created_ms", "similarity"))
    rows = tuple(zip(*columns, strict=True))
    title = say("Recent posts, the most typical first")
    yield Exhibit(title=title, columns=NEAREST, rows=rows, row_count=recent.num_rows)
    linked = tuple(_linked(row["narrative"], found))
    if linked:
        title = say("Perhaps the same in another language")
        yield Exhibit(title=title, columns=LINKED, rows=linked[:ROWS_MAX], row_count=len(linked))


def _linked(narrative: str, found: Detection) -> Iterator[tuple[str, str, str]]:
    terms = dict(
        zip(found.narratives["narrative"].to_pylist(), found.narratives["terms"].to_pylist(), strict=True)
    )
    for link in found.links.to_pylist():
        for own, other in (("a", "b"), ("b", "a")):
            if link[f"narrative_{own}"] == narrative:
                shared = [value for kind in found.linked_by for value in link[kind] or ()]
                other_terms = ", ".join(terms.get(link[f"narrative_{other}"], ()))
                yield other_terms, link[f"language_{other}"], ", ".join(shared)
