"""What is logged, as the node writes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from structlog.stdlib import ProcessorFormatter

if TYPE_CHECKING:
    import pytest


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Return the lines that were logged during this test."""
    options = {name: value for name, value in settings.LOGGING["formatters"]["json"].items() if name != "()"}
    formatter = ProcessorFormatter(**options)
    return [json.loads(formatter.format(record)) for record in caplog.records]
