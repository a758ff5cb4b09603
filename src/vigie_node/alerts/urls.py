"""The addresses of the app."""

from __future__ import annotations

from django.urls import path

from vigie_node.alerts.console import (
    alert,
    arrivals,
    caring,
    files,
    inbox,
    methods,
    outlets,
    parity,
    posts,
    runs,
    together,
)

app_name = "alerts"
urlpatterns = [
    path("alerts", inbox.inbox_page, name="inbox"),
    path("alerts/parity", parity.parity_page, name="parity"),
    path("alerts/parity/<slug:which>.csv", parity.parity_figures, name="parity-figures"),
    path("alerts/together", together.together, name="together"),
    path("alerts/events", arrivals.arrivals, name="events"),
    path("alerts/caring", caring.caring, name="caring"),
    path("alerts/assign", caring.assign, name="assign"),
    path("alerts/snooze", caring.snooze, name="snooze"),
    path("alerts/<uuid:alert>", alert.alert_page, name="alert"),
    path("alerts/<uuid:alert>/review", alert.review, name="review"),
    path("alerts/<uuid:alert>/posts", posts.posts_page, name="posts"),
    path("alerts/<uuid:alert>/network.json", files.network, name="network"),
    path("alerts/<uuid:alert>/charts/<slug:which>.json", files.chart, name="chart"),
    path("alerts/<uuid:alert>/pictures/<slug:which>.svg", files.picture, name="picture"),
    path("alerts/<uuid:alert>/tables/<slug:which>.csv", files.figures, name="figures"),
    path("alerts/outlets/<uuid:outlet>", outlets.outlet_page, name="outlet"),
    path("watch/runs", runs.runs_page, name="runs"),
    path("watch/runs/begin", runs.begin, name="begin-run"),
    path("watch/declarations/<uuid:declaration>/methods", methods.methods_page, name="methods"),
    path("watch/declarations/<uuid:declaration>/methods/watch", methods.watch, name="watch-closely"),
    path("watch/declarations/<uuid:declaration>/methods/choose", methods.choose, name="choose-methods"),
    path("watch/runs/<uuid:run>", runs.run_page, name="run"),
    path("watch/runs/<uuid:run>/cancel", runs.cancel, name="cancel-run"),
]
