"""The form in which a person gives a verdict, and what people said before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms

from vigie.terms.errors import tell
from vigie.terms.languages import say
from vigie_node.alerts.actions import review_alerts
from vigie_node.alerts.errors import LongReasonError, NoReasonError, UnreadableReasonError
from vigie_node.alerts.models import Review
from vigie_node.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import QueryDict

    from vigie.terms.languages import Words
    from vigie_node.alerts.models import Alert
    from vigie_node.people.models import Person

REASON_ERRORS = (NoReasonError, LongReasonError, UnreadableReasonError)
CHOICES = {
    Review.Verdict.CONFIRM: say("Confirm: the signal holds, and it deserves to be followed up"),
    Review.Verdict.DISMISS: say("Dismiss: an organic or open origin explains it"),
    Review.Verdict.UNSURE: say("Unsure: more must be known first"),
}
SAID = {
    Review.Verdict.CONFIRM: say("Confirms"),
    Review.Verdict.DISMISS: say("Dismisses"),
    Review.Verdict.UNSURE: say("Is unsure"),
}


class VerdictForm(forms.Form):
    """A verdict with its reason. The form carries the id of the review it makes: sent twice, it makes one.

    Args:
        words: the page's language.
        data: what was sent; None for an empty form.
    """

    review = forms.UUIDField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(widget=forms.RadioSelect)
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), strip=False)

    def __init__(self, words: Words, data: Any = None) -> None:
        super().__init__(data, initial={"review": new_id()})
        self._words = words
        verdict, reason = cast("forms.ChoiceField", self.fields["verdict"]), self.fields["reason"]
        verdict.label = words("Your verdict")
        verdict.choices = [(value.value, words(text)) for value, text in CHOICES.items()]
        unknown = words("Choose one of the three verdicts.")
        verdict.error_messages = {"required": unknown, "invalid_choice": unknown}
        reason.label = words("Reason")
        reason.help_text = words(
            "A sentence or two that the next person can follow. Write no names of private persons."
        )
        reason.error_messages = {"required": tell(NoReasonError(), words)}

    def clean(self) -> None:
        """Give the form a new id where the one it carried is gone, and say so."""
        if "review" in self.errors:
            del self.errors["review"]
            self.data = {**cast("QueryDict", self.data).dict(), "review": str(new_id())}
            self.add_error(None, self._words("This form is too old. Give your verdict once more."))

    def record(self, alerts: Sequence[Alert], *, by: Person) -> bool:
        """Record the verdict on alerts and tell whether it was; else the form says what is wrong."""
        if not self.is_valid():
            return False
        said = self.cleaned_data
        try:
            review_alerts(
                alerts, by=by, verdict=said["verdict"], reason=said["reason"], form_id=said["review"]
            )
        except REASON_ERRORS as error:
            self.add_error("reason", tell(error, self._words))
            return False
        return True
