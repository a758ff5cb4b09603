"""Runs: what was looked for, over what, how, and what was found."""

from __future__ import annotations

import json
from textwrap import shorten
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vigie.detect.methods import METHODS, NEEDS
from vigie.report.behaviours import behaviour, named
from vigie.report.format import Voice
from vigie.terms.errors import tell
from vigie.terms.languages import say
from vigie_node.alerts import telling
from vigie_node.alerts.access import reads_posts, runs_visible_to, signals_visible_to
from vigie_node.alerts.actions import begin_runs, cancel_run
from vigie_node.alerts.actions.runs import missing_for
from vigie_node.alerts.console import places
from vigie_node.alerts.console.showing import UNFIT, behaviour_name, me, voice_of
from vigie_node.alerts.errors import NothingHeldError
from vigie_node.alerts.models import Run
from vigie_node.alerts.parameters import BEHAVIOURS, COMPARED, LOOSER, METHOD, WINDOW, Parameters
from vigie_node.alerts.plans import methods_of_each
from vigie_node.jobs.access import jobs_visible_to
from vigie_node.jobs.errors import from_plain
from vigie_node.sources.access import declarations_visible_to
from vigie_node.sources.models import Declaration
from vigie_node.web.pages import number_from
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from vigie.terms.languages import Words
    from vigie_node.people.models import Person

SIZE = 25
PURPOSE_MAX = 90  # characters
BATCHES_MAX = 50
SIGNALS_MAX = 100
DECLARATIONS_MAX = 25
UNFINISHED = (Run.State.WAITING, Run.State.RUNNING)


class DeclarationField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """One of some declarations, named by its purpose."""

    def to_python(self, value: Any) -> Declaration | None:
        """Return the declaration of an id; what is no id is no choice either."""
        try:
            return cast("Declaration | None", super().to_python(value))
        except forms.ValidationError as error:
            raise forms.ValidationError(self.error_messages["invalid_choice"]) from error

    def label_from_instance(self, obj: Declaration) -> str:
        """Return a purpose as it fits a list."""
        return shorten(obj.purpose, PURPOSE_MAX, placeholder="…")


class RunForm(forms.Form):
    """Over which declaration's batches to look.

    Args:
        words: the page's language.
        person: whose declarations may be chosen.
        data: what was sent; None for an empty form.
    """

    declaration = DeclarationField(queryset=Declaration.objects.none())
    looser = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, words: Words, person: Person, data: Any = None) -> None:
        super().__init__(data)
        field = cast("DeclarationField", self.fields["declaration"])
        field.queryset = _open_declarations(person)
        field.label, field.empty_label = words("Declaration"), words("Choose a declaration")
        field.help_text = words("The methods chosen for it read all that is held under it.")
        looser = cast("forms.MultipleChoiceField", self.fields["looser"])
        looser.label = words("Acting together: look for this too")
        looser.help_text = words(
            "Looser acts, which take longer and which chance brings together more often."
        )
        looser.choices = [(one, Voice(words)(behaviour(one).name)) for one in LOOSER]
        looser.error_messages = {"invalid_choice": words("Choose one of those offered.")}
        unknown = words("Choose one of your organisation’s open declarations.")
        field.error_messages = {"required": unknown, "invalid_choice": unknown, "invalid_pk_value": unknown}


@require_safe
@needs("run.read")
def runs_page(request: HttpRequest) -> HttpResponse:
    """Show the runs, the latest first."""
    return _runs(request, RunForm(voice_of(request).words, me(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("run.make")
def begin(request: HttpRequest) -> HttpResponse:
    """Ask for a run; show the list again, with what was chosen, where something is wrong."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("alerts:runs"))
    words = voice_of(request).words
    form = RunForm(words, me(request), request.POST)
    if form.is_valid():
        try:
            asked = Parameters(behaviours=(*BEHAVIOURS, *form.cleaned_data["looser"]))
            runs = begin_runs(form.cleaned_data["declaration"], by=me(request), parameters=asked)
        except NothingHeldError as error:
            form.add_error("declaration", tell(error, words))
        else:
            if len(runs) == 1:
                return HttpResponseRedirect(reverse("alerts:run", kwargs={"run": runs[0].pk}))
            said = words.count(
                "{number} run was asked for, one by each method.",
                "{number} runs were asked for, one by each method.",
                len(runs),
            )
            messages.success(request, said)
            return HttpResponseRedirect(reverse("alerts:runs"))
    return _runs(request, form, status=UNFIT)


@require_POST
@needs("run.make")
def cancel(request: HttpRequest, run: UUID) -> HttpResponse:
    """Ask for a run to stop."""
    found = get_object_or_404(runs_visible_to(me(request)), pk=run)
    cancel_run(found, by=me(request))
    messages.info(request, voice_of(request)(say("The run was asked to stop.")))
    return HttpResponseRedirect(reverse("alerts:run", kwargs={"run": run}))


@require_safe
@needs("run.read")
def run_page(request: HttpRequest, run: UUID) -> HttpResponse:
    """Show one run: what it read, how it judged, what it found; enough to make it again."""
    voice = voice_of(request)
    found = get_object_or_404(runs_visible_to(me(request)).select_related("declaration", "by"), pk=run)
    reads, batches = reads_posts(me(request)), found.batches.order_by("-stored_ms", "-pk")
    job = jobs_visible_to(me(request).organisation_id).filter(pk=found.job).first() if found.job else None
    return render(
        request,
        "alerts/run.html",
        {
            "voice": voice,
            "run": found,
            "job": job if found.state in UNFINISHED else None,
            "unfinished": found.state in UNFINISHED,
            "answer": answer_of(found, voice),
            "error": _why(found, voice.words),
            "parameters": parameters_of(found, voice),
            "manifest": json.dumps(found.manifest, indent=2, sort_keys=True, ensure_ascii=False),
            "card": found.card,
            "method_title": telling.method_title(found.method, voice),
            "is_group": found.method == METHOD,
            "budget": telling.budget(found, voice),
            "notes": telling.notes(found, voice),
            "behaviour_name": lambda code: behaviour_name(code, voice),
            "batches": batches.select_related("intake")[:BATCHES_MAX],
            **batches.order_by().aggregate(batch_count=Count("pk"), row_count=Sum("row_count")),
            "signals": [
                (signal, telling.headline(signal, voice, reads=reads))
                for signal in signals_visible_to(me(request))
                .filter(run=found)
                .select_related("alert")
                .order_by("group")[:SIGNALS_MAX]
            ],
        },
    )


def _why(run: Run, words: Words) -> str:
    """Return why a run failed and what to do; empty when it did not fail."""
    facts = from_plain(run.error_facts)
    return " ".join(words(part, **facts) for part in (run.error_sentence, run.error_remedy) if part)


def answer_of(run: Run, voice: Voice) -> str:
    """Say what became of a run, in its first line."""
    match run.state:
        case Run.State.WAITING:
            return voice(say("This run waits for the worker."))
        case Run.State.RUNNING:
            return voice(
                say("The worker is looking for accounts that move together.")
                if run.method == METHOD
                else say("The worker is looking with this method.")
            )
        case Run.State.FAILED:
            return voice(say("This run failed: nothing is known from it."))
        case Run.State.CANCELLED:
            return voice(say("This run was cancelled: nothing is known from it."))
    return _found(run, voice) if run.method == METHOD else _noticed(run, voice)


def _found(run: Run, voice: Voice) -> str:
    """Say how many groups a run of co-action found."""
    if not run.group_count:
        return voice(say("No group of accounts moved together more often than chance allows."))
    return voice.count(
        "{number} group of accounts moved together more often than chance allows.",
        "{number} groups of accounts moved together more often than chance allows.",
        run.group_count,
    )


def _noticed(run: Run, voice: Voice) -> str:
    """Say what a run of a method other than co-action noticed."""
    if not run.group_count:
        if run.notes:
            return voice(say("This method noticed nothing. What it could not judge stands below."))
        return voice(say("This method noticed nothing unusual in what was read."))
    return voice.count(
        "This method noticed {number} thing that is unusual.",
        "This method noticed {number} things that are unusual.",
        run.group_count,
    )


def _runs(request: HttpRequest, form: RunForm, *, status: int = 200) -> HttpResponse:
    voice = voice_of(request)
    runs = runs_visible_to(me(request)).select_related("declaration", "by")
    total = runs.count()
    page = min(number_from(request.GET, places.PAGE), max(1, -(-total // SIZE)))
    start = (page - 1) * SIZE
    rows = list(
        runs.defer("manifest", "card", "calibrations").order_by("-created_ms", "-pk")[start : start + SIZE]
    )
    return render(
        request,
        "alerts/runs.html",
        {
            "voice": voice,
            "form": form,
            "answer": _answer(total, rows, voice),
            "runs": rows,
            "method_title": lambda method: telling.method_title(method, voice),
            "plans": _plans(me(request), voice),
            "total": total,
            "first": start + 1,
            "last": start + len(rows),
            "previous": places.changed(request.GET, {"page": str(page - 1)}) if page > 1 else "",
            "next": places.changed(request.GET, {"page": str(page + 1)}) if start + SIZE < total else "",
        },
        status=status,
    )


def _plans(person: Person, voice: Voice) -> list[tuple[Declaration, str]]:
    """Return the open declarations, each with its methods in words."""
    declarations = list(_open_declarations(person)[:DECLARATIONS_MAX])
    chosen = methods_of_each(declarations)
    if not declarations:
        return []
    missing = {
        name: missing_for(declarations[0], name) for name in METHODS
    }  # of the organisation: one for all
    said = {name: _plan(name, lacks, voice) for name, lacks in missing.items()}
    return [(one, voice.listed(said[name] for name in chosen[one.id])) for one in declarations]


def _plan(name: str, missing: Sequence[str], voice: Voice) -> str:
    """Return the title of a method, and why it is not run where something lacks."""
    title = telling.method_title(name, voice)
    if not missing:
        return title
    return voice.words("{method} (not run: {why})", method=title, why=voice.words(NEEDS[missing[0]]))


def _open_declarations(person: Person) -> QuerySet[Declaration]:
    return declarations_visible_to(person).filter(closed_ms=None).order_by("-created_ms")


def _answer(total: int, rows: list[Run], voice: Voice) -> str:
    if not total:
        return voice(say("Nothing was looked for yet."))
    return voice.count(
        "{number} run so far; the latest: {state}",
        "{number} runs so far; the latest: {state}",
        total,
        state=answer_of(rows[0], voice),
    )


def parameters_of(run: Run, voice: Voice) -> list[tuple[str, str, str]]:
    """Return each parameter of a run: its name, its value as people read it, what it means by the card."""
    meanings = run.card.get("parameters", {})
    usual = {} if run.method == METHOD else run.manifest.get("parameters", {})
    return [
        (name, _value(name, value, voice), _meaning(name, meanings, voice))
        for name, value in {**run.parameters, **usual}.items()
    ]


def _meaning(name: str, meanings: Mapping[str, Any], voice: Voice) -> str:
    if name == WINDOW:
        return voice(say("How many hours are looked at, back from the latest post."))
    if name == COMPARED:
        return voice(say("Stands for the state of the register and of the lists that were compared with."))
    meaning: str = meanings.get(name, {}).get(voice.language, "")
    return meaning


def _value(name: str, value: Any, voice: Voice) -> str:
    if name == "windows_ms":
        return voice.listed(voice.duration(window_ms) for window_ms in value)
    if name == "behaviours":
        return voice.listed(named(one, voice) for one in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return voice.number(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
