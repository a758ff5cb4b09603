"""The addresses of the app."""

from __future__ import annotations

from django.urls import path

from vigie_node.incidents.console import (
    attributing,
    briefing,
    claims,
    explaining,
    incidents,
    judging,
    packing,
    working,
    writing,
)

app_name = "incidents"
urlpatterns = [
    path("incidents", incidents.incidents, name="incidents"),
    path("incidents/new", incidents.new, name="new"),
    path("incidents/<uuid:incident>", incidents.incident, name="incident"),
    path("incidents/<uuid:incident>/briefing", briefing.briefing, name="briefing"),
    path("incidents/<uuid:incident>/briefing.<slug:form>", briefing.briefing_file, name="briefing-file"),
    path("incidents/<uuid:incident>/package.zip", packing.package, name="package"),
    path("incidents/<uuid:incident>/stand", incidents.stand, name="stand"),
    path("incidents/<uuid:incident>/close", incidents.close, name="close"),
    path("incidents/<uuid:incident>/write/<slug:section>/<slug:language>", writing.write, name="write"),
    path("incidents/<uuid:incident>/claims/new", claims.new_claim, name="new-claim"),
    path("incidents/<uuid:incident>/claims/<int:number>", claims.claim, name="claim"),
    path("incidents/<uuid:incident>/exhibits", claims.exhibits, name="exhibits"),
    path(
        "incidents/<uuid:incident>/exhibits/<int:number>/withdraw", claims.withdraw, name="withdraw-exhibit"
    ),
    path("incidents/<uuid:incident>/exhibits/<int:number>/bear", claims.bear, name="bear"),
    path("incidents/<uuid:incident>/test/<slug:question>", judging.answer, name="answer"),
    path("incidents/<uuid:incident>/breakout", judging.breakout, name="breakout"),
    path(
        "incidents/<uuid:incident>/breakout/<uuid:reading>/withdraw",
        judging.withdraw_breakout,
        name="withdraw-breakout",
    ),
    path("incidents/<uuid:incident>/techniques", judging.technique, name="technique"),
    path(
        "incidents/<uuid:incident>/techniques/<uuid:use>/withdraw",
        judging.withdraw_technique,
        name="withdraw-technique",
    ),
    path("incidents/<uuid:incident>/explanations", explaining.explanations, name="explanations"),
    path("incidents/<uuid:incident>/explanations/<int:number>", explaining.explanation, name="explanation"),
    path("incidents/<uuid:incident>/explanations/weigh", explaining.weigh, name="weigh"),
    path("incidents/<uuid:incident>/attribution", attributing.attribution, name="attribution"),
    path("incidents/<uuid:incident>/attribution/<uuid:attribution>", attributing.judge, name="judge"),
    path("incidents/<uuid:incident>/follow-up", working.follow_up, name="follow-up"),
    path("incidents/<uuid:incident>/follow-up/tasks", working.set_task, name="set-task"),
    path(
        "incidents/<uuid:incident>/follow-up/tasks/<uuid:task>/done", working.finish_task, name="finish-task"
    ),
    path("incidents/<uuid:incident>/follow-up/comments", working.comment, name="comment"),
    path("incidents/<uuid:incident>/follow-up/related", working.relate, name="relate"),
    path("incidents/<uuid:incident>/follow-up/alerts", working.join_alert, name="join-alert"),
    path(
        "incidents/<uuid:incident>/follow-up/alerts/<uuid:alert>/part", working.part_alert, name="part-alert"
    ),
    path("incidents/<uuid:incident>/history", working.history, name="history"),
]
