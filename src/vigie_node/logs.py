"""Structured logs without personal data: one JSON object a line on standard error.

Only named, plain facts are logged: a route's name, a status, milliseconds, ids. Never an address with its
query, a body, a name, a network address of a person. Of an exception, its type and where it was raised: its
text may quote what somebody wrote.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

FRAMES_MAX = 12
QUIET = (
    "django.request",
    "django.security",
    "uvicorn.access",
)  # their sentences hold addresses


def where(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the type and the places of an exception into the event, in the place of its text."""
    told = event.pop("exc_info", None)
    error = told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
        event["error"] = type(error).__name__
        event["at"] = [
            f"{frame.filename.rsplit('/src/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames
        ]
    return event


PROCESSORS: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_for(level: str = "INFO") -> dict[str, Any]:
    """Return the configuration of Python's logging; `structlog.stdlib.get_logger()` writes through it too."""
    structlog.configure(
        processors=[*PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": PROCESSORS,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            where,
            structlog.processors.JSONRenderer(),
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "vigie_node": {"level": level},
            **{name: {"level": "CRITICAL"} for name in QUIET},
        },
    }
