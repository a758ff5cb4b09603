"""To write the sections of an incident: what somebody else wrote meanwhile is never overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from vigie.terms.languages import LANGUAGES
from vigie_node.incidents.actions.common import (
    locked,
    noted,
    one_of,
    say_anew,
    written,
    written_or_nothing,
)
from vigie_node.incidents.models import Passage
from vigie_node.incidents.sections import SECTIONS, TITLE, part_of

if TYPE_CHECKING:
    from vigie_node.incidents.models import Incident
    from vigie_node.people.models import Person


@transaction.atomic
def write_passage(
    incident: Incident, *, section: str, language: str, text: str, seen: int, why: str, by: Person
) -> Passage:
    """Write one section in one language.

    Args:
        incident: of which.
        section: an id of `SECTIONS`.
        language: of the text.
        text: all of it; a section other than the title may be emptied.
        seen: the version that the writer began from; 0 where there was none.
        why: what was changed and why; may be empty.
        by: who.

    Returns:
        The section as it stands now: the same version where nothing is changed.

    Raises:
        PermissionDenied, Incident.DoesNotExist, ClosedError: see `locked`.
        ChangedMeanwhileError: somebody wrote another version since; nothing was altered.
        BadOptionError: there is no such section or language.
        NothingWrittenError, TooLongError, UnreadableError: the text will not do.
    """
    incident = locked(incident, by=by)
    known = SECTIONS[one_of("section", section, SECTIONS)]
    one_of("language", language, LANGUAGES)
    check = written if section == TITLE else written_or_nothing
    text = check(known.name, text, length_max=known.length_max, is_line=known.is_line)
    passage = incident.passages.filter(section=section, language=language).first()
    if passage is None:
        passage = Passage(incident=incident, section=section, language=language, text="", version=0)
    if not passage.version and not text:
        return passage
    part = part_of(section, language)
    if not say_anew(passage, incident, part, {"text": text}, by=by, seen=seen, why=why):
        return passage
    if section == TITLE:
        setattr(incident, f"title_{language}", text)
    noted("written", incident, by=by, section=section, language=language, version=passage.version)
    return passage
