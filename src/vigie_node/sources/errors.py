"""What can stand in the way of a declaration or an intake."""

from __future__ import annotations

from vigie.terms.errors import VigieError
from vigie.terms.languages import say


class EmptyAnswerError(VigieError):
    """A declaration lacks one of its answers."""

    code = "declaration.empty"
    sentence = say("The declaration has no {answer}.")
    remedy = say("Say it in a few words: nothing is collected without a purpose, a legal basis and a name.")


class RetentionError(VigieError):
    """Nobody may keep observations that long, or not at all."""

    code = "declaration.retention"
    sentence = say("Observations cannot be kept for {days} days.")
    remedy = say("Give a whole number of days from {days_min} to {days_max}.")


class LeastRetentionError(VigieError):
    """The least retention is longer than the most."""

    code = "declaration.least_retention"
    sentence = say("Observations cannot be kept for at least {days} days and at most {days_max}.")
    remedy = say("Give a least number of days that is not above the most.")


class DeclarationClosedError(VigieError):
    """The declaration was closed: nothing more comes in under it."""

    code = "declaration.closed"
    sentence = say("The declaration is closed: nothing more is taken in under it.")
    remedy = say("Choose another declaration, or make a new one.")


class GuardedError(VigieError):
    """A guard refused what was asked for; the refusal is recorded."""

    code = "declaration.refused"
    sentence = say("The request was refused, and the refusal recorded: {reason}")
    remedy = say("Say what is missing and ask again; nothing was collected meanwhile.")


class NotInForceError(VigieError):
    """The declaration was asked for, and is not in force yet."""

    code = "declaration.not_in_force"
    sentence = say("The declaration is not in force yet: nothing is taken in under it.")
    remedy = say("Wait until another person has approved it; its page says what it waits for.")


class CaretakerError(VigieError):
    """A writ period runs, and the declaration about candidates was not approved independently."""

    code = "declaration.caretaker"
    sentence = say("A writ period runs: declarations about candidates need the independent role.")
    remedy = say("Ask somebody with the independent role to decide on it, or wait until the period ends.")


class DecidedError(VigieError):
    """Somebody decided already, or the declaration was withdrawn."""

    code = "declaration.decided"
    sentence = say("This was decided already, or withdrawn.")
    remedy = say("Read the page again: it says what was decided, when and by whom.")


class SamePersonError(VigieError):
    """The second person must be another one."""

    code = "declaration.same_person"
    sentence = say("Whoever asked cannot also approve.")
    remedy = say("Another person who may approve has to decide.")


class InTheTeamError(VigieError):
    """Who approves a sensitive declaration stands outside the team."""

    code = "declaration.in_the_team"
    sentence = say(
        "You have worked on this project, or on another with whoever asked: somebody outside the team has to "
        "approve this."
    )
    remedy = say(
        "Ask an approver who has taken no file in, given no verdict and asked for nothing in the projects of "
        "whoever asked."
    )


class EndWritError(VigieError):
    """Who sets writ periods does not take their guard away alone."""

    code = "declaration.writ_end"
    sentence = say("Ending a writ period early needs the independent role as well.")
    remedy = say("Ask the node’s operator, who alone gives that role, or wait until the period ends.")


class CoolingError(VigieError):
    """A person alone waits a day before the second step."""

    code = "declaration.cooling"
    sentence = say("You are alone on this node: the second step is open 24 hours after the first.")
    remedy = say("Come back then; the ledger says that one person did both.")


class WindowError(VigieError):
    """A period ends before it begins."""

    code = "declaration.window"
    sentence = say("The period ends before it begins.")
    remedy = say("Give the first and the last day, in this order.")


class HeldError(VigieError):
    """A legal hold stands against an erasure."""

    code = "declaration.held"
    sentence = say("A legal hold stands: nothing of this declaration is erased until two persons lift it.")
    remedy = say("The page of the declaration says why, and who set the hold.")


class NoDeclarationError(VigieError):
    """There is no such declaration."""

    code = "declaration.absent"
    sentence = say("There is no open declaration “{declaration}”.")
    remedy = say("Look at the declarations on the console, or give a purpose, a legal basis and so on.")


class NotLiveError(VigieError):
    """The declaration says that posts come in otherwise than live."""

    code = "declaration.not_live"
    sentence = say("The declaration does not say that posts come in live.")
    remedy = say("Ask for a declaration whose method is live collection.")


class NotNamedError(VigieError):
    """A live source reads what its declaration does not name."""

    code = "declaration.not_named"
    sentence = say("The declaration does not name this place: nothing is read from it.")
    remedy = say(
        "Ask for a declaration that names its host among the sources, or the account or hashtag together "
        "with its host; a stream of all posts needs the whole site."
    )


class TermsForbidError(VigieError):
    """A live source reads a place whose terms, as the declaration records them, do not allow it."""

    code = "declaration.terms_forbid"
    sentence = say("By the declaration, the terms of this place do not allow monitoring for research.")
    remedy = say("Choose another source, or ask for a declaration once the terms allow it.")


class IntakeRunningError(VigieError):
    """The same file is being taken in by another process."""

    code = "intake.running"
    sentence = say("“{path}” is being taken in already.")
    remedy = say("Wait for that to end; the page of intakes shows how far it is.")


class FileChangedError(VigieError):
    """The file is not the one whose intake was begun."""

    code = "file.changed"
    sentence = say("“{path}” has changed since its intake began.")
    remedy = say("Take the file in anew; what is held already is not added twice.")


class StoreFullError(VigieError):
    """The quota of the store is used up."""

    code = "output.quota"
    sentence = say("The store is full: it holds {bytes} bytes, the limit is {bytes_max}.")
    remedy = say("Raise store_bytes_max in vigie.toml, or wait until retention makes room.")


class NoRoomError(VigieError):
    """The disk that holds the store is nearly full."""

    code = "output.no_room"
    sentence = say("The disk that holds the store has {bytes} bytes left; {bytes_min} must stay free.")
    remedy = say("Make room on the disk, then try again: what was taken in so far is kept.")


class NoProjectKeyError(VigieError):
    """A project's part of its key is missing."""

    code = "key.project"
    sentence = say("The key of the project “{project}” is not at “{path}”.")
    remedy = say("Put back the folder “keys”: it is kept apart from backups.")


class KeyDestroyedError(VigieError):
    """A project's key was destroyed: nobody can link its pseudonyms any more."""

    code = "key.destroyed"
    sentence = say("The key of the project “{project}” was destroyed.")
    remedy = say("Choose another project, or name a new one.")


class UploadTooLargeError(VigieError):
    """A file is larger than the node accepts through the browser."""

    code = "upload.too_large"
    sentence = say("The file is larger than this node accepts from a browser ({bytes_max} bytes).")
    remedy = say("Take it in on the node’s machine with `vigie collect`, or ask for a higher limit.")


class CaptureErasedError(VigieError):
    """A captured post was erased: nothing more is known of it to add a reading to."""

    code = "declaration.capture_erased"
    sentence = say("This post was erased: no reading can be added to it.")
    remedy = say("Capture it anew, if its declaration still allows it.")


class UnnamedWatchListError(VigieError):
    """A new watch-list has no title."""

    code = "option.watchlist_unnamed"
    sentence = say("The watch-list has no title.")
    remedy = say("Say in a few words what it lists.")


class WatchListDecidedError(VigieError):
    """A version of a watch-list is not waiting for this decision."""

    code = "watchlist.decided"
    sentence = say("This file of the watch-list was taken in or let go meanwhile, or is still being read.")
    remedy = say("Look at the list’s page for how it stands.")


class WatchListWithdrawnError(VigieError):
    """The watch-list was withdrawn."""

    code = "watchlist.withdrawn"
    sentence = say("The watch-list was withdrawn: nothing is taken into it any more.")
    remedy = say("Take the file in as a new list, if it is wanted again.")


class TooManyIndicatorsError(VigieError):
    """A file lists more than a watch-list may hold."""

    code = "file.too_many_indicators"
    sentence = say("“{path}” lists more than {indicators_max} indicators.")
    remedy = say("Take in the parts that matter as lists of their own.")


class NoIndicatorError(VigieError):
    """A file is shaped like a watch-list and holds nothing that can be compared."""

    code = "file.no_indicator"
    sentence = say("“{path}” holds no indicator that can be compared; rows set aside: {rejected}.")
    remedy = say("See its first rows: each needs a domain, an address, an account, a host or a file’s hash.")
