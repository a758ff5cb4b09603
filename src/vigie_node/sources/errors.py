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


class DeclarationClosedError(VigieError):
    """The declaration was closed: nothing more comes in under it."""

    code = "declaration.closed"
    sentence = say("The declaration is closed: nothing more is taken in under it.")
    remedy = say("Choose another declaration, or make a new one.")


class NoDeclarationError(VigieError):
    """There is no such declaration."""

    code = "declaration.absent"
    sentence = say("There is no open declaration “{declaration}”.")
    remedy = say("Look at the declarations on the console, or give a purpose, a legal basis and so on.")


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


class UploadTooLargeError(VigieError):
    """A file is larger than the node accepts through the browser."""

    code = "upload.too_large"
    sentence = say("The file is larger than this node accepts from a browser ({bytes_max} bytes).")
    remedy = say("Take it in on the node’s machine with `vigie collect`, or ask for a higher limit.")
