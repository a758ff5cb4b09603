"""Accounts whose posts are deleted in step, as signals: see `vigie.detect.synchrony_signals`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.synchrony_signals import Manner, told
from vigie.terms.findings import Indicator
from vigie.terms.languages import say
from vigie.terms.times import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.detect.deletions import Detection
    from vigie.terms.signals import Signal

MANNER = Manner(
    method="deletions/1",
    kind="deleted_in_step",
    sentence=say(
        "Posts of {accounts} accounts are deleted in the same moment ({bin_ms}), at {moments} moments. The "
        "clearest two were so in {pair_meetings} of the {occasions} intervals of {interval_ms} in which "
        "posts of both were deleted, where chance would give {expected}."
    ),
    apart=say(
        "When posts of two of them are deleted within the same interval of {interval_ms}, it is in the same "
        "moment in {part_share} of the cases: people who delete by hand do not keep that up."
    ),
    seldom=say("Only {part_share} of the deletions of these accounts are in step with each other."),
    open_origin=say(
        "A service that deletes old posts for its users works through many accounts in one go; its users "
        "chose it openly."
    ),
    organic=say(
        "A platform that removes posts it does not allow deletes them in step, whoever wrote them: nobody "
        "else need have decided it."
    ),
)


def signals(found: Detection, posts: pa.Table) -> tuple[Signal, ...]:
    """Return each group as a signal, the strongest first.

    Args:
        found: what `detect` returned for `posts`; it holds all that is told.
        posts: the same posts.
    """
    del posts
    events = found.deleted.select(["author", "deleted_seen_ms", "post_id"])
    members = found.step.members
    groups = sorted(set(members.column("group").to_pylist()))
    return told(
        found.step,
        MANNER,
        events=events.rename_columns(["author", "at_ms", "post_id"]),
        more={
            group: tuple(_lives(found.deleted, members.filter(pc.equal(members.column("group"), group))))
            for group in groups
        },
    )


def _lives(deleted: pa.Table, members: pa.Table) -> Iterator[Indicator]:
    """Yield how long the posts stood, where they were gone within an hour."""
    theirs = deleted.filter(pc.is_in(deleted.column("author").cast(pa.string()), members.column("account")))
    lives = pc.subtract(theirs.column("deleted_seen_ms"), theirs.column("created_ms")).drop_null()
    if not len(lives) or (typical := float(np.median(lives.to_numpy()))) > HOUR_MS:
        return
    yield Indicator(
        code="short_lives",
        leaning="coordinated",
        sentence=say(
            "Their posts typically stood for {gap_ms} before they were deleted: whoever pushes a trend "
            "leaves no traces so."
        ),
        facts={"gap_ms": typical},
    )
