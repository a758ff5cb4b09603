"""What was found of pile-ons, as signals: one for each target and crowd, with what speaks against it too."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vigie.detect.pileon.replies import STEP_MS
from vigie.terms.findings import Indicator, Timeline
from vigie.terms.languages import say
from vigie.terms.signals import ACCOUNTS_MAX, POSTS_MAX, ROWS_MAX, Column, Exhibit, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    import pyarrow as pa

    from vigie.detect.pileon import Detection
    from vigie.terms.findings import Leaning
    from vigie.terms.languages import Message

    Row = dict[str, Any]

METHOD, KIND = "pileon/2", "pile_on"
RARE = 0.001  # chance from which a number of replies is unusual
LEAST_CHANCE = 1e-9
CLEAR = 1.0  # what a trait adds to be worth a line
BAND_SDS = 2.0
MEMBERS_PART = 0.5
SENTENCE = say(
    "{members} accounts that have too much in common were among {accounts} that answered {target} within six "
    "hours: {replies} replies, where {expected} would be usual."
)
TRAIT_NAMES: Mapping[str, Message] = {
    "copied": say("says nearly what others say here, and hardly anybody elsewhere"),
    "age": say("account made within thirty days of several others"),
    "repeated": say("three replies or more"),
    "many_targets": say("answers five people or more in these hours"),
    "young": say("account made in the last thirty days"),
    "foreign": say("writes another language than the target"),
    "quick": say("answers within two minutes"),
    "newcomer": say("never answered this target before"),
}
READINGS: Mapping[str, Message] = {
    "copied": say(
        "{marked} accounts say nearly the same as several others do here, in words that are hardly found in "
        "replies to others."
    ),
    "age": say("{marked} accounts were made within thirty days of several others, more than chance allows."),
    "repeated": say("{marked} accounts answered three times or more ({part_share}; usually {usual_share})."),
    "many_targets": say(
        "{marked} accounts answered five people or more in these hours ({part_share}; usually {usual_share})."
    ),
    "young": say("{marked} accounts were less than thirty days old ({part_share}; usually {usual_share})."),
    "foreign": say(
        "{marked} accounts wrote another language than the target usually does ({part_share}; usually "
        "{usual_share})."
    ),
    "quick": say("{marked} accounts answered within two minutes ({part_share}; usually {usual_share})."),
    "newcomer": say(
        "{marked} accounts had not answered this target before ({part_share}; usually {usual_share}). A post "
        "that goes viral brings strangers too."
    ),
}
TRAIT_COLUMNS = (
    Column(name="trait", title=say("What accounts have in common")),
    Column(name="marked", title=say("Accounts"), holds="number"),
    Column(name="share", title=say("Part"), holds="share"),
    Column(name="usual", title=say("Usual part"), holds="share"),
    Column(name="added", title=say("Adds to the score"), holds="number"),
)
POST_COLUMNS = (
    Column(name="post", title=say("Post"), holds="post"),
    Column(name="account", title=say("Account"), holds="account"),
    Column(name="at", title=say("Written"), holds="time"),
    Column(name="lang", title=say("Language"), holds="language"),
    Column(name="alike", title=say("Others who say nearly the same"), holds="number"),
    Column(name="body", title=say("Words")),
)
MEMBER_COLUMNS = (
    Column(name="account", title=say("Account"), holds="account"),
    Column(name="replies", title=say("Replies"), holds="number"),
    Column(name="copied", title=say("In words that others use"), holds="number"),
    Column(name="created", title=say("Account made"), holds="time"),
)
REACH_COLUMNS = (
    Column(name="account", title=say("Account"), holds="account"),
    Column(name="targets", title=say("People answered within six hours, at most"), holds="number"),
    Column(name="at", title=say("When"), holds="time"),
    Column(name="piles", title=say("Crowds it was part of"), holds="number"),
)
AFTER_COLUMNS = (
    Column(name="days", title=say("Days after"), holds="number"),
    Column(name="posts", title=say("Posts"), holds="number"),
    Column(name="expected", title=say("Usual"), holds="number"),
    Column(name="chance", title=say("Chance of so few"), holds="share"),
)


def signals(found: Detection, posts: pa.Table) -> tuple[Signal, ...]:  # noqa: ARG001 (the shape of all methods)
    """Return what was found, the strongest first.

    Args:
        found: what `detect` returned for `posts`.
        posts: the same posts; what they say is in `found` already.
    """
    told = _Told(found)
    return tuple(told.signal(pile) for pile in found.piles.to_pylist())


class _Told:
    def __init__(self, found: Detection) -> None:
        self._traits = _by_pile(found.traits)
        self._members = _by_pile(found.members)
        self._posts = _by_pile(found.posts)
        self._course = _by_pile(found.course)
        self._reach = {row["account"]: row for row in found.reach.to_pylist()}
        self._judged = found.judged_count

    def signal(self, pile: Row) -> Signal:
        number = pile["pile"]
        members, posts = self._members[number], self._posts[number]
        ids = [row["post_id"] for row in posts if row["post_id"]]
        return Signal(
            method=METHOD,
            kind=KIND,
            subject_kind="person",
            subject=pile["target"],
            sentence=SENTENCE,
            facts={name: pile[name] for name in ("members", "accounts", "target", "replies", "expected")},
            start_ms=pile["start_ms"],
            end_ms=pile["end_ms"],
            weight=pile["score"] - pile["threshold"],
            indicators=tuple(self._indicators(pile)),
            accounts=tuple(row["account"] for row in members[:ACCOUNTS_MAX]),
            account_count=len(members),
            posts=tuple(ids[:POSTS_MAX]),
            post_count=len(posts),
            timeline=_timeline(self._course[number]),
            exhibits=tuple(self._exhibits(pile)),
        )

    def _indicators(self, pile: Row) -> Iterator[Indicator]:
        traits = {row["trait"]: row for row in self._traits[pile["pile"]]}
        for name, row in traits.items():
            if row["added"] >= CLEAR:
                yield _one(
                    name,
                    "organic" if name == "newcomer" else "coordinated",
                    READINGS[name],
                    marked=row["marked"],
                    part_share=row["share"],
                    usual_share=row["usual"],
                )
        yield from _against(pile, traits)
        yield from _volume(pile, self._judged)

    def _exhibits(self, pile: Row) -> Iterator[Exhibit]:
        number = pile["pile"]
        traits = sorted(self._traits[number], key=lambda row: -row["added"])
        yield _exhibit(
            say("What the accounts have in common, against what is usual"),
            TRAIT_COLUMNS,
            [
                (TRAIT_NAMES[row["trait"]], row["marked"], row["share"], row["usual"], row["added"])
                for row in traits
            ],
        )
        yield _exhibit(
            say("Replies of these accounts, those in shared words first"),
            POST_COLUMNS,
            [
                (row["post_id"], row["account"], row["created_ms"], row["lang"], row["alike"], row["body"])
                for row in self._posts[number]
            ],
        )
        members = self._members[number]
        yield _exhibit(
            say("Accounts, those with the most shared words first"),
            MEMBER_COLUMNS,
            [(row["account"], row["replies"], row["copied"], row["account_created_ms"]) for row in members],
        )
        wide = [self._reach[row["account"]] for row in members if row["account"] in self._reach]
        if wide:
            yield _exhibit(
                say("Of them, those that answered many people at once or were part of several crowds"),
                REACH_COLUMNS,
                [(row["account"], row["targets"], row["start_ms"], row["piles"]) for row in wide],
            )
        yield from _after(pile)


def _by_pile(table: pa.Table) -> dict[int, list[Row]]:
    rows: dict[int, list[Row]] = {}
    for row in table.to_pylist():
        rows.setdefault(row["pile"], []).append(row)
    return rows


def _exhibit(title: str, columns: tuple[Column, ...], rows: list[tuple[Any, ...]]) -> Exhibit:
    return Exhibit(title=title, columns=columns, rows=tuple(rows[:ROWS_MAX]), row_count=len(rows))


def _one(code: str, leaning: Leaning, sentence: str, **facts: float | str) -> Indicator:
    return Indicator(code=code, leaning=leaning, sentence=sentence, facts=facts)


def _against(pile: Row, traits: Mapping[str, Row]) -> Iterator[Indicator]:
    """Return what speaks for a crowd that nobody arranged."""
    part = pile["members"] / max(1, pile["accounts"])
    if part <= MEMBERS_PART:
        yield _one(
            "others_too",
            "organic",
            say(
                "Most who answered in these hours ({part_share}) are not among them: what was said drew many "
                "people besides."
            ),
            part_share=1 - part,
        )
    if traits["age"]["added"] < CLEAR and traits["young"]["added"] < CLEAR:
        yield _one(
            "ages_vary",
            "organic",
            say("The accounts are as old as those of repliers usually are, as far as their age is known."),
        )
    if traits["copied"]["added"] < CLEAR:
        yield _one("own_words", "organic", say("They write in their own words."))
    else:
        yield _one(
            "open_letter",
            "open",
            say(
                "Supporters who paste an open letter or a slogan say the same too: look for a call to do so."
            ),
        )


def _volume(pile: Row, judged: int) -> Iterator[Indicator]:
    """Return whether so many replies are rare: never beyond once in as many windows as were judged.

    How rare is read off a law with estimated parameters, which says little of what lies far out.
    """
    if pile["basis"] == "few":
        yield _one(
            "little_history",
            "organic",
            say(
                "Little came before ({days} days): how many replies are usual for this target is hardly "
                "known."
            ),
            days=round(pile["history_days"], 1),
        )
    elif pile["volume_chance"] <= RARE:
        yield _one(
            "many_replies",
            "organic",
            say(
                "So many replies are rare for this target at this hour, at most once in {times} windows; a "
                "debate or a post that goes viral brings as many."
            ),
            times=min(judged, math.floor(1 / max(pile["volume_chance"], LEAST_CHANCE))),
        )
    else:
        yield _one(
            "usual_replies",
            "organic",
            say("So many replies are not unusual for this target at this hour."),
        )


def _after(pile: Row) -> Iterator[Exhibit]:
    """Return the target's own posts afterwards: no reading for or against, since it has many causes."""
    if pile["after_days"] is not None:
        yield _exhibit(
            say(
                "The target’s own posts in the days after, beside the days before: a drop has many possible "
                "causes"
            ),
            AFTER_COLUMNS,
            [(pile["after_days"], pile["after_posts"], pile["after_expected"], pile["after_chance"])],
        )


def _timeline(course: list[Row]) -> Timeline:
    due = [row["expected"] for row in course]
    return Timeline(
        start_ms=course[0]["start_ms"],
        bin_ms=STEP_MS,
        observed=tuple(row["replies"] for row in course),
        expected=tuple(due),
        low=tuple(max(0.0, one - BAND_SDS * math.sqrt(one)) for one in due),
        high=tuple(one + BAND_SDS * math.sqrt(one) for one in due),
    )
