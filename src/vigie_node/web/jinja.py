"""The environment of the templates: strict, escaped, in the reader's language."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined, pass_context

from vigie_node.web import formats

if TYPE_CHECKING:
    from jinja2.runtime import Context

APPS = ("web", "people", "ledger", "jobs", "sources", "alerts", "incidents", "overview")
ZONE = "America/Toronto"  # for people who have not signed in
HASH_LENGTH = 12


def environment(**options: Any) -> Environment:
    """Return the environment; Django calls this once (setting TEMPLATES)."""
    options.pop("loader", None)
    options["undefined"] = StrictUndefined
    made = Environment(loader=_loader(), trim_blocks=True, lstrip_blocks=True, **options)  # noqa: S701 (Django passes autoescape=True)
    made.add_extension("jinja2.ext.do")
    made.globals |= {"url": url, "static": static}
    made.filters |= {
        "number": _number,
        "percent": _percent,
        "bytes": _bytes,
        "day": _day,
        "moment": _moment,
        "ago": _ago,
    }
    return made


def _loader() -> PrefixLoader:
    """Return a loader that finds `alerts/inbox.html` in the app `alerts`."""
    places = {app: f"templates/{app}" for app in APPS}
    return PrefixLoader(
        {
            app: PackageLoader(f"vigie_node.{app}", place)
            for app, place in places.items()
            if (resources.files(f"vigie_node.{app}") / place).is_dir()
        }
    )


def url(name: str, **kwargs: object) -> str:
    """Return the address of a route in the page's language."""
    return reverse(name, kwargs=kwargs)


@cache
def static(path: str) -> str:
    """Return the address of a static file, with a hash of its content so that it may be kept for ever.

    Raises:
        FileNotFoundError: there is no such file.
    """
    content = (resources.files("vigie_node.web") / "static" / path).read_bytes()
    return f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:HASH_LENGTH]}"


def _zone(context: Context) -> str:
    person = context.get("person")
    return person.zone if person else ZONE


@pass_context
def _number(context: Context, value: float) -> str:
    return formats.number(value, context["language"])


@pass_context
def _percent(context: Context, value: float) -> str:
    return formats.percent(value, context["language"])


@pass_context
def _bytes(context: Context, value: float) -> str:
    return formats.size(value, context["language"])


@pass_context
def _day(context: Context, value: int | None) -> str:
    return formats.day(value, context["language"], _zone(context))


@pass_context
def _moment(context: Context, value: int | None) -> str:
    return formats.moment(value, context["language"], _zone(context))


@pass_context
def _ago(context: Context, value: int | None) -> str:
    return formats.ago(value, context["language"])
