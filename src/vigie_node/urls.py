"""The map of the node: pages stand under a language, machines' addresses do not."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from vigie_node.api.health import health, metrics
from vigie_node.api.views import marked_urls
from vigie_node.web.views import front

urlpatterns = [
    path("", front, name="front"),
    path("health", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/", marked_urls()),
    *i18n_patterns(
        path("", include("vigie_node.people.urls")),
        path("", include("vigie_node.jobs.urls")),
        path("", include("vigie_node.ledger.urls")),
        path("", include("vigie_node.sources.urls")),
        path("", include("vigie_node.alerts.urls")),
        path("", include("vigie_node.incidents.urls")),
        path("", include("vigie_node.overview.urls")),
    ),
]
handler400 = "vigie_node.web.views.bad_request"
handler403 = "vigie_node.web.views.forbidden"
handler404 = "vigie_node.api.views.not_found"
handler500 = "vigie_node.web.views.broken"
