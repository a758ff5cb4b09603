"""The addresses of the app."""

from __future__ import annotations

from django.urls import path

from vigie_node.ledger import console

app_name = "ledger"
urlpatterns = [
    path("ledger", console.entries, name="entries"),
    path("ledger/export", console.export_entries, name="export"),
    path("ledger/<int:seq>", console.entry, name="entry"),
]
