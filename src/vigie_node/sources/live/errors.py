"""What can stop a source, beyond what stops a request."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from vigie.terms.errors import VigieError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from vigie.outbound import Answer

SECONDS = re.compile(r"[0-9]{1,5}")


class LiveError(VigieError):
    """A source cannot be read now.

    Attributes:
        wait_s: how long the other side asks to wait, in seconds; 0 where it does not say.
    """

    wait_s: float = 0.0


class AnswerError(LiveError):
    """A server answers a visit with an error."""

    code = "live.answer"
    sentence = say("“{host}” answers with status {status}.")
    remedy = say("Open the address in a browser; if it is right, ask whoever runs the source.")

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Return the error that an answer is, with the wait that it asks for (RFC 9110 section 10.2.3)."""
        error = cls(host=urlsplit(answer.url).hostname, status=answer.status)
        asked = answer.headers.get("retry-after", "")
        is_asking = answer.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
        if is_asking and SECONDS.fullmatch(asked):
            error.wait_s = float(asked)
        return error


class RobotsError(LiveError):
    """The site asks programs not to read this address."""

    code = "live.robots"
    sentence = say("“{host}” asks programs not to read this address (robots.txt).")
    remedy = say("Ask its publisher for leave or for another address; Vigie keeps to what a site asks.")


class DiskError(LiveError):
    """What came cannot be written."""

    code = "live.disk"
    sentence = say("What came cannot be written to the disk ({reason}).")
    remedy = say("Make room on the disk of the node’s folder; reading goes on by itself.")


class BacklogError(LiveError):
    """What came waits for the worker, and is too much already."""

    code = "live.backlog"
    sentence = say("{bytes} bytes wait to be taken in: nothing more is read until some are.")
    remedy = say("See that the worker runs and keeps up; reading goes on by itself.")


class FaultError(LiveError):
    """The listener itself failed."""

    code = "live.fault"
    sentence = say("Reading this source failed inside Vigie ({fault}).")
    remedy = say("Look at the log of the collector, and report it; it is tried again.")
