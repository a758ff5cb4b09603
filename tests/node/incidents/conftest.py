"""People and an incident for the tests of incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import translation

from vigie_node.incidents.actions import Said, claim, exhibit, open_incident, write_passage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie_node.incidents.models import Incident


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Addresses begin in English, whatever page the test before asked for."""
    with translation.override("en"):
        yield


@pytest.fixture
def colleague(make_person):
    """Another analyst."""
    return make_person("analyst")


@pytest.fixture
def approver(make_person):
    """Somebody who may approve."""
    return make_person("approver")


@pytest.fixture
def incident(analyst) -> Incident:
    """An incident that somebody just opened."""
    return open_incident(title="Vague de réponses à Laval", language="fr", gate="canada", by=analyst)


@pytest.fixture
def told(incident, analyst) -> Incident:
    """An incident with all that somebody must stand behind."""
    write_passage(
        incident, section="summary", language="fr", text="Quarante comptes.", seen=0, why="", by=analyst
    )
    claim(incident, Said(aspect="behaviour", language="fr", text="Ils copient un texte."), by=analyst)
    exhibit(
        incident,
        kind="other",
        ref="",
        language="fr",
        text="Une capture.",
        reliability="B",
        credibility="2",
        by=analyst,
    )
    return incident
