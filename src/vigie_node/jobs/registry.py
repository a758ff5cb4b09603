"""Which function does which work: apps say so in their `tasks.py`, with heavy imports inside functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.module_loading import autodiscover_modules

from vigie_node.jobs.errors import UnknownJobError

if TYPE_CHECKING:
    from collections.abc import Callable

    from vigie_node.jobs.task import Task

    Handler = Callable[[Task], None]

_handlers: dict[str, Handler] = {}
_schedules: dict[str, int] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Say that a function does the work of this kind.

    The function may be run again after a crash and must then give the same result. A `VigieError` from it
    fails the job for good; any other exception is logged and the job tried again later.

    Raises:
        ValueError: another function does it already.
    """

    def registered(function: Handler) -> Handler:
        if _handlers.setdefault(kind, function) is not function:
            message = f"two functions for {kind}"
            raise ValueError(message)
        return function

    return registered


def every(name: str, every_ms: int) -> Callable[[Handler], Handler]:
    """Say that a function does the work `name`, and that it comes back after so long."""

    def registered(function: Handler) -> Handler:
        _schedules[name] = every_ms
        return handler(name)(function)

    return registered


def handler_of(kind: str) -> Handler:
    """Return the function that does this work.

    Raises:
        UnknownJobError: no app said so.
    """
    try:
        return _handlers[kind]
    except KeyError as error:
        raise UnknownJobError(kind=kind) from error


def is_known(kind: str) -> bool:
    """Tell whether some app does this work."""
    return kind in _handlers


def schedules() -> dict[str, int]:
    """Return the work that comes back, with its interval in milliseconds."""
    return dict(_schedules)


def load() -> None:
    """Import the `tasks.py` of every installed app."""
    autodiscover_modules("tasks")
