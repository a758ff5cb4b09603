"""What people can do wrong with runs and alerts."""

from __future__ import annotations

from vigie.terms.errors import VigieError
from vigie.terms.languages import say

REASON_MAX = 4_000  # characters


class NothingHeldError(VigieError):
    """There is nothing to look for groups in."""

    code = "run.nothing_held"
    sentence = say("Nothing is held under this declaration.")
    remedy = say("Take a file in first.")


class NoReasonError(VigieError):
    """A verdict without a reason."""

    code = "review.no_reason"
    sentence = say("A verdict needs a reason.")
    remedy = say("Say in a sentence what you saw, so that the next person can follow you.")


class LongReasonError(VigieError):
    """A reason that is longer than anyone reads."""

    code = "review.long_reason"
    sentence = say("The reason has {length} characters; {length_max} are the most.")
    remedy = say("Shorten it.")


class UnreadableReasonError(VigieError):
    """A reason with signs that act instead of being read."""

    code = "review.unreadable_reason"
    sentence = say("The reason holds the sign {sign}, which nobody can see.")
    remedy = say("Write it with letters, figures, punctuation and line breaks only.")
