"""The addresses of the app."""

from __future__ import annotations

from django.urls import path

from vigie_node.overview import console

app_name = "overview"
urlpatterns = [path("", console.first_page, name="first-page")]
