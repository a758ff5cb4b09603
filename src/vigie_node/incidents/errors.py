"""What people can do wrong with incidents."""

from __future__ import annotations

from vigie.terms.errors import VigieError
from vigie.terms.languages import say


class NothingWrittenError(VigieError):
    """A field without a letter or a figure."""

    code = "incident.nothing_written"
    sentence = say("“{field}” is empty.")
    remedy = say("Write at least a few words.")


class TooLongError(VigieError):
    """A field that is longer than anyone reads."""

    code = "incident.too_long"
    sentence = say("“{field}” has {length} characters; {length_max} are the most.")
    remedy = say("Shorten it.")


class UnreadableError(VigieError):
    """A field with signs that act instead of being read."""

    code = "incident.unreadable"
    sentence = say("“{field}” holds the sign {sign}, which nobody can see.")
    remedy = say("Write it with letters, figures, punctuation and line breaks only.")


class ChangedMeanwhileError(VigieError):
    """Somebody else changed a part since it was read; nothing was overwritten.

    Facts: `part`, `seen` and `version` (whole numbers).
    """

    code = "incident.changed_meanwhile"
    sentence = say(
        "Somebody changed this part while you were writing: you read version {seen}, it is at {version}."
    )
    remedy = say("Compare both versions, keep what is right, and save again: nothing of yours is lost.")


class ClosedError(VigieError):
    """A closed incident is not altered."""

    code = "incident.closed"
    sentence = say("Incident {number} is closed: nothing in it changes.")
    remedy = say("Open it again first, and say why.")


class NotReadyError(VigieError):
    """What an incident lacks before somebody can stand behind it."""

    code = "incident.not_ready"
    sentence = say("The incident lacks something before anybody can stand behind it: {lacking}.")
    remedy = say("Add it, then stand behind the incident.")


class OwnProposalError(VigieError):
    """Whoever proposed it decides on it."""

    code = "incident.own_proposal"
    sentence = say("You proposed this attribution: two others decide on it.")
    remedy = say("Ask two colleagues who may approve.")


class HandedInError(VigieError):
    """A matrix that was handed in is not altered."""

    code = "incident.handed_in"
    sentence = say("Your matrix is handed in: it stays as others saw it.")
    remedy = say("Take it back first; that is recorded.")


class NotYetComparedError(VigieError):
    """A matrix with empty cells, or too few explanations."""

    code = "incident.matrix_incomplete"
    sentence = say("The matrix is not complete: {lacking}.")
    remedy = say("Fill what is missing; “says nothing” is an answer too.")


class UnknownThingError(VigieError):
    """An exhibit names something that is not there."""

    code = "incident.unknown_thing"
    sentence = say("“{ref}” is nothing that you may see in this organisation.")
    remedy = say("Choose an alert or an original from its page, or describe it in words.")


class LaterThanNowError(VigieError):
    """Something is said to have happened in the future."""

    code = "incident.later_than_now"
    sentence = say("That moment has not come yet.")
    remedy = say("Give the day and hour at which it was reached.")
