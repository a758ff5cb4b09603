"""Where Django meets the app."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The app `jobs`."""

    name = "vigie_node.jobs"
    label = "jobs"
