"""The page where one section is written, and where two versions of it are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import redirect

from vigie.terms.languages import LANGUAGES
from vigie_node.incidents import actions
from vigie_node.incidents.access import WRITE
from vigie_node.incidents.console.forms import PassageForm
from vigie_node.incidents.console.showing import FORM, done, incident_of, me, shown, voice_of
from vigie_node.incidents.errors import ChangedMeanwhileError
from vigie_node.incidents.merging import Collision, collision
from vigie_node.incidents.sections import LANGUAGE_NAMES, SECTIONS, part_of
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from vigie_node.incidents.models import Incident

CONFLICT = 409


@FORM
@needs(WRITE)
def write(request: HttpRequest, incident: UUID, section: str, language: str) -> HttpResponse:
    """Write one section in one language; where somebody else wrote meanwhile, show both versions joined."""
    found = incident_of(request, incident)
    if section not in SECTIONS or language not in LANGUAGES:
        raise Http404
    if request.method != "POST":
        passage = found.passages.filter(section=section, language=language).first()
        begun = {"seen": passage.version, "text": passage.text} if passage else {"seen": 0}
        return _page(request, found, section, language, PassageForm(initial=begun))
    form = PassageForm(request.POST)

    def act() -> None:
        said = form.cleaned_data
        actions.write_passage(found, section=section, language=language, **said, by=me(request))

    try:
        if done(form, act, "text", passing=(ChangedMeanwhileError,)):
            return redirect("incidents:incident", incident=found.pk)
    except ChangedMeanwhileError:
        said = form.cleaned_data
        met = collision(found, part_of(section, language), seen=said["seen"], mine={"text": said["text"]})
        again = {"seen": met.version, "text": met.merged.text, "why": said["why"]}
        return _page(request, found, section, language, PassageForm(initial=again), met)
    return _page(request, found, section, language, form)


def _page(  # the parts of one page
    request: HttpRequest,
    found: Incident,
    section: str,
    language: str,
    form: PassageForm,
    met: Collision | None = None,
) -> HttpResponse:
    voice = voice_of(request)
    other = next(one for one in LANGUAGES if one != language)
    return shown(
        request,
        found,
        "incident",
        template="write",
        status=CONFLICT if met else form.status,
        form=form,
        met=met,
        section=SECTIONS[section],
        language=language,
        language_name=voice(LANGUAGE_NAMES[language]),
        other=found.passages.filter(section=section, language=other).first(),
        other_name=voice(LANGUAGE_NAMES[other]),
    )
