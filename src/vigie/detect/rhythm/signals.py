"""Accounts that post in step, as signals: see `vigie.detect.synchrony_signals`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.detect.synchrony_signals import Manner, told
from vigie.terms.languages import say

if TYPE_CHECKING:
    import pyarrow as pa

    from vigie.detect.synchrony import Synchrony
    from vigie.terms.signals import Signal

MANNER = Manner(
    method="rhythm/1",
    kind="in_step",
    sentence=say(
        "{accounts} accounts post in the same moment ({bin_ms}), at {moments} moments. The clearest two did "
        "so in {pair_meetings} of the {occasions} intervals of {interval_ms} in which both posted, where "
        "chance would give {expected}."
    ),
    apart=say(
        "When two of them post within the same interval of {interval_ms}, it is in the same moment in "
        "{part_share} of the cases: people do not keep that up."
    ),
    seldom=say("Only {part_share} of their posts are in step with each other."),
    open_origin=say(
        "One tool that posts for several accounts at once does this openly: a newsroom’s, an agency’s, a "
        "person’s with two accounts. Look at what they post and whether they say so."
    ),
    organic=say("Feeds and alerts that start from one event (a score, an earthquake) are in step too."),
)


def signals(found: Synchrony, posts: pa.Table) -> tuple[Signal, ...]:
    """Return each group as a signal, the strongest first.

    Args:
        found: what `detect` returned for `posts`.
        posts: the same posts, with `author`, `created_ms` and `post_id`.
    """
    events = posts.select(["author", "created_ms", "post_id"]).rename_columns(["author", "at_ms", "post_id"])
    return told(found, MANNER, events=events)
