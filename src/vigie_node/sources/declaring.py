"""The forms about declarations: asking for one, deciding, holds, ties, writ periods.

A form names every field it takes: nothing else that is sent reaches an action (abuse case 11).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import BaseValidator

from vigie.terms.languages import say
from vigie_node.people.forms import PageForm
from vigie_node.sources.actions import NAME_MAX, RETENTION_DAYS_MAX, RETENTION_DAYS_MIN, Answers
from vigie_node.sources.guards import DAYS_MAX, DAYS_USUAL, SENSITIVE_DAYS_MAX, Source
from vigie_node.sources.models import Declaration, DeclaredSource, Hold
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vigie.terms.languages import Message

TEXT_MAX = 4_000
PLACE_MAX = 500
SOURCES_USUAL, SOURCES_MAX = 4, 40
NOTHING_SAID = say("Say it in a few words.")
DAYS = say("Give a whole number of days from {least} to {most}.")
LEAST_ABOVE_MOST = say("The least is above the most.")
ENDS_BEFORE = say("The period ends before it begins.")
NO_DAY = say("Give a day.")
SUBJECTS = {
    Declaration.Subject.FOREIGN: say("A foreign operation"),
    Declaration.Subject.TOPIC: say("An open topic"),
    Declaration.Subject.OUTLET: say("An outlet"),
    Declaration.Subject.PARTY: say("A party"),
    Declaration.Subject.CANDIDATE: say("A candidate"),
    Declaration.Subject.PROTEST: say("A protest"),
    Declaration.Subject.GROUP: say("A domestic group"),
    Declaration.Subject.PERSON: say("A person"),
}
METHODS = {
    Declaration.Method.FILES: say("Files"),
    Declaration.Method.LIVE: say("Live, from open streams and feeds"),
    Declaration.Method.BY_HAND: say("By hand, from closed platforms"),
}
PLACES = {
    DeclaredSource.Kind.SITE: say("Site or host"),
    DeclaredSource.Kind.ACCOUNT: say("Account"),
    DeclaredSource.Kind.CHANNEL: say("Channel or group"),
    DeclaredSource.Kind.HASHTAG: say("Hashtag or search"),
    DeclaredSource.Kind.EXPORT: say("Export made by somebody"),
}
ALLOWS = {
    DeclaredSource.Allows.UNKNOWN: say("Not known"),
    DeclaredSource.Allows.YES: say("Yes"),
    DeclaredSource.Allows.NO: say("No"),
}
HOLDS = {
    Hold.Kind.ACCESS: say("A request for access or correction"),
    Hold.Kind.PROCEEDING: say("A proceeding"),
    Hold.Kind.DECISION: say("Used for an administrative decision"),
    Hold.Kind.ARCHIVES: say("The law on archives"),
    Hold.Kind.OTHER: say("Another reason"),
}


class UsualChoice(forms.ChoiceField):
    """A choice that is the usual one where none is sent."""

    def __init__(self, *, usual: str, table: Mapping[Any, Message], **kwargs: Any) -> None:
        self.table = table
        super().__init__(initial=usual, choices=[(key, key) for key in table], **kwargs)

    def clean(self, value: Any) -> Any:
        """Return what was chosen, else the usual."""
        return super().clean(value or self.initial)


class SaidForm(PageForm):
    """A form whose choices are said in the page's language and whose days stay within their bounds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = words_here()
        for field in self.fields.values():
            if isinstance(field, UsualChoice):
                field.choices = [(key, words(said)) for key, said in field.table.items()]
            if isinstance(field, forms.IntegerField):
                _bound(field)
            if isinstance(field, forms.DateField):
                field.error_messages |= {"invalid": words(NO_DAY)}


class ShortDeclarationForm(SaidForm):
    """What no declaration goes without."""

    purpose = forms.CharField(
        label=say("Purpose"),
        help_text=say("What the posts are for, so that somebody else can judge it."),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    legal_basis = forms.CharField(
        label=say("Legal basis"),
        help_text=say("What allows it: an act with its section, a mandate, an authorisation."),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    subject = UsualChoice(
        label=say("What it is about"),
        help_text=say(
            "A party, candidate, protest, domestic group or person is watched for 30 days at most, and "
            "somebody outside the team approves. The posts of a person who is targeted are followed with "
            "their recorded consent only."
        ),
        usual=Declaration.Subject.TOPIC,
        table=SUBJECTS,
    )
    hypothesis = forms.CharField(
        label=say("Why a foreign hand is thought to be in it"),
        help_text=say(
            "Needed for a party, candidate, protest, domestic group or person: without it the request is "
            "refused, and the refusal is recorded."
        ),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    responsible = forms.CharField(
        label=say("Responsible person"),
        help_text=say("Who answers for this collection."),
        max_length=NAME_MAX,
    )
    retention_days = forms.IntegerField(
        label=say("Retention (days)"),
        help_text=say("How long posts are kept after they came in; then they are erased."),
        min_value=RETENTION_DAYS_MIN,
        max_value=RETENTION_DAYS_MAX,
    )
    project = forms.CharField(
        label=say("Project"),
        help_text=say(
            "Work within which an account keeps one pseudonym, never across. Empty: the organisation’s own."
        ),
        max_length=NAME_MAX,
        required=False,
    )

    def clean_purpose(self) -> str:
        """Refuse an answer without a word."""
        return _with_words(self.cleaned_data["purpose"])

    def clean_legal_basis(self) -> str:
        """Refuse an answer without a word."""
        return _with_words(self.cleaned_data["legal_basis"])

    def clean_responsible(self) -> str:
        """Refuse an answer without a word."""
        return _with_words(self.cleaned_data["responsible"])

    def answers(self) -> Answers:
        """Return what was said."""
        return Answers(**self.cleaned_data)


class DeclarationForm(ShortDeclarationForm):
    """All that a declaration says, but for its sources: see `source_forms`."""

    query = forms.CharField(
        label=say("What is looked for"),
        help_text=say("Words, hashtags, a question: as you would type it."),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    window_from = forms.DateField(
        label=say("Posts from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    window_to = forms.DateField(
        label=say("Posts until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    method = UsualChoice(label=say("How posts come in"), usual=Declaration.Method.FILES, table=METHODS)
    retention_days_min = forms.IntegerField(
        label=say("Kept at least (days)"),
        help_text=say(
            "Where a law asks for it: nothing is erased before. Empty: 0; always 0 for a party, candidate, "
            "protest, domestic group or person."
        ),
        min_value=0,
        max_value=RETENTION_DAYS_MAX,
        required=False,
    )
    days_in_force = forms.IntegerField(
        label=say("In force for (days)"),
        min_value=1,
        max_value=DAYS_MAX,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["days_in_force"]
        words = words_here()
        field.help_text = words(
            say(
                "Nothing more comes in after that. Empty: {usual}; for a party, candidate, protest, "
                "domestic group or person {sensitive} at most."
            ),
            usual=DAYS_USUAL,
            sensitive=SENSITIVE_DAYS_MAX,
        )

    def clean(self) -> dict[str, Any]:
        """Hold the days against each other."""
        said = super().clean() or self.cleaned_data
        words = words_here()
        if (said.get("retention_days_min") or 0) > said.get("retention_days", RETENTION_DAYS_MAX):
            self.add_error("retention_days_min", words(LEAST_ABOVE_MOST))
        _check_order(self, "window_from", "window_to")
        return said

    def asked(self, sources: Sequence[SourceForm], zone: str) -> Answers:
        """Return what was said, with the sources; days are those of a zone."""
        said = dict(self.cleaned_data)
        first, last = said.pop("window_from"), said.pop("window_to")
        return Answers(
            **said | {"retention_days_min": said["retention_days_min"] or 0},
            window_from_ms=day_start_ms(first, zone) if first else None,
            window_to_ms=day_start_ms(last + timedelta(days=1), zone) if last else None,
            sources=[source for form in sources if (source := form.source()) is not None],
        )


class SourceForm(SaidForm):
    """One place that posts come from, with its terms; empty where there is none."""

    kind = UsualChoice(label=say("Sort of source"), usual=DeclaredSource.Kind.SITE, table=PLACES)
    place = forms.CharField(
        label=say("Which one"),
        help_text=say("Its address or name: example.org, @account@server, a channel."),
        max_length=PLACE_MAX,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    allows = UsualChoice(
        label=say("Do its terms allow monitoring for research?"),
        usual=DeclaredSource.Allows.UNKNOWN,
        table=ALLOWS,
        help_text=say("With “No” the request is refused, and the refusal is recorded."),
    )
    terms = forms.CharField(
        label=say("What its terms say"),
        help_text=say("The sentences that matter, copied."),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def source(self) -> Source | None:
        """Return the source; None where none is named."""
        return Source(**self.cleaned_data) if self.cleaned_data["place"] else None


class ReasonForm(SaidForm):
    """A reason, in a few words."""

    reason = forms.CharField(
        max_length=TEXT_MAX, label=say("Reason"), widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_reason(self) -> str:
        """Refuse an answer without a word."""
        return _with_words(self.cleaned_data["reason"])


class HoldForm(ReasonForm):
    """Why all that a declaration brought must stay."""

    kind = UsualChoice(label=say("What orders it"), usual=Hold.Kind.ACCESS, table=HOLDS)


class WritForm(SaidForm):
    """A writ period, from its first day to its last."""

    name = forms.CharField(label=say("Election"), help_text=say("As people call it."), max_length=NAME_MAX)
    first = forms.DateField(
        label=say("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=say("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean_name(self) -> str:
        """Refuse an answer without a word."""
        return _with_words(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        said = super().clean() or self.cleaned_data
        _check_order(self, "first", "last")
        return said


def source_forms(data: Any, initial: Sequence[Mapping[str, Any]] = ()) -> list[SourceForm]:
    """Return the forms of a declaration's sources: those that were sent, or given and room for another."""
    given = [dict(one) for one in initial]
    count = max(SOURCES_USUAL, len(given) + 1, _sent(data))
    given += [{} for _ in range(count)]
    return [
        SourceForm(data, prefix=f"source{number}", initial=one or None)
        for number, one in enumerate(given[: min(count, SOURCES_MAX)], start=1)
    ]


def _sent(data: Any) -> int:
    """Return the number of the last source among what was sent."""
    return max(
        (number for number in range(1, SOURCES_MAX + 1) if f"source{number}-place" in (data or ())), default=0
    )


def day_start_ms(day: date, zone: str) -> int:
    """Return the first moment of a day in a zone."""
    return int(datetime.combine(day, time(), ZoneInfo(zone)).timestamp()) * 1_000


def day_of(at_ms: int | None, zone: str) -> date | None:
    """Return the day of a moment in a zone."""
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone(ZoneInfo(zone)).date()


def _check_order(form: forms.Form, first: str, last: str) -> None:
    said = form.cleaned_data
    if said.get(first) and said.get(last) and said[last] < said[first]:
        form.add_error(last, words_here()(ENDS_BEFORE))


def _bound(field: forms.IntegerField) -> None:
    said = words_here()(DAYS, least=field.min_value, most=field.max_value)
    field.error_messages |= dict.fromkeys(("invalid", "min_value", "max_value"), said)
    for validator in field.validators:
        if isinstance(validator, BaseValidator):
            validator.message = said


def _with_words(answer: str) -> str:
    if not any(letter.isalnum() for letter in answer):
        raise ValidationError(words_here()(NOTHING_SAID))
    return answer
