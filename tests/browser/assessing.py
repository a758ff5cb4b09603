"""An incident that two people worked on, for the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie_node.clock import now_ms
from vigie_node.incidents.actions import (
    Said,
    answer_gate,
    bear,
    claim,
    comment,
    exhibit,
    explain,
    hand_in,
    join_alert,
    judge_attribution,
    open_incident,
    propose_attribution,
    read_breakout,
    see_technique,
    set_task,
    stand_behind,
    weigh,
    write_passage,
)

if TYPE_CHECKING:
    from vigie_node.alerts.models import Alert
    from vigie_node.incidents.models import Incident
    from vigie_node.people.models import Person

DAY_MS = 86_400_000
SUMMARY = (
    "Quarante et un comptes ont copié quatorze textes sous les publications de onze candidates et candidats "
    "dans les six heures qui ont suivi le débat de Laval. Trente d’entre eux ont été créés la même semaine."
)
WRITTEN = {
    ("summary", "fr"): SUMMARY,
    ("significance", "fr"): "Les personnes visées publient moins depuis; deux ont fermé leurs réponses.",
    ("unknowns", "fr"): "Qui paie les comptes, et si d’autres plateformes sont touchées.",
    ("title", "en"): "A wave of copied replies after the Laval debate",
}


def fill_incidents(anne: Person, guy: Person, alert: Alert) -> dict[str, str]:
    """Make one incident with everything in it, and one that was just opened; return the id of the first."""
    incident = open_incident(
        title="Vague de réponses copiées après le débat de Laval", language="fr", gate="canada", by=anne
    )
    for (section, language), text in WRITTEN.items():
        write_passage(incident, section=section, language=language, text=text, seen=0, why="", by=anne)
    join_alert(incident, alert, by=anne)
    _claims(incident, anne, alert)
    _readings(incident, anne, guy)
    for by in (anne, guy):
        stand_behind(incident, stands=True, reason="Les pièces E1 et E2 se tiennent.", by=by)
    proposed = propose_attribution(
        incident,
        rung="foreign_nexus",
        to_whom="Une agence établie à l’étranger",
        language="fr",
        reasoning="E2 montre les mêmes numéros d’analyse d’audience que trois sites de l’agence.",
        dissent="Guy pense que les numéros peuvent avoir été copiés.",
        by=anne,
    )
    judge_attribution(incident, proposed.pk, approves=True, reason="E2 suffit pour un lien.", by=guy)
    set_task(incident, text="Appeler la plateforme", assignee=guy.pk, due_ms=now_ms() + DAY_MS, by=anne)
    comment(incident, text="La candidate de Laval a été prévenue par téléphone.", by=guy)
    open_incident(title="Site imitant le registre électoral", language="fr", gate="france", by=guy)
    return {"incident": str(incident.pk)}


def _claims(incident: Incident, anne: Person, alert: Alert) -> None:
    claim(
        incident,
        Said(
            aspect="behaviour",
            language="fr",
            text="Les comptes copient des textes qu’une personne leur fournit.",
            low=80,
            high=95,
            confidence="moderate",
            basis="E1, et l’absence d’appel public à répondre.",
        ),
        by=anne,
    )
    claim(
        incident,
        Said(
            aspect="actor", language="fr", text="Il est peu probable que ce soit un parti.", low=55, high=80
        ),
        by=anne,
    )
    shown = {"language": "fr", "by": anne, "reliability": "B", "credibility": "2"}
    exhibit(incident, kind="alert", ref=str(alert.pk), text="Quatorze textes copiés en six heures.", **shown)
    exhibit(
        incident,
        kind="address",
        ref="https://example.org/regie",
        text="Les numéros d’analyse d’audience.",
        **shown,
    )
    bear(incident, exhibit_number=1, claim_number=1, speaks_for=True, by=anne)
    bear(incident, exhibit_number=2, claim_number=2, speaks_for=False, by=anne)


def _readings(incident: Incident, anne: Person, guy: Person) -> None:
    for question, answer in (("secrecy", "yes"), ("foreign_direction", "unknown")):
        answer_gate(incident, question=question, answer=answer, reason="Faux noms, faux portraits.", by=anne)
    see_technique(incident, technique="T0084.001", reason="Quatorze textes identiques.", by=anne)
    for category, days in (("2", 3), ("4", 1)):
        at_ms = now_ms() - days * DAY_MS
        read_breakout(incident, category=category, reached_ms=at_ms, reason="Vu par la veille.", by=anne)
    for kind, text in (
        ("organic", "Des partisans ont repris un texte."),
        ("domestic_or_commercial", "Une agence d’ici a été payée."),
        ("foreign", "Une agence étrangère a été payée."),
    ):
        explain(incident, kind=kind, language="fr", text=text, by=anne)
    for by, bearing in ((anne, "inconsistent"), (guy, "consistent")):
        weigh(
            incident,
            {(e, h): bearing if h == 1 else "neutral" for e in (1, 2) for h in (1, 2, 3)},
            by=by,
        )
        hand_in(incident, by=by)
