"""What else is known of a group: readings that lean to coordination, an organic origin, or an open one.

None decides. Fans follow a star, colleagues share their paper's articles, neighbours care for one road: each
reading says what an analyst should weigh before calling people anything.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from vigie.terms.findings import Indicator
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vigie.detect.coaction.acts import Ints
    from vigie.terms.findings import Leaning

HALF = 0.5
ONE_ORIGIN = 0.6  # part of the common objects from which one origin stands out
CLOSER = 4  # times closer in time than others on the same objects
MEMBERS_MIN = 3
SITTINGS_MANY = 3
RESTS, NEVER_RESTS = 0.05, 0.15  # part of acts in the quietest six hours; an even day has 0.25


def indicators(
    *,
    act_count: int,
    common_act_count: int,
    actors: Ints,
    member_acts: Ints,
    gaps_ms: Ints,
    other_gaps_ms: Ints,
    quiet_shares: Sequence[float],
    sittings: Sequence[int],
    origins: Sequence[str | None],
    known: Sequence[str],
    member_count: int,
) -> tuple[Indicator, ...]:
    """Return the readings that can be made of a group.

    Args:
        act_count: all acts of members.
        common_act_count: those on common objects.
        actors: for each common object, the acts of everyone on it.
        member_acts: for each common object, the acts of members on it.
        gaps_ms: times between members' following acts on objects that several acted on.
        other_gaps_ms: the same for everyone else on these objects, as many acts of each.
        quiet_shares: for each member with enough acts, the part of them in the quietest six hours of its day.
        sittings: for each member, in how many sittings it acted on the common objects; see `sittings`.
        origins: where each common object comes from, None where unknown.
        known: labels of members that are known to be openly coordinated.
        member_count: how many members there are.
    """
    return (
        *_known(known, member_count),
        *_one_origin(origins),
        *_crowd(actors, member_acts),
        *_timing(gaps_ms, other_gaps_ms),
        *_other_interests(act_count, common_act_count),
        *_rest(quiet_shares),
        *_occasions(sittings),
    )


def _one(code: str, leaning: Leaning, sentence: str, **facts: float | str) -> Indicator:
    return Indicator(code=code, leaning=leaning, sentence=sentence, facts=facts)


def _known(known: Sequence[str], member_count: int) -> Iterator[Indicator]:
    if known:
        label, _count = Counter(known).most_common(1)[0]
        yield _one(
            "known",
            "open",
            say(
                "{known_count} of {member_count} accounts are on your list of openly coordinated "
                "accounts ({label})."
            ),
            known_count=len(known),
            member_count=member_count,
            label=label,
        )


def _one_origin(origins: Sequence[str | None]) -> Iterator[Indicator]:
    named = [origin for origin in origins if origin]
    if not named:
        return
    origin, count = min(Counter(named).items(), key=lambda item: (-item[1], item[0]))
    part = count / len(named)
    if part >= ONE_ORIGIN:
        yield _one(
            "one_origin",
            "open",
            say(
                "{part_share} of the common objects come from one source, {origin}: supporters, colleagues "
                "or subscribers of one source act like this too."
            ),
            part_share=part,
            origin=origin,
        )
    else:
        yield _one(
            "many_origins",
            "coordinated",
            say(
                "The common objects come from many sources; the most frequent, {origin}, gives {part_share} "
                "of them. One shared loyalty does not explain them."
            ),
            part_share=part,
            origin=origin,
        )


def _crowd(actors: Ints, member_acts: Ints) -> Iterator[Indicator]:
    part = float(member_acts.sum() / max(actors.sum(), 1))
    typical = float(np.median(actors))
    if part >= HALF:
        yield _one(
            "few_others",
            "coordinated",
            say("Few others cared: {part_share} of all acts on the common objects are the group’s own."),
            part_share=part,
        )
    else:
        yield _one(
            "many_others",
            "organic",
            say(
                "Many others acted on the same objects: the group’s acts are {part_share} of all, and the "
                "typical object had {typical_count} acts."
            ),
            part_share=part,
            typical_count=typical,
        )


def _timing(gaps_ms: Ints, other_gaps_ms: Ints) -> Iterator[Indicator]:
    if not len(gaps_ms) or not len(other_gaps_ms):
        return
    mine, theirs = float(np.median(gaps_ms)), float(np.median(other_gaps_ms))
    if mine * CLOSER <= theirs:
        yield _one(
            "closer_in_time",
            "coordinated",
            say(
                "On the common objects a member typically follows another after {gap_ms}; for everyone else "
                "on the same objects it is {other_gap_ms}."
            ),
            gap_ms=mine,
            other_gap_ms=theirs,
        )
    elif mine >= theirs:
        yield _one(
            "no_closer_in_time",
            "organic",
            say(
                "Members are no closer in time than everyone else on the same objects ({gap_ms} against "
                "{other_gap_ms})."
            ),
            gap_ms=mine,
            other_gap_ms=theirs,
        )


def _other_interests(act_count: int, common_act_count: int) -> Iterator[Indicator]:
    part = common_act_count / max(act_count, 1)
    if part >= HALF:
        yield _one(
            "single_purpose",
            "coordinated",
            say(
                "Of their acts of these kinds, {part_share} are on the common objects. What else the "
                "accounts post is not counted here."
            ),
            part_share=part,
        )
    else:
        yield _one(
            "other_interests",
            "organic",
            say(
                "The accounts also act on other objects: only {part_share} of their acts of these kinds are "
                "on the common objects."
            ),
            part_share=part,
        )


def _rest(quiet_shares: Sequence[float]) -> Iterator[Indicator]:
    if len(quiet_shares) < MEMBERS_MIN:
        return
    quiet = float(np.median(quiet_shares))
    if quiet <= RESTS:
        yield _one(
            "rests",
            "organic",
            say(
                "Each account rests: the quietest six hours of its day typically hold {part_share} of its "
                "acts ({number_count} accounts with enough acts)."
            ),
            part_share=quiet,
            number_count=len(quiet_shares),
        )
    elif quiet >= NEVER_RESTS:
        yield _one(
            "never_rests",
            "coordinated",
            say(
                "Single accounts hardly rest: the quietest six hours of a day typically hold {part_share} of "
                "an account’s acts ({number_count} accounts with enough acts). People who share one "
                "account do too."
            ),
            part_share=quiet,
            number_count=len(quiet_shares),
        )


def _occasions(sittings: Sequence[int]) -> Iterator[Indicator]:
    """Tell whether members met once: on posts of a second generator, most chance pairs had one sitting."""
    if not sittings:
        return
    typical = float(np.median(sittings))
    if typical < 1 + HALF:
        yield _one(
            "one_sitting",
            "organic",
            say(
                "A member typically acted on the common objects within one sitting, without a pause of half "
                "an hour: people who are online at the same moment pass on the same things."
            ),
        )
    elif typical >= SITTINGS_MANY:
        yield _one(
            "many_sittings",
            "coordinated",
            say(
                "They came back: a member typically acted on the common objects in {sitting_count} sittings, "
                "at least half an hour apart."
            ),
            sitting_count=typical,
        )
