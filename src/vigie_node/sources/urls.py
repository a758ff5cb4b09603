"""The addresses of the app."""

from __future__ import annotations

from django.urls import path

from vigie_node.sources.console import batches, declarations, intakes

app_name = "sources"
urlpatterns = [
    path("watch/intakes", intakes.intakes, name="intakes"),
    path("watch/intakes/new", intakes.new_intake, name="intake-new"),
    path("watch/intakes/<uuid:intake>", intakes.intake, name="intake"),
    path("watch/intakes/<uuid:intake>/part", intakes.part, name="intake-part"),
    path("watch/intakes/<uuid:intake>/retry", intakes.retry, name="intake-retry"),
    path("watch/batches", batches.batches, name="batches"),
    path("watch/batches/<uuid:batch>", batches.batch, name="batch"),
    path("watch/declarations", declarations.declarations, name="declarations"),
    path("watch/declarations/new", declarations.new_declaration, name="declaration-new"),
    path("watch/declarations/<uuid:declaration>", declarations.declaration, name="declaration"),
    path("watch/declarations/<uuid:declaration>/close", declarations.close, name="declaration-close"),
]
