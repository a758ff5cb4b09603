"""The forms of incidents; each carries an id of its own, so that one sent twice is taken once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import format_html

from vigie.assess.attribution import LOWEST_RUNG
from vigie.assess.gates import ANSWERS, gates
from vigie.assess.likelihood import confidences
from vigie.assess.scales import scale
from vigie.terms.languages import LANGUAGES, say
from vigie_node.ids import new_id
from vigie_node.incidents.actions.attributing import DISSENT, REASONING, TO_WHOM
from vigie_node.incidents.actions.claims import BASIS, CLAIM, SHOWN
from vigie_node.incidents.actions.common import CHANGE
from vigie_node.incidents.actions.explaining import EXPLANATION
from vigie_node.incidents.actions.incidents import WHY
from vigie_node.incidents.actions.judging import REASON
from vigie_node.incidents.actions.working import COMMENT, HOW, TASK
from vigie_node.incidents.models import Exhibit
from vigie_node.incidents.sections import LANGUAGE_NAMES, SECTIONS, TITLE
from vigie_node.people.forms import PageForm
from vigie_node.sources.capture_forms import MomentField
from vigie_node.web.words import page_language, words_here

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vigie.assess.vocabulary import Term
    from vigie.terms.languages import Message

    Choices = list[tuple[str, str]]

LANGUAGE = say("Language of the text")
KINDS = {
    Exhibit.Kind.ALERT: say("An alert of this node"),
    Exhibit.Kind.ORIGINAL: say("A sealed original of this node"),
    Exhibit.Kind.ADDRESS: say("An address on the web"),
    Exhibit.Kind.OTHER: say("Something else, told in words"),
}
ANSWER_NAMES = {"yes": say("Yes"), "no": say("No"), "unknown": say("Unknown")}
NOT_JUDGED = say("Not judged")


def terms(of: Mapping[str, Term], *, means: bool = False) -> Choices:
    """Return terms to choose from, in the page's language, with what they mean where that is asked."""
    language = page_language()
    return [
        (
            one.id,
            format_html("<strong>{}</strong><br>{}", one.names[language], one.means[language])
            if means
            else one.names[language],
        )
        for one in of.values()
    ]


def said(of: Iterable[tuple[str, Message]]) -> Choices:
    """Return messages to choose from, in the page's language."""
    words = words_here()
    return [(str(id_), words(message)) for id_, message in of]


def area(
    label: Message, *, rows: int = 4, required: bool = True, hint: Message | str = ""
) -> forms.CharField:
    """Return a field for several lines."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=hint, required=required, strip=False, widget=widget)


class OnceForm(PageForm):
    """A form that carries the id of what it makes."""

    form_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"form_id": new_id(), "language": page_language(), **(initial or {})})
        self.choose()

    def choose(self) -> None:
        """Give the choices in the page's language."""
        languages = [(one, LANGUAGE_NAMES[one]) for one in LANGUAGES]
        self.offer("language", said(languages))

    def offer(self, name: str, choices: Choices) -> None:
        """Give a field its choices, where the form has it."""
        field = self.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


class OpenForm(OnceForm):
    """What an incident is called, and whose test applies."""

    title = forms.CharField(label=SECTIONS[TITLE].name, help_text=SECTIONS[TITLE].asks, max_length=200)
    language = forms.ChoiceField(label=LANGUAGE)
    gate = forms.ChoiceField(label=say("Whose test of interference applies"), widget=forms.RadioSelect)
    alert = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def choose(self) -> None:
        """Give the choices in the page's language."""
        super().choose()
        self.offer("gate", terms(gates(), means=True))  # type: ignore[arg-type]  # a gate has names and means


class PassageForm(PageForm):
    """One section in one language, and the version it began from."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    text = area(say("Text"), rows=10, required=False)
    why = forms.CharField(label=CHANGE, required=False, max_length=500)


class ClaimForm(OnceForm):
    """A claim, how likely it is, and how good its ground."""

    seen = forms.IntegerField(min_value=0, initial=0, widget=forms.HiddenInput)
    aspect = forms.ChoiceField(label=say("Aspect"), widget=forms.RadioSelect)
    language = forms.ChoiceField(label=LANGUAGE)
    text = area(CLAIM, rows=3, hint=say("One sentence that could be wrong."))
    low = forms.IntegerField(
        label=say("At least, in per cent"),
        help_text=say("Leave both empty where nobody can say."),
        required=False,
        min_value=0,
        max_value=100,
    )
    high = forms.IntegerField(label=say("At most, in per cent"), required=False, min_value=0, max_value=100)
    confidence = forms.ChoiceField(label=say("Confidence"), required=False, widget=forms.RadioSelect)
    basis = area(BASIS, rows=2, required=False, hint=say("Needed with a degree of confidence."))
    withdrawn = forms.BooleanField(label=say("This is claimed no longer"), required=False)
    why = forms.CharField(label=CHANGE, required=False, max_length=500)

    def choose(self) -> None:
        """Give the choices in the page's language."""
        super().choose()
        self.offer("aspect", terms(scale("aspect"), means=True))
        self.offer("confidence", [("", words_here()(NOT_JUDGED)), *terms(confidences(), means=True)])


class ExhibitForm(OnceForm):
    """What shows something, what it shows, how good it is."""

    kind = forms.ChoiceField(label=say("What it is"), widget=forms.RadioSelect)
    ref = forms.CharField(
        label=say("Which one"),
        help_text=say("An alert’s number, an original’s id, or a web address, which is shown as text."),
        required=False,
        max_length=2000,
    )
    text = area(SHOWN, rows=3)
    language = forms.ChoiceField(label=LANGUAGE)
    reliability = forms.ChoiceField(label=say("How reliable is the source?"))
    credibility = forms.ChoiceField(label=say("How credible is what it says?"))

    def choose(self) -> None:
        """Give the choices in the page's language."""
        super().choose()
        self.offer("kind", said(KINDS.items()))
        self.offer("reliability", [*terms(scale("reliability"))])
        self.offer("credibility", [*terms(scale("credibility"))])


class BearForm(PageForm):
    """That an exhibit speaks for a claim, or against it."""

    claim = forms.IntegerField(min_value=1)
    speaks = forms.ChoiceField(choices=[("for", "for"), ("against", "against")])


class AnswerForm(OnceForm):
    """An answer to one question of the gate."""

    answer = forms.ChoiceField(label=say("Answer"), widget=forms.RadioSelect)
    reason = forms.CharField(label=REASON, max_length=500)

    def choose(self) -> None:
        """Give the choices in the page's language."""
        self.offer("answer", said((one, ANSWER_NAMES[one]) for one in ANSWERS))


class BreakoutForm(OnceForm):
    """How far it broke out, and since when."""

    category = forms.ChoiceField(label=say("How far"))
    reached_ms = MomentField(label=say("Reached on"), help_text=say("In your own time zone."))
    reason = forms.CharField(label=say("What shows it"), max_length=500)

    def choose(self) -> None:
        """Give the choices in the page's language."""
        self.offer("category", terms(scale("breakout")))


class TechniqueForm(OnceForm):
    """A technique that was seen, and what shows it."""

    technique = forms.ChoiceField(label=say("Technique"), widget=forms.RadioSelect)
    reason = forms.CharField(label=say("What shows it"), max_length=500)

    def choose(self) -> None:
        """Give no choice yet: the page offers what was found."""


class HypothesisForm(OnceForm):
    """An explanation to put beside the others."""

    seen = forms.IntegerField(min_value=0, initial=0, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=say("Kind of explanation"))
    language = forms.ChoiceField(label=LANGUAGE)
    text = area(EXPLANATION, rows=2)
    withdrawn = forms.BooleanField(label=say("It stands no longer beside the others"), required=False)
    why = forms.CharField(label=CHANGE, required=False, max_length=500)

    def choose(self) -> None:
        """Give the choices in the page's language."""
        super().choose()
        self.offer("kind", terms(scale("explanation")))


class AttributionForm(OnceForm):
    """A rung of the ladder, whom it names, why, and who dissents."""

    rung = forms.ChoiceField(label=say("Rung of the ladder"), widget=forms.RadioSelect)
    to_whom = forms.CharField(
        label=TO_WHOM,
        help_text=say("Whom, or what, it names: a state, a company, a country."),
        max_length=500,
    )
    language = forms.ChoiceField(label=LANGUAGE)
    reasoning = area(REASONING, hint=say("How one comes to it from the exhibits, by their numbers."))
    dissent = area(
        DISSENT, rows=2, hint=say("Who disagrees and why. If nobody does, write that nobody does.")
    )

    def choose(self) -> None:
        """Give the choices in the page's language."""
        super().choose()
        above = {id_: term for id_, term in scale("attribution").items() if id_ != LOWEST_RUNG}
        self.offer("rung", terms(above, means=True))


class OpinionForm(OnceForm):
    """What one person thinks of a proposed attribution."""

    approves = forms.ChoiceField(label=say("Your opinion"), widget=forms.RadioSelect)
    reason = area(REASON, rows=2)

    def choose(self) -> None:
        """Give the choices in the page's language."""
        self.offer("approves", said([("yes", say("I approve it")), ("no", say("I refuse it"))]))


class StandForm(OnceForm):
    """That somebody stands behind an incident, or no longer does."""

    stands = forms.ChoiceField(
        label=say("Do you stand behind calling this an incident?"), widget=forms.RadioSelect
    )
    reason = area(WHY, rows=2)

    def choose(self) -> None:
        """Give the choices in the page's language."""
        yes, no = say("Yes, I stand behind it"), say("No, or no longer")
        self.offer("stands", said([("yes", yes), ("no", no)]))


class WhyForm(PageForm):
    """Why it is closed, or opened again."""

    reason = area(WHY, rows=2)


class TaskForm(OnceForm):
    """Something to be done."""

    text = forms.CharField(label=TASK, max_length=500)
    assignee = forms.ChoiceField(label=say("By whom"), required=False)
    due = MomentField(
        label=say("Until"), help_text=say("In your own time zone."), required=False, is_past=False
    )


class CommentForm(OnceForm):
    """What one says to the others."""

    text = area(COMMENT, rows=3)


class JoinForm(PageForm):
    """An alert to join to the incident."""

    alert_number = forms.IntegerField(label=say("Number of the alert"), min_value=1)


class RelateForm(PageForm):
    """Another incident, and how the two are related."""

    number = forms.IntegerField(label=say("Number of the other incident"), min_value=1)
    how = forms.CharField(label=HOW, max_length=500)
