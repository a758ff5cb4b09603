"""Give alerts to somebody to look into, or set them aside until later: one alert, or those one chose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from vigie.terms.errors import tell
from vigie_node.alerts.access import reads_posts, reviewers_beside
from vigie_node.alerts.actions import assign_alerts, snooze_alerts, wake_alerts
from vigie_node.alerts.actions.caring import DAY_MS, SNOOZE_DAYS_MAX
from vigie_node.alerts.console.inbox import rows_of
from vigie_node.alerts.console.showing import UNFIT, me, voice_of
from vigie_node.alerts.console.together import chosen
from vigie_node.alerts.console.verdicts import REASON_ERRORS
from vigie_node.alerts.errors import NoMomentError, NoReasonError
from vigie_node.alerts.inbox import NOBODY
from vigie_node.clock import now_ms
from vigie_node.people.duty_times import moment_of, shown_at
from vigie_node.web.routes import needs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from vigie_node.alerts.models import Alert
    from vigie_node.people.models import Person


class AssignForm(forms.Form):
    """Who looks into the alerts."""

    to = forms.ChoiceField()

    def __init__(self, request: HttpRequest, data: Any = None, *, alerts: Sequence[Alert] = ()) -> None:
        given = {alert.assignee_id for alert in alerts}
        super().__init__(data, initial={"to": (given.pop() if len(given) == 1 else None) or NOBODY})
        words, person = voice_of(request).words, me(request)
        to = self.fields["to"]
        to.label = words("Who looks into it")
        if isinstance(to, forms.ChoiceField):
            to.choices = [(NOBODY, words("Nobody")), *_reviewers(person, words("You"))]
            unknown = words("Choose one of the names in the list.")
            to.error_messages = {"required": unknown, "invalid_choice": unknown}


def _reviewers(person: Person, you: str) -> list[tuple[str, str]]:
    return [
        (str(one.pk), f"{one.name} ({you})" if one.pk == person.pk else one.name)
        for one in reviewers_beside(person)
    ]


class SnoozeForm(forms.Form):
    """Until when alerts are set aside, and why."""

    until = forms.CharField(max_length=32, widget=forms.TextInput(attrs={"type": "datetime-local"}))
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), strip=False)

    def __init__(self, request: HttpRequest, data: Any = None) -> None:
        zone = me(request).zone
        super().__init__(data, initial={"until": shown_at(now_ms() + DAY_MS, zone)})
        self._words, self._zone = voice_of(request).words, zone
        until, reason = self.fields["until"], self.fields["reason"]
        until.label = self._words("Until")
        until.help_text = self._words("In your own time zone, {zone}.", zone=zone)
        until.error_messages = {"required": self._no_moment()}
        reason.label = self._words("Reason")
        reason.help_text = self._words("What you wait for. Write no names of private persons.")
        reason.error_messages = {"required": tell(NoReasonError(), self._words)}

    def clean_until(self) -> int:
        """Return the moment in milliseconds."""
        found = moment_of(self.cleaned_data["until"], self._zone)
        if found is None:
            raise forms.ValidationError(self._no_moment())
        return found

    def record(self, alerts: Sequence[Alert], *, by: Person) -> bool:
        """Set the alerts aside and tell whether that was done; else the form says what is wrong."""
        if not self.is_valid():
            return False
        said = self.cleaned_data
        try:
            snooze_alerts(alerts, by=by, until_ms=said["until"], reason=said["reason"])
        except REASON_ERRORS as error:
            self.add_error("reason", tell(error, self._words))
        except NoMomentError as error:
            self.add_error("until", tell(error, self._words))
        return not self.errors

    def _no_moment(self) -> str:
        return tell(NoMomentError(days=SNOOZE_DAYS_MAX), self._words)


@require_safe
@needs("alert.review")
def caring(request: HttpRequest) -> HttpResponse:
    """Show the alerts that the address names, and what one may do with them short of a verdict."""
    return _page(request, chosen(request))


@require_POST
@needs("alert.review")
def assign(request: HttpRequest) -> HttpResponse:
    """Give alerts to somebody, or take them back."""
    alerts = chosen(request)
    form = AssignForm(request, request.POST, alerts=alerts)
    if not (alerts and form.is_valid()):
        return _page(request, alerts, assigning=form)
    to = next((one for one in reviewers_beside(me(request)) if str(one.pk) == form.cleaned_data["to"]), None)
    assign_alerts(alerts, by=me(request), to=to.pk if to else None)
    words = voice_of(request).words
    if to is None:
        said = words.count(
            "{number} alert is given to nobody.", "{number} alerts are given to nobody.", len(alerts)
        )
    else:
        said = words.count(
            "{number} alert is given to {name}.",
            "{number} alerts are given to {name}.",
            len(alerts),
            name=to.name,
        )
    return _done(request, alerts, said)


@require_POST
@needs("alert.review")
def snooze(request: HttpRequest) -> HttpResponse:
    """Set alerts aside until a moment, or take them back (`wake` in the form)."""
    alerts, words = chosen(request), voice_of(request).words
    if "wake" in request.POST:
        wake_alerts(alerts, by=me(request))
        said = words.count(
            "{number} alert is no longer set aside.", "{number} alerts are no longer set aside.", len(alerts)
        )
        return _done(request, alerts, said)
    form = SnoozeForm(request, request.POST)
    if not (alerts and form.record(alerts, by=me(request))):
        return _page(request, alerts, snoozing=form)
    said = words.count("{number} alert is set aside.", "{number} alerts are set aside.", len(alerts))
    return _done(request, alerts, said)


def _page(
    request: HttpRequest,
    alerts: list[Alert],
    *,
    assigning: AssignForm | None = None,
    snoozing: SnoozeForm | None = None,
) -> HttpResponse:
    voice = voice_of(request)
    return render(
        request,
        "alerts/caring.html",
        {
            "alerts": alerts,
            "rows": rows_of(alerts, voice, reads=reads_posts(me(request))),
            "assigning": assigning or AssignForm(request, alerts=alerts),
            "snoozing": snoozing or SnoozeForm(request),
        },
        status=UNFIT if assigning or snoozing else 200,
    )


def _done(request: HttpRequest, alerts: Sequence[Alert], said: str) -> HttpResponse:
    """Lead back: to the alert where it was one, else to the inbox."""
    messages.success(request, said)
    if len(alerts) == 1:
        return HttpResponseRedirect(reverse("alerts:alert", kwargs={"alert": alerts[0].pk}))
    return HttpResponseRedirect(reverse("alerts:inbox"))
