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


class NoMomentError(VigieError):
    """An alert is set aside until no moment that fits."""

    code = "review.no_moment"
    sentence = say("An alert is set aside until a moment within the next {days} days.")
    remedy = say("Choose a day and a time to come.")


class NotAReviewerError(VigieError):
    """An alert is given to somebody who cannot review it."""

    code = "review.not_a_reviewer"
    sentence = say("This person cannot review alerts of your organisation.")
    remedy = say("Choose one of the names in the list.")


class NoRegisterError(VigieError):
    """A method needs a register of outlets, and there is none."""

    code = "run.no_register"
    sentence = say("This method compares with a register of outlets, and none was made.")
    remedy = say("Add outlets under Watch, Outlets.")
