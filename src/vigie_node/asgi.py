"""The web process: static files from the packages, everything else by Django, no body larger than allowed."""

from __future__ import annotations

import os
from importlib import resources
from typing import Any

from django.core.asgi import get_asgi_application
from servestatic import ServeStaticASGI

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie_node.settings")


def _keep_to_itself(headers: Any, _path: str, _url: str) -> None:
    """Put on static files what every other answer carries."""
    for name, value in HEADERS.items():
        headers[name] = value


_pages: Any = get_asgi_application()  # sets Django up: what follows needs it

from vigie_node.sources.bodies import BoundedBodies  # noqa: E402
from vigie_node.web.middleware import HEADERS  # noqa: E402

application = ServeStaticASGI(
    BoundedBodies(_pages),
    root=str(resources.files("vigie_node.web") / "static"),
    prefix="static/",
    max_age=31_536_000,  # addresses carry the content's hash
    allow_all_origins=False,
    add_headers_function=_keep_to_itself,
)
