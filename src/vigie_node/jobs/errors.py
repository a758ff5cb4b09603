"""What goes wrong with long work itself, and how a job remembers an error so that a page can say it later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vigie.terms.errors import VigieError
from vigie.terms.languages import Message, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.terms.languages import Words
    from vigie_node.jobs.models import Job

TEXT_MAX = 300  # characters of one fact kept
MESSAGE = "message"  # {"message": id} is a fact that is itself a sentence


class CancelledError(Exception):
    """The job must stop: somebody asked for it, or it is no longer this process's."""


class UnknownJobError(VigieError):
    """No installed app knows how to do this."""

    code = "job.unknown"
    sentence = say("This version of Vigie does not know the work “{kind}”.")
    remedy = say("Start it again after the upgrade, if it is still wanted.")


class FaultyJobError(VigieError):
    """A fault of ours, again and again."""

    code = "job.fault"
    sentence = say("The work stopped on a fault of Vigie’s own ({fault}), {attempts} times.")
    remedy = say("Tell whoever runs this node: its log says where.")


class LostJobError(VigieError):
    """The process that did it died, again and again."""

    code = "job.lost"
    sentence = say("The process doing the work ended without a word, {attempts} times.")
    remedy = say("Tell whoever runs this node: it may lack memory or disk.")


class SlowJobError(VigieError):
    """It took longer than this node allows."""

    code = "job.slow"
    sentence = say("The work took longer than the {hours} hours that this node allows.")
    remedy = say("Give it less at a time, or raise job_seconds_max in the configuration.")


def to_plain(facts: Mapping[str, object]) -> dict[str, Any]:
    """Return the facts of an error as JSON can hold them."""
    return {name: _plain(value) for name, value in facts.items()}


def from_plain(facts: Mapping[str, Any]) -> dict[str, object]:
    """Return the facts as they were: sentences as sentences."""
    return {
        name: Message(value[MESSAGE]) if isinstance(value, dict) else value for name, value in facts.items()
    }


def error_of(job: Job, words: Words) -> str:
    """Return why a job failed and what to do, in the reader's language; empty when it did not fail."""
    said = [words(part, **job.error_said) for part in (job.error_sentence, job.error_remedy) if part]
    return " ".join(said)


def _plain(value: object) -> Any:
    if isinstance(value, Message):
        return {MESSAGE: str(value)}
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)[:TEXT_MAX]
