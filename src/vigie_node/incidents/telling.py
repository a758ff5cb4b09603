"""What an incident says in the reader's words: sentences, likelihoods, names of scales."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vigie.assess.likelihood import Likelihood, at_odds, confidences, words_for
from vigie.assess.scales import scale
from vigie.terms.languages import LANGUAGES, say
from vigie_node.incidents.models import Incident
from vigie_node.incidents.sections import LANGUAGE_NAMES, SECTIONS, part_of

if TYPE_CHECKING:
    from vigie.assess.scales import Scale
    from vigie.report.format import Voice
    from vigie.terms.languages import Language
    from vigie_node.incidents.models import Claim

STATES = {
    Incident.State.OPEN: (say("Working file"), "circle-dot", "amber"),
    Incident.State.ESTABLISHED: (say("Established incident"), "circle-check", "green"),
    Incident.State.CLOSED: (say("Closed file"), "circle-slash", "still"),
}
STANDS = {
    Incident.State.OPEN: say(
        "A working file: until two people stand behind it, nobody calls it an incident."
    ),
    Incident.State.ESTABLISHED: say(
        "Enough people stand behind calling this an incident: two, or the only one there is, twice."
    ),
    Incident.State.CLOSED: say("Closed: nothing in it changes until somebody opens it again."),
}
RANGE = say("{low} to {high}, {from_percent} to {to_percent}")
ONE_WORD = say("{word}, {from_percent} to {to_percent}")
POINT = say("{word}, {from_percent}")
UNKNOWN = say("Likelihood not judged")
AT_ODDS = say(
    "The text says “{said}”, which means {from_percent} to {to_percent}; the likelihood given is another. "
    "Change one of them."
)
CLAIM, HYPOTHESIS = say("Claim {number}"), say("Explanation {number}")
SECTION = say("{section}, in {language}")
STATE = say("Closed or opened again")
HUNDRED = 100


def title_of(incident: Incident, language: Language) -> str:
    """Return an incident's title in a language, in the other where there is none."""
    titles = {"en": incident.title_en, "fr": incident.title_fr}
    return titles[language] or next(filter(None, titles.values()), "")


def title_language(incident: Incident, language: Language) -> Language:
    """Return in which language `title_of` says it."""
    titles = {"en": incident.title_en, "fr": incident.title_fr}
    return language if titles[language] else next((one for one in LANGUAGES if titles[one]), language)


def part_names(incident: Incident, voice: Voice) -> dict[str, str]:
    """Return what the parts of an incident are called, as revisions name them."""
    names = {"state": voice(STATE)}
    for section in SECTIONS.values():
        for language, name in LANGUAGE_NAMES.items():
            said = voice(SECTION, section=voice(section.name), language=voice(name))
            names[part_of(section.id, language)] = said
    for claim, number in incident.claims.values_list("pk", "number"):
        names[f"claim:{claim}"] = voice(CLAIM, number=number)
    for hypothesis, number in incident.hypotheses.values_list("pk", "number"):
        names[f"hypothesis:{hypothesis}"] = voice(HYPOTHESIS, number=number)
    return names


def state_of(incident: Incident, voice: Voice) -> dict[str, str]:
    """Return how the state is shown: word, icon, tone, and what it means."""
    word, icon, tone = STATES[Incident.State(incident.state)]
    return {
        "word": voice(word),
        "icon": icon,
        "tone": tone,
        "means": voice(STANDS[Incident.State(incident.state)]),
    }


def name_in(name: Scale, id_: str, voice: Voice) -> str:
    """Return what a term of a scale is called; its id where the scale knows it no longer."""
    term = scale(name).get(id_)
    return term.names[voice.language] if term else id_


def likelihood_in_words(claim: Claim, voice: Voice) -> str:
    """Return how likely a claim is said to be: the words and the interval behind them."""
    if claim.low is None or claim.high is None:
        return voice(UNKNOWN)
    low, high = words_for(Likelihood(low=claim.low, high=claim.high), voice.language)
    percents = {
        "from_percent": voice.percent(claim.low / HUNDRED),
        "to_percent": voice.percent(claim.high / HUNDRED),
    }
    if claim.low == claim.high:
        return voice(POINT, word=low, from_percent=percents["from_percent"])
    return (
        voice(ONE_WORD, word=low, **percents) if low == high else voice(RANGE, low=low, high=high, **percents)
    )


def confidence_in_words(claim: Claim, voice: Voice) -> str:
    """Return how good the ground of a claim is; empty where nobody judged it."""
    term = confidences().get(claim.confidence)
    return term.names[voice.language] if term else claim.confidence


def warnings_of(claim: Claim, voice: Voice) -> list[str]:
    """Return where the words of a claim's text mean another chance than its interval."""
    if claim.low is None or claim.high is None:
        return []
    language: Any = claim.language
    found = at_odds(claim.text, Likelihood(low=claim.low, high=claim.high), language)
    return [
        voice(
            AT_ODDS,
            said=one.said,
            from_percent=voice.percent(one.band.low / HUNDRED),
            to_percent=voice.percent(one.band.high / HUNDRED),
        )
        for one in found
    ]
