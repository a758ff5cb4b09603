"""The addresses of the app."""

from __future__ import annotations

from django.urls import path

from vigie_node.sources.console import batches, captures, coverage, declarations, intakes, reviewing, sources
from vigie_node.sources.console import privacy_actors as actors
from vigie_node.sources.console import privacy_keys as keys
from vigie_node.sources.console import privacy_requests as requests
from vigie_node.sources.console import privacy_unmasking as unmasking

app_name = "sources"
urlpatterns = [
    path("watch/intakes", intakes.intakes, name="intakes"),
    path("watch/intakes/new", intakes.new_intake, name="intake-new"),
    path("watch/intakes/<uuid:intake>", intakes.intake, name="intake"),
    path("watch/intakes/<uuid:intake>/part", intakes.part, name="intake-part"),
    path("watch/intakes/<uuid:intake>/retry", intakes.retry, name="intake-retry"),
    path("watch/sources", sources.sources, name="sources"),
    path("watch/sources/new", sources.new_source, name="source-new"),
    path("watch/sources/part", sources.sources_part, name="sources-part"),
    path("watch/sources/<uuid:source>", sources.source, name="source"),
    path("watch/sources/<uuid:source>/part", sources.source_part, name="source-part"),
    path("watch/sources/<uuid:source>/stop", sources.stop, name="source-stop"),
    path("watch/sources/<uuid:source>/resume", sources.resume, name="source-resume"),
    path("watch/batches", batches.batches, name="batches"),
    path("watch/batches/<uuid:batch>", batches.batch, name="batch"),
    path("watch/coverage", coverage.coverage, name="coverage"),
    path("watch/coverage.csv", coverage.coverage_table, name="coverage-table"),
    path("watch/captures", captures.captures, name="captures"),
    path("watch/captures/new", captures.new_capture, name="capture-new"),
    path("watch/captures/<uuid:capture>", captures.capture, name="capture"),
    path("watch/captures/<uuid:capture>/reading", captures.new_reading, name="capture-reading"),
    path("watch/visits/<uuid:visit>/retry", captures.retry, name="visit-retry"),
    path("watch/evidence/<uuid:evidence>", captures.evidence, name="evidence"),
    path("watch/evidence/<uuid:evidence>/verify", captures.verify, name="evidence-verify"),
    path("watch/evidence/<uuid:evidence>/open", captures.open_, name="evidence-open"),
    path("watch/declarations", declarations.declarations, name="declarations"),
    path("watch/declarations/new", declarations.new_declaration, name="declaration-new"),
    path("watch/declarations/review", reviewing.audit, name="declarations-audit"),
    path("watch/declarations/<uuid:declaration>", declarations.declaration, name="declaration"),
    path("watch/declarations/<uuid:declaration>/approve", declarations.approve, name="declaration-approve"),
    path("watch/declarations/<uuid:declaration>/refuse", declarations.refuse, name="declaration-refuse"),
    path("watch/declarations/<uuid:declaration>/close", declarations.close, name="declaration-close"),
    path("watch/declarations/<uuid:declaration>/hold", declarations.hold, name="declaration-hold"),
    path("watch/declarations/<uuid:declaration>/tie", declarations.tie, name="declaration-tie"),
    path("watch/declarations/<uuid:declaration>/tie/approve", declarations.approve_tie, name="tie-approve"),
    path("watch/holds/<uuid:hold>/lift", declarations.lift, name="hold-lift"),
    path("watch/writ-periods", reviewing.writs, name="writs"),
    path("watch/writ-periods/new", reviewing.new_writ, name="writ-new"),
    path("watch/writ-periods/<uuid:writ>/end", reviewing.end_writ, name="writ-end"),
    path("watch/public-actors", actors.actors, name="actors"),
    path("watch/public-actors/new", actors.new_actor, name="actor-new"),
    path("watch/public-actors/file", actors.take_file, name="actors-file"),
    path("watch/public-actors/export", actors.export, name="actors-export"),
    path("watch/public-actors/<uuid:actor>", actors.actor, name="actor"),
    path("watch/public-actors/<uuid:actor>/agree", actors.agree, name="actor-agree"),
    path("watch/public-actors/<uuid:actor>/remove", actors.remove, name="actor-remove"),
    path("watch/identities", unmasking.unmaskings, name="unmaskings"),
    path("watch/keys/<uuid:project>/unmask/<slug:account>", unmasking.ask, name="unmask-ask"),
    path("watch/identities/<uuid:unmasking>", unmasking.unmasking, name="unmasking"),
    path("watch/identities/<uuid:unmasking>/decide", unmasking.decide, name="unmask-decide"),
    path("watch/identities/<uuid:unmasking>/open", unmasking.open_, name="unmask-open"),
    path("watch/identities/<uuid:unmasking>/look", unmasking.look, name="unmask-look"),
    path("watch/keys", keys.keys, name="keys"),
    path("watch/keys/<uuid:project>", keys.key, name="key"),
    path("watch/keys/<uuid:project>/destroy", keys.destroy, name="key-destroy"),
    path("watch/keys/destructions/<uuid:destruction>", keys.decide, name="key-decide"),
    path("watch/requests", requests.requests, name="requests"),
    path("watch/requests/new", requests.new_request, name="request-new"),
    path("watch/requests/<uuid:asked>", requests.asked_request, name="request"),
    path("watch/requests/<uuid:asked>/search", requests.search, name="request-search"),
    path("watch/requests/<uuid:asked>/erase", requests.erase, name="request-erase"),
    path("watch/requests/<uuid:asked>/close", requests.close, name="request-close"),
]
