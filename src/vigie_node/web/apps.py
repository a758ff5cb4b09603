"""Where Django meets the app."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The app `web`."""

    name = "vigie_node.web"
    label = "web"
