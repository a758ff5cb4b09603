"""What can go wrong with an engine."""

from __future__ import annotations

from vigie.terms.errors import VigieError
from vigie.terms.languages import say


class EngineAbsentError(VigieError):
    """What an engine needs is not here."""

    code = "engine.absent"
    sentence = say("The engine “{engine}” cannot be used: {reason}.")
    remedy = say(
        "Install vigie[spark] and Java 17 or later here, see that the cluster is up and runs the same "
        "version of Vigie, or count on this machine with --engine local."
    )


class EngineFailedError(VigieError):
    """The cluster gave up."""

    code = "engine.failed"
    sentence = say("Counting on “{engine}” failed: {reason}.")
    remedy = say(
        "See the logs of the cluster. Every worker needs the same version of Vigie and enough memory; "
        "--engine local counts on this machine."
    )


class SpillError(VigieError):
    """The disk cannot take what memory cannot."""

    code = "output.spill"
    sentence = say("Counting needs the disk that holds “{path}”, which cannot be written: {reason}.")
    remedy = say(
        "Make room there, name another folder with the variable TMPDIR, or allow more memory with --memory."
    )
