"""Media: what people found of a file that its SHA-256 names, the form for it, and all findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from vigie.assess.media_findings import vocabulary
from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.ids import new_id
from vigie_node.people.access import may
from vigie_node.people.forms import PageForm
from vigie_node.sources.access import evidence_visible_to, medium_findings_visible_to
from vigie_node.sources.actions.media import FIND, REASON_MAX, SHA256, find_of_medium
from vigie_node.sources.console.showing import me, page_of
from vigie_node.web.routes import needs
from vigie_node.web.words import page_language

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from vigie.assess.vocabulary import Term
    from vigie_node.sources.models import MediumFinding

READ = "post.read"
PLACES_SHOWN = 20


class LookUpForm(PageForm):
    """Which file."""

    sha256 = forms.RegexField(
        SHA256,
        label=say("SHA-256 of a file"),
        help_text=say("64 hexadecimal digits, as signals and the pages of originals give them."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sha256"].error_messages["invalid"] = self.fields["sha256"].help_text

    @staticmethod
    def asked(value: str) -> dict[str, str]:
        """Return what somebody pasted, without space and in lower case."""
        return {"sha256": "".join(value.split()).lower()}


class FindingForm(PageForm):
    """What somebody finds of a file, what it rests on, and how they came to it."""

    form_id = forms.UUIDField(widget=forms.HiddenInput)
    finding = forms.ChoiceField(label=say("What do you find?"), widget=forms.RadioSelect)
    bases = forms.MultipleChoiceField(
        label=say("What does it rest on?"),
        help_text=say("At least one, unless nothing could be concluded."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        label=say("How did you come to it?"),
        help_text=say("Which copies, places and people, so that another can follow it."),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"form_id": new_id()}, **kwargs)
        words, language = vocabulary(), page_language()
        finding, bases = self.fields["finding"], self.fields["bases"]
        for field, terms in ((finding, words.findings), (bases, words.bases)):
            if isinstance(field, forms.ChoiceField):
                field.choices = [(one.id, _choice(one, language)) for one in terms.values()]


@needs(READ)
@require_safe
def media(request: HttpRequest) -> HttpResponse:
    """List all findings, the latest first, and lead to a file whose SHA-256 somebody gives."""
    form = LookUpForm(LookUpForm.asked(request.GET["sha256"])) if "sha256" in request.GET else LookUpForm()
    if form.is_bound and form.is_valid():
        return redirect("sources:medium", sha256=form.cleaned_data["sha256"])
    found = medium_findings_visible_to(me(request)).select_related("by").order_by("-at_ms", "-id")
    page = page_of(found, request)
    context = {"page": page, "rows": [(one, _said(one)) for one in page.rows], "form": form}
    return render(request, "sources/media.html", context, status=form.status)


@needs(READ)
@require_safe
def medium(request: HttpRequest, sha256: str) -> HttpResponse:
    """Show what people found of one file."""
    return _shown(request, sha256, FindingForm())


@needs(FIND)
@require_POST
def find(request: HttpRequest, sha256: str) -> HttpResponse:
    """Take in what somebody finds of one file."""
    form = FindingForm(request.POST)
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("finding", "bases", "reason")}
        try:
            find_of_medium(sha256, **said, by=me(request), finding_id=form.cleaned_data["form_id"])
        except VigieError as error:
            form.refuse(error)
        else:
            return redirect("sources:medium", sha256=sha256)
    return _shown(request, sha256, form)


def _shown(request: HttpRequest, sha256: str, form: FindingForm) -> HttpResponse:
    if not SHA256.fullmatch(sha256):
        raise Http404
    somebody = me(request)
    found = medium_findings_visible_to(somebody).filter(sha256=sha256).select_related("by")
    places = evidence_visible_to(somebody).filter(sha256=sha256).order_by("captured_ms")
    context = {
        "sha256": sha256,
        "rows": [(one, _said(one)) for one in found.order_by("-at_ms", "-id")],
        "places": places.select_related("visit__capture")[:PLACES_SHOWN],
        "form": form if may(somebody, FIND) else None,
    }
    return render(request, "sources/medium.html", context, status=form.status)


def _said(one: MediumFinding) -> dict[str, Any]:
    """Return a finding in the reader's language; words that are no longer of the vocabulary as they are."""
    words, language = vocabulary(), page_language()
    found = words.findings.get(one.finding)
    return {
        "finding": found.names[language] if found else one.finding,
        "bases": [
            words.bases[basis].names[language] if basis in words.bases else basis for basis in one.bases
        ],
    }


def _choice(one: Term, language: Any) -> str:
    if not one.means[language]:
        return one.names[language]
    return format_html("<strong>{}</strong><br>{}", one.names[language], one.means[language])
