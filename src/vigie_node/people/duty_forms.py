"""The forms of teams and of the roster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from vigie.terms.languages import say
from vigie_node.ids import new_id
from vigie_node.people.duty_times import moment_of
from vigie_node.people.forms import LongSelect, PageForm, checked
from vigie_node.people.models import Person, Team
from vigie_node.people.names import name_from
from vigie_node.people.zones import zone_groups
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from django.db.models import QuerySet

NO_MOMENT = say("Give a day and a time that clocks show there, such as 2026-01-31T14:05.")


class _Named(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django takes none when it runs
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class _NamedSeveral(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # as above
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class TeamForm(PageForm):
    """A team: its name, and who is in it."""

    name = forms.CharField(
        label=say("Name of the team"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    members = _NamedSeveral(
        label=say("Members"),
        queryset=Person.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
    )

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = self.fields["members"]
        if isinstance(members, forms.ModelMultipleChoiceField):
            members.queryset = people

    def clean_name(self) -> str:
        """Refuse what cannot be seen."""
        return checked(self.cleaned_data["name"], name_from)


class ZoneForm(PageForm):
    """The time zone in which an organisation plans."""

    zone = forms.ChoiceField(label=say("Time zone of the organisation"), widget=LongSelect())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["zone"]
        if isinstance(zone, forms.ChoiceField):
            zone.choices = zone_groups()


class DutyForm(PageForm):
    """A turn on duty."""

    person = _Named(label=say("Who"), queryset=Person.objects.none(), empty_label=None)
    team = _Named(label=say("Team"), queryset=Team.objects.none(), required=False, empty_label="–")
    begins = forms.CharField(
        label=say("Begins at"), max_length=32, widget=forms.TextInput(attrs={"type": "datetime-local"})
    )
    ends = forms.CharField(
        label=say("Ends at"), max_length=32, widget=forms.TextInput(attrs={"type": "datetime-local"})
    )
    id_ = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, people: QuerySet[Person], teams: QuerySet[Team], zone: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._zone = zone
        self.initial.setdefault("id_", new_id())
        for name, found in (("person", people), ("team", teams)):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = found

    def clean_begins(self) -> int:
        """Return the moment in milliseconds."""
        return self._moment("begins")

    def clean_ends(self) -> int:
        """Return the moment in milliseconds."""
        return self._moment("ends")

    def _moment(self, name: str) -> int:
        found = moment_of(self.cleaned_data[name], self._zone)
        if found is None:
            raise ValidationError(words_here()(NO_MOMENT))
        return found
