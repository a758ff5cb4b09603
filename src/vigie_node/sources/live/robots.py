"""What sites ask of programs: robots.txt, kept to as RFC 9309 says.

Source: https://www.rfc-editor.org/rfc/rfc9309
"""

from __future__ import annotations

import threading
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego

from vigie_node.sources.live.errors import AnswerError, RobotsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from vigie.outbound import Client

AGENT = "Vigie"
KEPT_MS = 24 * 60 * 60_000  # section 2.4
BYTES_MAX = 500 * 1024  # section 2.5


class Robots:
    """Remembers for a day what each site asks. Threads may share it.

    Args:
        client: the way out.
        now_ms: tells the time.
    """

    def __init__(self, client: Client, *, now_ms: Callable[[], int]) -> None:
        self._client, self._now_ms = client, now_ms
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, Protego]] = {}

    def check(self, address: str) -> None:
        """Do nothing where a program may read `address`.

        Raises:
            RobotsError: the site asks not to.
            AnswerError: the site cannot say: section 2.3.1.4 has us wait.
            OutboundError: the site cannot be reached, likewise.
        """
        if not self._of(address).can_fetch(address, AGENT):
            raise RobotsError(host=urlsplit(address).hostname)

    def _of(self, address: str) -> Protego:
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            read_ms, rules = self._known.get(origin, (0, None))
        if rules is not None and self._now_ms() - read_ms < KEPT_MS:
            return rules
        rules = self._ask(origin)
        with self._lock:
            self._known[origin] = (self._now_ms(), rules)
        return rules

    def _ask(self, origin: str) -> Protego:
        answer = self._client.get(f"{origin}/robots.txt")
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise AnswerError.of(answer)
        text = answer.body[:BYTES_MAX].decode("utf-8", "replace") if answer.is_success else ""
        return Protego.parse(text)  # nothing is asked where there is no such file: section 2.3.1.3
