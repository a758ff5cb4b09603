"""The addresses of the app."""

from __future__ import annotations

from django.urls import path

from vigie_node.jobs import console

app_name = "jobs"
urlpatterns = [
    path("jobs/<uuid:job>", console.progress, name="progress"),
    path("jobs/<uuid:job>/cancel", console.cancel, name="cancel"),
]
